//! Windows of time seen from a run, of which another workflow must have its runs. They are those of the dependent
//! tasks of Apache DolphinScheduler, under the same names (`last3Days`) and under ours (`last_3_days`).
//!
//! Windows of days are natural days counted from the run's business date; each day is a business date of the other
//! workflow and must have its run. A calendar can leave out the days on which it is closed. Windows of hours are
//! counted from the instant for which the run was scheduled; each hour must have a run that was scheduled within it.
//!
//! What a window holds is what it holds there, but for three things:
//!  - `this_month_end` is the last day of the month; there it is the first, by mistake.
//!  - Hours and days are those of the schedule's zone; there they are those of the server's.
//!  - On a day that the clocks make longer or shorter, `last_24_hours` has as many hours as the day; there some hours
//!    count twice or are looked for in vain.

use std::{borrow::Cow, fmt, ops::Range, str::FromStr};

use chrono::{NaiveTime, TimeDelta, Timelike, Weekday};
use chrono_tz::Tz;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{BizDate, Period};
use crate::{
    calendar::{Calendar, Calendars},
    schedule::{instant_of, wall},
    workflow::suggest::nearest,
};

const HOUR_MS: i64 = 3_600_000;

/// The most days of `last_n_days`.
const MAX_DAYS: u16 = 366;

/// The most hours of `last_n_hours`; 24 are a window of their own.
const MAX_HOURS: u8 = 23;

/// A window of time seen from a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Window {
    /// The hour of the run.
    CurrentHour,
    /// So many hours before that of the run.
    LastHours(u8),
    /// The day before in hours, as runs tell it that come after each hour: from 01:00 on the day before until 01:00
    /// on the day of the run.
    Last24Hours,
    /// The business date itself.
    Today,
    /// So many days before it.
    LastDays(u16),
    /// From Monday to the business date.
    ThisWeek,
    /// Monday to Sunday of the week before.
    LastWeek,
    /// This day of the week before.
    LastWeekday(Weekday),
    /// From the first of the month to the business date.
    ThisMonth,
    /// The first day of the month.
    ThisMonthBegin,
    /// The last day of the month.
    ThisMonthEnd,
    /// All days of the month before.
    LastMonth,
    /// The first day of the month before.
    LastMonthBegin,
    /// The last day of the month before.
    LastMonthEnd,
}

/// The windows that have a name of their own; `last_n_hours` and `last_n_days` take a number.
const NAMED: [(&str, Window); 19] = [
    ("current_hour", Window::CurrentHour),
    ("last_24_hours", Window::Last24Hours),
    ("today", Window::Today),
    ("this_week", Window::ThisWeek),
    ("last_week", Window::LastWeek),
    ("last_monday", Window::LastWeekday(Weekday::Mon)),
    ("last_tuesday", Window::LastWeekday(Weekday::Tue)),
    ("last_wednesday", Window::LastWeekday(Weekday::Wed)),
    ("last_thursday", Window::LastWeekday(Weekday::Thu)),
    ("last_friday", Window::LastWeekday(Weekday::Fri)),
    ("last_saturday", Window::LastWeekday(Weekday::Sat)),
    ("last_sunday", Window::LastWeekday(Weekday::Sun)),
    ("this_month", Window::ThisMonth),
    ("this_month_begin", Window::ThisMonthBegin),
    ("this_month_end", Window::ThisMonthEnd),
    ("last_month", Window::LastMonth),
    ("last_month_begin", Window::LastMonthBegin),
    ("last_month_end", Window::LastMonthEnd),
    ("last_1_day", Window::LastDays(1)),
];

/// A word that names no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is not a window: current_hour, last_1_hour to last_23_hours, last_24_hours, today, last_1_day to \
     last_366_days, this_week, last_week, last_monday to last_sunday, this_month, this_month_begin, this_month_end, \
     last_month, last_month_begin or last_month_end"
)]
pub struct UnknownWindow {
    /// What was written.
    pub name: String,
    /// The window that may be meant.
    pub meant: Option<String>,
}

/// The place in time from which a window is seen.
#[derive(Debug, Clone, Copy)]
pub struct Standpoint<'a> {
    /// The run's business date.
    pub date: BizDate,
    /// The instant for which the run was scheduled; of a run without one, that of its start.
    pub at_ms: i64,
    /// The zone of the schedule.
    pub zone: Tz,
    /// The calendar in which the workflow counts its business days.
    pub bound: Option<&'a Calendar>,
    /// The calendars that can be named.
    pub calendars: &'a Calendars,
}

/// Of what there must be runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Of each of these business dates one, in order; none when a calendar left no day.
    Dates(Vec<BizDate>),
    /// In each of these stretches of time (to before its end) one that was scheduled within it, in order.
    Instants(Vec<Range<i64>>),
}

impl Window {
    /// What the window holds, seen from a run of this business date that was scheduled for this instant.
    #[must_use]
    pub fn span(self, date: BizDate, at_ms: i64, zone: Tz) -> Span {
        let month = || date.start(Period::Month);
        let one = |day: Option<BizDate>| Span::Dates(day.into_iter().collect());
        let days = |from: Option<BizDate>, until: Option<BizDate>| Span::Dates(days(from, until));
        match self {
            Self::CurrentHour => Span::Instants(hours(hour_of(at_ms, zone), 1)),
            Self::LastHours(n) => {
                let n = i64::from(n);
                Span::Instants(hours(hour_of(at_ms, zone) - n * HOUR_MS, n))
            }
            Self::Last24Hours => Span::Instants(hours_of_yesterday(at_ms, zone)),
            Self::Today => one(Some(date)),
            Self::LastDays(n) => days(date.add_days(-i64::from(n)), date.add_days(-1)),
            Self::ThisWeek => days(Some(date.start(Period::Week)), Some(date)),
            Self::LastWeek => days(of_last_week(date, Weekday::Mon), of_last_week(date, Weekday::Sun)),
            Self::LastWeekday(weekday) => one(of_last_week(date, weekday)),
            Self::ThisMonth => days(Some(month()), Some(date)),
            Self::ThisMonthBegin => one(Some(month())),
            Self::ThisMonthEnd => one(Some(date.end(Period::Month))),
            Self::LastMonth => days(month().add_months(-1), month().add_days(-1)),
            Self::LastMonthBegin => one(month().add_months(-1)),
            Self::LastMonthEnd => one(month().add_days(-1)),
        }
    }

    /// Whether it holds hours rather than days.
    #[must_use]
    pub const fn is_of_hours(self) -> bool {
        matches!(self, Self::CurrentHour | Self::LastHours(_) | Self::Last24Hours)
    }

    /// Whether it holds the time of the run itself, whenever that is.
    #[must_use]
    pub const fn holds_now(self) -> bool {
        matches!(self, Self::CurrentHour | Self::Today | Self::ThisWeek | Self::ThisMonth)
    }
}

/// The days from one to another; none when one of them lies outside the years of business dates.
fn days(from: Option<BizDate>, until: Option<BizDate>) -> Vec<BizDate> {
    let Some((from, until)) = from.zip(until) else { return Vec::new() };
    (0..=until.days_since(from)).filter_map(|n| from.add_days(n.into())).collect()
}

fn of_last_week(date: BizDate, weekday: Weekday) -> Option<BizDate> {
    date.start(Period::Week).add_days(i64::from(weekday.num_days_from_monday()) - 7)
}

/// The beginning of the hour of the wall clock that an instant lies in.
fn hour_of(at_ms: i64, zone: Tz) -> i64 {
    let wall = wall(zone, at_ms);
    at_ms - at_ms.rem_euclid(1_000) - i64::from(wall.minute() * 60 + wall.second()) * 1_000
}

fn hours(from_ms: i64, count: i64) -> Vec<Range<i64>> {
    (0..count).map(|n| from_ms + n * HOUR_MS..from_ms + (n + 1) * HOUR_MS).collect()
}

/// The hours from 01:00 on the day before to 01:00 on the day of an instant.
fn hours_of_yesterday(at_ms: i64, zone: Tz) -> Vec<Range<i64>> {
    let today = wall(zone, at_ms).date().and_time(NaiveTime::MIN) + TimeDelta::hours(1);
    let (from, until) = (instant_of(zone, today - TimeDelta::days(1)), instant_of(zone, today));
    let mut hours = hours(from, (until - from + HOUR_MS - 1) / HOUR_MS);
    if let Some(last) = hours.last_mut() {
        last.end = last.end.min(until);
    }
    hours
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastHours(1) => f.write_str("last_1_hour"),
            Self::LastHours(n) => write!(f, "last_{n}_hours"),
            Self::LastDays(1) => f.write_str("last_1_day"),
            Self::LastDays(n) => write!(f, "last_{n}_days"),
            named => f.write_str(NAMED.iter().find(|(_, it)| it == named).map_or("", |(name, _)| name)),
        }
    }
}

impl FromStr for Window {
    type Err = UnknownWindow;

    fn from_str(text: &str) -> Result<Self, UnknownWindow> {
        let name = snake_case(text);
        let named = NAMED.iter().find(|(it, _)| *it == name).map(|(_, window)| *window);
        named.or_else(|| counted(&name)).ok_or_else(|| {
            let names = NAMED.iter().map(|(name, _)| *name);
            // A number out of bounds is not a slip in another number.
            let meant = nearest(&name, names).filter(|_| !name.contains(|c: char| c.is_ascii_digit()));
            UnknownWindow { name: text.chars().take(40).collect(), meant }
        })
    }
}

/// `last_3_days`, `last_3_hours`.
fn counted(name: &str) -> Option<Window> {
    let (number, unit) = name.strip_prefix("last_")?.split_once('_')?;
    if number.starts_with('0') || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match unit {
        "day" | "days" => number.parse().ok().filter(|n| (1..=MAX_DAYS).contains(n)).map(Window::LastDays),
        "hour" | "hours" => number.parse().ok().filter(|n| (1..=MAX_HOURS).contains(n)).map(Window::LastHours),
        _ => None,
    }
}

/// `last3Days` as `last_3_days`; what is written so already stays.
fn snake_case(text: &str) -> String {
    let mut name = String::with_capacity(text.len() + 4);
    let mut before = '_';
    for c in text.chars() {
        if c.is_ascii_uppercase() && before != '_' || c.is_ascii_digit() && before.is_ascii_alphabetic() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
        before = c;
    }
    name
}

impl TryFrom<String> for Window {
    type Error = UnknownWindow;

    fn try_from(text: String) -> Result<Self, UnknownWindow> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.to_string()
    }
}

impl JsonSchema for Window {
    fn schema_name() -> Cow<'static, str> {
        "Window".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A window of time: current_hour, last_1_hour to last_23_hours, last_24_hours, today, \
                            last_1_day to last_366_days, this_week, last_week, last_monday … last_sunday, this_month, \
                            this_month_begin, this_month_end, last_month, last_month_begin, last_month_end; also \
                            written as last3Days.",
            "type": "string",
            "format": "almanac-window"
        })
    }
}

#[cfg(test)]
mod tests;
