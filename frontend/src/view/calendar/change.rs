//! What one revision of a calendar changes against another, day by day and gathered for reading.

use domain::bizdate::{BizDate, Period};
use domain::calendar::{Calendar, DayStatus, Tri, diff};

use super::{Wording, days, look, words};
use crate::i18n::Lang;

/// A stretch of days that change alike.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A whole year that nobody had decided is decided now.
    Published {
        year: i32,
        open: usize,
        half: usize,
        closed_weekdays: usize,
    },
    /// A whole year that was decided is open again to decision.
    Withdrawn {
        year: i32,
    },
    Days {
        from: BizDate,
        to: BizDate,
        count: usize,
        before: String,
        after: String,
    },
}

/// Everything that changes, and the end of what is known before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub changes: Vec<Change>,
    /// How many single days change within years that both know.
    pub days: usize,
    pub until: (Option<BizDate>, Option<BizDate>),
}

impl Difference {
    pub fn is_none(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Computed calendars are compared around today only: they have no end.
const YEARS_AROUND: i32 = 2;

pub fn difference(before: Option<&Calendar>, after: &Calendar, today: BizDate, lang: Lang) -> Difference {
    let mut result = Difference {
        changes: Vec::new(),
        days: 0,
        until: (before.and_then(Calendar::known_until), after.known_until()),
    };
    let (first, last) = span(before, after, today);
    for year in first..=last {
        let Some(start) = BizDate::new(year, 1, 1) else { continue };
        let end = start.end(Period::Year);
        match (before.map_or(Known::Nothing, |before| known(before, start, end)), known(after, start, end)) {
            (Known::Nothing, Known::Everything) => result.changes.push(published(after, year, start, end)),
            (Known::Everything, Known::Nothing) => result.changes.push(Change::Withdrawn { year }),
            _ => {
                if let Some(before) = before {
                    result.compare_days(before, after, (start, end), lang);
                }
            }
        }
    }
    result
}

/// How much of a year is decided. Some of it may be without being published: days entered by hand, and those that one
/// part of an expression closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Nothing,
    Something,
    Everything,
}

fn known(calendar: &Calendar, start: BizDate, end: BizDate) -> Known {
    let unset = days(start, end).filter(|day| calendar.tri(*day) == Tri::Unset).count();
    match unset {
        0 => Known::Everything,
        unset if unset == days(start, end).count() => Known::Nothing,
        _ => Known::Something,
    }
}

/// The years that have to be looked at.
fn span(before: Option<&Calendar>, after: &Calendar, today: BizDate) -> (i32, i32) {
    let calendars = || before.into_iter().chain([after]);
    let around = (today.year() - YEARS_AROUND, today.year() + YEARS_AROUND);
    let first = calendars().map(|it| it.known_from().map_or(around.0, BizDate::year)).min().unwrap_or(around.0);
    let last = calendars().map(|it| it.known_until().map_or(around.1, BizDate::year)).max().unwrap_or(around.1);
    // Overrides may decide days of a year that is not published.
    (first.min(around.0), last.max(around.1))
}

fn published(after: &Calendar, year: i32, start: BizDate, end: BizDate) -> Change {
    let (mut open, mut half, mut closed_weekdays) = (0, 0, 0);
    for day in days(start, end) {
        match after.status(day) {
            DayStatus::Open(session) => {
                open += 1;
                half += usize::from(session.half);
            }
            DayStatus::Closed(_) => closed_weekdays += usize::from(!super::is_weekend(day)),
            DayStatus::Unset => {}
        }
    }
    Change::Published { year, open, half, closed_weekdays }
}

impl Difference {
    /// Days in a row with the same before and after become one line.
    fn compare_days(&mut self, before: &Calendar, after: &Calendar, (start, end): (BizDate, BizDate), lang: Lang) {
        let wording = Wording::of(after, false);
        for day in diff(before, after, start..=end).days.into_iter().map(|change| change.date) {
            self.days += 1;
            let said = |calendar: &Calendar| words(&look(calendar, None, day), wording, lang);
            let (was, is) = (said(before), said(after));
            match self.changes.last_mut() {
                Some(Change::Days { to, count, before, after, .. })
                    if to.add_days(1) == Some(day) && *before == was && *after == is =>
                {
                    *to = day;
                    *count += 1;
                }
                _ => self.changes.push(Change::Days { from: day, to: day, count: 1, before: was, after: is }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use domain::calendar::base::{DayRule, RuleStatus};
    use domain::calendar::{Base, Calendars, Definition};

    use super::*;

    fn definition() -> Definition {
        let sse = Calendars::builtin().get("SSE").expect("a calendar");
        sse.bases().next().expect("a base").definition().clone()
    }

    fn compiled(definition: Definition) -> Calendar {
        Calendar::of_base(Arc::new(Base::compile(definition).expect("a sound definition")))
    }

    fn date(text: &str) -> BizDate {
        text.parse().expect("a date")
    }

    fn closed(day: &str, reason: &'static str) -> DayRule {
        DayRule { date: date(day), status: RuleStatus::Closed, reason: Some(reason.into()) }
    }

    fn between(before: &Calendar, after: &Calendar) -> Difference {
        difference(Some(before), after, date("2026-11-21"), Lang::En)
    }

    #[test]
    fn nothing_changes_between_equals() {
        let sse = compiled(definition());
        assert!(between(&sse, &sse).is_none());
    }

    #[test]
    fn days_in_a_row_are_gathered() {
        let mut changed = definition();
        changed.overrides =
            vec![closed("2026-11-25", "Typhoon"), closed("2026-11-26", "Typhoon"), closed("2026-12-01", "Typhoon")];
        let found = between(&compiled(definition()), &compiled(changed));
        assert_eq!(found.days, 3);
        let line = |from: &str, to: &str, count| Change::Days {
            from: date(from),
            to: date(to),
            count,
            before: "Trading day".to_owned(),
            after: "Closed, Typhoon".to_owned(),
        };
        assert_eq!(found.changes, [line("2026-11-25", "2026-11-26", 2), line("2026-12-01", "2026-12-01", 1)]);
    }

    #[test]
    fn another_reason_is_a_change() {
        let mut renamed = definition();
        for rule in renamed.days.iter_mut().filter(|rule| rule.date == date("2026-06-19")) {
            rule.reason = Some("Duanwu".into());
        }
        let found = between(&compiled(definition()), &compiled(renamed));
        assert_eq!(found.days, 1);
    }

    #[test]
    fn a_new_year_is_one_line() {
        let mut longer = definition();
        longer.years.as_mut().expect("published years").insert(2027);
        longer.days.push(closed("2027-01-01", "New Year's Day"));
        let found = between(&compiled(definition()), &compiled(longer.clone()));
        assert_eq!(found.changes, [Change::Published { year: 2027, open: 260, half: 0, closed_weekdays: 1 }]);
        assert_eq!(found.until, (Some(date("2026-12-31")), Some(date("2027-12-31"))));
        let back = between(&compiled(longer), &compiled(definition()));
        assert_eq!(back.changes, [Change::Withdrawn { year: 2027 }]);
    }

    #[test]
    fn a_year_of_which_a_part_is_known_is_not_published() {
        let both = Calendars::builtin().resolve_text("SSE & HKEX").expect("a calendar");
        let found = difference(None, &both, date("2026-11-21"), Lang::En);
        let years: Vec<i32> = found
            .changes
            .iter()
            .filter_map(|it| if let Change::Published { year, .. } = it { Some(*year) } else { None })
            .collect();
        assert_eq!((years.first(), years.last(), found.days), (Some(&2015), Some(&2026), 0));
    }

    #[test]
    fn a_day_decided_by_hand_in_an_unpublished_year_is_a_day() {
        let mut changed = definition();
        changed.overrides = vec![closed("2027-03-01", "Storm")];
        let found = between(&compiled(definition()), &compiled(changed));
        assert_eq!(found.days, 1);
    }

    #[test]
    fn a_first_revision_publishes_its_years() {
        let first = Definition { years: Some(BTreeSet::from([2026])), days: Vec::new(), ..definition() };
        let found = difference(None, &compiled(first), date("2026-11-21"), Lang::En);
        assert_eq!(found.changes.len(), 1);
        assert_eq!(found.until.0, None);
    }
}
