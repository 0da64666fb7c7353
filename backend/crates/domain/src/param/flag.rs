//! Which ends of periods a business date is: the month end, the first trading day of the year and so on, for templates
//! and as variables of a task's environment.

use crate::{
    bizdate::{BizDate, Period},
    calendar::{Calendar, CalendarError},
};

/// An end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Start,
    End,
}

/// The flags in a task's environment.
const VARIABLES: [(&str, Period, Edge); 6] = [
    ("ALMANAC_MONTH_START", Period::Month, Edge::Start),
    ("ALMANAC_MONTH_END", Period::Month, Edge::End),
    ("ALMANAC_QUARTER_START", Period::Quarter, Edge::Start),
    ("ALMANAC_QUARTER_END", Period::Quarter, Edge::End),
    ("ALMANAC_YEAR_START", Period::Year, Edge::Start),
    ("ALMANAC_YEAR_END", Period::Year, Edge::End),
];

/// The names of the flags.
pub fn variables() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().map(|(name, ..)| *name)
}

/// The flags of a date for a task's environment: whether it is the first or last open day of its month, quarter and
/// year on a calendar, or the first or last day when there is none. A flag that the calendar doesn't know so far is
/// left out, as it must not be taken for a no.
pub fn flags(date: BizDate, calendar: Option<&Calendar>) -> impl Iterator<Item = (&'static str, bool)> {
    VARIABLES
        .iter()
        .filter_map(move |(name, period, edge)| Some((*name, is_edge(date, *period, *edge, calendar).ok()?)))
}

/// Whether a date is the first or last open day of its period on a calendar, or the first or last day without one.
pub(super) fn is_edge(
    date: BizDate,
    period: Period,
    edge: Edge,
    calendar: Option<&Calendar>,
) -> Result<bool, CalendarError> {
    match (calendar, edge) {
        (Some(calendar), Edge::Start) => calendar.is_first_open(date, period),
        (Some(calendar), Edge::End) => calendar.is_last_open(date, period),
        (None, Edge::Start) => Ok(date == date.start(period)),
        (None, Edge::End) => Ok(date == date.end(period)),
    }
}
