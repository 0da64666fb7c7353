//! Finding days: next and previous, offsets, the n-th of a period, counts.
//!
//! Every function looks at days one by one and stops with an error at the first that is unset.

use super::{Calendar, CalendarError, Roll, base::Base, day::Tri};
use crate::bizdate::{BizDate, Period};

/// How many closed days in a row mean that no open day will come: about ten years.
const MAX_CLOSED_RUN: u32 = 3_700;

impl Calendar {
    /// The first open day strictly after `day`.
    ///
    /// # Errors
    /// When an unset day comes first, or none is open for years.
    pub fn next(&self, day: BizDate) -> Result<BizDate, CalendarError> {
        self.walk(day, 1)
    }

    /// The last open day strictly before `day`.
    ///
    /// # Errors
    /// When an unset day comes first, or none is open for years.
    pub fn previous(&self, day: BizDate) -> Result<BizDate, CalendarError> {
        self.walk(day, -1)
    }

    /// The nearest open day strictly after (`step` 1) or before (−1).
    fn walk(&self, from: BizDate, step: i64) -> Result<BizDate, CalendarError> {
        let mut day = from;
        for _ in 0..MAX_CLOSED_RUN {
            day = day.add_days(step).ok_or(CalendarError::OutOfRange)?;
            match self.tri(day) {
                Tri::Open => return Ok(day),
                Tri::Closed => {}
                Tri::Unset => return Err(self.beyond(day)),
            }
        }
        Err(CalendarError::NoOpenDay { calendar: self.name().to_owned(), from, days: MAX_CLOSED_RUN })
    }

    /// T±n: the n-th open day strictly after (before, when negative) `day`, whether or not `day` is open. T+0 is the
    /// day itself or, when it is closed, the next open one.
    ///
    /// # Errors
    /// When an unset day has to be looked at.
    pub fn offset(&self, day: BizDate, n: i64) -> Result<BizDate, CalendarError> {
        if n == 0 {
            return self.roll(day, Roll::Following);
        }
        let mut found = day;
        for _ in 0..n.unsigned_abs() {
            found = self.walk(found, n.signum())?;
        }
        Ok(found)
    }

    /// Rolls first and then counts from there: on a closed day, following and +1 is the *second* open day after it.
    ///
    /// # Errors
    /// When an unset day has to be looked at.
    pub fn roll_then_offset(&self, day: BizDate, roll: Roll, n: i64) -> Result<BizDate, CalendarError> {
        let rolled = self.roll(day, roll)?;
        if n == 0 { Ok(rolled) } else { self.offset(rolled, n) }
    }

    /// The k-th open day of the period `day` lies in, from its end when negative; `None` when it has too few (k = 0
    /// never is).
    ///
    /// # Errors
    /// When an unset day has to be looked at.
    pub fn nth(&self, day: BizDate, period: Period, k: i64) -> Result<Option<BizDate>, CalendarError> {
        let (start, end) = (day.start(period), day.end(period));
        let (mut at, step) = if k > 0 { (start, 1) } else { (end, -1) };
        let mut left = k.unsigned_abs();
        while left > 0 && (start..=end).contains(&at) {
            left -= u64::from(self.is_open(at)?);
            if left == 0 {
                return Ok(Some(at));
            }
            let Some(moved) = at.add_days(step) else { break };
            at = moved;
        }
        Ok(None)
    }

    /// Whether the day is the first open one of its period.
    ///
    /// # Errors
    /// When an unset day has to be looked at.
    pub fn is_first_open(&self, day: BizDate, period: Period) -> Result<bool, CalendarError> {
        Ok(self.is_open(day)? && self.nth(day, period, 1)? == Some(day))
    }

    /// Whether the day is the last open one of its period.
    ///
    /// # Errors
    /// When an unset day has to be looked at.
    pub fn is_last_open(&self, day: BizDate, period: Period) -> Result<bool, CalendarError> {
        Ok(self.is_open(day)? && self.nth(day, period, -1)? == Some(day))
    }

    /// How many open days lie in `from..=to`; 0 when `to` is before `from`.
    ///
    /// # Errors
    /// When one of the days is unset.
    pub fn count(&self, from: BizDate, to: BizDate) -> Result<usize, CalendarError> {
        if to < from {
            return Ok(0);
        }
        if let Some(count) = self.as_base().and_then(|base| base.count(from, to)) {
            return Ok(count);
        }
        let mut open = 0;
        for number in from.number()..=to.number() {
            let day = BizDate::from_number(number).ok_or(CalendarError::OutOfRange)?;
            open += usize::from(self.is_open(day)?);
        }
        Ok(open)
    }

    /// How many open days the period of `day` has.
    ///
    /// # Errors
    /// When one of its days is unset.
    pub fn count_in(&self, day: BizDate, period: Period) -> Result<usize, CalendarError> {
        self.count(day.start(period), day.end(period))
    }

    /// The open days of `from..=to`, ending with an error at the first unset day.
    pub fn open_days(&self, from: BizDate, to: BizDate) -> impl Iterator<Item = Result<BizDate, CalendarError>> {
        let mut failed = false;
        (from.number()..=to.number())
            .filter_map(BizDate::from_number)
            .map_while(move |day| {
                if failed {
                    return None;
                }
                let open = self.is_open(day);
                failed = open.is_err();
                Some(open.map(|open| (day, open)))
            })
            .filter_map(|day| match day {
                Ok((day, open)) => open.then_some(Ok(day)),
                Err(error) => Some(Err(error)),
            })
    }

    fn as_base(&self) -> Option<&Base> {
        match &*self.node {
            super::Node::Base(base) => Some(base),
            _ => None,
        }
    }
}
