//! Until when this node may rely on its claims.
//!
//! Every good renewal extends the trust ([`crate::heartbeat`]). Past its end another node may act on the claims, so
//! nothing of an attempt may go on here and nothing may begin; when the database answers again, the next renewal tells
//! which claims are still held.
//!
//! Where a guard stands by ([`crate::executor::guard`]) the running attempts are *halted* at the end of the trust and
//! go on after the next renewal, so that an absent database ends no task. Without one they are killed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::looper::Next;
use crate::worker::Pools;

/// How often it is looked whether a trust that is over was extended: for the log only.
const AGAIN: Duration = Duration::from_millis(500);

/// The trust of a node in its claims. Clones share it.
#[derive(Clone, Debug)]
pub struct Trust {
    until: Arc<watch::Sender<Option<Instant>>>,
}

impl Trust {
    /// The trust of a process that no other one can take the place of: it never ends.
    #[must_use]
    pub fn for_ever() -> Self {
        Self { until: Arc::new(watch::Sender::new(None)) }
    }

    /// A trust that ends unless it is extended.
    #[must_use]
    pub fn until(end: Instant) -> Self {
        Self { until: Arc::new(watch::Sender::new(Some(end))) }
    }

    /// How long a renewal is good for: a lease less the time that halting or killing may take.
    #[must_use]
    pub const fn of_lease(lease_ms: i64) -> Duration {
        Duration::from_millis(lease_ms.unsigned_abs() / 6 * 5)
    }

    /// Whether this node may act on its claims now.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.until.borrow().is_none_or(|end| Instant::now() < end)
    }

    /// When it ends; `None` for one that never does.
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        *self.until.borrow()
    }

    /// Extends it, unless it never ends.
    pub fn extend(&self, end: Instant) {
        self.until.send_if_modified(|until| {
            let later = until.is_some_and(|until| until < end);
            if later {
                *until = Some(end);
            }
            later
        });
    }

    /// Waits until it holds.
    pub async fn wait(&self) {
        let mut extended = self.until.subscribe();
        while !self.holds() {
            if extended.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Sees to it that nothing goes on when the trust is over.
#[derive(Debug)]
pub struct Watch {
    trust: Trust,
    pools: Arc<Pools>,
    /// Whether a guard halts the attempts; they are killed otherwise.
    guarded: bool,
    over: bool,
}

impl Watch {
    /// A watch over the attempts of some pools.
    #[must_use]
    pub const fn new(trust: Trust, pools: Arc<Pools>, guarded: bool) -> Self {
        Self { trust, pools, guarded, over: false }
    }

    /// One look; gives when the next one is due.
    pub fn tick(&mut self) -> Next {
        let Some(end) = self.trust.end() else { return Next::Period };
        let left = end.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            if std::mem::take(&mut self.over) {
                tracing::info!("the claims of this node are renewed again");
            }
            return Next::Within(left);
        }
        if !std::mem::replace(&mut self.over, true) {
            let attempts = self.pools.running().len();
            tracing::warn!(attempts, halted = self.guarded, "the database takes no sign of life of this node");
            if !self.guarded {
                self.pools.kill_all();
            }
        }
        Next::Within(AGAIN)
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::for_ever()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_ends_and_is_extended_and_never_shortened() {
        let start = Instant::now();
        let trust = Trust::until(start + Duration::from_secs(5));
        assert!(trust.holds());
        trust.extend(start + Duration::from_secs(3));
        assert_eq!(trust.end(), Some(start + Duration::from_secs(5)));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(!trust.holds());
        assert!(trust.wait().now_or_never().is_none());
        // In this order: who waits is woken.
        tokio::join!(trust.wait(), async { trust.extend(start + Duration::from_secs(9)) });
        assert!(trust.wait().now_or_never().is_some());
        let for_ever = Trust::for_ever();
        for_ever.extend(start);
        tokio::time::advance(Duration::from_secs(1_000_000)).await;
        assert!(for_ever.holds());
        assert_eq!(Trust::of_lease(6_000), Duration::from_secs(5));
    }
}
