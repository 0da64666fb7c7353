//! Wake-ups within this process. They are hints: whoever waits for one also looks by itself every so often, so a lost
//! hint costs time, never correctness.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::id::{RunId, TenantId, WorkflowId};
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
    /// A task began to wait, or what one waits for may have come.
    pub waits: Arc<Notify>,
    /// A backfill was started or changed, or a run ended that may be one's.
    pub backfills: Arc<Notify>,
    backfills_active: Arc<AtomicBool>,
    ended: Arc<Mutex<BTreeSet<(TenantId, WorkflowId)>>>,
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
            waits: Arc::default(),
            backfills: Arc::default(),
            backfills_active: Arc::default(),
            ended: Arc::default(),
            logs: crate::log::Live::default(),
        }
    }

    /// Tells that a run changed.
    pub(crate) fn run_changed(&self, key: (TenantId, RunId)) {
        // Nobody listening is fine.
        let _ = self.runs.send(key);
    }

    /// Tells that a run of a workflow ended, for which others may wait.
    pub(crate) fn run_ended(&self, tenant: TenantId, workflow: WorkflowId) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).insert((tenant, workflow));
        self.waits.notify_one();
        if self.backfills_active.load(Ordering::Relaxed) {
            self.backfills.notify_one();
        }
    }

    /// Tells that a backfill was started or changed.
    pub(crate) fn backfills_changed(&self) {
        self.backfills.notify_one();
    }

    /// Tells whether there are backfills at work, so that the ends of runs matter to them.
    pub(crate) fn backfills_active(&self, any: bool) {
        self.backfills_active.store(any, Ordering::Relaxed);
    }

    /// The workflows of which runs ended since the last call.
    pub(crate) fn take_ended(&self) -> BTreeSet<(TenantId, WorkflowId)> {
        std::mem::take(&mut *self.ended.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The changes of runs from now on.
    #[must_use]
    pub fn runs(&self) -> broadcast::Receiver<(TenantId, RunId)> {
        self.runs.subscribe()
    }
}
