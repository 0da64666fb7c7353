//! The evaluator's first half: nominal dates → outcomes → days with fires (the steps of the module [`super`]).
//!
//! Rolls and shifts never change the order of dates: a later nominal date's outcome is never earlier. So the first
//! fire day on or after a date is found by walking back from it while outcomes still reach it, then forward.

use super::{Hold, OnClosed, Schedule, fire::SkipReason, recur::Slot};
use crate::{
    bizdate::BizDate,
    calendar::{CalendarError, DayStatus, day::Reason},
};

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
    pub(super) fn next_fire_day(&self, lag: i64, from: BizDate) -> Result<Option<FireDay>, Hold> {
        let moves = self.moves_dates();
        let mut cursor = if moves { self.earliest_reaching(lag, from) } else { from };
        for _ in 0..MAX_FRUITLESS {
            let Some(slot) = self.recur.next(cursor, lag)? else { return Ok(None) };
            if let Outcome::Day { day, date } = self.outcome(&slot)?
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
        Err(CalendarError::NoOpenDay { calendar, from, days: MAX_FRUITLESS }.into())
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
