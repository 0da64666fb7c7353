//! Task runs and their attempts.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::id::{RunId, TenantId};
use domain::run::Reason;
use service::{
    Error,
    run::{AttemptRow, Part, TaskRow},
};

use super::{
    context::Ask as _,
    id::GlobalId,
    loader::{self, ItemsKey, RunKey},
    log::{self, LogPage},
    run::{Run, told, waiting::WaitingReason},
    scalar::{Instant, Int64, Json},
};

/// Where a task of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::run::TaskState")]
pub(crate) enum TaskState {
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

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::run::AttemptState")]
pub(crate) enum AttemptState {
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

/// Which task runs of a run a list shows.
#[derive(Debug, Default, InputObject)]
pub(crate) struct TaskRunFilter {
    /// Whether items are among them; yes when absent.
    items: Option<bool>,
    /// Only the items of the task at this place in the document.
    parent_ordinal: Option<i32>,
    /// In one of these states; all when absent or empty.
    states: Option<Vec<TaskState>>,
}

impl From<TaskRunFilter> for service::run::TaskFilter {
    fn from(filter: TaskRunFilter) -> Self {
        let part = match (filter.parent_ordinal, filter.items) {
            (Some(task), _) => Part::ItemsOf(task),
            (None, Some(false)) => Part::Planned,
            (None, _) => Part::All,
        };
        let states = filter.states.unwrap_or_default().into_iter().map(Into::into).collect();
        Self { part, states }
    }
}

/// How the items of a task stand.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct ItemCounts {
    total: i32,
    /// Those that ended.
    ended: i32,
    succeeded: i32,
    /// Those that ended badly, lost ones among them.
    failed: i32,
    /// Those that are at work or about to be again.
    under_way: i32,
}

impl From<service::run::ItemCounts> for ItemCounts {
    fn from(counts: service::run::ItemCounts) -> Self {
        let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            total: count(counts.total),
            ended: count(counts.ended),
            succeeded: count(counts.succeeded),
            failed: count(counts.failed),
            under_way: count(counts.under_way),
        }
    }
}

/// One task within a run.
#[derive(Debug, Clone)]
pub(crate) struct TaskRun(pub(crate) TaskRow);

impl TaskRun {
    fn tenant_id(&self) -> TenantId {
        TenantId(self.0.tenant_id)
    }

    fn run_id(&self) -> RunId {
        RunId(self.0.run_id)
    }
}

/// One task within a run.
#[Object]
impl TaskRun {
    pub(crate) async fn id(&self) -> ID {
        GlobalId::TaskRun(self.tenant_id(), self.run_id(), self.0.ordinal).into()
    }

    /// Its place in the document.
    async fn ordinal(&self) -> i32 {
        self.0.ordinal
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its type, such as shell.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    async fn state(&self, ctx: &Context<'_>) -> Result<TaskState> {
        let state = domain::run::TaskState::parse(&self.0.state).map(TaskState::from);
        state.ok_or_else(|| ctx.fail(unknown("task run", &self.0.state)))
    }

    /// Number of the newest attempt, 0 before the first.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// The run's generation in which it last began.
    async fn generation(&self) -> i32 {
        self.0.generation
    }

    async fn ready_at(&self) -> Option<Instant> {
        self.0.ready_ms.map(Instant)
    }

    async fn started_at(&self) -> Option<Instant> {
        self.0.started_ms.map(Instant)
    }

    async fn finished_at(&self) -> Option<Instant> {
        self.0.finished_ms.map(Instant)
    }

    /// When it is tried again.
    async fn retry_at(&self) -> Option<Instant> {
        self.0.retry_at_ms.map(Instant)
    }

    async fn exit_code(&self) -> Option<i32> {
        self.0.exit_code
    }

    /// Why it waits, was skipped or failed, in a sentence.
    async fn reason(&self, ctx: &Context<'_>) -> Option<String> {
        told(ctx, self.0.reason_json.as_deref())
    }

    /// Everything that it waits for, the nearest first; empty when it is at work or has ended.
    #[graphql(complexity = "10 + child_complexity")]
    async fn waiting_reasons(&self, ctx: &Context<'_>) -> Result<Vec<WaitingReason>> {
        let reasons = service::run::waiting_reasons(ctx.services(), &ctx.op(), &self.0).await;
        let reasons = reasons.map_err(|error| ctx.fail(error))?;
        Ok(reasons.into_iter().map(|reason| WaitingReason::new(self.tenant_id(), reason)).collect())
    }

    /// Whether a person keeps it from starting.
    async fn held(&self) -> bool {
        self.0.held == Some(true)
    }

    /// When it passed a time limit that only warns.
    async fn overdue_at(&self) -> Option<Instant> {
        self.0.overdue_ms.map(Instant)
    }

    /// Whether the viewer may decide about the approval that it waits for.
    #[graphql(complexity = "10")]
    async fn viewer_can_decide(&self, ctx: &Context<'_>) -> Result<bool> {
        if self.0.kind != "approval" || self.0.state != "waiting" {
            return Ok(false);
        }
        let key = (self.tenant_id(), self.run_id());
        let may = service::run::may_decide(ctx.services(), &ctx.op(), key, self.0.ordinal).await;
        may.map_err(|error| ctx.fail(error))
    }

    /// Of an item: the place in the document of its task.
    async fn parent_ordinal(&self) -> Option<i32> {
        self.0.parent
    }

    /// Of an item: its number, from 0.
    async fn item_index(&self) -> Option<i32> {
        self.0.item_index
    }

    /// Of an item: itself.
    async fn item(&self) -> Option<Json> {
        self.0.item_json.as_deref().map(Json::of_text)
    }

    /// How its items stand; null when it has none.
    async fn items(&self, ctx: &Context<'_>) -> Result<Option<ItemCounts>> {
        if self.0.parent.is_some() {
            return Ok(None);
        }
        let counts = loader::look(ctx, ItemsKey(self.tenant_id(), self.run_id())).await?;
        Ok(counts.and_then(|counts| counts.get(&self.0.ordinal).copied()).map(ItemCounts::from))
    }

    /// Whether it counts as done or as not needed because a person said so.
    async fn marked(&self) -> bool {
        let by_person = || {
            let reason = self.0.reason_json.as_deref().and_then(|json| serde_json::from_str::<Reason>(json).ok());
            matches!(reason, Some(Reason::ByPerson { .. }))
        };
        matches!(self.0.state.as_str(), "succeeded" | "skipped") && by_person()
    }

    /// What it left for the tasks after it.
    async fn outputs(&self) -> Option<Json> {
        self.0.outputs_json.as_deref().map(Json::of_text)
    }

    async fn run(&self, ctx: &Context<'_>) -> Result<Run> {
        loader::need(ctx, RunKey(self.tenant_id(), self.run_id()), "run").await.map(Run)
    }

    /// Its attempts, oldest first.
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<Attempt>> {
        let (tenant, run) = (self.tenant_id(), self.run_id());
        let rows = service::run::attempts(ctx.services(), &ctx.op(), tenant, run, self.0.ordinal).await;
        Ok(rows.map_err(|error| ctx.fail(error))?.into_iter().map(Attempt).collect())
    }

    /// A page of an attempt's log; the newest attempt unless one is named. `after` is a LogPage's endCursor; `last` without `after` gives the tail.
    #[graphql(complexity = "10 + child_complexity")]
    async fn log(
        &self,
        ctx: &Context<'_>,
        attempt: Option<i32>,
        after: Option<String>,
        first: Option<i32>,
        last: Option<i32>,
    ) -> Result<LogPage> {
        let task = (self.tenant_id(), self.run_id(), self.0.ordinal);
        log::page(ctx, task, log::Part { attempt, after, first, last }).await
    }
}

/// One try of a task on one worker.
#[derive(Debug, Clone)]
pub(crate) struct Attempt(pub(super) AttemptRow);

/// One try of a task on one worker.
#[Object]
impl Attempt {
    async fn number(&self) -> i32 {
        self.0.number
    }

    async fn state(&self, ctx: &Context<'_>) -> Result<AttemptState> {
        let state = domain::run::AttemptState::parse(&self.0.state).map(AttemptState::from);
        state.ok_or_else(|| ctx.fail(unknown("attempt", &self.0.state)))
    }

    async fn generation(&self) -> i32 {
        self.0.generation
    }

    /// The server process that ran it.
    async fn node(&self) -> &str {
        &self.0.node_name
    }

    /// The worker pool.
    async fn pool(&self) -> &str {
        &self.0.pool
    }

    async fn claimed_at(&self) -> Instant {
        Instant(self.0.claimed_ms)
    }

    async fn started_at(&self) -> Option<Instant> {
        self.0.started_ms.map(Instant)
    }

    async fn finished_at(&self) -> Option<Instant> {
        self.0.finished_ms.map(Instant)
    }

    async fn pid(&self) -> Option<i32> {
        self.0.pid
    }

    async fn exit_code(&self) -> Option<i32> {
        self.0.exit_code
    }

    /// The signal that ended it.
    async fn signal(&self) -> Option<i32> {
        self.0.term_signal
    }

    /// CPU time of its whole process tree.
    async fn cpu_ms(&self) -> Option<Int64> {
        self.0.cpu_ms.map(Int64)
    }

    /// Its largest resident memory.
    async fn peak_rss_kb(&self) -> Option<Int64> {
        self.0.peak_rss_kb.map(Int64)
    }

    async fn reason(&self, ctx: &Context<'_>) -> Option<String> {
        told(ctx, self.0.reason_json.as_deref())
    }

    /// Length of its log.
    async fn log_bytes(&self) -> Int64 {
        Int64(self.0.log_bytes)
    }

    /// Whether it printed more than is kept.
    async fn log_truncated(&self) -> bool {
        self.0.log_truncated
    }

    /// When its log was deleted because of its age.
    async fn log_deleted_at(&self) -> Option<Instant> {
        self.0.log_deleted_ms.map(Instant)
    }
}

fn unknown(kind: &str, state: &str) -> Error {
    Error::Internal(format!("a {kind} has the state {state:?}"))
}
