//! Runs: executions of workflow versions.

use async_graphql::{Context, Enum, ID, Object, Result};
use domain::id::{BackfillId, ProjectId, RunId, ScheduleId, TenantId, WorkflowId};
use service::{
    Error,
    authz::Scope,
    calendar::RunNote,
    run::{Filter, Row},
};

use super::{
    access::{Permission, viewer_can},
    backfill::Backfill,
    context::Ask as _,
    id::GlobalId,
    limits::page_cost,
    loader::{self, BackfillKey, RunKey, ScheduleKey, TenantKey, WorkflowKey},
    page::{self, Nodes, Window},
    scalar::{Date, Instant, Json},
    schedule::UsedRevision,
    task::{TaskRun, TaskRunFilter},
    tenant::Tenant,
    version::WorkflowVersion,
    workflow::Workflow,
};
use event::RunEvent;
use waiting::WaitingReason;

mod event;
mod many;
mod mutation;
mod operate;
mod query;
mod subscription;
pub(crate) mod waiting;

pub(crate) use many::{ManyMutation, PreviewQuery};
pub(crate) use mutation::{RunMutation, RunPriority, params};
pub(crate) use operate::OperateMutation;
pub(crate) use query::RunQuery;
pub(crate) use subscription::RunSubscription;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::run::RunState")]
pub(crate) enum RunState {
    /// It waits for a place among its workflow's active runs.
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

/// What made a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RunCause {
    /// An instant of a schedule.
    Schedule,
    /// A person in the UI.
    Manual,
    /// A client of the API.
    Api,
    /// A task of another run.
    SubWorkflow,
    /// A run that is repeated with a newer version.
    Rerun,
    /// A backfill.
    Backfill,
}

impl RunCause {
    /// As it is stored.
    const fn stored(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Manual => "manual",
            Self::Api => "api",
            Self::SubWorkflow => "sub_workflow",
            Self::Rerun => "rerun",
            Self::Backfill => "backfill",
        }
    }
}

/// One execution of a workflow version for one business date and one cause.
#[derive(Debug, Clone)]
pub(crate) struct Run(pub(crate) Row);

impl Run {
    pub(crate) fn tenant_id(&self) -> TenantId {
        TenantId(self.0.tenant_id)
    }

    pub(crate) fn run_id(&self) -> RunId {
        RunId(self.0.id)
    }

    fn workflow_id(&self) -> WorkflowId {
        WorkflowId(self.0.workflow_id)
    }

    /// Another run of the tenant, when the viewer may see it.
    async fn other(&self, ctx: &Context<'_>, id: Option<i64>) -> Result<Option<Self>> {
        let Some(id) = id else { return Ok(None) };
        Ok(loader::look(ctx, RunKey(self.tenant_id(), RunId(id))).await?.map(Self))
    }
}

/// A stored reason in the language asked for.
pub(crate) fn told(ctx: &Context<'_>, reason: Option<&str>) -> Option<String> {
    let reason: domain::run::Reason = serde_json::from_str(reason?).ok()?;
    Some(reason.text(ctx.lang()))
}

/// One execution of a workflow version for one business date and one cause.
#[Object]
impl Run {
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Run(self.tenant_id(), self.run_id()).into()
    }

    async fn state(&self, ctx: &Context<'_>) -> Result<RunState> {
        let state = domain::run::RunState::parse(&self.0.state).map(RunState::from);
        state.ok_or_else(|| ctx.fail(Error::Internal(format!("run {} has the state {:?}", self.0.id, self.0.state))))
    }

    async fn cause(&self) -> RunCause {
        match self.0.cause.as_str() {
            "schedule" => RunCause::Schedule,
            "manual" => RunCause::Manual,
            "sub_workflow" => RunCause::SubWorkflow,
            "rerun" => RunCause::Rerun,
            "backfill" => RunCause::Backfill,
            _ => RunCause::Api,
        }
    }

    /// The date the data is about.
    async fn business_date(&self, ctx: &Context<'_>) -> Result<Date> {
        let date = Date::of_text(&self.0.business_date);
        date.ok_or_else(|| ctx.fail(Error::Internal(format!("run {} has no business date", self.0.id))))
    }

    /// 1, and one more for each rerun.
    async fn generation(&self) -> i32 {
        self.0.generation
    }

    /// The higher, the earlier its tasks get a free slot.
    async fn priority(&self) -> i32 {
        self.0.priority
    }

    /// Whether it only walks its DAG: no task's work is done.
    async fn dry_run(&self) -> bool {
        self.0.dry_run == Some(true)
    }

    /// When it passed its time limit.
    async fn overdue_at(&self) -> Option<Instant> {
        self.0.overdue_ms.map(Instant)
    }

    /// What it left for others, when it ended well.
    async fn outputs(&self) -> Option<Json> {
        self.0.outputs_json.as_deref().map(Json::of_text)
    }

    /// The id of the run whose task started it; that run may be deleted by now.
    async fn parent_id(&self) -> Option<ID> {
        self.0.parent_run_id.map(|id| GlobalId::Run(self.tenant_id(), RunId(id)).into())
    }

    /// The run whose task started it.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        self.other(ctx, self.0.parent_run_id).await
    }

    /// The run that it repeats with a newer version.
    async fn rerun_of(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        self.other(ctx, self.0.rerun_of).await
    }

    /// The backfill that made or repeated it.
    async fn backfill(&self, ctx: &Context<'_>) -> Result<Option<Backfill>> {
        let Some(id) = self.0.backfill_id else { return Ok(None) };
        Ok(loader::look(ctx, BackfillKey(self.tenant_id(), BackfillId(id))).await?.map(Backfill))
    }

    /// The runs that its tasks started.
    #[graphql(complexity = "10 + 3 * child_complexity")]
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Run>> {
        let rows = service::run::children(ctx.services(), &ctx.op(), self.tenant_id(), self.run_id()).await;
        Ok(rows.map_err(|error| ctx.fail(error))?.into_iter().map(Run).collect())
    }

    /// The newest run of the same workflow that began before it.
    async fn previous(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        let row = service::run::previous(ctx.services(), &ctx.op(), &self.0).await;
        Ok(row.map_err(|error| ctx.fail(error))?.map(Run))
    }

    /// Everything that it waits for, the nearest first; empty when it is at work or has ended.
    async fn waiting_reasons(&self, ctx: &Context<'_>) -> Result<Vec<WaitingReason>> {
        let reasons = service::run::run_waiting_reasons(&self.0).map_err(|error| ctx.fail(error))?;
        Ok(reasons.into_iter().map(|reason| WaitingReason::new(self.tenant_id(), reason)).collect())
    }

    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        loader::need(ctx, TenantKey(self.tenant_id()), "tenant").await.map(Tenant)
    }

    async fn workflow(&self, ctx: &Context<'_>) -> Result<Workflow> {
        loader::need(ctx, WorkflowKey(self.tenant_id(), self.workflow_id()), "workflow").await.map(Workflow)
    }

    /// The revisions of the calendars that decided when it ran and for which date, and that its templates may ask. It
    /// sees these for its whole life.
    async fn calendar_revisions(&self, ctx: &Context<'_>) -> Result<Vec<UsedRevision>> {
        let note = RunNote::read(&self.0).map_err(|error| ctx.fail(error))?;
        Ok(note.revisions.into_iter().map(|(calendar, revision)| UsedRevision::new(calendar, revision)).collect())
    }

    /// The calendars of which another revision is in force by now: the run may be one that would not be made again.
    async fn calendars_changed(&self, ctx: &Context<'_>) -> Result<Vec<UsedRevision>> {
        let changed = async {
            let calendars = ctx.services().calendars(self.tenant_id()).await?;
            Ok(RunNote::read(&self.0)?.changed_since(&calendars))
        };
        let changed = changed.await.map_err(|error: Error| ctx.fail(error))?;
        Ok(changed.into_iter().map(|(calendar, revision)| UsedRevision::new(calendar, revision)).collect())
    }

    /// Whether a calendar was not published when it was made, and the week stood in for it.
    async fn calendar_assumed(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(RunNote::read(&self.0).map_err(|error| ctx.fail(error))?.assumed)
    }

    /// The nominal dates that met in it, when it stands for more than its own.
    async fn stands_for(&self, ctx: &Context<'_>) -> Result<Vec<Date>> {
        let note = RunNote::read(&self.0).map_err(|error| ctx.fail(error))?;
        Ok(note.stands_for.into_iter().map(Date).collect())
    }

    /// The version that it runs; later saves don't touch it.
    async fn version(&self) -> WorkflowVersion {
        WorkflowVersion::lazy(self.tenant_id(), self.workflow_id(), self.0.version)
    }

    async fn params(&self) -> Json {
        Json::of_text(self.0.params_json.as_deref().unwrap_or("{}"))
    }

    /// Who started it, when a person or client did.
    async fn started_by(&self) -> Option<&str> {
        self.0.created_by_name.as_deref()
    }

    /// The schedule that made it.
    async fn schedule_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        match self.0.schedule_id {
            None => Ok(None),
            Some(id) => {
                let found = loader::look(ctx, ScheduleKey(self.tenant_id(), ScheduleId(id))).await?;
                Ok(found.map(|schedule| schedule.name))
            }
        }
    }

    async fn created_at(&self) -> Instant {
        Instant(self.0.created_ms)
    }

    async fn started_at(&self) -> Option<Instant> {
        self.0.started_ms.map(Instant)
    }

    async fn finished_at(&self) -> Option<Instant> {
        self.0.finished_ms.map(Instant)
    }

    /// Why it is where it is, in a sentence of the asked language; null when it simply runs or is done.
    async fn reason(&self, ctx: &Context<'_>) -> Option<String> {
        told(ctx, self.0.reason_json.as_deref())
    }

    async fn task_total(&self) -> i32 {
        self.0.task_total
    }

    async fn task_succeeded(&self) -> i32 {
        self.0.task_ok
    }

    async fn task_failed(&self) -> i32 {
        self.0.task_failed
    }

    async fn task_running(&self) -> i32 {
        self.0.task_running
    }

    /// Resume point for `runChanged`.
    async fn cursor(&self) -> String {
        page::encode(&self.0.revision)
    }

    /// Its tasks, in the document's order; their items after all of them.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn task_runs(
        &self,
        ctx: &Context<'_>,
        filter: Option<TaskRunFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<TaskRun>> {
        let key = (self.tenant_id(), self.run_id());
        let listed = async {
            let window = Window::<i32>::of(first, after.as_deref())?;
            let filter = filter.unwrap_or_default().into();
            service::run::tasks_of(ctx.services(), &ctx.op(), key, &filter, (window.after, window.size)).await
        };
        let listed = listed.await.map_err(|error| ctx.fail(error))?;
        let page = (listed.items, listed.has_next);
        Ok(page::connection(page, after.is_some(), |row| (row.ordinal, TaskRun(row))))
    }

    /// What happened in it, oldest first: its own instants, the newest tries of its tasks (of items those that did
    /// not go well) and, for those who may read the audit trail, what people did.
    #[graphql(complexity = "20 + 2 * child_complexity")]
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<RunEvent>> {
        let events = service::run::events(ctx.services(), &ctx.op(), self.tenant_id(), self.run_id()).await;
        Ok(events.map_err(|error| ctx.fail(error))?.into_iter().map(RunEvent).collect())
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Permission>> {
        viewer_can(ctx, Scope::project(self.tenant_id(), ProjectId(self.0.project_id))).await
    }
}

/// A page of runs, newest first.
pub(crate) async fn page(
    ctx: &Context<'_>,
    filter: Result<Filter, Error>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Nodes<Run>> {
    let listed = async {
        let (filter, window) = (filter?, Window::<i64>::of(first, after)?);
        service::run::list(ctx.services(), &ctx.op(), &filter, window.after.map(RunId), window.size).await
    };
    let listed = listed.await.map_err(|error| ctx.fail(error))?;
    Ok(page::connection((listed.items, listed.has_next), after.is_some(), |row| (row.id, Run(row))))
}
