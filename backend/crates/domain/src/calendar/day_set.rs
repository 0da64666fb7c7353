//! A compact set of days: one bit a day between the first and the last.

use crate::bizdate::BizDate;

/// Days as bits, from the day `first` (as a day number) on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DaySet {
    first: i32,
    words: Vec<u64>,
}

impl DaySet {
    /// An empty set with room for the days from `first` to `last`; days outside can't be added.
    #[must_use]
    pub fn spanning(first: BizDate, last: BizDate) -> Self {
        let days = usize::try_from(last.number() - first.number() + 1).unwrap_or(0);
        Self { first: first.number(), words: vec![0; days.div_ceil(64)] }
    }

    fn place(&self, number: i32) -> Option<(usize, u64)> {
        let offset = usize::try_from(number - self.first).ok()?;
        (offset / 64 < self.words.len()).then(|| (offset / 64, 1 << (offset % 64)))
    }

    /// Adds or removes a day; a day outside the span stays out.
    pub fn set(&mut self, day: BizDate, member: bool) {
        if let Some((word, bit)) = self.place(day.number()) {
            if member {
                self.words[word] |= bit;
            } else {
                self.words[word] &= !bit;
            }
        }
    }

    /// Whether the day is in the set.
    #[must_use]
    pub fn contains(&self, day: BizDate) -> bool {
        self.has(day.number())
    }

    /// Whether the day of this number is in the set.
    pub(super) fn has(&self, number: i32) -> bool {
        self.place(number).is_some_and(|(word, bit)| self.words[word] & bit != 0)
    }

    /// How many days of the set lie in `from..=to`.
    #[must_use]
    pub fn count(&self, from: BizDate, to: BizDate) -> usize {
        self.below(i64::from(to.number()) + 1)
            - self.below(i64::from(from.number())).min(self.below(i64::from(to.number()) + 1))
    }

    /// How many days of the set come before the day of this number.
    fn below(&self, number: i64) -> usize {
        let bits = usize::try_from(number - i64::from(self.first)).unwrap_or(0).min(self.words.len() * 64);
        let whole: u32 = self.words[..bits / 64].iter().map(|word| word.count_ones()).sum();
        let part = match bits % 64 {
            0 => 0,
            rest => (self.words[bits / 64] & ((1 << rest) - 1)).count_ones(),
        };
        (whole + part) as usize
    }
}
