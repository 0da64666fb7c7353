//! What happened, in order: a hash over everything, which tells whether a replay is the same, and lines to read.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Lines that are kept to be shown with a failure.
const KEPT: usize = 400;

#[derive(Debug)]
pub(crate) struct Trace {
    loud: bool,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    hash: u64,
    events: u64,
    lines: VecDeque<String>,
}

impl Trace {
    /// A loud one prints each line at once.
    pub(crate) fn new(loud: bool) -> Self {
        let inner = Inner { hash: 0xCBF2_9CE4_8422_2325, events: 0, lines: VecDeque::new() };
        Self { loud, inner: Mutex::new(inner) }
    }

    /// Adds a line.
    pub(crate) fn note(&self, at_ms: i64, what: fmt::Arguments<'_>) {
        let line = format!("{:>9.3} {what}", at_ms as f64 / 1000.0);
        if self.loud {
            eprintln!("{line}");
        }
        let mut inner = self.lock();
        inner.add(line.as_bytes());
        if inner.lines.len() == KEPT {
            inner.lines.pop_front();
        }
        inner.lines.push_back(line);
    }

    /// Shows more of what happened, if it is loud.
    pub(crate) fn show(&self, what: impl FnOnce() -> String) {
        if self.loud {
            eprintln!("          {}", what());
        }
    }

    /// Adds what happened without a line.
    pub(crate) fn fold(&self, at_ms: i64, what: &str) {
        let mut inner = self.lock();
        inner.add(&at_ms.to_le_bytes());
        inner.add(what.as_bytes());
    }

    pub(crate) fn hash(&self) -> u64 {
        self.lock().hash
    }

    pub(crate) fn events(&self) -> u64 {
        self.lock().events
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lock().lines.iter().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// FNV-1a.
    fn add(&mut self, bytes: &[u8]) {
        self.events += 1;
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}
