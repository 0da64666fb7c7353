//! The periods of the year in which days are counted.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::BizDate;
use crate::error::Lang;

/// A period of the calendar; every date lies in exactly one of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// Monday to Sunday (ISO 8601).
    Week,
    /// 旬: the days 1–10, 11–20, and 21 to the end of the month.
    TenDay,
    /// A month.
    Month,
    /// Three months from January, April, July or October.
    Quarter,
    /// Six months from January or July.
    Half,
    /// A calendar year.
    Year,
    /// Twelve months from the first of this month, 1 to 12.
    FiscalYear(u8),
}

/// A word that names no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a period: week, ten_day, month, quarter, half, year, or fiscal_year_04 (the number is its first month)"
)]
pub struct UnknownPeriod(String);

impl Period {
    /// The name in a language's sentence: `month`, `月`.
    #[must_use]
    pub fn text(self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Week, Lang::Zh) => "周".into(),
            (Self::TenDay, Lang::Zh) => "旬".into(),
            (Self::Month, Lang::Zh) => "月".into(),
            (Self::Quarter, Lang::Zh) => "季度".into(),
            (Self::Half, Lang::Zh) => "半年".into(),
            (Self::Year, Lang::Zh) => "年".into(),
            (Self::FiscalYear(first), Lang::Zh) => format!("财年({first} 月起)"),
            (Self::TenDay, Lang::En) => "ten-day period".into(),
            (Self::Half, Lang::En) => "half-year".into(),
            (Self::FiscalYear(first), Lang::En) => format!("fiscal year from month {first}"),
            (other, Lang::En) => other.to_string(),
        }
    }
}

impl BizDate {
    /// The first day of the period this date lies in (within the years 1900 to 2299).
    #[must_use]
    pub fn start(self, period: Period) -> Self {
        let back = match period {
            Period::Week => self.weekday().num_days_from_monday(),
            Period::TenDay => self.day() - [1, 11, 21][(self.day().min(30) as usize - 1) / 10],
            Period::Month => self.day() - 1,
            _ => return self.first_of_months(period, 0).unwrap_or(Self::MIN),
        };
        self.add_days(-i64::from(back)).unwrap_or(Self::MIN)
    }

    /// The last day of the period this date lies in (within the years 1900 to 2299).
    #[must_use]
    pub fn end(self, period: Period) -> Self {
        let on = match period {
            Period::Week => 6 - self.weekday().num_days_from_monday(),
            Period::TenDay if self.day() <= 20 => 9 - (self.day() - 1) % 10,
            Period::TenDay | Period::Month => days_in_month(self.year(), self.month()) - self.day(),
            _ => return self.first_of_months(period, 1).map_or(Self::MAX, Self::pred),
        };
        self.add_days(i64::from(on)).unwrap_or(Self::MAX)
    }

    /// The first day of the period of whole months that comes so many periods after this date's.
    fn first_of_months(self, period: Period, after: i32) -> Option<Self> {
        let (months, first) = match period {
            Period::Quarter => (3, 1),
            Period::Half => (6, 1),
            Period::FiscalYear(first) => (12, i32::from(first)),
            _ => (12, 1),
        };
        // Months since the year 0 in which the year began in the first month of the period.
        let since = self.year() * 12 + self.month().cast_signed() - first;
        let start = since - since.rem_euclid(months) + after * months + first - 1;
        Self::new(start.div_euclid(12), start.rem_euclid(12).unsigned_abs() + 1, 1)
    }
}

/// How many days a month has.
pub(crate) fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Week => "week",
            Self::TenDay => "ten_day",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Half => "half",
            Self::Year => "year",
            Self::FiscalYear(first) => return write!(f, "fiscal_year_{first:02}"),
        })
    }
}

impl FromStr for Period {
    type Err = UnknownPeriod;

    fn from_str(text: &str) -> Result<Self, UnknownPeriod> {
        Ok(match text {
            "week" => Self::Week,
            "ten_day" | "旬" => Self::TenDay,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "half" => Self::Half,
            "year" => Self::Year,
            _ => {
                let first = text.strip_prefix("fiscal_year_").and_then(|month| month.parse().ok());
                Self::FiscalYear(
                    first
                        .filter(|month| (1..=12).contains(month))
                        .ok_or_else(|| UnknownPeriod(text.chars().take(40).collect()))?,
                )
            }
        })
    }
}

impl TryFrom<String> for Period {
    type Error = UnknownPeriod;

    fn try_from(text: String) -> Result<Self, UnknownPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}
