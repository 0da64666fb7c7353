//! Which nominal dates a schedule names, one after the other in both directions.

use chrono::Weekday;

use super::{DayKind, Rule, ScheduleSpec, SpecError, When, fire::SkipReason};
use crate::{
    bizdate::{BizDate, Period},
    calendar::{Calendar, CalendarError},
    cron::Cron,
};

/// A nominal date, or a period's lack of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    /// The date; for a lack, the period's last day.
    pub(super) at: BizDate,
    /// Why there is none.
    pub(super) missing: Option<SkipReason>,
}

impl Slot {
    pub(super) fn day(at: BizDate) -> Self {
        Self { at, missing: None }
    }
}

/// The nominal dates, ready to be walked.
#[derive(Debug, Clone)]
pub(super) struct Recur {
    kind: Kind,
    from: BizDate,
    until: BizDate,
}

#[derive(Debug, Clone)]
enum Kind {
    Cron(Cron),
    Daily,
    /// Bit 0 is Monday.
    Weekdays(u8),
    /// Every n-th open day, counted from the schedule's `from`.
    OpenDays(Calendar, i64),
    Ordinal {
        n: i32,
        of: Counted,
        period: Period,
    },
}

#[derive(Debug, Clone)]
enum Counted {
    Day,
    Open(Calendar),
    Weekday(Weekday),
}

type Found = Result<Option<Slot>, CalendarError>;

impl Recur {
    pub(super) fn compile(spec: &ScheduleSpec, calendar: Option<&Calendar>) -> Result<Self, SpecError> {
        let open = || calendar.cloned().ok_or(SpecError::NoCalendar);
        let kind = match &spec.when {
            When::Cron(cron) => Kind::Cron(cron.clone()),
            When::Rule(Rule::EveryDay) => Kind::Daily,
            When::Rule(Rule::EveryOpenDay) => Kind::OpenDays(open()?, 1),
            When::Rule(Rule::EveryOpenDays(n)) => Kind::OpenDays(open()?, i64::from(*n)),
            When::Rule(Rule::Weekdays(days)) => {
                Kind::Weekdays(days.iter().fold(0, |mask, day| mask | 1 << day.num_days_from_monday()))
            }
            When::Rule(Rule::Ordinal { n, of, period }) => {
                let of = match of {
                    DayKind::Day => Counted::Day,
                    DayKind::OpenDay => Counted::Open(open()?),
                    DayKind::Weekday(day) => Counted::Weekday(*day),
                };
                Kind::Ordinal { n: *n, of, period: *period }
            }
        };
        Ok(Self { kind, from: spec.from.unwrap_or(BizDate::MIN), until: spec.until.unwrap_or(BizDate::MAX) })
    }

    /// Whether it names open days only, so that no policy for closed ones is ever needed.
    pub(super) fn is_always_open(&self) -> bool {
        matches!(self.kind, Kind::OpenDays(..) | Kind::Ordinal { of: Counted::Open(_), .. })
    }

    /// Whether a period can lack its nominal date.
    pub(super) fn can_miss(&self) -> bool {
        matches!(self.kind, Kind::Ordinal { .. })
    }

    /// The first nominal date on or after `from`. A cron expression speaks of the wall's date, which is `lag` days
    /// after the nominal one.
    pub(super) fn next(&self, from: BizDate, lag: i64) -> Found {
        let from = from.max(self.from);
        if from > self.until {
            return Ok(None);
        }
        let found = match &self.kind {
            Kind::Cron(cron) => {
                let wall = from.add_days(lag).and_then(|wall| cron.next_day(wall));
                wall.and_then(|wall| wall.add_days(-lag)).map(Slot::day)
            }
            Kind::Daily => Some(Slot::day(from)),
            Kind::Weekdays(mask) => {
                (0..7).filter_map(|n| from.add_days(n)).find(|day| is_in(*mask, *day)).map(Slot::day)
            }
            Kind::OpenDays(calendar, n) => {
                let mut day = if calendar.is_open(from)? { from } else { calendar.next(from)? };
                if *n > 1 && day <= self.until {
                    let past = (calendar.count(self.from, day)? as i64 - 1).rem_euclid(*n);
                    if past > 0 {
                        day = calendar.offset(day, n - past)?;
                    }
                }
                Some(Slot::day(day))
            }
            Kind::Ordinal { n, of, period } => {
                let mut at = from;
                loop {
                    let slot = ordinal(*n, of, *period, at)?;
                    if slot.at >= from {
                        break Some(slot);
                    }
                    match at.end(*period).add_days(1) {
                        Some(next) => at = next,
                        None => break None,
                    }
                }
            }
        };
        Ok(found.filter(|slot| slot.at <= self.until))
    }

    /// The last nominal date on or before `until`.
    pub(super) fn previous(&self, until: BizDate, lag: i64) -> Found {
        let until = until.min(self.until);
        if until < self.from {
            return Ok(None);
        }
        let found = match &self.kind {
            Kind::Cron(cron) => {
                let wall = until.add_days(lag).and_then(|wall| cron.previous_day(wall));
                wall.and_then(|wall| wall.add_days(-lag)).map(Slot::day)
            }
            Kind::Daily => Some(Slot::day(until)),
            Kind::Weekdays(mask) => {
                (0..7).filter_map(|n| until.add_days(-n)).find(|day| is_in(*mask, *day)).map(Slot::day)
            }
            Kind::OpenDays(calendar, n) => {
                let mut day = if calendar.is_open(until)? { until } else { calendar.previous(until)? };
                if *n > 1 && day >= self.from {
                    let past = (calendar.count(self.from, day)? as i64 - 1).rem_euclid(*n);
                    if past > 0 {
                        day = calendar.offset(day, -past)?;
                    }
                }
                Some(Slot::day(day))
            }
            Kind::Ordinal { n, of, period } => {
                let mut at = until;
                loop {
                    let slot = ordinal(*n, of, *period, at)?;
                    if slot.at <= until {
                        break Some(slot);
                    }
                    match at.start(*period).add_days(-1) {
                        Some(before) => at = before,
                        None => break None,
                    }
                }
            }
        };
        Ok(found.filter(|slot| slot.at >= self.from))
    }
}

fn is_in(mask: u8, day: BizDate) -> bool {
    mask & (1 << day.weekday().num_days_from_monday()) != 0
}

/// The n-th day of the period around `at`.
fn ordinal(n: i32, of: &Counted, period: Period, at: BizDate) -> Result<Slot, CalendarError> {
    let (start, end) = (at.start(period), at.end(period));
    let day = match of {
        Counted::Open(calendar) => calendar.nth(at, period, i64::from(n))?,
        Counted::Day => stepped(start, end, n, 1),
        Counted::Weekday(day) => {
            let first = start.add_days(i64::from(days_on(start.weekday(), *day)));
            let last = end.add_days(-i64::from(days_on(*day, end.weekday())));
            first.zip(last).and_then(|(first, last)| stepped(first, last, n, 7))
        }
    };
    Ok(match day {
        Some(day) => Slot::day(day),
        None => Slot { at: end, missing: Some(SkipReason::NoSuchDay { period, start, n }) },
    })
}

/// How many days after one weekday the other comes, 0 to 6.
fn days_on(from: Weekday, to: Weekday) -> u32 {
    (to.num_days_from_monday() + 7 - from.num_days_from_monday()) % 7
}

/// The n-th of the days from `first` to `last` that are `step` apart.
fn stepped(first: BizDate, last: BizDate, n: i32, step: i64) -> Option<BizDate> {
    let away = i64::from(n.unsigned_abs() - 1) * step;
    let day = if n > 0 { first.add_days(away) } else { last.add_days(-away) };
    day.filter(|day| (first..=last).contains(day))
}
