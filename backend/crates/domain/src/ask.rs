//! Questions about days and schedules that need no workflow: what the command line and the API ask on behalf of others,
//! for whom Almanac is the firm's calendar service.
//!
//! A [`Question`] is a value and in JSON one object, `{"ask": "next", "calendar": "SSE", "date": "2024-09-30"}`;
//! wherever a calendar is named an expression may stand. [`answer()`] needs nothing but the calendars. Lists are cut at
//! a limit and say that there is more; what isn't known is an error with its code, never a guess.

use std::{ops::RangeInclusive, sync::Arc};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod answer;
mod error;
mod fires;
mod text;
mod year;

use crate::{
    bizdate::{BizDate, Expr, Period},
    calendar::{self, Calendar, CalendarError, Calendars, Roll},
    param::{self, Scope},
};
pub use answer::{Answer, Day, DayChange, Fire, Status, Told};
pub use error::AskError;
pub use fires::ScheduleText;
pub use year::Year;

/// The most days of a list: the four centuries that dates reach.
pub const MAX_DAYS: usize = 146_097;

/// The days of a list when nobody says how many.
pub const DEFAULT_DAYS: usize = 1_000;

/// The most fires of a list.
pub const MAX_FIRES: usize = 10_000;

/// The fires of a list when nobody says how many.
pub const DEFAULT_FIRES: usize = 20;

/// The furthest offset: 60 years of open days.
pub const MAX_OFFSET: i64 = 15_000;

/// How much work an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most days from the first to the last that a question looks at, and the most of a list.
    pub days: usize,
    /// The most fires of a list.
    pub fires: usize,
}

impl Limits {
    /// Of the command line, whose user waits for an own process.
    pub const CLI: Self = Self { days: MAX_DAYS, fires: MAX_FIRES };
    /// Of the API, whose callers share one: a decade at a time.
    pub const API: Self = Self { days: 4_000, fires: 1_000 };

    fn check(self, days: i64) -> Result<(), AskError> {
        match usize::try_from(days) {
            Ok(days) if days > self.days => Err(AskError::TooLong { days, most: self.days }),
            _ => Ok(()),
        }
    }

    /// The days from one to another, both included, in order and not too many.
    fn span(self, from: BizDate, to: BizDate) -> Result<RangeInclusive<BizDate>, AskError> {
        if to < from {
            return Err(AskError::Reversed { from, to });
        }
        self.check(i64::from(to.days_since(from)) + 1)?;
        Ok(from..=to)
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are named after what they hold, and documented where they aren't plain")]
pub enum Question {
    /// Which calendars there are.
    Calendars {},
    /// Whether the day is open; an error where that isn't known.
    IsOpen { calendar: String, date: BizDate },
    /// The day with its hours, or why it is closed, or that it isn't known.
    Day { calendar: String, date: BizDate },
    /// A year with all its days.
    Year { calendar: String, year: i32 },
    /// The first open day after a day.
    Next { calendar: String, date: BizDate },
    /// The last open day before a day.
    Previous { calendar: String, date: BizDate },
    /// The n-th open day after a day, before it when negative; with 0 the day itself, or the next open one.
    Offset { calendar: String, date: BizDate, n: i64 },
    /// Rolls the day first, and counts n open days from there.
    RollThenOffset { calendar: String, date: BizDate, roll: Roll, n: i64 },
    /// Where a closed day moves to.
    Roll { calendar: String, date: BizDate, roll: Roll },
    /// The n-th open day of the period around a day, from its end when negative; no day when there are too few.
    Nth { calendar: String, date: BizDate, period: Period, n: i64 },
    /// How many open days there are from one day to another, both included.
    Count { calendar: String, from: BizDate, to: BizDate },
    /// The open days from one day to another.
    Range {
        calendar: String,
        from: BizDate,
        to: BizDate,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<usize>,
    },
    /// The days on which two calendars differ.
    Compare {
        calendar: String,
        with: String,
        from: BizDate,
        to: BizDate,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<usize>,
    },
    /// The fires of a schedule and the dates that it leaves out, between two instants.
    Fires {
        schedule: ScheduleText,
        /// The zone of a schedule whose text names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<Tz>,
        /// An instant such as `2026-01-01T00:00:00+08:00`, or a date on the schedule's wall.
        from: String,
        /// The same, exclusive; a date as a whole is included.
        until: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<usize>,
    },
    /// Why a schedule fires, moves, or doesn't on a date.
    Explain {
        schedule: ScheduleText,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<Tz>,
        date: BizDate,
    },
    /// A schedule in all its forms: text, JSON, a document's entry, words.
    Convert {
        schedule: ScheduleText,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<Tz>,
    },
    /// A business-date expression for a T.
    Date {
        expression: String,
        t: BizDate,
        /// In which days are counted where the expression names none; natural days when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calendar: Option<String>,
    },
    /// A template for a T, with parameters.
    Render {
        template: String,
        t: BizDate,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calendar: Option<String>,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        params: Map<String, Value>,
    },
}

impl Question {
    /// Reads a question from its JSON.
    ///
    /// # Errors
    /// When it isn't JSON, or no question.
    pub fn parse(json: &str) -> Result<Self, AskError> {
        serde_json::from_str(json).map_err(|error| AskError::Form(error.to_string()))
    }
}

/// Answers a question within [`Limits::CLI`].
///
/// # Errors
/// As of [`answer_within`].
pub fn answer(question: &Question, calendars: &Calendars) -> Result<Answer, AskError> {
    answer_within(question, calendars, Limits::CLI)
}

/// Answers a question, unless that is too much work.
///
/// # Errors
/// When a text in it can't be read, a calendar doesn't exist, what is asked for isn't known, or spans too many days.
pub fn answer_within(question: &Question, calendars: &Calendars, limits: Limits) -> Result<Answer, AskError> {
    let on = |name: &str| calendars.resolve_text(name);
    Ok(match question {
        Question::Calendars {} => Answer::Calendars { calendars: calendars.names().map(str::to_owned).collect() },
        Question::IsOpen { calendar, date } => Answer::Open { open: on(calendar)?.is_open(*date)? },
        Question::Day { calendar, date } => Answer::Day(Day::of(&on(calendar)?, *date)),
        Question::Year { calendar, year } => Answer::Year(Year::of(&on(calendar)?, calendar, *year, limits)?),
        Question::Next { calendar, date } => on(calendar)?.next(*date)?.into(),
        Question::Previous { calendar, date } => on(calendar)?.previous(*date)?.into(),
        Question::Offset { calendar, date, n } => on(calendar)?.offset(*date, near(*n)?)?.into(),
        Question::RollThenOffset { calendar, date, roll, n } => {
            on(calendar)?.roll_then_offset(*date, *roll, near(*n)?)?.into()
        }
        Question::Roll { calendar, date, roll } => on(calendar)?.roll(*date, *roll)?.into(),
        Question::Nth { calendar, date, period, n } => Answer::Date { date: on(calendar)?.nth(*date, *period, *n)? },
        Question::Count { calendar, from, to } => {
            let (from, to) = limits.span(*from, *to)?.into_inner();
            Answer::Count { count: on(calendar)?.count(from, to)? }
        }
        Question::Range { calendar, from, to, limit } => {
            let span = limits.span(*from, *to)?;
            range(&on(calendar)?, span, room(*limit, DEFAULT_DAYS, limits.days)?)?
        }
        Question::Compare { calendar, with, from, to, limit } => {
            let span = limits.span(*from, *to)?;
            compare(&on(calendar)?, &on(with)?, span, room(*limit, DEFAULT_DAYS, limits.days)?)
        }
        Question::Fires { schedule, timezone, from, until, limit } => {
            let limits = Limits { fires: room(*limit, DEFAULT_FIRES, limits.fires)?, ..limits };
            fires::fires(&schedule.read(*timezone, calendars)?, calendars, (from, until), limits)?
        }
        Question::Explain { schedule, timezone, date } => {
            fires::explain(&schedule.read(*timezone, calendars)?, calendars, *date)?
        }
        Question::Convert { schedule, timezone } => fires::convert(&schedule.read(*timezone, calendars)?),
        Question::Date { expression, t, calendar } => {
            let bound = calendar.as_deref().map(on).transpose()?;
            let expression = Expr::parse(expression).map_err(AskError::Expression)?;
            expression.evaluate(*t, bound.as_ref(), calendars)?.into()
        }
        Question::Render { template, t, calendar, params } => {
            let named = calendar.as_deref().map(on).transpose()?;
            let scope = Scope {
                calendar: named.and(calendar.clone()),
                params: params.clone(),
                ..Scope::new(*t, Arc::new(calendars.clone()))
            };
            Answer::Text { text: param::render(template, &scope)? }
        }
    })
}

/// An offset within bounds: each step is work.
fn near(n: i64) -> Result<i64, AskError> {
    if (-MAX_OFFSET..=MAX_OFFSET).contains(&n) { Ok(n) } else { Err(AskError::Offset(n)) }
}

/// How many entries a list has room for: never more than `most`, whatever is asked for.
fn room(limit: Option<usize>, usual: usize, most: usize) -> Result<usize, AskError> {
    let limit = limit.unwrap_or(usual).min(most);
    if limit == 0 { Err(AskError::NoRoom) } else { Ok(limit) }
}

fn range(calendar: &Calendar, span: RangeInclusive<BizDate>, limit: usize) -> Result<Answer, CalendarError> {
    let (from, to) = span.into_inner();
    let mut days = calendar.open_days(from, to).take(limit + 1).collect::<Result<Vec<_>, _>>()?;
    let more = days.len() > limit;
    days.truncate(limit);
    Ok(Answer::Days { days, more })
}

fn compare(one: &Calendar, other: &Calendar, span: RangeInclusive<BizDate>, limit: usize) -> Answer {
    let found = calendar::diff(one, other, span);
    let differences = found.days.iter().map(|change| DayChange {
        date: change.date,
        one: Day::told(change.date, &change.before, one),
        other: Day::told(change.date, &change.after, other),
    });
    // The same state for another reason or with other hours is not what is asked for.
    let differing = differences.filter(|change| change.one.status != change.other.status);
    let mut differences: Vec<DayChange> = differing.take(limit + 1).collect();
    let more = differences.len() > limit;
    differences.truncate(limit);
    Answer::Differences { differences, more }
}

#[cfg(test)]
mod tests;
