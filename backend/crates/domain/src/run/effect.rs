//! What can happen to a run, and what it asks for in turn.

use super::{LostDecision, Outputs, Reason, RunState};

/// Something that happened to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEvent {
    /// It got its place among the active runs.
    Begun,
    /// A worker took a task.
    Claimed {
        /// The task's index.
        task: u32,
        /// The claim's epoch.
        epoch: i64,
    },
    /// The process of a task started.
    Started {
        /// The task's index.
        task: u32,
        /// The claim's epoch.
        epoch: i64,
    },
    /// An attempt ended.
    Ended {
        /// The task's index.
        task: u32,
        /// The claim's epoch.
        epoch: i64,
        /// How.
        ended: Ended,
        /// A random number in 0..1 for the jitter of a retry.
        random: f64,
    },
    /// The worker that held a task vanished.
    Lost {
        /// The task's index.
        task: u32,
        /// The claim's epoch.
        epoch: i64,
    },
    /// A person ordered the run to stop. `held` are the tasks whose job a worker holds; all other jobs are gone.
    StopRequested {
        /// Tasks that a worker still holds and will report.
        held: Vec<u32>,
        /// Who and why.
        reason: Reason,
    },
    /// A person decided about a lost task.
    LostResolved {
        /// The task's index.
        task: u32,
        /// The decision.
        decision: LostDecision,
        /// Who and why.
        reason: Reason,
    },
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// Well, with what it leaves for others.
    Succeeded {
        /// Its outputs.
        outputs: Outputs,
    },
    /// Badly.
    Failed {
        /// Exit code of the process, if it had one.
        exit_code: Option<i32>,
        /// Why.
        reason: Reason,
        /// Whether another try may help.
        retryable: bool,
    },
    /// It ran into its time limit.
    TimedOut {
        /// The limit.
        after_ms: i64,
    },
    /// It was ended on order.
    Stopped,
    /// It never started and did nothing: it goes back to the queue without counting as an attempt's failure.
    Returned,
}

/// What a run asks of its surroundings.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A job is to be made for a task's next attempt.
    Enqueue {
        /// The task's index.
        task: u32,
        /// The attempt's number.
        attempt: i32,
        /// Not to be claimed before.
        due_ms: i64,
    },
    /// The run became final.
    Finished(RunState),
}

/// Why an event was refused; the run is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The report is from a claim that is over: another holds the task, or it is decided.
    #[error("the report's epoch is over")]
    StaleEpoch,
    /// The run is final.
    #[error("the run is final")]
    RunFinal,
    /// The run has begun already.
    #[error("the run has begun already")]
    AlreadyBegun,
    /// The task is not lost.
    #[error("the task is not lost")]
    NotLost,
    /// The run has no such task.
    #[error("the run has no such task")]
    NoSuchTask,
}
