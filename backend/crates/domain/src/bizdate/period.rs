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

    /// How many months it has, when it is made of whole months.
    fn months(self) -> Option<u32> {
        match self {
            Self::Week | Self::TenDay => None,
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Half => Some(6),
            Self::Year | Self::FiscalYear(_) => Some(12),
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
            _ => {
                let months = period.months().unwrap_or(1);
                let first = if let Period::FiscalYear(first) = period { u32::from(first) } else { 1 };
                let into = (self.month() + 12 - first) % months;
                let month = self.add_months(-i64::from(into)).unwrap_or(Self::MIN);
                return month.add_days(1 - i64::from(month.day())).unwrap_or(Self::MIN);
            }
        };
        self.add_days(-i64::from(back)).unwrap_or(Self::MIN)
    }

    /// The last day of the period this date lies in (within the years 1900 to 2299).
    #[must_use]
    pub fn end(self, period: Period) -> Self {
        let start = self.start(period);
        let days = match period {
            Period::Week => 6,
            Period::TenDay if start.day() < 21 => 9,
            Period::TenDay => return self.end(Period::Month),
            _ => {
                let next = start.add_months(i64::from(period.months().unwrap_or(1)));
                return next.map_or(Self::MAX, Self::pred);
            }
        };
        start.add_days(days).unwrap_or(Self::MAX)
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
