//! What a seed's world is like: how many nodes, how long leases last, which faults there are and how often.
//!
//! Each seed has only some kinds of faults (swarm testing): with all of them at once nothing would get far enough for
//! the rarer meetings, and a few calm seeds must find what does not need a fault at all.

use std::time::Duration;

use crate::deed::Deed;
use crate::rng::Rng;

/// A seed's world.
#[derive(Debug, Clone)]
pub(crate) struct Climate {
    pub(crate) nodes: usize,
    pub(crate) slots: usize,
    pub(crate) lease_ms: i64,
    pub(crate) poll: Duration,
    /// How long things happen before faults stop.
    pub(crate) span_ms: i64,
    /// How far the clocks of the hosts are from the database's at most.
    pub(crate) skew_ms: i64,
    /// The most that a call takes ordinarily.
    pub(crate) latency_ms: u64,
    /// What happens, and how often.
    pub(crate) deeds: Vec<(Deed, u32)>,
    /// The pause between two deeds.
    pub(crate) pause_ms: i64,
}

impl Climate {
    /// A short time in which nothing goes wrong.
    pub(crate) fn calm() -> Self {
        Self {
            nodes: 2,
            slots: 2,
            lease_ms: 5_000,
            poll: Duration::from_secs(1),
            span_ms: 15_000,
            skew_ms: 0,
            latency_ms: 2,
            deeds: Deed::WORK.to_vec(),
            pause_ms: 600,
        }
    }

    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::of(seed, 1);
        let mut deeds: Vec<(Deed, u32)> = Deed::WORK.to_vec();
        // A fifth of all seeds has no faults.
        if !rng.percent(20.0) {
            for (deed, weight) in Deed::FAULTS {
                if rng.percent(45.0) {
                    deeds.push((*deed, weight * *rng.pick(&[1, 1, 2, 4])));
                }
            }
        }
        Self {
            nodes: *rng.pick(&[1, 2, 2, 3, 3, 4]),
            slots: *rng.pick(&[1, 2, 2, 4]),
            lease_ms: *rng.pick(&[3_000, 5_000, 5_000, 8_000]),
            poll: Duration::from_millis(*rng.pick(&[500, 1_000, 2_000])),
            span_ms: rng.within(15_000, 45_000),
            skew_ms: *rng.pick(&[0, 0, 300, 1_500]),
            latency_ms: *rng.pick(&[1, 2, 2, 10, 40]),
            deeds,
            pause_ms: *rng.pick(&[300, 600, 1_200]),
        }
    }
}
