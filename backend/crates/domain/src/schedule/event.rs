//! Fires and skips in order: what previews, backfills and the scheduler's records are made of.

use chrono::NaiveDateTime;

use super::{
    Hold,
    engine::{Lane, Schedule},
    fire::{Fire, Skip},
};
use crate::bizdate::BizDate;

/// Something a schedule does, or leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It fires.
    Fire(Fire),
    /// A nominal date without a fire.
    Skip(Skip),
}

impl Event {
    /// When, in milliseconds since 1970 UTC.
    #[must_use]
    pub fn instant_ms(&self) -> i64 {
        match self {
            Self::Fire(fire) => fire.instant_ms,
            Self::Skip(skip) => skip.instant_ms,
        }
    }
}

/// The events of `[from, until)`, in order; ends after a hold.
#[derive(Debug, Clone)]
pub struct Events<S> {
    schedule: S,
    /// Everything up to here has been told.
    after: (i64, NaiveDateTime),
    /// The nominal date from which skips are still to be looked for.
    skips_from: BizDate,
    until_ms: i64,
    ready: std::collections::VecDeque<Event>,
    end: Option<Option<Hold>>,
}

impl Schedule {
    /// Its events from `from_ms` (inclusive) to `until_ms` (exclusive).
    #[must_use]
    pub fn events(&self, from_ms: i64, until_ms: i64) -> Events<&Self> {
        events(self, from_ms, until_ms)
    }

    /// Its fires from `from_ms` (inclusive) to `until_ms` (exclusive), ending with the hold if one is met.
    pub fn fires(&self, from_ms: i64, until_ms: i64) -> impl Iterator<Item = Result<Fire, Hold>> {
        let mut after = Some(self.moment(from_ms.saturating_sub(1)));
        std::iter::from_fn(move || {
            let next = self.next_fire_at(after.take()?).transpose()?;
            after = next.as_ref().ok().map(|fire| self.moment_of(fire));
            match next {
                Ok(fire) => (fire.instant_ms < until_ms).then_some(Ok(fire)),
                // What can't be told comes later: the range up to there is simply over.
                Err(held) => (held.earliest_ms < until_ms).then_some(Err(held.hold)),
            }
        })
    }

    pub(super) fn into_events(self, from_ms: i64, until_ms: i64) -> Events<Self> {
        events(self, from_ms, until_ms)
    }

    /// The lane whose times the skips are told with: the first of the nominal date.
    fn first_lane(&self) -> Option<&Lane> {
        self.lanes.iter().min_by_key(|lane| (lane.lag, lane.first_time()))
    }

    /// Adds the skips after one instant and before another, looking at each nominal date once: `from` moves on to the
    /// first that is still to be looked at.
    fn skips(
        &self,
        from: &mut BizDate,
        after_ms: i64,
        (before_ms, before): (i64, NaiveDateTime),
        into: &mut impl Extend<Event>,
    ) {
        let Some(lane) = self.first_lane() else { return };
        let last = lane.nominal_at(before).unwrap_or(BizDate::MAX);
        while let Ok(Some(slot)) = self.recur.next(*from, lane.lag) {
            *from = slot.at;
            if slot.at > last {
                return;
            }
            match self.is_skipped(&slot) {
                Ok(true) => {
                    let instant_ms = self.first_instant(lane, slot.at);
                    if instant_ms >= before_ms {
                        return;
                    }
                    if let (true, Some(reason)) = (instant_ms > after_ms, self.skip_reason(&slot)) {
                        into.extend([Event::Skip(Skip { instant_ms, nominal_date: slot.at, reason })]);
                    }
                }
                Ok(false) => {}
                Err(_) => return,
            }
            if slot.at == BizDate::MAX {
                return;
            }
            *from = slot.at.succ();
        }
    }

    /// The instant of the lane's first time for a nominal date, if it fired.
    fn first_instant(&self, lane: &Lane, nominal: BizDate) -> i64 {
        let on = nominal.add_days(lane.lag).unwrap_or(nominal).naive();
        let time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(lane.first_time(), 0).unwrap_or_default();
        super::instant_of(self.zone, on.and_time(time))
    }
}

fn events<S: std::borrow::Borrow<Schedule>>(schedule: S, from_ms: i64, until_ms: i64) -> Events<S> {
    let of = schedule.borrow();
    let after = of.moment(from_ms.saturating_sub(1));
    let nominal = of.first_lane().and_then(|lane| lane.nominal_at(after.1));
    Events {
        after,
        // A day before, as a gap may put a time on the next day.
        skips_from: nominal.unwrap_or(BizDate::MIN).pred(),
        schedule,
        until_ms,
        ready: std::collections::VecDeque::new(),
        end: None,
    }
}

impl<S: std::borrow::Borrow<Schedule>> Events<S> {
    fn advance(&mut self) {
        let schedule = self.schedule.borrow();
        let (fire, held) = match schedule.next_fire_at(self.after) {
            Ok(fire) => (fire.filter(|fire| fire.instant_ms < self.until_ms), None),
            Err(held) => (None, Some(held).filter(|held| held.earliest_ms < self.until_ms)),
        };
        let end_ms = held.as_ref().map_or(self.until_ms, |held| held.earliest_ms);
        let before = fire.as_ref().map_or_else(|| schedule.moment(end_ms), |fire| schedule.moment_of(fire));
        if schedule.can_skip() {
            schedule.skips(&mut self.skips_from, self.after.0, before, &mut self.ready);
        }
        match fire {
            Some(fire) => {
                self.after = before;
                self.ready.push_back(Event::Fire(fire));
            }
            None => self.end = Some(held.map(|held| held.hold)),
        }
    }
}

impl<S: std::borrow::Borrow<Schedule>> Iterator for Events<S> {
    type Item = Result<Event, Hold>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            match &mut self.end {
                Some(hold) => return hold.take().map(Err),
                None => self.advance(),
            }
        }
    }
}
