//! What comes out of a schedule: fires, and days left out.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::OnClosed;
use crate::{
    bizdate::{BizDate, Period},
    calendar::day::Reason,
    error::Lang,
};

/// One fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fire {
    /// When, in milliseconds since 1970 UTC.
    pub instant_ms: i64,
    /// The wall time that was asked for; in a gap it is not what the wall shows at the instant.
    pub wall: NaiveDateTime,
    /// The day the fire is for, on which business-date rules stand: the nominal date after the closed-day policy,
    /// before the shift.
    pub day: BizDate,
    /// The date the rule named; of several that met, the one that didn't move, else the last.
    pub nominal_date: BizDate,
    /// Every nominal date that this fire stands for, in order.
    pub merged: Vec<BizDate>,
    /// What made it fire here and not at the nominal date and time.
    pub reason: FireReason,
}

/// What distinguishes a fire from its nominal date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FireReason {
    /// The policy that moved a closed nominal date here, or let it run.
    pub policy: Option<OnClosed>,
    /// The schedule's shift was applied.
    pub shifted: bool,
    /// What the clocks did.
    pub clock: Clock,
    /// The calendar isn't published so far: the week mask stood in.
    pub assumed: bool,
}

/// What the clocks did at a wall time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Nothing.
    #[default]
    Steady,
    /// The time was skipped; the fire is at the end of the gap.
    Skipped,
    /// The time occurs twice; this is the first.
    First,
    /// The time occurs twice; this is the second, of a pattern that goes by elapsed time.
    Second,
}

/// A nominal date without a fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// When the first fire of that date would have been.
    pub instant_ms: i64,
    /// The nominal date; for a period without such a day, the period's last day.
    pub nominal_date: BizDate,
    /// Why.
    pub reason: SkipReason,
}

/// Why a nominal date has no fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The calendar is closed, and the policy is to skip.
    Closed {
        /// The calendar or expression.
        calendar: String,
        /// Its reason for that day.
        reason: Reason,
    },
    /// The period has no such day: no 31st, no 20th open day.
    NoSuchDay {
        /// The kind of period.
        period: Period,
        /// Its first day.
        start: BizDate,
        /// The n-th that was asked for.
        n: i32,
    },
}

impl SkipReason {
    /// The reason as a sentence part: `SSE closed (National Day)`.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Closed { calendar, reason: Reason::Unnamed }, Lang::En) => format!("{calendar} closed"),
            (Self::Closed { calendar, reason: Reason::Unnamed }, Lang::Zh) => format!("{calendar} 休市"),
            (Self::Closed { calendar, reason }, Lang::En) => format!("{calendar} closed ({})", reason.text(lang)),
            (Self::Closed { calendar, reason }, Lang::Zh) => format!("{calendar} 休市（{}）", reason.text(lang)),
            (Self::NoSuchDay { period, start, n }, Lang::En) => {
                format!("the {} from {start} has no such day (number {n})", period.text(lang))
            }
            (Self::NoSuchDay { period, start, n }, Lang::Zh) => {
                format!("自 {start} 起的{}没有第 {n} 个这样的日子", period.text(lang))
            }
        }
    }
}
