//! Runs in memory, so that a report costs no reading. A cached run may be out of date; its revision, checked by every
//! write, tells.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::id::{RunId, TenantId};

use crate::run::loaded::LoadedRun;

/// Tasks of all cached runs together; a task run is some 300 bytes, so this is some 100 MB at the very most.
const MOST_TASKS: usize = 300_000;

/// The cache; shared by all clones of the services.
#[derive(Debug, Default)]
pub(crate) struct RunCache {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    runs: HashMap<(TenantId, RunId), LoadedRun>,
    tasks: usize,
}

impl RunCache {
    /// A run to be changed. Others go on looking at it as it is until it is put back in its new state: the attempts of a
    /// task with many items begin while the ends of others are being written.
    pub(crate) fn lend(&self, key: (TenantId, RunId)) -> Option<LoadedRun> {
        self.lock().runs.get(&key).cloned()
    }

    /// Forgets a run: it is over, or no longer as it was.
    pub(crate) fn forget(&self, key: (TenantId, RunId)) {
        let mut inner = self.lock();
        if let Some(run) = inner.runs.remove(&key) {
            inner.tasks -= run.machine.tasks().len();
        }
    }

    /// Puts a run in, unless it is known as it is later. When the cache is full it starts over: a cheap rule, and reading
    /// a run anew is cheap too.
    pub(crate) fn put(&self, run: LoadedRun) {
        let mut inner = self.lock();
        if inner.runs.get(&run.key()).is_some_and(|known| known.row.revision > run.row.revision) {
            return;
        }
        let tasks = run.machine.tasks().len();
        if inner.tasks + tasks > MOST_TASKS {
            *inner = Inner::default();
        }
        inner.tasks += tasks;
        if let Some(old) = inner.runs.insert(run.key(), run) {
            inner.tasks -= old.machine.tasks().len();
        }
    }

    /// Looks at a run without taking it out.
    pub(crate) fn look<T>(&self, key: (TenantId, RunId), look: impl FnOnce(&LoadedRun) -> T) -> Option<T> {
        self.lock().runs.get(&key).map(look)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Nothing that holds the lock can leave the map half-changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
