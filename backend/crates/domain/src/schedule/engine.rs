//! The evaluator: nominal dates → outcomes → fire days → instants (the steps of the module [`super`]).
//!
//! Rolls and shifts never change the order of dates: a later nominal date's outcome is never earlier. So the first
//! fire day on or after a date is found by walking back from it while outcomes still reach it, then forward.
//!
//! A day cut splits the times of day into *lanes*, each with its own lag of the wall's date behind the nominal one;
//! without a cut there is one lane. The next fire is the earliest over the lanes.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;

use super::{
    Beyond, CutSide, DayCut, Hold, OnClosed, ScheduleSpec, Shift, ShiftUnit, When,
    civil::{self, Civil},
    fire::{Clock, Fire, FireReason, SkipReason},
    recur::{Recur, Slot},
};
use crate::{
    bizdate::BizDate,
    calendar::{Calendar, CalendarError, Calendars, DayStatus, day::Reason},
    cron,
};

/// How many nominal dates in a row may come to nothing before the search is given up: ten years of days.
const MAX_FRUITLESS: u32 = 3_700;

/// A schedule with its calendars looked up, ready to be asked.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub(super) zone: Tz,
    pub(super) calendar: Option<Calendar>,
    pub(super) on_closed: OnClosed,
    shift: Option<(i64, Option<Calendar>)>,
    pub(super) recur: Recur,
    pub(super) lanes: Vec<Lane>,
}

/// The times of day that share a lag.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    times: Times,
    /// Seconds past midnight, `[low, high)`.
    low: u32,
    high: u32,
    /// How many days the wall's date is after the nominal one.
    pub(super) lag: i64,
    /// The fire is for the next open day.
    for_next: bool,
}

#[derive(Debug, Clone)]
enum Times {
    Cron(cron::Times),
    /// In order.
    List(Vec<u32>),
}

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

impl Lane {
    fn next_time(&self, from: u32) -> Option<u32> {
        let from = from.max(self.low);
        let found = match &self.times {
            Times::Cron(times) => times.next(from),
            Times::List(times) => times.iter().copied().find(|time| *time >= from),
        };
        found.filter(|time| *time < self.high)
    }

    fn is_interval(&self) -> bool {
        matches!(self.times, Times::Cron(times) if times.interval)
    }

    /// The nominal date of a wall time's date.
    pub(super) fn nominal_at(&self, wall: NaiveDateTime) -> Option<BizDate> {
        BizDate::from_naive(wall.date())?.add_days(-self.lag)
    }

    /// Its first time of day.
    pub(super) fn first_time(&self) -> u32 {
        self.next_time(0).unwrap_or(self.low)
    }
}

fn lanes(spec: &ScheduleSpec) -> Vec<Lane> {
    let times = match &spec.when {
        When::Cron(cron) => Times::Cron(cron.times()),
        When::Rule(_) => {
            let mut list: Vec<u32> = spec.times.iter().map(|time| time.seconds()).collect();
            list.sort_unstable();
            list.dedup();
            Times::List(list)
        }
    };
    let lane = |low, high, lag, for_next| Lane { times: times.clone(), low, high, lag, for_next };
    let split = match spec.day_cut {
        None => vec![lane(0, 86_400, 0, false)],
        Some(DayCut { at, side: CutSide::Previous }) => {
            vec![lane(0, at.seconds(), 1, false), lane(at.seconds(), 86_400, 0, false)]
        }
        Some(DayCut { at, side: CutSide::Next }) => {
            vec![lane(0, at.seconds(), 0, false), lane(at.seconds(), 86_400, 0, true)]
        }
    };
    split.into_iter().filter(|lane| lane.next_time(0).is_some()).collect()
}

/// So many seconds after midnight, as a clock without changes shows them.
fn at_second(date: BizDate, second: u32) -> NaiveDateTime {
    date.naive().and_time(NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap_or_default())
}

impl Schedule {
    /// Checks the document and looks up its calendars.
    ///
    /// # Errors
    /// When it contradicts itself or names an unknown calendar.
    pub fn compile(spec: &ScheduleSpec, calendars: &Calendars) -> Result<Self, Hold> {
        spec.check()?;
        let lookup = |expr| -> Result<Calendar, Hold> {
            let calendar = calendars.resolve(expr)?;
            Ok(if spec.beyond == Beyond::AssumeWeekMask { calendar.assuming_week_mask() } else { calendar })
        };
        let calendar = spec.calendar.as_ref().map(lookup).transpose()?;
        let shift = match &spec.shift {
            None => None,
            Some(Shift { n, unit: ShiftUnit::Days, .. }) => Some((*n, None)),
            Some(Shift { n, unit: ShiftUnit::OpenDays, of: Some(of) }) => Some((*n, Some(lookup(of)?))),
            Some(Shift { n, unit: ShiftUnit::OpenDays, of: None }) => Some((*n, calendar.clone())),
        };
        let recur = Recur::compile(spec, calendar.as_ref())?;
        Ok(Self { zone: spec.timezone, calendar, on_closed: spec.on_closed, shift, recur, lanes: lanes(spec) })
    }

    /// The last day that all its calendars know; `None` when nothing bounds it.
    #[must_use]
    pub fn known_until(&self) -> Option<BizDate> {
        let shift = self.shift.as_ref().and_then(|(_, calendar)| calendar.as_ref());
        self.calendar.iter().chain(shift).filter_map(Calendar::known_until).min()
    }

    /// The first fire after an instant; `None` when the schedule has ended.
    ///
    /// # Errors
    /// When a day that has to be looked at isn't known.
    pub fn next_fire(&self, after_ms: i64) -> Result<Option<Fire>, Hold> {
        self.next_fire_at(self.moment(after_ms))
    }

    /// The first fire after an instant of which the wall is known.
    pub(super) fn next_fire_at(&self, after: (i64, NaiveDateTime)) -> Result<Option<Fire>, Hold> {
        let mut best: Option<Fire> = None;
        let mut held: Option<Hold> = None;
        for lane in &self.lanes {
            match self.next_in_lane(lane, after) {
                Ok(Some(fire)) if best.as_ref().is_none_or(|best| fire.instant_ms < best.instant_ms) => {
                    best = Some(fire);
                }
                Ok(_) => {}
                Err(hold) => held = Some(hold),
            }
        }
        match (best, held) {
            // A fire that comes before the unknown day stands; otherwise an earlier one could be missed.
            (Some(fire), Some(hold)) => match hold.day() {
                Some(day) if fire.wall.date() < day.naive() => Ok(Some(fire)),
                _ => Err(hold),
            },
            (None, Some(hold)) => Err(hold),
            (best, None) => Ok(best),
        }
    }

    /// An instant and what the wall shows at it.
    pub(super) fn moment(&self, instant_ms: i64) -> (i64, NaiveDateTime) {
        (instant_ms, civil::wall(self.zone, instant_ms))
    }

    /// The instant of a fire and what the wall shows at it.
    pub(super) fn moment_of(&self, fire: &Fire) -> (i64, NaiveDateTime) {
        if fire.reason.clock == Clock::Steady { (fire.instant_ms, fire.wall) } else { self.moment(fire.instant_ms) }
    }

    fn next_in_lane(&self, lane: &Lane, (after_ms, now): (i64, NaiveDateTime)) -> Result<Option<Fire>, Hold> {
        let mut from = now + TimeDelta::seconds(1);
        // Only elapsed time has fires in the second pass of an overlap.
        if lane.is_interval()
            && let Some(overlap) = civil::overlap(self.zone, now)
        {
            if after_ms < overlap.change_ms {
                if let Some((at, day)) = self.next_wall(lane, from)?.filter(|(at, _)| *at < overlap.end) {
                    return self.fire(lane, overlap.first_ms(at), at, day, Clock::First).map(Some);
                }
                from = overlap.start;
            }
            if let Some((at, day)) = self.next_wall(lane, from)?.filter(|(at, _)| *at < overlap.end) {
                return self.fire(lane, overlap.second_ms(at), at, day, Clock::Second).map(Some);
            }
            from = overlap.end;
        }
        while let Some((at, day)) = self.next_wall(lane, from)? {
            from = at + TimeDelta::seconds(1);
            match civil::locate(self.zone, at) {
                Civil::Once(ms) if ms > after_ms => return self.fire(lane, ms, at, day, Clock::Steady).map(Some),
                Civil::Twice { first_ms } if first_ms > after_ms => {
                    return self.fire(lane, first_ms, at, day, Clock::First).map(Some);
                }
                Civil::Skipped { end_ms, whole_day } if whole_day || lane.is_interval() => {
                    from = from.max(civil::wall(self.zone, end_ms));
                }
                Civil::Skipped { end_ms, .. } if end_ms > after_ms => {
                    return self.fire(lane, end_ms, at, day, Clock::Skipped).map(Some);
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn fire(&self, lane: &Lane, instant_ms: i64, wall: NaiveDateTime, at: FireDay, clock: Clock) -> Result<Fire, Hold> {
        let calendar = self.calendar.as_ref();
        let moved = at.nominal.iter().any(|nominal| *nominal != at.day);
        let runs_closed = self.on_closed == OnClosed::Run && calendar.is_some_and(|c| c.is_open(at.day) == Ok(false));
        let day = match (lane.for_next, calendar) {
            (false, _) => at.day,
            (true, Some(calendar)) => calendar.next(at.day)?,
            (true, None) => at.day.add_days(1).ok_or(CalendarError::OutOfRange)?,
        };
        let own = at.nominal.iter().find(|nominal| **nominal == at.day).or(at.nominal.last());
        Ok(Fire {
            instant_ms,
            wall,
            day,
            nominal_date: own.copied().unwrap_or(at.day),
            reason: FireReason {
                policy: (moved || runs_closed).then_some(self.on_closed),
                shifted: self.shift.is_some(),
                clock,
                assumed: calendar.is_some_and(|calendar| {
                    [at.day, at.date, day].iter().chain(&at.nominal).any(|day| calendar.is_assumed(*day))
                }),
            },
            merged: at.nominal,
        })
    }

    /// The first wall time of the lane at or after `from`.
    fn next_wall(&self, lane: &Lane, from: NaiveDateTime) -> Result<Option<(NaiveDateTime, FireDay)>, Hold> {
        let Some(wall_date) = BizDate::from_naive(from.date()) else { return Ok(None) };
        let mut date = wall_date.add_days(-lane.lag).unwrap_or(BizDate::MIN);
        let seconds = from.num_seconds_from_midnight();
        // When the day has no time left, what it would be need not be known.
        if lane.next_time(seconds).is_none() {
            date = date.succ();
        }
        let Some(day) = self.next_fire_day(lane.lag, date)? else { return Ok(None) };
        let Some(on) = day.date.add_days(lane.lag) else { return Ok(None) };
        let time = lane.next_time(if on == wall_date { seconds } else { 0 });
        Ok(time.map(|time| (at_second(on, time), day)))
    }

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
        while let Ok(Some(slot)) = self.recur.next(cursor.succ(), lag) {
            match self.outcome(&slot) {
                Ok(Outcome::Day { date, day }) if date == found.date => {
                    found.day = day;
                    found.nominal.push(slot.at);
                }
                Ok(Outcome::Skip) if slot.at != BizDate::MAX => {}
                _ => return,
            }
            cursor = slot.at;
        }
    }
}
