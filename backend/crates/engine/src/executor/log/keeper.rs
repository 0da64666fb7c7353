//! Brings the chunks of a log to the store while the attempt runs.
//!
//! It waits a little after the first line, so that a burst becomes one chunk and one write. While the store fails it
//! asks again with growing pauses. The last chunks of a log that is nearly stored are not written here: they go with
//! the attempt's end, which for a short task saves the only write of its log.

use std::sync::Arc;
use std::time::Duration;

use domain::id::AttemptKey;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{LogEnd, LogStore, LogStoreError, Shared};

/// Readers along see a line after this time at the latest, by about the time of a write.
const PAUSE: Duration = Duration::from_millis(200);

/// The pause of a log that already has many chunks: a task that says a line now and then for a day must not make
/// hundreds of thousands of rows.
const LONG_PAUSE: Duration = Duration::from_secs(1);
const MANY_CHUNKS: usize = 150;

const FIRST_RETRY: Duration = Duration::from_millis(200);
const LAST_RETRY: Duration = Duration::from_secs(5);

/// Chunks in one call of the store.
const BATCH: usize = 16;

/// So many compressed bytes may go with the attempt's end.
const REST_BYTES: usize = 64 * 1024;

/// How long the end of an attempt waits for a store that does not take its log.
const PATIENCE: Duration = Duration::from_secs(10);

/// The storing end of an attempt's log.
pub struct Keeper {
    key: AttemptKey,
    store: Arc<dyn LogStore>,
    shared: Arc<Shared>,
    chunks: usize,
}

impl Keeper {
    pub(super) fn new(key: AttemptKey, store: Arc<dyn LogStore>, shared: Arc<Shared>) -> Self {
        Self { key, store, shared, chunks: 0 }
    }

    /// Stores what comes until the log is closed.
    pub async fn keep(mut self) -> LogEnd {
        let closed = self.shared.closed.clone();
        while closed.run_until_cancelled(self.pause()).await.is_some() {
            self.shared.journal().seal();
            // A write that has begun is not given up when the log is closed: it would be unknown what became of it.
            self.store_down_to(0, &closed).await;
        }
        let never = CancellationToken::new();
        if timeout(PATIENCE, self.store_down_to(REST_BYTES, &never)).await.is_err() {
            tracing::warn!(attempt = %self.key, "the log is not stored yet when the attempt ends");
        }
        let mut journal = self.shared.journal();
        LogEnd { bytes: journal.end_offset(), truncated: journal.truncated(), rest: journal.offer(usize::MAX) }
    }

    /// Waits until there is something to store, and a little longer for more.
    async fn pause(&self) {
        if self.shared.journal().is_empty() {
            self.shared.filled.notified().await;
        }
        let pause = if self.chunks < MANY_CHUNKS { PAUSE } else { LONG_PAUSE };
        tokio::select! {
            biased;
            () = sleep(pause) => {}
            () = self.shared.full.notified() => {}
        }
    }

    /// Stores the oldest chunks until at most so many bytes wait; asks again while the store fails.
    async fn store_down_to(&mut self, bytes: usize, enough: &CancellationToken) {
        let mut retry = FIRST_RETRY;
        while self.shared.journal().waiting_bytes() > bytes && !enough.is_cancelled() {
            match self.store_batch().await {
                Ok(()) => retry = FIRST_RETRY,
                Err(error) => {
                    tracing::warn!(attempt = %self.key, error, "the log could not be stored; it is tried again");
                    enough.run_until_cancelled(sleep(retry)).await;
                    retry = (retry * 2).min(LAST_RETRY);
                }
            }
        }
    }

    async fn store_batch(&mut self) -> Result<(), LogStoreError> {
        let batch = self.shared.journal().offer(BATCH);
        let given_up = async {
            self.shared.closed.cancelled().await;
            sleep(PATIENCE).await;
        };
        tokio::select! {
            biased;
            stored = self.store.append(self.key, &batch) => stored?,
            () = given_up => return Err("the store does not answer".into()),
        }
        self.shared.journal().stored(batch.len());
        self.chunks += batch.len();
        Ok(())
    }
}
