//! Ids made by the application: 41 bits of milliseconds since 2025, 10 bits of tag, 12 bits of sequence.
//!
//! Two nodes never make the same id because they hold different tags ([`crate::tag`]); one node never does because its
//! (millisecond, sequence) pair only rises: when the clock steps back, or more than 4,096 ids fall into a
//! millisecond, the pair runs ahead of the clock until that catches up.

use std::sync::{Mutex, PoisonError};

use crate::clock::DbClock;

/// 2025-01-01T00:00:00Z: zero of the id's milliseconds, which last until 2094.
pub const EPOCH_MS: i64 = 1_735_689_600_000;

const TAG_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;

/// Number of tags, hence of processes that use one database at once.
pub const TAGS: i32 = 1 << TAG_BITS;

/// Makes ids; shared by all threads of a process.
#[derive(Debug)]
pub struct IdGen {
    clock: DbClock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Milliseconds since the epoch, shifted by the sequence bits, plus the sequence of the last id.
    ticks: i64,
    tag: Option<i32>,
}

impl IdGen {
    pub(crate) fn new(clock: DbClock) -> Self {
        IdGen { clock, state: Mutex::new(State { ticks: 0, tag: None }) }
    }

    /// A new id, greater than every earlier one of this generator.
    ///
    /// # Panics
    /// When no tag is held yet, that is before the schema is there: a bug of the start-up order.
    pub fn next(&self) -> i64 {
        let now = (self.clock.now_ms() - EPOCH_MS).max(0) << SEQUENCE_BITS;
        let mut state = self.lock();
        let tag = i64::from(state.tag.expect("ids are made after the store has a tag"));
        state.ticks = now.max(state.ticks + 1);
        let (ms, sequence) = (state.ticks >> SEQUENCE_BITS, state.ticks & ((1 << SEQUENCE_BITS) - 1));
        (ms << (TAG_BITS + SEQUENCE_BITS)) | (tag << SEQUENCE_BITS) | sequence
    }

    /// The first millisecond in which no id has been made.
    pub(crate) fn unused_from_ms(&self) -> i64 {
        (self.lock().ticks >> SEQUENCE_BITS) + 1 + EPOCH_MS
    }

    /// Uses a tag from an instant on, at which its earlier holder had stopped.
    pub(crate) fn set_tag(&self, tag: i32, from_ms: i64) {
        let mut state = self.lock();
        state.ticks = state.ticks.max(((from_ms - EPOCH_MS).max(0)) << SEQUENCE_BITS);
        state.tag = Some(tag);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing that holds the lock can leave the state half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The instant at which an id was made.
pub fn made_at_ms(id: i64) -> i64 {
    (id >> (TAG_BITS + SEQUENCE_BITS)) + EPOCH_MS
}
