//! What all parts of a simulation share: true time, the trace, the ledger of what tasks did, and what is wrong.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use store::Clock;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::climate::Climate;
use crate::database::{Database, ORIGIN_MS};
use crate::ledger::Ledger;
use crate::rng::Rng;
use crate::trace::Trace;

/// A simulated world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) climate: Climate,
    pub(crate) database: Database,
    pub(crate) ledger: Ledger,
    pub(crate) trace: Trace,
    /// The right to write: the database has one writer at a time.
    pub(crate) turn: Arc<Semaphore>,
    begin: Instant,
    violations: Mutex<Vec<String>>,
}

impl World {
    pub(crate) fn new(seed: u64, loud: bool) -> Arc<Self> {
        Self::with(seed, Climate::of(seed), loud)
    }

    pub(crate) fn with(seed: u64, climate: Climate, loud: bool) -> Arc<Self> {
        Arc::new(Self {
            seed,
            climate,
            database: Database::new(),
            ledger: Ledger::default(),
            trace: Trace::new(loud),
            turn: Arc::new(Semaphore::new(1)),
            begin: Instant::now(),
            violations: Mutex::default(),
        })
    }

    /// What a simulation has left, with nothing wrong yet.
    pub(crate) fn copy(&self) -> Arc<Self> {
        Arc::new(Self {
            seed: self.seed,
            climate: self.climate.clone(),
            database: self.database.copy(),
            ledger: self.ledger.copy(),
            trace: Trace::new(false),
            turn: Arc::new(Semaphore::new(1)),
            begin: self.begin,
            violations: Mutex::default(),
        })
    }

    /// A stream of random numbers for a purpose.
    pub(crate) fn rng(&self, label: u64) -> Rng {
        Rng::of(self.seed, label)
    }

    /// Simulated milliseconds since the begin.
    pub(crate) fn elapsed_ms(&self) -> i64 {
        self.begin.elapsed().as_millis() as i64
    }

    /// The true time, which is the database's.
    pub(crate) fn now_ms(&self) -> i64 {
        ORIGIN_MS + self.elapsed_ms()
    }

    /// A clock that shows the true time.
    pub(crate) fn clock(self: &Arc<Self>) -> Clock {
        let begin = self.begin;
        Clock::new(move || ORIGIN_MS + begin.elapsed().as_millis() as i64)
    }

    pub(crate) fn note(&self, what: fmt::Arguments<'_>) {
        self.trace.note(self.elapsed_ms(), what);
    }

    #[expect(clippy::disallowed_methods, reason = "the runtime of the simulation ends with all of its tasks")]
    pub(crate) fn spawn(&self, work: BoxFuture<'static, ()>) {
        tokio::task::spawn(work);
    }

    /// Something that must never be.
    pub(crate) fn violation(&self, what: String) {
        self.note(format_args!("VIOLATION {what}"));
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
