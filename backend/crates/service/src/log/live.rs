//! Hints for those who read a log while it grows. Like all hints they may be lost; readers also look by themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::AttemptKey;
use tokio::sync::watch;

/// The readers of logs in this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Live {
    readers: Arc<Mutex<HashMap<AttemptKey, watch::Sender<()>>>>,
}

impl Live {
    /// Tells when lines are added to an attempt's log, from now on.
    #[must_use]
    pub fn of(&self, key: AttemptKey) -> watch::Receiver<()> {
        let mut readers = self.readers();
        readers.retain(|_, reader| reader.receiver_count() > 0);
        readers.entry(key).or_default().subscribe()
    }

    /// Lines were added to an attempt's log, or it is complete.
    pub fn appended(&self, key: AttemptKey) {
        if let Some(reader) = self.readers().get(&key) {
            reader.send_replace(());
        }
    }

    fn readers(&self) -> MutexGuard<'_, HashMap<AttemptKey, watch::Sender<()>>> {
        // A map of senders is whole after every step.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{RunId, TenantId};

    use super::*;

    fn key(number: i32) -> AttemptKey {
        AttemptKey { tenant: TenantId(1), run: RunId(2), ordinal: 0, number }
    }

    #[tokio::test]
    async fn readers_hear_of_their_attempt_only() {
        let live = Live::default();
        let (mut one, other) = (live.of(key(1)), live.of(key(2)));
        live.appended(key(1));
        one.changed().await.expect("open");
        assert!(!other.has_changed().expect("open"));
        live.appended(key(3));
    }

    #[tokio::test]
    async fn readers_that_left_are_forgotten() {
        let live = Live::default();
        drop(live.of(key(1)));
        let _stays = live.of(key(2));
        assert_eq!(live.readers().len(), 1);
    }
}
