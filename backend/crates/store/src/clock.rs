//! Time as the store sees it: the local clock, and how far the database's clock is from it.
//!
//! Leases are judged by one clock, the database's, because nodes disagree about theirs. Asking it for every statement
//! would cost a round trip, so its offset from the local clock is measured at start and every minute, and
//! [`crate::Store::db_now_ms`] is the local clock plus that offset.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A source of epoch milliseconds. The system's in production, a hand-turned one in tests.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The clock of this machine.
    #[expect(clippy::disallowed_methods, reason = "this is where the store's time comes from")]
    pub fn system() -> Self {
        Self::new(|| {
            // Before 1970 the machine is set wrongly; zero lets the probe refuse it by its offset.
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
        })
    }

    /// A clock that asks the given function.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now_ms))
    }

    /// Epoch milliseconds, UTC.
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// The database's clock, derived from the local one; clones share the offset.
#[derive(Debug, Clone)]
pub(crate) struct DbClock {
    local: Clock,
    offset_ms: Arc<AtomicI64>,
}

impl DbClock {
    pub(crate) fn new(local: Clock) -> Self {
        Self { local, offset_ms: Arc::default() }
    }

    pub(crate) fn local(&self) -> &Clock {
        &self.local
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.local.now_ms() + self.offset_ms()
    }

    pub(crate) fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    pub(crate) fn set_offset_ms(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }
}
