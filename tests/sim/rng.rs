//! Random numbers that depend on the seed alone.

/// A stream of random numbers (SplitMix64). Two of other labels have nothing to do with each other.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn of(seed: u64, label: u64) -> Self {
        let mut rng = Rng(seed ^ label.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        rng.bits();
        rng
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.bits() % n.max(1)
    }

    /// A number in `from..=to`.
    pub(crate) fn within(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from + 1).unsigned_abs()) as i64
    }

    /// True so many times out of a hundred.
    pub(crate) fn percent(&mut self, percent: f64) -> bool {
        ((self.bits() >> 11) as f64 / (1_u64 << 53) as f64) * 100.0 < percent
    }

    /// One of some things.
    pub(crate) fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len() as u64) as usize]
    }

    /// One of some things, each as often as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, things: &[(T, u32)]) -> Option<T> {
        let all: u64 = things.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut at = (all > 0).then(|| self.below(all))?;
        for (thing, weight) in things {
            match at.checked_sub(u64::from(*weight)) {
                Some(rest) => at = rest,
                None => return Some(*thing),
            }
        }
        None
    }
}
