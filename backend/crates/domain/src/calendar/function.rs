//! The functions of calendar expressions, evaluated: which days they pick, and what has to be known for that.
//!
//! A day is picked, not picked, or unset: unset exactly when the unset days around it could make it either. The last
//! open day of a month whose end isn't published can't be told, although the day before it may be known to be none.
//!
//! `nth` and `shift` look at many days to decide one. What they decide is kept per year, so that a function of a
//! function costs a year's work once, not a year for every day.

use std::sync::OnceLock;

use super::{
    Calendar,
    base::{Base, WeekMask},
    day::{DayStatus, Reason, Session, Tri},
    day_set::DaySet,
};
use crate::bizdate::{BizDate, Period};

/// How far a shift looks for its days; like the search for the next open day it gives up after some ten years.
const MAX_LOOK: i64 = 3_700;

/// A function over calendars.
#[derive(Debug)]
pub(super) struct Function {
    pick: Pick,
    /// What was decided so far, by year from 1900 on; the second with the week mask assumed.
    years: [Box<[OnceLock<Year>]>; 2],
}

/// Which days a function picks.
#[derive(Debug)]
pub(super) enum Pick {
    /// The n-th open day of each period.
    Nth { days: Calendar, n: i32, period: Period },
    /// The days that come n open days of `by` after one of `days`.
    Shift { days: Calendar, n: i32, by: Calendar },
    /// The open days on some weekdays.
    Weekday { days: Calendar, weekdays: WeekMask },
    /// The half days.
    Half(Calendar),
    /// The open days of a range.
    Between(Calendar, BizDate, BizDate),
}

/// What is decided of a year's days.
#[derive(Debug)]
struct Year {
    known: DaySet,
    open: DaySet,
}

impl Function {
    pub(super) fn new(pick: Pick) -> Self {
        let slots = match pick {
            Pick::Nth { .. } | Pick::Shift { .. } => (BizDate::MIN.year()..=BizDate::MAX.year()).count(),
            Pick::Weekday { .. } | Pick::Half(_) | Pick::Between(..) => 0,
        };
        let years = || std::iter::repeat_with(OnceLock::new).take(slots).collect();
        Self { pick, years: [years(), years()] }
    }

    /// The calendars it looks at.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Calendar> {
        let (one, other) = match &self.pick {
            Pick::Shift { days, by, .. } => (days, Some(by)),
            Pick::Nth { days, .. } | Pick::Weekday { days, .. } | Pick::Half(days) | Pick::Between(days, ..) => {
                (days, None)
            }
        };
        std::iter::once(one).chain(other)
    }

    pub(super) fn tri(&self, day: BizDate, assume: bool) -> Tri {
        match &self.pick {
            Pick::Weekday { days, weekdays } if weekdays.is_open(day) => days.tri_with(day, assume),
            Pick::Between(days, from, to) if (from..=to).contains(&&day) => days.tri_with(day, assume),
            Pick::Weekday { .. } | Pick::Between(..) => Tri::Closed,
            Pick::Half(days) => match days.status_with(day, assume) {
                DayStatus::Open(Session { half: true, .. }) => Tri::Open,
                DayStatus::Open(_) | DayStatus::Closed(_) => Tri::Closed,
                DayStatus::Unset => Tri::Unset,
            },
            Pick::Nth { .. } | Pick::Shift { .. } => self.year(day, assume).tri(day),
        }
    }

    fn year(&self, day: BizDate, assume: bool) -> &Year {
        let slot = usize::try_from(day.year() - BizDate::MIN.year()).unwrap_or(0);
        self.years[usize::from(assume)][slot].get_or_init(|| {
            let (first, last) = (day.start(Period::Year), day.end(Period::Year));
            let mut year = Year { known: DaySet::spanning(first, last), open: DaySet::spanning(first, last) };
            for day in (first.number()..=last.number()).filter_map(BizDate::from_number) {
                let decided = self.decide(day, assume);
                year.known.set(day, decided != Tri::Unset);
                year.open.set(day, decided == Tri::Open);
            }
            year
        })
    }

    fn decide(&self, day: BizDate, assume: bool) -> Tri {
        match &self.pick {
            Pick::Nth { days, n, period } => nth(days, *n, *period, day, assume),
            Pick::Shift { days, n, by } => shift(days, *n, by, day, assume),
            Pick::Weekday { .. } | Pick::Half(_) | Pick::Between(..) => self.tri(day, assume),
        }
    }

    /// The day with its hours, or why it isn't picked; `name` is what the function is called.
    pub(super) fn status(&self, name: &str, day: BizDate, assume: bool) -> DayStatus {
        // The hours of a shifted day are those of the market in which it was counted.
        let market = match &self.pick {
            Pick::Shift { by, .. } => by,
            Pick::Nth { days, .. } | Pick::Weekday { days, .. } | Pick::Half(days) | Pick::Between(days, ..) => days,
        };
        match (self.tri(day, assume), market.status_with(day, assume)) {
            (Tri::Open, DayStatus::Open(session)) => DayStatus::Open(session),
            (Tri::Open, _) => DayStatus::Open(Session::default()),
            (Tri::Closed, DayStatus::Closed(reason)) => super::closed_because(market, Some(reason)),
            (Tri::Closed, _) => DayStatus::Closed(Reason::Outside { calendar: name.to_owned() }),
            (Tri::Unset, _) => DayStatus::Unset,
        }
    }

    /// The base calendar and the day that would have to be known to decide a day.
    pub(super) fn unknown(&self, day: BizDate) -> Option<(&Base, BizDate)> {
        match &self.pick {
            Pick::Nth { days, n, period } => {
                let (from, to) = if *n > 0 { (day.start(*period), day) } else { (day, day.end(*period)) };
                let mut near = (from.number()..=to.number()).filter_map(BizDate::from_number);
                days.unknown(near.find(|day| days.tri_with(*day, false) == Tri::Unset)?)
            }
            Pick::Shift { days, n, by } => {
                let mut near = (0..MAX_LOOK).map_while(|k| day.add_days(if *n < 0 { k } else { -k }));
                let found = near.find(|day| [days, by].iter().any(|part| part.tri_with(*day, false) == Tri::Unset))?;
                by.unknown(found).or_else(|| days.unknown(found))
            }
            Pick::Weekday { days, .. } | Pick::Half(days) | Pick::Between(days, ..) => days.unknown(day),
        }
    }

    /// The first and the last day between which every day is decided.
    pub(super) fn horizon(&self) -> (Option<BizDate>, Option<BizDate>) {
        let (from, until) = self.parts().fold((None, None), |(from, until), part| {
            let (first, last) = part.horizon();
            (from.max(first), super::earlier(until, last))
        });
        match &self.pick {
            // A period that is cut off can't tell its first days, or its last.
            Pick::Nth { n: 1.., period, .. } => {
                (from.map(|day| if day == day.start(*period) { day } else { day.end(*period).succ() }), until)
            }
            Pick::Nth { period, .. } => {
                (from, until.map(|day| if day == day.end(*period) { day } else { day.start(*period).pred() }))
            }
            Pick::Shift { n, by, .. } => {
                // Every day needs the n open days before it, or after it.
                let n = i64::from(*n);
                let begin = from.map(|day| by.offset(day.pred(), n.max(1)).map_or(day, BizDate::succ));
                let end = until.map(|day| by.offset(day.succ(), n).map_or(day, BizDate::pred));
                if n < 0 { (from, end) } else { (begin, until) }
            }
            Pick::Weekday { .. } | Pick::Half(_) | Pick::Between(..) => (from, until),
        }
    }
}

impl Year {
    fn tri(&self, day: BizDate) -> Tri {
        match (self.known.contains(day), self.open.contains(day)) {
            (false, _) => Tri::Unset,
            (true, true) => Tri::Open,
            (true, false) => Tri::Closed,
        }
    }
}

/// Days counted so far: those that are open for certain, and those that may be.
#[derive(Debug, Default)]
struct Count {
    open: u32,
    unset: u32,
}

impl Count {
    fn add(&mut self, day: Tri) {
        self.open += u32::from(day == Tri::Open);
        self.unset += u32::from(day == Tri::Unset);
    }

    /// Whether it may come to `n`.
    fn may_be(&self, n: u32) -> bool {
        (self.open..=self.open + self.unset).contains(&n)
    }
}

/// Whether a day is the n-th open one of its period: counts the days of the period before it, or after it.
fn nth(days: &Calendar, n: i32, period: Period, day: BizDate, assume: bool) -> Tri {
    let (wanted, own) = (n.unsigned_abs() - 1, days.tri_with(day, assume));
    if own == Tri::Closed {
        return Tri::Closed;
    }
    let edge = if n > 0 { day.start(period) } else { day.end(period) };
    let step = if n > 0 { -1 } else { 1 };
    let (mut count, mut at) = (Count::default(), day);
    while at != edge {
        let Some(next) = at.add_days(step) else { break };
        at = next;
        count.add(days.tri_with(at, assume));
        if count.open > wanted {
            return Tri::Closed;
        }
    }
    match count.may_be(wanted) {
        false => Tri::Closed,
        true if count.unset == 0 => own,
        true => Tri::Unset,
    }
}

/// Whether a day comes n open days of `by` after one of `days`: goes back from it (on, when n is negative) over the
/// days from which exactly n open days lead to it.
fn shift(days: &Calendar, n: i32, by: &Calendar, day: BizDate, assume: bool) -> Tri {
    let own = by.tri_with(day, assume);
    if own == Tri::Closed {
        return Tri::Closed;
    }
    // The day itself is one of the n. Rolling (n = 0) also takes the day itself, and the closed days before it.
    let (wanted, step) = (n.unsigned_abs().max(1), if n < 0 { 1 } else { -1 });
    let mut count = Count { open: 1, unset: 0 };
    let mut may = Tri::Closed;
    if n == 0 {
        may = days.tri_with(day, assume);
        if may == Tri::Open {
            return own;
        }
    }
    let mut at = day;
    for _ in 0..MAX_LOOK {
        let Some(next) = at.add_days(step) else { break };
        at = next;
        let there = by.tri_with(at, assume);
        if n == 0 {
            // An open day before it isn't moved.
            count.add(there);
        }
        if count.open > wanted {
            break;
        }
        if count.may_be(wanted) {
            match days.tri_with(at, assume) {
                Tri::Open if count.unset == 0 => return own,
                Tri::Closed => {}
                Tri::Open | Tri::Unset => may = Tri::Unset,
            }
        }
        // With days unknown between, nothing further away can decide it any more.
        if may == Tri::Unset && count.unset > 0 {
            break;
        }
        if n != 0 {
            count.add(there);
        }
    }
    may
}

#[cfg(test)]
mod tests;
