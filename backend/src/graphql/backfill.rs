//! Backfills: the runs of a workflow for a range of business dates, as one object.

use async_graphql::{Context, Enum, ID, Object, Result};
use domain::id::{BackfillId, ProjectId, RunId, TenantId, WorkflowId};
use service::{
    authz::Scope,
    backfill::{self, Filter, ItemRow, Row},
    error::Error,
};

use super::{
    access::{Permission, viewer_can},
    context::Ask as _,
    id::GlobalId,
    limits::page_cost,
    loader::{self, RunKey, TenantKey, WorkflowKey},
    page::{self, Nodes, Window},
    run::Run,
    scalar::{Date, Instant, Json},
    tenant::Tenant,
    version::WorkflowVersion,
    workflow::Workflow,
};

mod mutation;
mod plan;
mod query;

pub(crate) use mutation::BackfillMutation;
pub(crate) use query::BackfillQuery;

/// Where a backfill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::backfill::State")]
pub(crate) enum BackfillState {
    /// Items start as there is room.
    Running,
    /// Nothing new starts; what runs goes on.
    Paused,
    /// Nothing new will start; it ends with its last run.
    Cancelling,
    /// All its items ended well or were left out.
    Succeeded,
    /// All its items ended, at least one badly.
    Failed,
    /// A person ended it.
    Cancelled,
}

/// In which direction the dates are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::backfill::Order")]
pub(crate) enum BackfillOrder {
    /// From the oldest to the newest.
    Forward,
    /// From the newest to the oldest.
    Backward,
}

/// Which version of a workflow a date is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::backfill::VersionChoice")]
pub(crate) enum BackfillVersion {
    /// The version that is current when the backfill is started.
    Newest,
    /// That of the date's newest run; where there is none, the current one.
    Original,
}

/// What becomes of a date that has a run already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::backfill::Choice")]
pub(crate) enum BackfillChoice {
    /// It is left out.
    Skip,
    /// It is done again.
    Rerun,
}

/// What is done for a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum BackfillAction {
    /// A run is made.
    Create,
    /// The run that is there is repeated, or another one made when it can't be.
    Rerun,
    /// Nothing: the date is left out.
    Skip,
    /// Work is in progress there: a person has to choose first. In plans only.
    Blocked,
}

impl From<Option<domain::backfill::Action>> for BackfillAction {
    fn from(action: Option<domain::backfill::Action>) -> Self {
        match action {
            Some(domain::backfill::Action::Create) => Self::Create,
            Some(domain::backfill::Action::Rerun) => Self::Rerun,
            Some(domain::backfill::Action::Skip) => Self::Skip,
            None => Self::Blocked,
        }
    }
}

/// Where a date of a backfill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::backfill::ItemState")]
pub(crate) enum BackfillItemState {
    /// Its turn has not come.
    Pending,
    /// Its run is on its way.
    Running,
    /// Its run ended well.
    Succeeded,
    /// Its run did not end well, or could not be made.
    Failed,
    /// It was left out: chosen so, or because what it comes after did not end well.
    Skipped,
    /// The backfill was cancelled before its turn.
    Cancelled,
}

/// The runs of a workflow, and of those downstream of it, for a range of business dates.
#[derive(Debug, Clone)]
pub(crate) struct Backfill(pub(crate) Row);

impl Backfill {
    fn key(&self) -> (TenantId, BackfillId) {
        (TenantId(self.0.tenant_id), BackfillId(self.0.id))
    }

    fn broken(&self, ctx: &Context<'_>, column: &str) -> async_graphql::Error {
        ctx.fail(Error::Internal(format!("backfill {} has an unknown {column}", self.0.id)))
    }
}

/// The runs of a workflow, and of those downstream of it, for a range of business dates.
#[Object]
impl Backfill {
    pub(crate) async fn id(&self) -> ID {
        let (tenant, id) = self.key();
        GlobalId::Backfill(tenant, id).into()
    }

    async fn state(&self, ctx: &Context<'_>) -> Result<BackfillState> {
        backfill::state(&self.0).map(Into::into).map_err(|error| ctx.fail(error))
    }

    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        loader::need(ctx, TenantKey(self.key().0), "tenant").await.map(Tenant)
    }

    async fn workflow(&self, ctx: &Context<'_>) -> Result<Workflow> {
        let key = WorkflowKey(self.key().0, WorkflowId(self.0.workflow_id));
        loader::need(ctx, key, "workflow").await.map(Workflow)
    }

    /// The workflows downstream that are done, too, as far as the viewer may see them.
    async fn downstream(&self, ctx: &Context<'_>) -> Result<Vec<Workflow>> {
        let mut workflows = Vec::new();
        for member in backfill::members(&self.0).map_err(|error| ctx.fail(error))?.into_iter().skip(1) {
            let found = loader::look(ctx, WorkflowKey(self.key().0, WorkflowId(member.workflow))).await?;
            workflows.extend(found.map(Workflow));
        }
        Ok(workflows)
    }

    /// The first day of the range.
    async fn from(&self, ctx: &Context<'_>) -> Result<Date> {
        Date::of_text(&self.0.from_date).ok_or_else(|| self.broken(ctx, "first day"))
    }

    /// The last day of the range.
    async fn to(&self, ctx: &Context<'_>) -> Result<Date> {
        Date::of_text(&self.0.to_date).ok_or_else(|| self.broken(ctx, "last day"))
    }

    /// The calendar whose open days are its dates.
    async fn calendar(&self) -> &str {
        &self.0.calendar
    }

    async fn order(&self, ctx: &Context<'_>) -> Result<BackfillOrder> {
        let order = domain::backfill::Order::parse(&self.0.direction).map(Into::into);
        order.ok_or_else(|| self.broken(ctx, "order"))
    }

    /// How many runs are at work at once.
    async fn parallelism(&self) -> i32 {
        self.0.parallelism
    }

    async fn version(&self, ctx: &Context<'_>) -> Result<BackfillVersion> {
        let version = domain::backfill::VersionChoice::parse(&self.0.version_choice).map(Into::into);
        version.ok_or_else(|| self.broken(ctx, "version"))
    }

    /// The values that were given for parameters.
    async fn params(&self) -> Json {
        Json::of_text(self.0.params_json.as_deref().unwrap_or("{}"))
    }

    /// The rank of its runs among waiting work; the higher, the earlier.
    async fn priority(&self) -> i32 {
        self.0.priority
    }

    /// Why it was started.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    async fn started_by(&self) -> Option<&str> {
        self.0.created_by_name.as_deref()
    }

    /// Who paused, resumed, cancelled or repeated it last.
    async fn state_by(&self) -> Option<&str> {
        self.0.state_by.as_deref()
    }

    /// Why that was done.
    async fn state_reason(&self) -> Option<&str> {
        self.0.state_reason.as_deref()
    }

    async fn created_at(&self) -> Instant {
        Instant(self.0.created_ms)
    }

    async fn finished_at(&self) -> Option<Instant> {
        self.0.finished_ms.map(Instant)
    }

    /// How many items it has: dates, times the workflows.
    async fn total(&self) -> i32 {
        self.0.item_total
    }

    /// Items whose turn has not come.
    async fn pending(&self) -> i32 {
        backfill::pending(&self.0)
    }

    async fn running(&self) -> i32 {
        self.0.item_running
    }

    async fn succeeded(&self) -> i32 {
        self.0.item_ok
    }

    async fn failed(&self) -> i32 {
        self.0.item_failed
    }

    async fn skipped(&self) -> i32 {
        self.0.item_skipped
    }

    async fn cancelled(&self) -> i32 {
        self.0.item_cancelled
    }

    /// Its items in order.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn items(
        &self,
        ctx: &Context<'_>,
        states: Option<Vec<BackfillItemState>>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<BackfillItem>> {
        let listed = async {
            let window = Window::<i32>::of(first, after.as_deref())?;
            let states: Vec<_> = states.unwrap_or_default().into_iter().map(Into::into).collect();
            backfill::items(ctx.services(), &ctx.op(), self.key(), &states, (window.after, window.size)).await
        };
        let listed = listed.await.map_err(|error| ctx.fail(error))?;
        let page = (listed.items, listed.has_next);
        Ok(page::connection(page, after.is_some(), |row| (row.position, BackfillItem(row))))
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Permission>> {
        viewer_can(ctx, Scope::project(self.key().0, ProjectId(self.0.project_id))).await
    }
}

/// A date of a backfill for one of its workflows.
#[derive(Debug, Clone)]
pub(crate) struct BackfillItem(ItemRow);

impl BackfillItem {
    fn tenant(&self) -> TenantId {
        TenantId(self.0.tenant_id)
    }

    fn broken(&self, ctx: &Context<'_>, column: &str) -> async_graphql::Error {
        ctx.fail(Error::Internal(format!("an item of backfill {} has an unknown {column}", self.0.backfill_id)))
    }
}

/// A date of a backfill for one of its workflows.
#[Object]
impl BackfillItem {
    /// Its place in the order, from 0.
    async fn position(&self) -> i32 {
        self.0.position
    }

    async fn workflow(&self, ctx: &Context<'_>) -> Result<Workflow> {
        loader::need(ctx, WorkflowKey(self.tenant(), WorkflowId(self.0.workflow_id)), "workflow").await.map(Workflow)
    }

    async fn business_date(&self, ctx: &Context<'_>) -> Result<Date> {
        Date::of_text(&self.0.business_date).ok_or_else(|| self.broken(ctx, "date"))
    }

    /// The version that is run.
    async fn version(&self) -> WorkflowVersion {
        WorkflowVersion::lazy(self.tenant(), WorkflowId(self.0.workflow_id), self.0.version)
    }

    async fn action(&self) -> BackfillAction {
        domain::backfill::Action::parse(&self.0.action).into()
    }

    async fn state(&self, ctx: &Context<'_>) -> Result<BackfillItemState> {
        let state = domain::backfill::ItemState::parse(&self.0.state).map(Into::into);
        state.ok_or_else(|| self.broken(ctx, "state"))
    }

    /// Its run; before its turn the one that is in place.
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        let Some(id) = self.0.run_id else { return Ok(None) };
        Ok(loader::look(ctx, RunKey(self.tenant(), RunId(id))).await?.map(Run))
    }

    /// How often its turn has come.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// Why it is where it is, when there is something to say.
    async fn reason(&self, ctx: &Context<'_>) -> Option<String> {
        backfill::item_reason(&self.0).map(|reason| reason.text(ctx.lang()))
    }
}

/// A page of backfills, newest first.
async fn page(
    ctx: &Context<'_>,
    filter: Result<Filter, Error>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Nodes<Backfill>> {
    let listed = async {
        let (filter, window) = (filter?, Window::<i64>::of(first, after)?);
        backfill::list(ctx.services(), &ctx.op(), &filter, window.after.map(BackfillId), window.size).await
    };
    let listed = listed.await.map_err(|error| ctx.fail(error))?;
    Ok(page::connection((listed.items, listed.has_next), after.is_some(), |row| (row.id, Backfill(row))))
}
