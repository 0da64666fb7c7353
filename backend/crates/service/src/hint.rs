//! Wake-ups within this process. They are hints: whoever waits for one also looks by itself every so often, so a lost
//! hint costs time, never correctness.

use std::sync::Arc;

use domain::id::{RunId, TenantId};
use tokio::sync::{Notify, broadcast};

/// How many changes a slow reader may lag behind before it is told to look for itself.
const BACKLOG: usize = 1024;

/// The hints of a process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Hints {
    runs: broadcast::Sender<(TenantId, RunId)>,
    /// A job waits for a worker.
    pub jobs: Arc<Notify>,
    /// A run that workers of this node may hold is to stop.
    pub stops: Arc<Notify>,
    /// A schedule was added or changed.
    pub schedules: Arc<Notify>,
    /// A queued run may begin.
    pub admissions: Arc<Notify>,
    /// Lines were added to a log.
    pub logs: crate::log::Live,
}

impl Hints {
    pub(crate) fn new() -> Self {
        Self {
            runs: broadcast::channel(BACKLOG).0,
            jobs: Arc::default(),
            stops: Arc::default(),
            schedules: Arc::default(),
            admissions: Arc::default(),
            logs: crate::log::Live::default(),
        }
    }

    /// Tells that a run changed.
    pub(crate) fn run_changed(&self, key: (TenantId, RunId)) {
        // Nobody listening is fine.
        let _ = self.runs.send(key);
    }

    /// The changes of runs from now on.
    #[must_use]
    pub fn runs(&self) -> broadcast::Receiver<(TenantId, RunId)> {
        self.runs.subscribe()
    }
}
