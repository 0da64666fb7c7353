//! What is known of a run and of each of its tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Plan, PlannedTask, Reason, Role};
use crate::error::Lang;

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
    /// Its name for people, as sentences use it.
    #[must_use]
    pub const fn text(self, lang: Lang) -> &'static str {
        let (en, zh) = match self {
            Self::Queued => ("queued", "排队"),
            Self::Running => ("running", "运行中"),
            Self::Paused => ("paused", "已暂停"),
            Self::WaitingApproval => ("waiting for approval", "待审批"),
            Self::Succeeded => ("succeeded", "成功"),
            Self::Failed => ("failed", "失败"),
            Self::Stopped => ("stopped", "已停止"),
            Self::Skipped => ("skipped", "已跳过"),
        };
        match lang {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }

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
    /// It waits for something outside of the run, or for its items; no worker holds it.
    Waiting,
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
    Waiting => "waiting",
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

    /// Whether its next attempt may start, now or when it is due.
    #[must_use]
    pub fn may_start(self) -> bool {
        matches!(self, Self::Ready | Self::RetryWait)
    }

    /// Whether it is under way: neither final nor pending.
    #[must_use]
    pub fn is_under_way(self) -> bool {
        self != Self::Pending && !self.is_final()
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

/// Which item of which task a task run stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Index of the task that runs once for each item.
    pub parent: u32,
    /// Number of the item, from 0.
    pub index: u32,
    /// The item.
    pub value: Arc<serde_json::Value>,
}

/// One task within a run, or one item of such a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskRun {
    /// The item it stands for, when its task runs once for each item of a list.
    pub item: Option<Item>,
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
    /// Whether a person keeps it from starting.
    pub held: bool,
    /// When it passed a time limit that only warns.
    pub overdue_ms: Option<i64>,
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
    pub(super) dry: bool,
    pub(super) stop_requested: bool,
    pub(super) started_ms: Option<i64>,
    pub(super) finished_ms: Option<i64>,
    pub(super) overdue_ms: Option<i64>,
    pub(super) reason: Option<Reason>,
    /// The plan's tasks in its order, then the items of tasks that have some.
    pub(super) tasks: Vec<TaskRun>,
    pub(super) changed: BTreeSet<u32>,
    pub(super) tally: Tally,
}

/// What is derived from the states of a run's tasks, kept as it goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    /// Needs of each planned task that are not final yet.
    pub(super) open_needs: Vec<u32>,
    /// Tasks and items that are not final yet.
    pub(super) open: u32,
    /// Planned tasks, without the handlers, that are not final yet, and that ended badly.
    pub(super) open_main: u32,
    pub(super) bad_main: u32,
    /// Tasks and items under way, and those of them that wait for a person's approval.
    pub(super) under_way: u32,
    pub(super) approvals: u32,
    /// The items of each task that has some.
    pub(super) groups: BTreeMap<u32, Group>,
}

/// The items of a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Group {
    /// The task runs of the items, by number.
    pub(super) items: Vec<u32>,
    /// Those that are not final, that are under way, and that ended badly.
    pub(super) open: u32,
    pub(super) under_way: u32,
    pub(super) bad: u32,
    /// No item before this one is pending.
    pub(super) next: usize,
}

impl Run {
    /// A run that has not begun.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let tasks = vec![TaskRun { generation: 1, ..TaskRun::default() }; plan.tasks.len()];
        Self::restore(plan, RunState::Queued, 1, tasks)
    }

    /// A run as it was stored. `tasks` are in the plan's order, one for each of its tasks, and then items.
    ///
    /// # Panics
    /// When there are fewer `tasks` than the plan has, or further ones that are not items; the store checks that when
    /// it reads the rows.
    #[must_use]
    pub fn restore(plan: Arc<Plan>, state: RunState, generation: i32, tasks: Vec<TaskRun>) -> Self {
        assert!(Self::fits(&plan, &tasks), "a run has one task run for each task of its plan");
        let mut run = Self {
            plan,
            state,
            generation,
            dry: false,
            stop_requested: false,
            started_ms: None,
            finished_ms: None,
            overdue_ms: None,
            reason: None,
            tasks,
            changed: BTreeSet::new(),
            tally: Tally::default(),
        };
        run.recount();
        run
    }

    /// Whether task runs are those of a plan: one for each task, and then items.
    #[must_use]
    pub fn fits(plan: &Plan, tasks: &[TaskRun]) -> bool {
        let planned = plan.tasks.len();
        let item_of_plan = |task: &TaskRun| task.item.as_ref().is_some_and(|item| (item.parent as usize) < planned);
        tasks.len() >= planned
            && tasks[..planned].iter().all(|task| task.item.is_none())
            && tasks[planned..].iter().all(item_of_plan)
    }

    /// The same run as one that only walks its DAG: no task's work is done.
    #[must_use]
    pub fn dry(mut self, dry: bool) -> Self {
        self.dry = dry;
        self
    }

    /// Adds what [`Run::restore`] leaves at its default: when it began and ended, why, and whether it is to stop.
    #[must_use]
    pub fn with_history(
        mut self,
        started_ms: Option<i64>,
        finished_ms: Option<i64>,
        overdue_ms: Option<i64>,
        reason: Option<Reason>,
        stop_requested: bool,
    ) -> Self {
        self.started_ms = started_ms;
        self.finished_ms = finished_ms;
        self.overdue_ms = overdue_ms;
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

    /// What is planned for a task or item.
    ///
    /// # Panics
    /// When the run has no such task.
    #[must_use]
    pub fn planned(&self, task: u32) -> &PlannedTask {
        &self.plan.tasks[self.planned_index(task) as usize]
    }

    /// The index in the plan of a task or of an item's task.
    #[must_use]
    pub fn planned_index(&self, task: u32) -> u32 {
        self.tasks[task as usize].item.as_ref().map_or(task, |item| item.parent)
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

    /// Whether a person ordered it to stop, or its time limit did.
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

    /// When it passed a time limit that only warns.
    #[must_use]
    pub fn overdue_ms(&self) -> Option<i64> {
        self.overdue_ms
    }

    /// Why it is where it is, unless that is plain.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    /// Its tasks in the plan's order, then the items of tasks that have some.
    #[must_use]
    pub fn tasks(&self) -> &[TaskRun] {
        &self.tasks
    }

    /// Its counts, kept as it goes.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.tally.counts
    }

    /// Names of the tasks that ended badly by themselves, in the plan's order.
    #[must_use]
    pub fn failed_tasks(&self) -> Vec<&str> {
        let bad = |task: &TaskRun| matches!(task.state, TaskState::Failed | TaskState::TimedOut);
        let tasks = self.plan.tasks.iter().zip(&self.tasks);
        tasks.filter(|(_, task)| bad(task)).map(|(planned, _)| planned.name.as_str()).collect()
    }

    /// How many items of a task are not final, under way, and ended badly, of how many; `None` when it has none.
    #[must_use]
    pub fn items(&self, task: u32) -> Option<ItemCounts> {
        let group = self.tally.groups.get(&task)?;
        let (open, under_way, bad) = (group.open, group.under_way, group.bad);
        Some(ItemCounts { total: group.items.len() as u32, open, under_way, bad })
    }

    /// The tasks that changed since the last call, in order.
    pub fn take_changed(&mut self) -> BTreeSet<u32> {
        std::mem::take(&mut self.changed)
    }

    /// Planned tasks, without the handlers, that ended badly by themselves in a generation or a later one.
    pub(super) fn failed_main(&self, since: i32) -> impl Iterator<Item = u32> + '_ {
        let failed = move |task: &u32| {
            let it = &self.tasks[*task as usize];
            matches!(it.state, TaskState::Failed | TaskState::TimedOut) && it.generation >= since
        };
        (0..self.plan.tasks.len() as u32).filter(|task| self.is_main(*task)).filter(failed)
    }

    /// Whether a plan's task is none of the handlers.
    fn is_main(&self, task: u32) -> bool {
        self.plan.tasks.get(task as usize).is_some_and(|planned| planned.handler.is_none())
    }

    /// Recomputes what is derived from the tasks' states.
    pub(super) fn recount(&mut self) {
        let open = |need: &&u32| !self.tasks[**need as usize].state.is_final();
        let open_needs = self.plan.tasks.iter().map(|task| task.needs.iter().filter(open).count() as u32).collect();
        self.tally = Tally { open_needs, ..Tally::default() };
        for (index, task) in self.tasks.iter().enumerate().skip(self.plan.tasks.len()) {
            let Some(item) = &task.item else { continue };
            self.tally.groups.entry(item.parent).or_default().items.push(index as u32);
        }
        for index in 0..self.tasks.len() as u32 {
            self.tally.counts.total += 1;
            self.tally_state(index, self.tasks[index as usize].state, 1);
        }
    }

    /// Adds `by` (1 or −1) to all that a task in a state counts for, but not to the open needs of others.
    pub(super) fn tally_state(&mut self, task: u32, state: TaskState, by: i32) {
        let main = self.is_main(task);
        let approval = state == TaskState::Waiting && self.planned(task).role == Role::Approval;
        let parent = self.tasks[task as usize].item.as_ref().map(|item| item.parent);
        let tally = &mut self.tally;
        let counts = &mut tally.counts;
        match state {
            TaskState::Succeeded | TaskState::Skipped => counts.ok += by,
            TaskState::Claimed | TaskState::Running => counts.running += by,
            TaskState::Failed | TaskState::TimedOut | TaskState::Lost => counts.failed += by,
            _ => {}
        }
        let add = |counter: &mut u32| *counter = counter.saturating_add_signed(by);
        if !state.is_final() {
            add(&mut tally.open);
        }
        if main && !state.is_final() {
            add(&mut tally.open_main);
        }
        if main && state.is_bad() {
            add(&mut tally.bad_main);
        }
        if state.is_under_way() {
            add(&mut tally.under_way);
        }
        if approval {
            add(&mut tally.approvals);
        }
        if let Some(group) = parent.and_then(|parent| tally.groups.get_mut(&parent)) {
            if !state.is_final() {
                add(&mut group.open);
            }
            if state.is_under_way() {
                add(&mut group.under_way);
            }
            if state.is_bad() {
                add(&mut group.bad);
            }
        }
    }
}

/// How the items of a task stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemCounts {
    /// All.
    pub total: u32,
    /// Not final.
    pub open: u32,
    /// Under way.
    pub under_way: u32,
    /// Ended badly.
    pub bad: u32,
}
