//! One day of a calendar: its neighbours, its number, where it stands, and what other calendars say of it.

use std::sync::Arc;

use domain::bizdate::{BizDate, Period};
use domain::calendar::{Calendar, CalendarError, Tri};

use super::book::Entry;
use super::{Kind, Wording, is_weekend, look, month_day, words};
use crate::i18n::{Lang, text};

/// A place that an open day holds among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    MonthStart,
    MonthEnd,
    QuarterStart,
    QuarterEnd,
    HalfEnd,
    YearStart,
    YearEnd,
    BeforeHoliday,
    AfterHoliday,
}

impl Position {
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::MonthStart => text::calendar_month_start(lang),
            Self::MonthEnd => text::calendar_month_end(lang),
            Self::QuarterStart => text::calendar_quarter_start(lang),
            Self::QuarterEnd => text::calendar_quarter_end(lang),
            Self::HalfEnd => text::calendar_half_end(lang),
            Self::YearStart => text::calendar_year_start(lang),
            Self::YearEnd => text::calendar_year_end(lang),
            Self::BeforeHoliday => text::calendar_before_holiday(lang),
            Self::AfterHoliday => text::calendar_after_holiday(lang),
        }
    }
}

/// What the panel beside the year shows.
#[derive(Clone, Debug, PartialEq)]
pub struct DayFacts {
    pub previous: Result<BizDate, CalendarError>,
    pub next: Result<BizDate, CalendarError>,
    pub second: Result<BizDate, CalendarError>,
    /// Its number among the open days of the year, and how many there are, where that is known.
    pub number: Option<(usize, Option<usize>)>,
    pub positions: Vec<Position>,
}

pub fn facts(calendar: &Calendar, day: BizDate) -> DayFacts {
    let open = calendar.tri(day) == Tri::Open;
    let number = open.then(|| calendar.count(day.start(Period::Year), day).ok()).flatten();
    DayFacts {
        previous: calendar.previous(day),
        next: calendar.next(day),
        second: calendar.next(day).and_then(|next| calendar.next(next)),
        number: number.map(|number| (number, calendar.count_in(day, Period::Year).ok())),
        positions: if open { positions(calendar, day) } else { Vec::new() },
    }
}

/// The places of an open day; one that can't be known yet is left out.
fn positions(calendar: &Calendar, day: BizDate) -> Vec<Position> {
    let first = |period| calendar.is_first_open(day, period).unwrap_or(false);
    let last = |period| calendar.is_last_open(day, period).unwrap_or(false);
    let between = |from: BizDate, to: BizDate| super::days(from, to).skip(1).any(|it| it < to && !is_weekend(it));
    let all = [
        (Position::MonthStart, first(Period::Month)),
        (Position::QuarterStart, first(Period::Quarter)),
        (Position::YearStart, first(Period::Year)),
        (Position::MonthEnd, last(Period::Month)),
        (Position::QuarterEnd, last(Period::Quarter)),
        (Position::HalfEnd, last(Period::Half)),
        (Position::YearEnd, last(Period::Year)),
        (Position::BeforeHoliday, calendar.next(day).is_ok_and(|next| between(day, next))),
        (Position::AfterHoliday, calendar.previous(day).is_ok_and(|previous| between(previous, day))),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(position, _)| position).collect()
}

/// A neighbour in words: `2026-10-08, 8 days later`; the distance is said when it is more than a weekend.
pub fn neighbour(day: BizDate, found: &Result<BizDate, CalendarError>, lang: Lang) -> String {
    match found {
        Ok(found) => {
            let apart = (found.naive() - day.naive()).num_days();
            match apart {
                4.. => text::calendar_days_later(lang, found, apart),
                ..=-4 => text::calendar_days_earlier(lang, found, -apart),
                _ => found.to_string(),
            }
        }
        Err(error) => fault(error, lang),
    }
}

/// Why there is no neighbour, where there is little room: what the calendar is and until when it is known stands beside.
pub fn fault(error: &CalendarError, lang: Lang) -> String {
    match error {
        CalendarError::BeyondHorizon { .. } => text::calendar_unset(lang).to_owned(),
        error => error.text(lang),
    }
}

/// What another calendar says of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    pub name: String,
    pub address: String,
    /// Open, closed, or unknown.
    pub open: Option<bool>,
    pub words: String,
}

/// The day in the other calendars, in their order.
pub fn elsewhere<'a>(others: impl Iterator<Item = &'a Arc<Entry>>, day: BizDate, lang: Lang) -> Vec<Elsewhere> {
    let row = |entry: &Arc<Entry>| {
        let calendar = entry.calendar()?;
        let look = look(calendar, None, day);
        let (open, said) = match look.kind {
            Kind::Unset => (None, words(&look, entry.wording(), lang)),
            Kind::Open | Kind::Extra | Kind::Half => {
                (Some(true), open_words(calendar, &look, entry.wording(), day, lang))
            }
            Kind::Weekend | Kind::Off | Kind::Holiday | Kind::Makeup => {
                (Some(false), words(&look, entry.wording(), lang))
            }
        };
        Some(Elsewhere { name: entry.row.name.clone(), address: entry.address().to_owned(), open, words: said })
    };
    others.filter_map(row).collect()
}

/// Markets say their next day as well: `Trading day, T+1 10-02`.
fn open_words(calendar: &Calendar, look: &super::DayLook, wording: Wording, day: BizDate, lang: Lang) -> String {
    let said = words(look, wording, lang);
    match calendar.next(day) {
        Ok(next) if wording == Wording::Trading => {
            text::calendar_because(lang, said, format!("T+1 {}", month_day(next)))
        }
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use domain::calendar::Calendars;

    use super::*;

    fn of(name: &str, day: &str) -> DayFacts {
        let calendar = Calendars::builtin().resolve_text(name).expect("a calendar");
        facts(&calendar, day.parse().expect("a date"))
    }

    #[test]
    fn the_day_before_a_long_holiday() {
        let facts = of("SSE", "2026-09-30");
        let day: BizDate = "2026-09-30".parse().expect("a date");
        assert_eq!(neighbour(day, &facts.previous, Lang::En), "2026-09-29");
        assert_eq!(neighbour(day, &facts.next, Lang::En), "2026-10-08, 8 days later");
        assert_eq!(neighbour(day, &facts.second, Lang::Zh), "2026-10-09，相隔 9 天");
        assert_eq!(facts.number, Some((181, Some(242))));
        use Position::{BeforeHoliday, MonthEnd, QuarterEnd};
        assert_eq!(facts.positions, [MonthEnd, QuarterEnd, BeforeHoliday]);
        assert_eq!(
            of("SSE", "2026-10-08").positions,
            [Position::MonthStart, Position::QuarterStart, Position::AfterHoliday]
        );
    }

    #[test]
    fn a_closed_day_has_neighbours_but_no_number() {
        let facts = of("SSE", "2026-10-01");
        assert_eq!((facts.number, facts.positions.len()), (None, 0));
        assert!(facts.next.is_ok());
    }

    #[test]
    fn what_lies_beyond_publication_is_not_told() {
        let facts = of("SSE", "2026-12-31");
        let day: BizDate = "2026-12-31".parse().expect("a date");
        assert_eq!(neighbour(day, &facts.next, Lang::En), "Not published");
        assert_eq!(facts.number, Some((242, Some(242))));
        assert!(facts.positions.contains(&Position::YearEnd));
        assert!(!facts.positions.contains(&Position::BeforeHoliday));
    }

    #[test]
    fn plain_weekends_are_no_holidays() {
        assert_eq!(of("SSE", "2026-11-20").positions, []);
    }
}
