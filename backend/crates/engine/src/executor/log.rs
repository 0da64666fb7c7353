//! The log of an attempt: from the task's pipes to chunks in the store.
//!
//! The log is one stream of line records, `<epoch ms> <O|E|S> <text>\n`: what the task wrote to stdout and stderr, and
//! Almanac's own notes. Three parts, none of which waits for the next:
//!  - [`capture`] reads the pipes whatever happens, so that a task never stalls on its output;
//!  - [`journal`] cuts it into records and compressed chunks, in bounded memory: beyond the limits it keeps the head
//!    and the tail, and says what it left out;
//!  - [`keeper`] hands the chunks to the store every now and then, again and again while that fails.
//!
//! Invariant: a slow, full or broken store costs log lines (with a line that says so), never the task.

pub(super) mod capture;
mod journal;
mod keeper;
mod line;
mod stored;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::id::AttemptKey;
use store::{Clock, log::Chunk};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use journal::Journal;
pub use keeper::Keeper;

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The task, to stdout.
    Out,
    /// The task, to stderr.
    Err,
    /// Almanac.
    System,
}

impl Stream {
    const ALL: [Self; 3] = [Self::Out, Self::Err, Self::System];

    const fn letter(self) -> char {
        match self {
            Self::Out => 'O',
            Self::Err => 'E',
            Self::System => 'S',
        }
    }
}

/// How much of an attempt's output is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimits {
    /// So much from the beginning …
    pub head_bytes: usize,
    /// … and, when there is more, so much of its end.
    pub tail_bytes: usize,
    /// Compressed bytes that may wait for a slow store.
    pub waiting_bytes: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { head_bytes: 32 << 20, tail_bytes: 1 << 20, waiting_bytes: 8 << 20 }
    }
}

/// Why the store did not take chunks; only told in the server's own log.
pub type LogStoreError = Box<dyn std::error::Error + Send + Sync>;

/// Takes chunks for good and wakes those who read along.
#[async_trait]
pub trait LogStore: Send + Sync {
    /// Stores chunks of an attempt. It may be asked again for chunks that it has stored already.
    async fn append(&self, key: AttemptKey, chunks: &[Chunk]) -> Result<(), LogStoreError>;
}

/// What is left to do and to note when an attempt's log is complete.
#[derive(Debug, Default)]
pub struct LogEnd {
    /// Length of the whole stream.
    pub bytes: i64,
    /// Whether something was left out.
    pub truncated: bool,
    /// The last chunks, not stored yet: they belong into the transaction that ends the attempt.
    pub rest: Vec<Chunk>,
}

/// The writing end of an attempt's log.
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
}

struct Shared {
    journal: Mutex<Journal>,
    clock: Clock,
    /// Something was written.
    filled: Notify,
    /// Enough is waiting to be stored at once.
    full: Notify,
    closed: CancellationToken,
}

impl Shared {
    fn journal(&self) -> MutexGuard<'_, Journal> {
        // A journal whose writer panicked still holds whole records.
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the log of an attempt. Somebody has to drive the keeper until it ends.
#[must_use]
pub fn open(key: AttemptKey, store: Arc<dyn LogStore>, limits: LogLimits, clock: Clock) -> (Log, Keeper) {
    let shared = Arc::new(Shared {
        journal: Mutex::new(Journal::new(limits)),
        clock,
        filled: Notify::new(),
        full: Notify::new(),
        closed: CancellationToken::new(),
    });
    (Log { shared: shared.clone() }, Keeper::new(key, store, shared))
}

impl Log {
    /// Adds a note of Almanac's own.
    pub fn system(&self, text: &str) {
        self.write(Stream::System, format!("{text}\n").as_bytes());
    }

    /// Adds output as it came; lines may be cut anywhere.
    pub(super) fn write(&self, stream: Stream, bytes: &[u8]) {
        let at_ms = self.shared.clock.now_ms();
        let full = {
            let mut journal = self.shared.journal();
            journal.write(stream, at_ms, bytes);
            journal.is_full()
        };
        self.shared.filled.notify_one();
        if full {
            self.shared.full.notify_one();
        }
    }

    /// Ends the log: nothing is written any more, and the keeper ends soon.
    pub(super) fn close(&self) {
        let at_ms = self.shared.clock.now_ms();
        self.shared.journal().finish(at_ms);
        self.shared.closed.cancel();
    }
}
