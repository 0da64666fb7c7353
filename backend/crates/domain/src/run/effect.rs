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
    /// A task passed its time limit, which only warns.
    Overdue {
        /// The task's index.
        task: u32,
        /// The claim's epoch; of a task that waits, its attempt.
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
    /// A task whose work is to wait is looked after from now on.
    WaitBegun {
        /// The task's index.
        task: u32,
        /// The attempt's number.
        attempt: i32,
    },
    /// What a task waited for came, or will not come.
    Waited {
        /// The task's index.
        task: u32,
        /// The attempt's number.
        attempt: i32,
        /// How it ended.
        waited: Waited,
        /// A random number in 0..1 for the jitter of a retry.
        random: f64,
    },
    /// The run passed its own time limit.
    RunOverdue {
        /// The limit.
        after_ms: i64,
        /// Whether it ends for that; otherwise it is only marked.
        fails: bool,
    },
    /// Somebody did something to it.
    Acted(Act),
}

/// What a person, or a policy in a person's place, does to a run that has begun.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Ends it: nothing new starts, what runs is stopped.
    Stop {
        /// Who and why.
        reason: Reason,
    },
    /// Halts it: nothing new starts, what runs goes on.
    Pause {
        /// Who and why.
        reason: Reason,
    },
    /// Lets it go on.
    Resume,
    /// Keeps a task from starting.
    Hold {
        /// The task's index.
        task: u32,
        /// Who and why.
        reason: Reason,
    },
    /// Lets a held task start when its turn comes.
    Release {
        /// The task's index.
        task: u32,
    },
    /// Decides about a task whose worker was lost.
    ResolveLost {
        /// The task's index.
        task: u32,
        /// The decision.
        decision: LostDecision,
        /// Who and why.
        reason: Reason,
    },
    /// Vouches for a task that its work is done, or says that it need not be; those after it go on either way.
    Mark {
        /// The task's index.
        task: u32,
        /// As what it counts from now on.
        mark: Mark,
        /// Who and why.
        reason: Reason,
    },
}

/// As what a person lets a task count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Its work is done.
    Succeeded,
    /// Its work is not needed.
    Skipped,
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

/// How a wait ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Waited {
    /// What it waited for came.
    Met {
        /// What it leaves for the tasks after it.
        outputs: Outputs,
        /// By whom or what, where that matters.
        reason: Option<Reason>,
    },
    /// It will not come.
    Failed {
        /// Why.
        reason: Reason,
        /// Whether another try may help.
        retryable: bool,
    },
    /// It did not come in time.
    TimedOut {
        /// The limit.
        after_ms: i64,
    },
    /// It is not needed.
    Skipped {
        /// Why.
        reason: Reason,
    },
}

/// What a run asks of its surroundings.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A task's next attempt may start: a job is to be made for it, or, when its work is to wait, a wait.
    Enqueue {
        /// The task's index.
        task: u32,
        /// The attempt's number.
        attempt: i32,
        /// Not to be started before.
        due_ms: i64,
    },
    /// What was asked for by [`Effect::Enqueue`] must not start any more. When a worker took it meanwhile, the event
    /// that brought this is to be applied anew, after the claim.
    Withdraw {
        /// The task's index.
        task: u32,
    },
    /// The worker that holds a task is to end it.
    Kill {
        /// The task's index.
        task: u32,
    },
    /// A task waits no longer; what it waited for and had started itself is to be stopped.
    Dismiss {
        /// The task's index.
        task: u32,
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
    /// The run has not begun.
    #[error("the run has not begun")]
    NotBegun,
    /// The run stops already.
    #[error("the run stops already")]
    Stopping,
    /// The run is paused already.
    #[error("the run is paused already")]
    Paused,
    /// The run is not paused.
    #[error("the run is not paused")]
    NotPaused,
    /// The task is not lost.
    #[error("the task is not lost")]
    NotLost,
    /// The task is held already.
    #[error("the task is held already")]
    Held,
    /// The task is not held.
    #[error("the task is not held")]
    NotHeld,
    /// A worker holds the task, or its items are at work.
    #[error("the task is at work")]
    AtWork,
    /// The task is decided, so the act has no meaning.
    #[error("the task is decided")]
    Decided,
    /// The run has no such task.
    #[error("the run has no such task")]
    NoSuchTask,
}
