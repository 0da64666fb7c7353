//! What is known of a run and of each of its tasks.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Plan, Reason};

/// What a task leaves for the tasks after it: a JSON object.
pub type Outputs = serde_json::Map<String, serde_json::Value>;

macro_rules! wire_names {
    ($type:ty { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// All values, in the order of a life.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name in the database and on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The value of a stable name; `None` for any other text.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// State of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Made, not yet begun: it waits for a place among its workflow's active runs.
    Queued,
    /// Tasks are at work or may start.
    Running,
    /// A person halted it: nothing new starts.
    Paused,
    /// A person must approve before it goes on.
    WaitingApproval,
    /// All tasks ended well.
    Succeeded,
    /// All tasks ended, at least one badly.
    Failed,
    /// A person ended it.
    Stopped,
    /// It never began, for a recorded reason.
    Skipped,
}

wire_names!(RunState {
    Queued => "queued",
    Running => "running",
    Paused => "paused",
    WaitingApproval => "waiting_approval",
    Succeeded => "succeeded",
    Failed => "failed",
    Stopped => "stopped",
    Skipped => "skipped",
});

impl RunState {
    /// Whether nothing but a rerun changes it any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Stopped | Self::Skipped)
    }
}

/// State of a task within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Its needs are not decided.
    Pending,
    /// It may start; a worker with a free slot takes it.
    Ready,
    /// A worker took it.
    Claimed,
    /// Its process runs.
    Running,
    /// It failed and is tried again later.
    RetryWait,
    /// Its worker vanished; whether it did its work is unknown.
    Lost,
    /// It ended well.
    Succeeded,
    /// It ended badly, without retries left.
    Failed,
    /// Its rule or condition said no.
    Skipped,
    /// A task it needs ended badly.
    UpstreamFailed,
    /// A person ended it.
    Stopped,
    /// It took longer than its limit.
    TimedOut,
}

wire_names!(TaskState {
    Pending => "pending",
    Ready => "ready",
    Claimed => "claimed",
    Running => "running",
    RetryWait => "retry_wait",
    Lost => "lost",
    Succeeded => "succeeded",
    Failed => "failed",
    Skipped => "skipped",
    UpstreamFailed => "upstream_failed",
    Stopped => "stopped",
    TimedOut => "timed_out",
});

impl TaskState {
    /// Whether it stays so within this generation.
    #[must_use]
    pub fn is_final(self) -> bool {
        self.is_bad() || matches!(self, Self::Succeeded | Self::Skipped | Self::Stopped)
    }

    /// Final, and the work was not done although it should have been.
    #[must_use]
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::UpstreamFailed | Self::TimedOut)
    }

    /// Whether a job exists for it: it waits for a worker or a worker holds it.
    #[must_use]
    pub fn has_job(self) -> bool {
        matches!(self, Self::Ready | Self::RetryWait) || self.is_held()
    }

    /// Whether a worker holds it.
    #[must_use]
    pub fn is_held(self) -> bool {
        matches!(self, Self::Claimed | Self::Running)
    }
}

/// State of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// A worker took it.
    Claimed,
    /// Its process runs.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// It took longer than its limit.
    TimedOut,
    /// It was ended on a person's order.
    Stopped,
    /// Its worker vanished.
    Lost,
}

wire_names!(AttemptState {
    Claimed => "claimed",
    Running => "running",
    Succeeded => "succeeded",
    Failed => "failed",
    TimedOut => "timed_out",
    Stopped => "stopped",
    Lost => "lost",
});

/// What a person decides about a task whose worker was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostDecision {
    /// The work is to be done again.
    Retry,
    /// The work was not done.
    Fail,
    /// The work was done; the person vouches for it.
    Succeed,
}

/// One task within a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskRun {
    /// Where it stands.
    pub state: TaskState,
    /// Number of the newest attempt; 0 before the first.
    pub attempt: i32,
    /// How many of these attempts belong to earlier generations; retries count from here.
    pub earlier_attempts: i32,
    /// Epoch of the newest claim; a report must carry it.
    pub epoch: i64,
    /// Generation of the run in which it last left `pending`.
    pub generation: i32,
    /// When it became ready.
    pub ready_ms: Option<i64>,
    /// When its newest attempt started.
    pub started_ms: Option<i64>,
    /// When it became final.
    pub finished_ms: Option<i64>,
    /// When the next attempt is due, in `retry_wait`.
    pub retry_at_ms: Option<i64>,
    /// Exit code of the newest attempt.
    pub exit_code: Option<i32>,
    /// Why it is where it is, unless that is plain.
    pub reason: Option<Reason>,
    /// What it left for the tasks after it.
    pub outputs: Option<Outputs>,
}

#[expect(clippy::derivable_impls, reason = "the order of the variants is the order of a life, not of defaults")]
impl Default for TaskState {
    fn default() -> Self {
        Self::Pending
    }
}

/// How many tasks a run has, by what matters to a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All tasks.
    pub total: i32,
    /// Final and well: succeeded or skipped.
    pub ok: i32,
    /// Failed or timed out by itself, lost ones included; not those that could not start because of them.
    pub failed: i32,
    /// Held by a worker.
    pub running: i32,
}

/// A run with all its tasks, as the machine sees it.
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) plan: Arc<Plan>,
    pub(super) state: RunState,
    pub(super) generation: i32,
    pub(super) stop_requested: bool,
    pub(super) started_ms: Option<i64>,
    pub(super) finished_ms: Option<i64>,
    pub(super) reason: Option<Reason>,
    pub(super) tasks: Vec<TaskRun>,
    /// Needs of each task that are not final yet.
    pub(super) open_needs: Vec<u32>,
    /// Tasks that are not final yet.
    pub(super) open_tasks: u32,
    pub(super) counts: Counts,
    pub(super) changed: BTreeSet<u32>,
}

impl Run {
    /// A run that has not begun.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let tasks = vec![TaskRun { generation: 1, ..TaskRun::default() }; plan.tasks.len()];
        Self::restore(plan, RunState::Queued, 1, tasks)
    }

    /// A run as it was stored. `tasks` are in the plan's order, one for each of its tasks.
    ///
    /// # Panics
    /// When `tasks` and the plan differ in length; the store checks that when it reads the rows.
    #[must_use]
    pub fn restore(plan: Arc<Plan>, state: RunState, generation: i32, tasks: Vec<TaskRun>) -> Self {
        assert_eq!(plan.tasks.len(), tasks.len(), "a run has one task run for each task of its plan");
        let mut run = Self {
            plan,
            state,
            generation,
            stop_requested: false,
            started_ms: None,
            finished_ms: None,
            reason: None,
            tasks,
            open_needs: Vec::new(),
            open_tasks: 0,
            counts: Counts::default(),
            changed: BTreeSet::new(),
        };
        run.recount();
        run
    }

    /// Adds what [`Run::restore`] leaves at its default: when it began and ended, why, and whether it is to stop.
    #[must_use]
    pub fn with_history(
        mut self,
        started_ms: Option<i64>,
        finished_ms: Option<i64>,
        reason: Option<Reason>,
        stop_requested: bool,
    ) -> Self {
        self.started_ms = started_ms;
        self.finished_ms = finished_ms;
        self.reason = reason;
        self.stop_requested = stop_requested;
        self
    }

    /// Says why it waits before it begins; gone when it begins.
    pub fn wait(&mut self, reason: Reason) {
        if self.state == RunState::Queued {
            self.reason = Some(reason);
        }
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> RunState {
        self.state
    }

    /// 1, and one more for each rerun.
    #[must_use]
    pub fn generation(&self) -> i32 {
        self.generation
    }

    /// Whether a person ordered it to stop.
    #[must_use]
    pub fn stop_requested(&self) -> bool {
        self.stop_requested
    }

    /// When its first task could start.
    #[must_use]
    pub fn started_ms(&self) -> Option<i64> {
        self.started_ms
    }

    /// When it became final.
    #[must_use]
    pub fn finished_ms(&self) -> Option<i64> {
        self.finished_ms
    }

    /// Why it is where it is, unless that is plain.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    /// Its tasks, in the plan's order.
    #[must_use]
    pub fn tasks(&self) -> &[TaskRun] {
        &self.tasks
    }

    /// Its counts, kept as it goes.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The tasks that changed since the last call, in order.
    pub fn take_changed(&mut self) -> BTreeSet<u32> {
        std::mem::take(&mut self.changed)
    }

    /// Recomputes what is derived from the tasks' states.
    pub(super) fn recount(&mut self) {
        self.open_needs = self
            .plan
            .tasks
            .iter()
            .map(|task| task.needs.iter().filter(|need| !self.tasks[**need as usize].state.is_final()).count() as u32)
            .collect();
        self.open_tasks = self.tasks.iter().filter(|task| !task.state.is_final()).count() as u32;
        self.counts = Counts { total: i32::try_from(self.tasks.len()).unwrap_or(i32::MAX), ..Counts::default() };
        for index in 0..self.tasks.len() {
            let state = self.tasks[index].state;
            self.count(state, 1);
        }
    }

    /// Adds `by` to the counter that `state` belongs to.
    pub(super) fn count(&mut self, state: TaskState, by: i32) {
        let counter = match state {
            TaskState::Succeeded | TaskState::Skipped => &mut self.counts.ok,
            TaskState::Claimed | TaskState::Running => &mut self.counts.running,
            TaskState::Failed | TaskState::TimedOut | TaskState::Lost => &mut self.counts.failed,
            _ => return,
        };
        *counter += by;
    }
}
