//! Time as the store sees it: the local clock, and how far the database's clock is from it.
//!
//! What is due is judged by one clock, the database's, because nodes disagree about theirs. Asking it for every
//! statement would cost a round trip, so its distance is measured at start and every now and then, and
//! [`crate::Store::db_now_ms`] adds it. It is measured from a *steady* clock, which counts since the machine began and
//! which nobody sets: when a machine's clock is set wrongly or put right, a node goes on as if nothing had happened.
//! An embedded database has no clock but the machine's, and follows that.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

/// A source of epoch milliseconds. The system's in production, a hand-turned one in tests.
#[derive(Clone)]
pub struct Clock {
    now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    steady_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Clock {
    /// The clock of this machine.
    #[expect(clippy::disallowed_methods, reason = "this is where the store's time comes from")]
    pub fn system() -> Self {
        let now_ms = || {
            // Before 1970 the machine is set wrongly; zero lets the probe refuse it by its offset.
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
        };
        let steady_ms = || {
            // It goes on while the machine sleeps.
            let since_boot = clock_gettime(ClockId::Boottime);
            since_boot.tv_sec * 1000 + since_boot.tv_nsec / 1_000_000
        };
        Self { now_ms: Arc::new(now_ms), steady_ms: Arc::new(steady_ms) }
    }

    /// A clock that asks the given function.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let now_ms = Arc::new(now_ms);
        Self { steady_ms: now_ms.clone(), now_ms }
    }

    /// The same with a steady clock of its own, for tests in which a machine's clock is set.
    #[must_use]
    pub fn with_steady(self, steady_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self { steady_ms: Arc::new(steady_ms), ..self }
    }

    /// Epoch milliseconds, UTC.
    pub fn now_ms(&self) -> i64 {
        (self.now_ms)()
    }

    /// Milliseconds from an arbitrary instant on, which nobody sets.
    pub fn steady_ms(&self) -> i64 {
        (self.steady_ms)()
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

/// The database's clock, derived from the local one; clones share what was measured.
#[derive(Debug, Clone)]
pub(crate) struct DbClock {
    local: Clock,
    /// The database's clock minus the steady one. `None`: the database has no clock of its own.
    ahead_ms: Option<Arc<AtomicI64>>,
    /// The database's clock minus this machine's, when it was last measured.
    offset_ms: Arc<AtomicI64>,
}

impl DbClock {
    /// The clock of a database on another machine, of the same time as this one's until it is measured.
    pub(crate) fn remote(local: Clock) -> Self {
        let ahead_ms = local.now_ms() - local.steady_ms();
        Self { local, ahead_ms: Some(Arc::new(AtomicI64::new(ahead_ms))), offset_ms: Arc::default() }
    }

    /// This machine's clock.
    pub(crate) fn embedded(local: Clock) -> Self {
        Self { local, ahead_ms: None, offset_ms: Arc::default() }
    }

    pub(crate) fn local(&self) -> &Clock {
        &self.local
    }

    pub(crate) fn now_ms(&self) -> i64 {
        match &self.ahead_ms {
            Some(ahead_ms) => self.local.steady_ms() + ahead_ms.load(Ordering::Relaxed),
            None => self.local.now_ms(),
        }
    }

    pub(crate) fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    /// Takes over what was measured: the database's clock minus the steady one and minus this machine's.
    pub(crate) fn measured(&self, ahead_ms: i64, offset_ms: i64) {
        if let Some(ahead) = &self.ahead_ms {
            ahead.store(ahead_ms, Ordering::Relaxed);
        }
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_whose_clock_is_set_keeps_the_databases_time() {
        let (wall, steady) = (Arc::new(AtomicI64::new(1_000_000)), Arc::new(AtomicI64::new(70)));
        let of = |clock: &Arc<AtomicI64>| {
            let clock = clock.clone();
            move || clock.load(Ordering::Relaxed)
        };
        let local = Clock::new(of(&wall)).with_steady(of(&steady));
        let (remote, embedded) = (DbClock::remote(local.clone()), DbClock::embedded(local));
        assert_eq!((remote.now_ms(), embedded.now_ms()), (1_000_000, 1_000_000));
        remote.measured(1_000_500 - 70, 500);
        wall.fetch_add(3_600_000, Ordering::Relaxed);
        steady.fetch_add(10, Ordering::Relaxed);
        assert_eq!((remote.now_ms(), embedded.now_ms()), (1_000_510, 4_600_000));
        assert_eq!(remote.clone().offset_ms(), 500);
    }

    #[test]
    fn the_steady_clock_of_the_system_goes_on() {
        let clock = Clock::system();
        let before = clock.steady_ms();
        assert!(before > 0 && clock.steady_ms() >= before);
    }
}
