//! A year of a calendar in numbers.

use domain::bizdate::{BizDate, Period};
use domain::calendar::Calendar;

use super::{Kind, days_of, is_weekend, look};
use crate::i18n::{Lang, text};

/// What the strip above a year says. A number that rests on days nobody has published is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub open: Option<usize>,
    /// From tomorrow to the end of the year; only for the year that today lies in.
    pub left: Option<usize>,
    /// Days from Monday to Friday on which it is closed.
    pub closed_weekdays: Option<usize>,
    /// Weekend days that are worked.
    pub makeup: Option<usize>,
    pub half: Option<usize>,
    /// Days that nobody has decided yet.
    pub unset: usize,
}

pub fn facts(calendar: &Calendar, work: Option<&Calendar>, year: i32, today: BizDate) -> Facts {
    let (mut closed_weekdays, mut makeup, mut half, mut unset) = (0, 0, 0, 0);
    for day in days_of(year) {
        match look(calendar, work, day).kind {
            Kind::Unset => unset += 1,
            Kind::Half => half += 1,
            Kind::Makeup | Kind::Extra => makeup += 1,
            Kind::Holiday if !is_weekend(day) => closed_weekdays += 1,
            _ => {}
        }
    }
    let known = |count: usize| (unset == 0).then_some(count);
    let open = BizDate::new(year, 1, 1).and_then(|first| calendar.count_in(first, Period::Year).ok());
    let left = (year == today.year()).then(|| today.add_days(1)).flatten().and_then(|tomorrow| {
        if tomorrow.year() > year { Some(0) } else { calendar.count(tomorrow, tomorrow.end(Period::Year)).ok() }
    });
    Facts { open, left, closed_weekdays: known(closed_weekdays), makeup: known(makeup), half: known(half), unset }
}

/// `09:30 – 15:00 Asia/Shanghai`, where the calendar has hours of its own.
pub fn session(calendar: &Calendar) -> Option<String> {
    let mut bases = calendar.bases();
    let (Some(base), None) = (bases.next(), bases.next()) else { return None };
    let definition = base.definition();
    let (open, close) = definition.session.open.zip(definition.session.close)?;
    Some(format!("{open} – {close} {}", definition.zone))
}

/// A number, or a dash while it can't be known.
pub fn number(count: Option<usize>) -> String {
    count.map_or_else(|| "–".to_owned(), |count| count.to_string())
}

/// How many days of a year a calendar has, for the list: none while a day is unknown.
pub fn open_days(calendar: &Calendar, year: i32) -> Option<usize> {
    BizDate::new(year, 1, 1).and_then(|first| calendar.count_in(first, Period::Year).ok())
}

/// Why the numbers are missing.
pub fn unset_words(facts: &Facts, lang: Lang) -> Option<String> {
    (facts.unset > 0).then(|| text::calendar_unset_days(lang, i64::try_from(facts.unset).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use domain::calendar::Calendars;

    use super::*;

    fn of(name: &str, year: i32) -> Facts {
        let calendars = Calendars::builtin();
        let calendar = calendars.get(name).expect("a calendar");
        let work = super::super::companion(&calendar, calendars.get("CN_WORKDAY").ok());
        facts(&calendar, work.as_ref(), year, BizDate::new(2026, 11, 21).expect("a date"))
    }

    #[test]
    fn a_published_year_is_counted() {
        let sse = of("SSE", 2026);
        let expected = Facts {
            open: Some(242),
            left: Some(29),
            closed_weekdays: Some(19),
            makeup: Some(6),
            half: Some(0),
            unset: 0,
        };
        assert_eq!(sse, expected);
        assert_eq!(of("HKEX", 2026).half, Some(3));
        assert_eq!(of("CN_WORKDAY", 2026).makeup, Some(6));
    }

    #[test]
    fn an_unpublished_year_has_no_numbers() {
        let facts = of("SSE", 2027);
        assert_eq!((facts.open, facts.left, facts.half, facts.unset), (None, None, None, 365));
        assert_eq!(unset_words(&facts, Lang::En).as_deref(), Some("365 days not published"));
    }

    #[test]
    fn a_year_that_ends_today_has_nothing_left() {
        let daily = Calendars::builtin().get("DAILY").expect("a calendar");
        let last = BizDate::new(2026, 12, 31).expect("a date");
        assert_eq!(facts(&daily, None, 2026, last).left, Some(0));
        assert_eq!(facts(&daily, None, 2026, last).open, Some(365));
    }

    #[test]
    fn hours_belong_to_markets_only() {
        let hours = |name: &str| session(&Calendars::builtin().resolve_text(name).expect("a calendar"));
        assert_eq!(hours("SSE").as_deref(), Some("09:30 – 15:00 Asia/Shanghai"));
        assert_eq!(hours("CN_WORKDAY"), None);
        assert_eq!(hours("SSE & HKEX"), None);
    }
}
