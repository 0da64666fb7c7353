//! What differs between two calendars, or two revisions of one.

use super::{Calendar, DayStatus, day::Tri};
use crate::bizdate::BizDate;

/// A day of which the two say different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayChange {
    /// The day.
    pub date: BizDate,
    /// What the first says of it.
    pub before: DayStatus,
    /// What the second says of it.
    pub after: DayStatus,
}

/// Everything that differs in a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The days, in order. A day that only became known is among them.
    pub days: Vec<DayChange>,
    /// The first and last day known before; `None` where all are.
    pub known_before: (Option<BizDate>, Option<BizDate>),
    /// The first and last day known after.
    pub known_after: (Option<BizDate>, Option<BizDate>),
}

impl Diff {
    /// Whether what is known reaches from or to other days than before.
    #[must_use]
    pub fn horizon_moved(&self) -> bool {
        self.known_before != self.known_after
    }

    /// The days that open or close, leaving out those whose hours or reason alone differ and those that only became
    /// known.
    pub fn turned(&self) -> impl Iterator<Item = &DayChange> {
        self.days.iter().filter(|change| {
            matches!(
                (&change.before, &change.after),
                (DayStatus::Open(_), DayStatus::Closed(_)) | (DayStatus::Closed(_), DayStatus::Open(_))
            )
        })
    }
}

/// Compares day by day, from the first to the last day.
#[must_use]
pub fn diff(before: &Calendar, after: &Calendar, days: std::ops::RangeInclusive<BizDate>) -> Diff {
    let numbers = days.start().number()..=days.end().number();
    let changes = numbers.filter_map(BizDate::from_number).filter_map(|date| {
        // Of days that neither decides there is nothing to tell; the sets of days say so at once.
        if before.tri(date) == Tri::Unset && after.tri(date) == Tri::Unset {
            return None;
        }
        let (before, after) = (before.status(date), after.status(date));
        (before != after).then_some(DayChange { date, before, after })
    });
    Diff {
        days: changes.collect(),
        known_before: (before.known_from(), before.known_until()),
        known_after: (after.known_from(), after.known_until()),
    }
}
