//! Cron expressions: which days and times of day one names. The mapping to instants is `schedule`'s.
//!
//! Two forms are read, told apart by the number of fields:
//!  - **Unix**, 5 fields: minute, hour, day of month, month, weekday (0 or 7 is Sunday). When day of month and weekday
//!    are both given, either is enough (`0 9 15 * 1`: the 15th and every Monday), as cron has always done; a field
//!    that begins with `*` doesn't count as given.
//!  - **Quartz**, 6 or 7 fields: second first, weekday 1 is Sunday, a year may end it. Of day of month and weekday one
//!    has to be `?` or `*`.
//!
//! In both, names (`JAN`, `MON`), lists, ranges, steps, and in the day fields `L`, `L-3`, `LW`, `15W`, `FRI#2` and
//! `FRIL` are understood. Plain fields are expanded by the crate `cron`; its evaluation is not used, since around
//! clock changes it runs backwards, leaves holes and drops fires, and it combines the two day fields otherwise.
//!
//! An expression whose days never come (30 February) is refused, so that a schedule can't wait for ever.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

mod day;
pub(crate) mod describe;
mod field;
mod parse;
mod plain;

use crate::{bizdate::BizDate, calendar::TimeOfDay};
use day::Days;
pub use parse::CronError;

/// A cron expression.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cron {
    source: String,
    form: Form,
    times: Times,
    days: Days,
}

/// How the expression was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Five fields.
    Unix,
    /// Six or seven fields.
    Quartz,
}

/// The times of day as sets of numbers, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) seconds: u64,
    pub(crate) minutes: u64,
    pub(crate) hours: u64,
    /// The minutes are a step or all, or the hours are all: such a pattern means "every so often" and goes by elapsed
    /// time when clocks change; any other names wall times.
    pub(crate) interval: bool,
}

/// The first set bit at or after `from`.
fn next_bit(bits: u64, from: u32) -> Option<u32> {
    let rest = if from < 64 { bits & (u64::MAX << from) } else { 0 };
    (rest != 0).then(|| rest.trailing_zeros())
}

impl Times {
    /// The first time at or after so many seconds past midnight.
    pub(crate) fn next(&self, from: u32) -> Option<u32> {
        let (mut hour, mut minute, mut second) = (from / 3_600, from / 60 % 60, from % 60);
        loop {
            let found = next_bit(self.hours, hour)?;
            if found != hour {
                (hour, minute, second) = (found, 0, 0);
            }
            if let Some(found) = next_bit(self.minutes, minute) {
                if found != minute {
                    (minute, second) = (found, 0);
                }
                if let Some(second) = next_bit(self.seconds, second) {
                    return Some(hour * 3_600 + minute * 60 + second);
                }
                (minute, second) = (minute + 1, 0);
                if minute < 60 {
                    continue;
                }
            }
            (hour, minute, second) = (hour + 1, 0, 0);
        }
    }
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// With the field, the place and what was expected; also for days that never come.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        parse::parse(text)
    }

    /// The text it was read from, with single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Which of the two forms it has.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Whether the day is one of its days, and the time one of its times.
    #[must_use]
    pub fn matches(&self, day: BizDate, time: TimeOfDay) -> bool {
        self.days.contains(day) && self.times.next(time.seconds()) == Some(time.seconds())
    }

    /// Whether it goes by elapsed time when clocks change ("every 15 minutes"), rather than by wall times.
    #[must_use]
    pub fn is_interval(&self) -> bool {
        self.times.interval
    }

    pub(crate) fn times(&self) -> Times {
        self.times
    }

    /// Its first day on or after `day`.
    pub(crate) fn next_day(&self, day: BizDate) -> Option<BizDate> {
        self.days.next(day)
    }

    /// Its last day on or before `day`.
    pub(crate) fn previous_day(&self, day: BizDate) -> Option<BizDate> {
        self.days.previous(day)
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({})", self.source)
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Cron {
    type Error = CronError;

    fn try_from(text: String) -> Result<Self, CronError> {
        Self::parse(&text)
    }
}

impl From<Cron> for String {
    fn from(cron: Cron) -> Self {
        cron.source
    }
}

#[cfg(test)]
mod tests;
