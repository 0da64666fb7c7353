//! The days of a cron expression.

use crate::bizdate::{BizDate, Period, period::days_in_month};

/// The years that expressions range over, as in Quartz.
pub(super) const FIRST_YEAR: i32 = 1970;
/// The last year an expression may name, and the last one that is searched.
pub(super) const LAST_YEAR: i32 = 2099;

/// Every seventh bit of a month's days.
const EVERY_SEVENTH: u64 = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28;

/// The days 1 to 31, and the months 1 to 12.
const EVERY_DAY: u64 = (1 << 32) - 2;
const EVERY_MONTH: u64 = (1 << 13) - 2;

/// A special in the day-of-month field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MonthDay {
    /// `L` or `L-n`: n days before the last day.
    FromLast(u32),
    /// `LW`: the last Monday-to-Friday day.
    LastWeekday,
    /// `15W`: the Monday-to-Friday day nearest the 15th within the month.
    NearestWeekday(u32),
}

/// A special in the weekday field; weekdays count from Sunday 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NthDay {
    /// `FRI#2`.
    Nth(u32, u32),
    /// `FRIL`: the last one of the month.
    Last(u32),
}

/// The day fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Days {
    /// Days of the month by number, bit 1 to 31.
    pub(super) month_days: u64,
    pub(super) month_specials: Vec<MonthDay>,
    /// Weekdays, bit 0 (Sunday) to 6.
    pub(super) weekdays: u64,
    pub(super) weekday_specials: Vec<NthDay>,
    /// Months, bit 1 to 12.
    pub(super) months: u64,
    /// Years in order; empty means every year.
    pub(super) years: Vec<i32>,
    /// Either day field is enough (both were given in the Unix form).
    pub(super) either: bool,
}

impl Days {
    pub(super) fn contains(&self, day: BizDate) -> bool {
        self.has_month(day.year(), day.month()) && self.month_bits(day) & (1 << day.day()) != 0
    }

    fn has_month(&self, year: i32, month: u32) -> bool {
        let in_years = if self.years.is_empty() {
            (FIRST_YEAR..=LAST_YEAR).contains(&year)
        } else {
            self.years.binary_search(&year).is_ok()
        };
        in_years && self.months & (1 << month) != 0
    }

    /// The matching days of the month that `day` lies in, bit 1 to 31.
    fn month_bits(&self, day: BizDate) -> u64 {
        let last = days_in_month(day.year(), day.month());
        // 35 is the first multiple of seven from which every day of a month can be taken.
        let first_weekday = (day.weekday().num_days_from_sunday() + 35 - (day.day() - 1)) % 7;
        let weekday_of = |number: u32| (first_weekday + number - 1) % 7;
        let mut by_number = self.month_days;
        for special in &self.month_specials {
            by_number |= special.bit(last, &weekday_of);
        }
        // The days of the month that fall on a weekday, as bits: its first day and every seventh on.
        let all_of = |weekday: u32| EVERY_SEVENTH << (1 + (weekday + 7 - first_weekday) % 7);
        let mut by_weekday = 0;
        for weekday in (0..7).filter(|weekday| self.weekdays & (1 << weekday) != 0) {
            by_weekday |= all_of(weekday);
        }
        for special in &self.weekday_specials {
            by_weekday |= match *special {
                NthDay::Nth(weekday, nth) => all_of(weekday) & (0b1111111 << (7 * nth - 6)),
                NthDay::Last(weekday) => all_of(weekday) & (0b1111111 << (last - 6)),
            };
        }
        let existing = (1 << (last + 1)) - 2;
        let combined = if self.either { by_number | by_weekday } else { by_number & by_weekday };
        combined & existing
    }

    /// Whether nothing but the weekday decides.
    fn is_weekly(&self) -> bool {
        let plain = self.month_specials.is_empty() && self.weekday_specials.is_empty() && self.years.is_empty();
        plain && !self.either && self.month_days == EVERY_DAY && self.months == EVERY_MONTH
    }

    /// The first matching day on or after `from`.
    pub(super) fn next(&self, from: BizDate) -> Option<BizDate> {
        let mut day = from;
        if self.is_weekly() && day.year() >= FIRST_YEAR {
            while self.weekdays & (1 << day.weekday().num_days_from_sunday()) == 0 {
                day = day.add_days(1)?;
            }
            return Some(day).filter(|day| day.year() <= LAST_YEAR);
        }
        while day.year() <= LAST_YEAR {
            if self.has_month(day.year(), day.month()) {
                let left = self.month_bits(day) & (u64::MAX << day.day());
                if left != 0 {
                    return BizDate::new(day.year(), day.month(), left.trailing_zeros());
                }
            }
            day = day.end(Period::Month).add_days(1)?;
        }
        None
    }

    /// The last matching day on or before `until`.
    pub(super) fn previous(&self, until: BizDate) -> Option<BizDate> {
        let mut day = until;
        while day.year() >= FIRST_YEAR {
            if self.has_month(day.year(), day.month()) {
                let left = self.month_bits(day) & ((2 << day.day()) - 1);
                if left != 0 {
                    return BizDate::new(day.year(), day.month(), 63 - left.leading_zeros());
                }
            }
            day = day.start(Period::Month).add_days(-1)?;
        }
        None
    }
}

impl MonthDay {
    fn bit(self, last: u32, weekday_of: &impl Fn(u32) -> u32) -> u64 {
        let working = |number: u32| (1..=5).contains(&weekday_of(number));
        match self {
            Self::FromLast(back) if back < last => 1 << (last - back),
            Self::FromLast(_) => 0,
            Self::LastWeekday => (1..=last).rev().find(|number| working(*number)).map_or(0, |number| 1 << number),
            Self::NearestWeekday(wanted) if wanted > last => 0,
            Self::NearestWeekday(wanted) => {
                let near = match weekday_of(wanted) {
                    6 if wanted > 1 => wanted - 1,
                    6 => wanted + 2,
                    0 if wanted < last => wanted + 1,
                    0 => wanted - 2,
                    _ => wanted,
                };
                1 << near
            }
        }
    }
}
