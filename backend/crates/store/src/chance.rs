//! Chance as an input: the system's in production, a seeded one in simulations, so that they can be replayed.
//!
//! For pauses that must not fall into step and for names that need only differ; never for secrets.

use std::sync::Arc;

/// A source of random numbers.
#[derive(Clone)]
pub struct Chance(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Chance {
    /// That of this machine.
    pub fn system() -> Self {
        Self::new(rand::random)
    }

    /// One that asks the given function for 64 random bits.
    pub fn new(bits: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Chance(Arc::new(bits))
    }

    /// 64 random bits.
    pub fn bits(&self) -> u64 {
        (self.0)()
    }

    /// A number in 0..1.
    pub fn fraction(&self) -> f64 {
        // As many bits as a float of this size keeps.
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance")
    }
}

impl Default for Chance {
    fn default() -> Self {
        Self::system()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_stay_below_one() {
        assert_eq!(Chance::new(|| 0).fraction(), 0.0);
        assert!(Chance::new(|| u64::MAX).fraction() < 1.0);
    }
}
