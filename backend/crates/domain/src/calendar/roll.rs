//! Where a closed day moves to: the roll conventions of the financial markets.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Calendar, CalendarError};
use crate::{
    bizdate::{BizDate, Period},
    error::Lang,
};

/// A roll convention. An open day always stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Roll {
    /// Stays even when closed.
    Unadjusted,
    /// To the next open day.
    Following,
    /// To the next open day of the same month, else to the one before.
    ModifiedFollowing,
    /// Like modified following, but the half month (1–15, 16–end) is not left either.
    HalfMonthModifiedFollowing,
    /// To the open day before.
    Preceding,
    /// To the open day before within the same month, else to the next.
    ModifiedPreceding,
    /// To whichever open day is nearer; the following one on a tie.
    Nearest,
}

/// A word that names no convention.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a roll: following, modified_following, half_month_modified_following, preceding, modified_preceding, nearest or unadjusted"
)]
pub struct UnknownRoll(String);

impl Roll {
    /// Every convention.
    pub const ALL: &'static [Self] = &[
        Self::Unadjusted,
        Self::Following,
        Self::ModifiedFollowing,
        Self::HalfMonthModifiedFollowing,
        Self::Preceding,
        Self::ModifiedPreceding,
        Self::Nearest,
    ];

    /// The name in JSON and in date expressions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unadjusted => "unadjusted",
            Self::Following => "following",
            Self::ModifiedFollowing => "modified_following",
            Self::HalfMonthModifiedFollowing => "half_month_modified_following",
            Self::Preceding => "preceding",
            Self::ModifiedPreceding => "modified_preceding",
            Self::Nearest => "nearest",
        }
    }

    /// The name in a sentence.
    #[must_use]
    pub fn text(self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.as_str().replace('_', " "),
            (Self::Unadjusted, Lang::Zh) => "不调整".into(),
            (Self::Following, Lang::Zh) => "顺延".into(),
            (Self::ModifiedFollowing, Lang::Zh) => "顺延(不跨月)".into(),
            (Self::HalfMonthModifiedFollowing, Lang::Zh) => "顺延(不跨半月)".into(),
            (Self::Preceding, Lang::Zh) => "提前".into(),
            (Self::ModifiedPreceding, Lang::Zh) => "提前(不跨月)".into(),
            (Self::Nearest, Lang::Zh) => "就近".into(),
        }
    }
}

impl Calendar {
    /// Moves a closed day by the convention.
    ///
    /// # Errors
    /// When an unset day has to be looked at.
    pub fn roll(&self, day: BizDate, roll: Roll) -> Result<BizDate, CalendarError> {
        if roll == Roll::Unadjusted || self.is_open(day)? {
            return Ok(day);
        }
        match roll {
            Roll::Unadjusted => Ok(day),
            Roll::Following => self.next(day),
            Roll::Preceding => self.previous(day),
            Roll::ModifiedFollowing => self.next_within(day, day.end(Period::Month)),
            Roll::HalfMonthModifiedFollowing => {
                let half = BizDate::new(day.year(), day.month(), 15).filter(|half| day <= *half);
                self.next_within(day, half.unwrap_or_else(|| day.end(Period::Month)))
            }
            Roll::ModifiedPreceding => {
                let mut before = day;
                while before > day.start(Period::Month) {
                    before = before.pred();
                    if self.is_open(before)? {
                        return Ok(before);
                    }
                }
                self.next(day)
            }
            Roll::Nearest => self.nearest(day),
        }
    }

    /// The next open day up to `last`, else the open day before. What lies after `last` need not be known.
    fn next_within(&self, day: BizDate, last: BizDate) -> Result<BizDate, CalendarError> {
        let mut after = day;
        while after < last {
            after = after.succ();
            if self.is_open(after)? {
                return Ok(after);
            }
        }
        self.previous(day)
    }

    fn nearest(&self, day: BizDate) -> Result<BizDate, CalendarError> {
        let (mut before, mut after) = (day, day);
        // As far as `next` would look; it reports the failure.
        for _ in 0..3_700 {
            (before, after) = (before.pred(), after.succ());
            if self.is_open(after)? {
                return Ok(after);
            }
            if self.is_open(before)? {
                return Ok(before);
            }
        }
        self.next(day)
    }
}

impl fmt::Display for Roll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Roll {
    type Err = UnknownRoll;

    fn from_str(text: &str) -> Result<Self, UnknownRoll> {
        let found = Self::ALL.iter().copied().find(|roll| roll.as_str() == text);
        found.ok_or_else(|| UnknownRoll(text.chars().take(40).collect()))
    }
}
