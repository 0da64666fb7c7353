//! When a schedule fires: one document ([`ScheduleSpec`]) and one evaluator ([`Schedule`]) behind firing, preview,
//! backfill and explanation.
//!
//! How a fire comes about, in this order:
//!  1. The cron expression or rule names *nominal dates* (within `from..=until`).
//!  2. A nominal date that is closed on `calendar` is dealt with by `on_closed`: left out, kept, or rolled.
//!  3. `shift` moves the outcome by open or natural days. Dates that meet on one day make one fire, which records all
//!     of them ([`Fire::merged`]).
//!  4. On that day each time of day is a wall time in `timezone`, mapped to an instant: a time in a gap fires at the
//!     gap's end, one that occurs twice fires at the first, and "every n minutes" goes by elapsed time. Two wall times
//!     that map to one instant fire once.
//!
//! Nominal dates before the first day that the calendar knows don't exist for the schedule; a date after its horizon
//! that has to be looked at is a [`Hold`]. The *day* of a fire ([`Fire::day`]: after step 2, before step 3) is what
//! business-date rules start from: "every open day +1 open days at 07:30" runs in the morning after the day it is for.
//!
//! The day cut says to which day the small hours belong. Before a cut of 06:00 it is still yesterday: yesterday must be
//! open, and is the day of the fire. From a cut of 21:00 `next` on, it is already the next open day.

use chrono_tz::Tz;

pub mod catch_up;
mod check;
mod civil;
mod days;
mod describe;
mod engine;
mod event;
pub mod explain;
mod fire;
pub mod impact;
mod recur;
pub mod spec;
mod text;

use crate::{
    bizdate::{BizDate, expr},
    calendar::{Calendar, CalendarError, Calendars, ResolveError},
    error::Lang,
};
pub use catch_up::{CatchUp, catch_up};
pub(crate) use check::MAX_TIMES;
pub use check::SpecError;
pub use engine::Schedule;
pub use event::{Event, Events};
pub use fire::{Clock, Fire, FireReason, Skip, SkipReason};
pub use spec::{Beyond, CutSide, DayCut, DayKind, OnClosed, Rule, ScheduleSpec, Shift, ShiftUnit, When};
pub use text::{Clause, Written};

/// Why a schedule can't say when it fires next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Hold {
    /// The calendar has no answer, most often because its horizon is reached.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A calendar it names can't be found.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The document contradicts itself.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

impl Hold {
    /// The day that could not be decided, when that is the reason.
    #[must_use]
    pub fn day(&self) -> Option<BizDate> {
        if let Self::Calendar(CalendarError::BeyondHorizon { day, .. }) = self { Some(*day) } else { None }
    }

    /// The hold as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Calendar(error) => error.text(lang),
            Self::Resolve(error) => error.text(lang),
            Self::Spec(error) => error.text(lang),
        }
    }
}

/// The first fire after an instant; `None` when the schedule has ended.
///
/// # Errors
/// When that can't be told: the calendar isn't known so far, or the document is wrong.
pub fn next_fire(spec: &ScheduleSpec, calendars: &Calendars, after_ms: i64) -> Result<Option<Fire>, Hold> {
    Schedule::compile(spec, calendars)?.next_fire(after_ms)
}

/// At most `limit` fires and skips in `[from_ms, until_ms)`, in order, ending with the hold if one is met.
///
/// # Errors
/// When the document is wrong or names an unknown calendar.
pub fn fires(
    spec: &ScheduleSpec,
    calendars: &Calendars,
    from_ms: i64,
    until_ms: i64,
    limit: usize,
) -> Result<impl Iterator<Item = Result<Event, Hold>>, Hold> {
    Ok(Schedule::compile(spec, calendars)?.into_events(from_ms, until_ms).take(limit))
}

/// What a zone's wall clock shows at an instant, to the second.
#[must_use]
pub fn wall(zone: Tz, instant_ms: i64) -> chrono::NaiveDateTime {
    civil::wall(zone, instant_ms)
}

/// The instant of a wall time, by the rule of the schedules: in a gap the gap's end, of two the first.
#[must_use]
pub fn instant_of(zone: Tz, wall: chrono::NaiveDateTime) -> i64 {
    match civil::locate(zone, wall) {
        civil::Civil::Once(ms) | civil::Civil::Twice { first_ms: ms } | civil::Civil::Skipped { end_ms: ms, .. } => ms,
    }
}

/// The business date of a fire: the workflow's rule (`T`, `T-1` …) from the fire's day, on the data calendar.
///
/// # Errors
/// When the calendar doesn't know, or the rule finds no such day.
pub fn business_date(
    data_calendar: Option<&Calendar>,
    rule: &expr::Expr,
    calendars: &Calendars,
    fire: &Fire,
) -> Result<BizDate, expr::EvalError> {
    rule.evaluate(fire.day, data_calendar, calendars)
}

#[cfg(test)]
mod tests;
