//! Business dates: the date the data is about, as opposed to the day on which something runs.
//!
//! [`BizDate`] is a civil date without a zone, always between the years 1900 and 2299, so that it prints with four
//! digits and no arithmetic on it can overflow. [`expr`] holds the small language (`T-1`, `T.add(-1m).end(month)`) that
//! derives one date from another, [`window`] the stretches of dates and hours of which a workflow can wait for the runs
//! of another, [`dolphin`] the time placeholders of scripts migrated from DolphinScheduler.
//!
//! Months and years are added by clamping to the end of the month, so the addition can't be undone in general:
//! 03-31 less a month is 02-29, and a month on is 03-29.

use std::{fmt, str::FromStr};

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

pub mod dolphin;
pub mod expr;

pub(crate) mod parse;
pub mod period;
pub(crate) mod scan;
pub mod window;

pub use expr::Expr;
pub use period::Period;
pub use scan::SyntaxError;
pub use window::Window;

/// A civil date between 1900-01-01 and 2299-12-31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BizDate(NaiveDate);

/// A date that isn't one, or that lies outside the years 1900 to 2299.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date between 1900-01-01 and 2299-12-31 (write it as 2026-11-20)")]
pub struct InvalidDate(String);

impl BizDate {
    /// 1900-01-01.
    pub const MIN: Self = Self(NaiveDate::from_ymd_opt(1900, 1, 1).expect("a valid date"));
    /// 2299-12-31.
    pub const MAX: Self = Self(NaiveDate::from_ymd_opt(2299, 12, 31).expect("a valid date"));

    /// The date of these numbers, when there is such a day.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).and_then(Self::from_naive)
    }

    /// The same day, when it is within bounds.
    #[must_use]
    pub fn from_naive(date: NaiveDate) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&date).then_some(Self(date))
    }

    /// The day as chrono has it.
    #[must_use]
    pub const fn naive(self) -> NaiveDate {
        self.0
    }

    /// The year, 1900 to 2299.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u32 {
        self.0.day()
    }

    /// The day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        self.0.weekday()
    }

    /// `20261120`, as file names of the trade like it.
    #[must_use]
    pub fn compact(self) -> String {
        self.0.format("%Y%m%d").to_string()
    }

    /// Days since 0001-01-01, which is day 1.
    pub(crate) fn number(self) -> i32 {
        self.0.num_days_from_ce()
    }

    /// The inverse of [`Self::number`].
    pub(crate) fn from_number(number: i32) -> Option<Self> {
        NaiveDate::from_num_days_from_ce_opt(number).and_then(Self::from_naive)
    }

    /// How many natural days this date is after another; negative when it is before.
    #[must_use]
    pub fn days_since(self, other: Self) -> i32 {
        self.number() - other.number()
    }

    /// `days` natural days later (earlier when negative), unless that leaves the years 1900 to 2299.
    #[must_use]
    pub fn add_days(self, days: i64) -> Option<Self> {
        let step = Days::new(days.unsigned_abs());
        let moved = if days < 0 { self.0.checked_sub_days(step) } else { self.0.checked_add_days(step) };
        moved.and_then(Self::from_naive)
    }

    /// `months` later, on the same day of the month or on its last day where the month is shorter.
    #[must_use]
    pub fn add_months(self, months: i64) -> Option<Self> {
        let step = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        let moved = if months < 0 { self.0.checked_sub_months(step) } else { self.0.checked_add_months(step) };
        moved.and_then(Self::from_naive)
    }

    /// `years` later; 02-29 becomes 02-28 in a common year.
    #[must_use]
    pub fn add_years(self, years: i64) -> Option<Self> {
        years.checked_mul(12).and_then(|months| self.add_months(months))
    }

    /// Like [`Self::add_months`], but the last day of a month stays the last day: 2025-02-28 less a year is 2024-02-29.
    #[must_use]
    pub fn add_months_keeping_end(self, months: i64) -> Option<Self> {
        let moved = self.add_months(months)?;
        Some(if self == self.end(Period::Month) { moved.end(Period::Month) } else { moved })
    }

    /// The next day; [`Self::MAX`] is its own.
    pub(crate) fn succ(self) -> Self {
        self.0.succ_opt().and_then(Self::from_naive).unwrap_or(Self::MAX)
    }

    /// The day before; [`Self::MIN`] is its own.
    pub(crate) fn pred(self) -> Self {
        self.0.pred_opt().and_then(Self::from_naive).unwrap_or(Self::MIN)
    }
}

impl TryFrom<NaiveDate> for BizDate {
    type Error = InvalidDate;

    fn try_from(date: NaiveDate) -> Result<Self, InvalidDate> {
        Self::from_naive(date).ok_or_else(|| InvalidDate(date.to_string()))
    }
}

impl TryFrom<String> for BizDate {
    type Error = InvalidDate;

    fn try_from(text: String) -> Result<Self, InvalidDate> {
        text.parse()
    }
}

impl From<BizDate> for String {
    fn from(date: BizDate) -> Self {
        date.to_string()
    }
}

impl FromStr for BizDate {
    type Err = InvalidDate;

    /// Reads `2026-11-20` and the compact `20261120`; nothing looser, so that a day is never mistaken for a month.
    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let invalid = || InvalidDate(text.chars().take(40).collect());
        let digits = match text.len() {
            8 => text.to_owned(),
            10 if text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-' => text.replace('-', ""),
            _ => return Err(invalid()),
        };
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let number: u32 = digits.parse().map_err(|_| invalid())?;
        let year = i32::try_from(number / 10_000).map_err(|_| invalid())?;
        Self::new(year, number / 100 % 100, number % 100).ok_or_else(invalid)
    }
}

impl fmt::Display for BizDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for BizDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
