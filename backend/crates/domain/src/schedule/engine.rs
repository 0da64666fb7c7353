//! The evaluator's second half: days with fires → wall times → instants (the steps of the module [`super`]); `days`
//! finds the days.
//!
//! A day cut splits the times of day into *lanes*, each with its own lag of the wall's date behind the nominal one;
//! without a cut there is one lane. The next fire is the earliest over the lanes.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;

use super::{
    Beyond, CutSide, DayCut, Hold, OnClosed, ScheduleSpec, Shift, ShiftUnit, When,
    civil::{self, Civil},
    days::{FireDay, HeldDay},
    fire::{Clock, Fire, FireReason},
    recur::Recur,
};
use crate::{
    bizdate::BizDate,
    calendar::{Calendar, CalendarError, Calendars},
    cron,
};

/// A schedule with its calendars looked up, ready to be asked.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub(super) zone: Tz,
    pub(super) calendar: Option<Calendar>,
    pub(super) on_closed: OnClosed,
    pub(super) shift: Option<(i64, Option<Calendar>)>,
    pub(super) recur: Recur,
    pub(super) lanes: Vec<Lane>,
}

/// A fire that can't be told.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) hold: Hold,
    /// It is none before this instant.
    pub(super) earliest_ms: i64,
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
        self.next_fire_at(self.moment(after_ms)).map_err(|held| held.hold)
    }

    /// The first fire after an instant of which the wall is known.
    pub(super) fn next_fire_at(&self, after: (i64, NaiveDateTime)) -> Result<Option<Fire>, Held> {
        let mut best: Option<Fire> = None;
        let mut held: Option<Held> = None;
        for lane in &self.lanes {
            match self.next_in_lane(lane, after) {
                Ok(Some(fire)) if best.as_ref().is_none_or(|best| fire.instant_ms < best.instant_ms) => {
                    best = Some(fire);
                }
                Ok(_) => {}
                Err(found) if held.as_ref().is_none_or(|held| found.earliest_ms < held.earliest_ms) => {
                    held = Some(found);
                }
                Err(_) => {}
            }
        }
        match (best, held) {
            // A fire that comes before any that can't be told stands; otherwise an earlier one could be missed.
            (Some(fire), Some(held)) if fire.instant_ms < held.earliest_ms => Ok(Some(fire)),
            (_, Some(held)) => Err(held),
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

    fn next_in_lane(&self, lane: &Lane, (after_ms, now): (i64, NaiveDateTime)) -> Result<Option<Fire>, Held> {
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

    fn fire(&self, lane: &Lane, instant_ms: i64, wall: NaiveDateTime, at: FireDay, clock: Clock) -> Result<Fire, Held> {
        let held = |error: CalendarError| Held { hold: error.into(), earliest_ms: instant_ms };
        let calendar = self.calendar.as_ref();
        let moved = at.nominal.iter().any(|nominal| *nominal != at.day);
        let runs_closed = self.on_closed == OnClosed::Run && calendar.is_some_and(|c| c.is_open(at.day) == Ok(false));
        let day = match (lane.for_next, calendar) {
            (false, _) => at.day,
            (true, Some(calendar)) => calendar.next(at.day).map_err(held)?,
            (true, None) => at.day.add_days(1).ok_or(CalendarError::OutOfRange).map_err(held)?,
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
    fn next_wall(&self, lane: &Lane, from: NaiveDateTime) -> Result<Option<(NaiveDateTime, FireDay)>, Held> {
        let Some(wall_date) = BizDate::from_naive(from.date()) else { return Ok(None) };
        let mut date = wall_date.add_days(-lane.lag).unwrap_or(BizDate::MIN);
        let seconds = from.num_seconds_from_midnight();
        // When the day has no time left, what it would be need not be known.
        if lane.next_time(seconds).is_none() {
            date = date.succ();
        }
        let at = |date: BizDate| {
            let on = date.add_days(lane.lag)?;
            let time = lane.next_time(if on == wall_date { seconds } else { 0 })?;
            Some(at_second(on, time))
        };
        match self.next_fire_day(lane.lag, date) {
            Ok(day) => Ok(day.and_then(|day| Some((at(day.date)?, day)))),
            Err(HeldDay { hold, earliest }) => {
                let earliest_ms = super::instant_of(self.zone, at(earliest).unwrap_or(from));
                Err(Held { hold, earliest_ms })
            }
        }
    }
}
