//! How long to wait before a task is tried again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Retries with exponential back-off. All times are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RetryPolicy {
    /// How many times a failed attempt is followed by another.
    pub max: u32,
    /// Wait before the first retry.
    pub delay_ms: i64,
    /// Factor from one wait to the next, at least 1.
    pub backoff: f64,
    /// No wait is longer.
    pub max_delay_ms: i64,
    /// Share of a wait that is random, 0 to 1: a wait of 10 s with 0.2 is 8 to 12 s.
    pub jitter: f64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::NONE
    }
}

impl RetryPolicy {
    /// No retries.
    pub const NONE: Self = Self { max: 0, delay_ms: 0, backoff: 1.0, max_delay_ms: 0, jitter: 0.0 };

    /// The wait before retry number `retry` (1 for the first). `random` is uniform in 0..1.
    #[must_use]
    pub fn delay_ms(&self, retry: u32, random: f64) -> i64 {
        let exponent = i32::try_from(retry.saturating_sub(1)).unwrap_or(i32::MAX);
        let grown = self.delay_ms.max(0) as f64 * self.backoff.max(1.0).powi(exponent);
        let capped = grown.min(self.max_delay_ms.max(self.delay_ms).max(0) as f64);
        let spread = 1.0 + self.jitter.clamp(0.0, 1.0) * (2.0 * random.clamp(0.0, 1.0) - 1.0);
        (capped * spread).round() as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: RetryPolicy, retry: u32, random: f64, expect: i64) {
        assert_eq!(policy.delay_ms(retry, random), expect, "retry {retry} of {policy:?}");
    }

    #[test]
    fn waits_grow_to_the_cap_and_spread_by_the_jitter() {
        let policy = RetryPolicy { max: 9, delay_ms: 30_000, backoff: 2.0, max_delay_ms: 600_000, jitter: 0.0 };
        check(policy, 1, 0.5, 30_000);
        check(policy, 2, 0.5, 60_000);
        check(policy, 6, 0.5, 600_000);
        check(policy, 4_000_000_000, 0.5, 600_000);
        let spread = RetryPolicy { jitter: 0.2, ..policy };
        check(spread, 1, 0.0, 24_000);
        check(spread, 1, 1.0, 36_000);
        check(RetryPolicy::NONE, 1, 0.5, 0);
    }
}
