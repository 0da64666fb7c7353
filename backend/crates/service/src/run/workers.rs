//! What the group commit knows of this node's workers, and what they tell it.

use std::sync::Arc;

use domain::run::{Ended, Reason};
use store::job;

/// The workers of this node, as far as jobs may be handed to them without a detour over the queue.
pub trait Workers: Send + Sync {
    /// Takes a free slot of a pool, if there is one and nobody else waits for it as far as is known.
    fn reserve(&self, pool: &str) -> bool;

    /// Gives a reserved slot back unused.
    fn give_back(&self, pool: &str);

    /// Hands over a job that was claimed under a reserved slot.
    fn deliver(&self, job: job::Row);
}

/// This process among the cluster's nodes.
#[derive(Clone, Debug)]
pub struct NodeIdentity {
    /// Number of this process; a restart has another.
    pub incarnation: i64,
    /// The node's name.
    pub name: Arc<str>,
    /// How long a claim lasts unless it is renewed.
    pub lease_ms: i64,
}

impl NodeIdentity {
    /// Makes `job` one that this node holds under the next fence.
    pub(crate) fn hold(&self, job: &mut job::Row, token: i64, db_now_ms: i64) {
        job.state = job::CLAIMED;
        job.claim_token = Some(token);
        job.node_id = Some(self.incarnation);
        job.fence += 1;
        job.lease_until_ms = Some(db_now_ms + self.lease_ms);
    }

    /// A claim of this node.
    pub(crate) fn claimant(&self, token: i64, db_now_ms: i64) -> job::Claimant {
        job::Claimant { node: self.incarnation, token, now_ms: db_now_ms, lease_until_ms: db_now_ms + self.lease_ms }
    }
}

/// What a worker, or whoever found that a worker is gone, tells of an attempt.
#[derive(Clone, Debug)]
pub struct Report {
    /// The claimed job, as it was won.
    pub job: Arc<job::Row>,
    /// Name of the node that claimed it.
    pub node_name: Arc<str>,
    /// What happened.
    pub news: News,
}

/// What happened to an attempt.
#[derive(Clone, Debug)]
pub enum News {
    /// It was claimed.
    Claimed,
    /// Its process started.
    Started {
        /// The process, if it has one.
        pid: Option<i32>,
        /// When.
        at_ms: i64,
    },
    /// It passed a time limit that only warns.
    Overdue,
    /// It ended.
    Ended {
        /// How.
        ended: Ended,
        /// What it used.
        usage: Usage,
        /// The signal that ended its process.
        signal: Option<i32>,
        /// What its log came to.
        log: LogEnd,
    },
    /// Its worker is gone.
    Lost,
}

/// What an attempt's log came to when it ended.
#[derive(Clone, Debug, Default)]
pub struct LogEnd {
    /// Length of the whole stream.
    pub bytes: i64,
    /// Whether something was left out.
    pub truncated: bool,
    /// The last chunks, to be stored with the attempt's end.
    pub rest: Vec<store::log::Chunk>,
}

/// What an attempt used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, user and system, of its whole process tree.
    pub cpu_ms: Option<i64>,
    /// The most memory it held at once.
    pub peak_rss_kb: Option<i64>,
}

impl News {
    /// Lets an attempt whose outputs, log or reason can't be stored end badly and without them.
    pub(crate) fn leave_out_what_it_brought(&mut self) {
        if let Self::Ended { ended, log, .. } = self {
            if let Ended::Succeeded { .. } | Ended::Failed { .. } = ended {
                let message = "what the task left could not be stored".to_owned();
                let exit_code = if let Ended::Failed { exit_code, .. } = ended { *exit_code } else { Some(0) };
                *ended = Ended::Failed { exit_code, reason: Reason::BadOutput { message }, retryable: false };
            }
            log.rest.clear();
            log.truncated = true;
        }
    }

    pub(crate) fn reason(&self) -> Option<Reason> {
        match self {
            Self::Ended { ended: Ended::Failed { reason, .. }, .. } => Some(reason.clone()),
            Self::Ended { ended: Ended::TimedOut { after_ms }, .. } => Some(Reason::TimedOut { after_ms: *after_ms }),
            Self::Lost => Some(Reason::WorkerLost { held: false }),
            _ => None,
        }
    }
}
