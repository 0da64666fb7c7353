//! The evaluator's first half: nominal dates → outcomes → days with fires (the steps of the module [`super`]).
//!
//! Rolls and shifts never change the order of dates: a later nominal date's outcome is never earlier. So the first
//! fire day on or after a date is found by walking back from it while outcomes still reach it, then forward.

use super::{Hold, OnClosed, Schedule, fire::SkipReason, recur::Slot};
use crate::{
    bizdate::BizDate,
    calendar::{Calendar, CalendarError, DayStatus, Roll, Tri, day::Reason},
};

/// The days until a day that are known to be open, the last one first.
fn open_until(calendar: &Calendar, day: BizDate) -> impl Iterator<Item = BizDate> {
    let days = (0..i64::from(MAX_FRUITLESS)).map_while(move |back| day.add_days(-back));
    days.filter(|day| calendar.tri(*day) == Tri::Open)
}

/// How many nominal dates in a row may come to nothing before the search is given up: ten years of days.
const MAX_FRUITLESS: u32 = 3_700;

/// What becomes of a nominal date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It leads to fires.
    Day {
        /// After the closed-day policy.
        day: BizDate,
        /// After the shift: the day of the fires.
        date: BizDate,
    },
    /// It doesn't; [`Schedule::skip_reason`] tells why.
    Skip,
}

/// A day with fires that can't be told.
#[derive(Debug)]
pub(super) struct HeldDay {
    pub(super) hold: Hold,
    /// It is none before this.
    pub(super) earliest: BizDate,
}

/// A day with fires.
#[derive(Debug, Clone)]
pub(super) struct FireDay {
    pub(super) date: BizDate,
    pub(super) day: BizDate,
    pub(super) nominal: Vec<BizDate>,
}

impl Schedule {
    /// What becomes of a nominal date.
    pub(super) fn outcome(&self, slot: &Slot) -> Result<Outcome, CalendarError> {
        if self.is_skipped(slot)? {
            return Ok(Outcome::Skip);
        }
        let day = match (&self.calendar, self.on_closed.roll()) {
            (Some(calendar), Some(roll)) if !self.recur.is_always_open() => calendar.roll(slot.at, roll)?,
            _ => slot.at,
        };
        let date = match &self.shift {
            None => day,
            Some((n, None)) => day.add_days(*n).ok_or(CalendarError::OutOfRange)?,
            Some((n, Some(calendar))) => calendar.offset(day, *n)?,
        };
        Ok(Outcome::Day { day, date })
    }

    /// Whether a nominal date comes to nothing.
    pub(super) fn is_skipped(&self, slot: &Slot) -> Result<bool, CalendarError> {
        if slot.missing.is_some() {
            return Ok(true);
        }
        match &self.calendar {
            Some(calendar) if self.skips_closed() => Ok(!calendar.is_open(slot.at)?),
            _ => Ok(false),
        }
    }

    fn skips_closed(&self) -> bool {
        self.on_closed == OnClosed::Skip && self.calendar.is_some() && !self.recur.is_always_open()
    }

    /// Why a nominal date comes to nothing, or would without the policy; `None` where the calendar isn't closed.
    pub(super) fn skip_reason(&self, slot: &Slot) -> Option<SkipReason> {
        if slot.missing.is_some() {
            return slot.missing.clone();
        }
        let calendar = self.calendar.as_ref()?;
        let DayStatus::Closed(reason) = calendar.status(slot.at) else { return None };
        Some(match reason {
            Reason::Because { calendar, reason: Some(reason) } => SkipReason::Closed { calendar, reason: *reason },
            reason => SkipReason::Closed { calendar: calendar.name().to_owned(), reason },
        })
    }

    /// Whether a nominal date can come to nothing.
    pub(super) fn can_skip(&self) -> bool {
        self.recur.can_miss() || self.skips_closed()
    }

    fn moves_dates(&self) -> bool {
        self.shift.is_some() || (self.on_closed.roll().is_some() && !self.recur.is_always_open())
    }

    /// The first day with fires on or after `from` (before the lag is added).
    pub(super) fn next_fire_day(&self, lag: i64, from: BizDate) -> Result<Option<FireDay>, HeldDay> {
        let held = |error: CalendarError, at: BizDate| {
            let earliest = self.earliest_of(at).unwrap_or(from).max(from);
            HeldDay { hold: error.into(), earliest }
        };
        let moves = self.moves_dates();
        let mut cursor = if moves { self.earliest_reaching(lag, from) } else { from };
        for _ in 0..MAX_FRUITLESS {
            let next = self.recur.next(cursor, lag).map_err(|error| held(error, cursor))?;
            let Some(slot) = next else { return Ok(None) };
            if let Outcome::Day { day, date } = self.outcome(&slot).map_err(|error| held(error, slot.at))?
                && date >= from
            {
                let mut found = FireDay { date, day, nominal: vec![slot.at] };
                if moves {
                    self.merge_following(lag, slot.at, &mut found);
                }
                return Ok(Some(found));
            }
            if slot.at == BizDate::MAX {
                return Ok(None);
            }
            cursor = slot.at.succ();
        }
        let calendar = self.calendar.as_ref().map_or("", |calendar| calendar.name()).to_owned();
        Err(held(CalendarError::NoOpenDay { calendar, from, days: MAX_FRUITLESS }, cursor))
    }

    /// Before which day no fire of a nominal date on or after `at` can come, whatever unknown days turn out to be.
    fn earliest_of(&self, at: BizDate) -> Option<BizDate> {
        let rolls = if self.recur.is_always_open() { None } else { self.on_closed.roll() };
        let day = match (&self.calendar, rolls) {
            (Some(calendar), Some(roll)) if roll != Roll::Following => open_until(calendar, at).next()?,
            _ => at,
        };
        match &self.shift {
            None => Some(day),
            Some((n, None)) => day.add_days(*n),
            Some((n, Some(_))) if *n >= 0 => Some(day),
            Some((n, Some(calendar))) => {
                open_until(calendar, day.pred()).nth(usize::try_from(n.unsigned_abs()).ok()? - 1)
            }
        }
    }

    /// The earliest nominal date whose fires come on or after `from`, or `from` when no earlier one does. Dates before
    /// what the calendar knows are none of the schedule's.
    fn earliest_reaching(&self, lag: i64, from: BizDate) -> BizDate {
        let mut earliest = from;
        let mut cursor = from;
        for _ in 0..MAX_FRUITLESS {
            if cursor == BizDate::MIN {
                break;
            }
            let Ok(Some(slot)) = self.recur.previous(cursor.pred(), lag) else { break };
            match self.outcome(&slot) {
                Ok(Outcome::Day { date, .. }) if date >= from => earliest = slot.at,
                Ok(Outcome::Skip) => {}
                _ => break,
            }
            cursor = slot.at;
        }
        earliest
    }

    /// Adds the later nominal dates that come to the same day. An unknown one ends the search: it can't undo the fire.
    fn merge_following(&self, lag: i64, first: BizDate, found: &mut FireDay) {
        let mut cursor = first;
        while let Some(from) = cursor.add_days(1)
            && let Ok(Some(slot)) = self.recur.next(from, lag)
        {
            match self.outcome(&slot) {
                Ok(Outcome::Day { date, day }) if date == found.date => {
                    found.day = day;
                    found.nominal.push(slot.at);
                }
                Ok(Outcome::Skip) => {}
                _ => return,
            }
            cursor = slot.at;
        }
    }
}
