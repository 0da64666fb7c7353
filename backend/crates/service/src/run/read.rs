//! Reading runs, within what the reader may see.

use std::collections::BTreeMap;

use domain::access::Permission;
use domain::bizdate::BizDate;
use domain::id::{ProjectId, RunId, TenantId, WorkflowId};
use domain::run::{RunState, TaskState};
use store::page::Page;
pub use store::task_run::Part;
use store::{attempt, run, task_run};

use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};
use crate::run::operate::authorised;

/// Which runs a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// Only this project's; with its tenant.
    pub project: Option<ProjectId>,
    /// Only this workflow's; with its tenant.
    pub workflow: Option<WorkflowId>,
    /// Only in one of these states; empty: all.
    pub states: Vec<RunState>,
    /// Only of these business dates, both ends included, at most 31.
    pub dates: Option<(BizDate, BizDate)>,
    /// Only with one of these causes, as they are stored; empty: all.
    pub causes: Vec<&'static str>,
    /// Only those that the person or client of this name started.
    pub started_by: Option<String>,
}

/// Most business dates of one list: each is looked up by itself.
const MOST_DATES: i64 = 31;

impl Filter {
    /// The business dates one by one; empty: all.
    fn each_date(&self) -> Result<Vec<String>> {
        let Some((from, to)) = self.dates else { return Ok(Vec::new()) };
        let count = i64::from(to.days_since(from)) + 1;
        if count > MOST_DATES {
            let text = Text::new("At most 31 business dates at once.", "一次最多 31 个业务日期。");
            return Err(Error::invalid("businessDateTo", text));
        }
        Ok((0..count).filter_map(|days| from.add_days(days)).map(|date| date.to_string()).collect())
    }
}

/// The run of an id.
///
/// # Errors
/// [`Error::NotFound`], also for runs that the reader may not see.
pub async fn find(services: &Services, ctx: &OpCtx, tenant: TenantId, id: RunId) -> Result<run::Row> {
    authorised(services, ctx, tenant, id, Permission::RunRead).await.map_err(|error| error.or_hidden("run"))
}

/// The runs of some ids of a tenant that the reader may see, in no order.
///
/// # Errors
/// The database's.
pub async fn get_many(services: &Services, ctx: &OpCtx, tenant: TenantId, ids: &[RunId]) -> Result<Vec<run::Row>> {
    let visible = services.visible(ctx, Permission::RunRead, Some(tenant), None).await?;
    let mut rows = run::get_many(services.store().read(), tenant, ids).await?;
    rows.retain(|row| visible.iter().any(|within| sees(within, row)));
    Ok(rows)
}

/// The runs that tasks of a run started and that the reader may see, at most 500.
///
/// # Errors
/// As [`find`].
pub async fn children(services: &Services, ctx: &OpCtx, tenant: TenantId, id: RunId) -> Result<Vec<run::Row>> {
    find(services, ctx, tenant, id).await?;
    let visible = services.visible(ctx, Permission::RunRead, Some(tenant), None).await?;
    let mut rows = run::children(services.store().read(), tenant, id, 500).await?;
    rows.retain(|row| visible.iter().any(|within| sees(within, row)));
    Ok(rows)
}

/// The newest run of the same workflow that was made before a run.
///
/// # Errors
/// As [`find`].
pub async fn previous(services: &Services, ctx: &OpCtx, row: &run::Row) -> Result<Option<run::Row>> {
    let tenant = TenantId(row.tenant_id);
    let workflow = Some(WorkflowId(row.workflow_id));
    let filter = Filter { tenant: Some(tenant), workflow, ..Filter::default() };
    Ok(list(services, ctx, &filter, Some(RunId(row.id)), 1).await?.items.into_iter().next())
}

/// Runs of a filter, newest first, after a run.
///
/// # Errors
/// The database's; [`Error::Unauthenticated`].
pub async fn list(
    services: &Services,
    ctx: &OpCtx,
    filter: &Filter,
    after: Option<RunId>,
    limit: u64,
) -> Result<Page<run::Row>> {
    let dates = filter.each_date()?;
    if filter.dates.is_some() && dates.is_empty() {
        return Ok(Page { items: Vec::new(), has_next: false });
    }
    let filter = run::Filter {
        visible: services.visible(ctx, Permission::RunRead, filter.tenant, filter.project).await?,
        workflow: filter.workflow,
        states: filter.states.iter().map(|state| state.as_str().to_owned()).collect(),
        dates,
        causes: filter.causes.iter().map(|cause| (*cause).to_owned()).collect(),
        started_by: filter.started_by.clone(),
    };
    Ok(run::list(services.store().read(), &filter, after, limit).await?)
}

/// Visible runs that changed at or after an instant, oldest change first. A reader who resumes passes the instant of
/// the newest change it saw, less an overlap for transactions that committed late, and drops what it knows by revision.
///
/// # Errors
/// The database's; [`Error::Unauthenticated`].
pub async fn changed_since(
    services: &Services,
    ctx: &OpCtx,
    tenant: Option<TenantId>,
    since_ms: i64,
    limit: u64,
) -> Result<Vec<run::Row>> {
    let visible = services.visible(ctx, Permission::RunRead, tenant, None).await?;
    Ok(run::changed_since(services.store().read(), &visible, since_ms, limit).await?)
}

/// A run with the task runs that changed after one of its revisions; `None` when nothing did. Without items, their
/// task stands for those that changed.
///
/// # Errors
/// As [`find`].
pub async fn changes(
    services: &Services,
    ctx: &OpCtx,
    (tenant, id): (TenantId, RunId),
    after_revision: i64,
    with_items: bool,
) -> Result<Option<(run::Row, Vec<task_run::Row>)>> {
    let row = find(services, ctx, tenant, id).await?;
    if row.revision <= after_revision {
        return Ok(None);
    }
    let db = services.store().read();
    let mut tasks = match with_items {
        true => task_run::changed_since(db, tenant, id, after_revision).await?,
        false => task_run::planned_changed_since(db, tenant, id, after_revision).await?,
    };
    // What changed between the two reads comes with the next call.
    tasks.retain(|task| task.revision <= row.revision);
    Ok(Some((row, tasks)))
}

/// Task runs of a run in the plan's order, after an ordinal.
///
/// # Errors
/// As [`find`].
pub async fn tasks(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: RunId,
    after: Option<i32>,
    limit: u64,
) -> Result<Page<task_run::Row>> {
    tasks_of(services, ctx, (tenant, id), &TaskFilter::default(), (after, limit)).await
}

/// Which task runs of a run a list shows.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// Of which part.
    pub part: Part,
    /// Only in one of these states; empty: all.
    pub states: Vec<TaskState>,
}

/// Task runs of a filter in the plan's order, after an ordinal.
///
/// # Errors
/// As [`find`].
pub async fn tasks_of(
    services: &Services,
    ctx: &OpCtx,
    (tenant, id): (TenantId, RunId),
    filter: &TaskFilter,
    (after, limit): (Option<i32>, u64),
) -> Result<Page<task_run::Row>> {
    find(services, ctx, tenant, id).await?;
    let states = filter.states.iter().map(|state| state.as_str().to_owned()).collect();
    let filter = task_run::Filter { part: filter.part, states };
    Ok(task_run::list(services.store().read(), (tenant, id), &filter, after, limit).await?)
}

/// How the items of a task stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemCounts {
    /// All.
    pub total: i64,
    /// Those that ended.
    pub ended: i64,
    /// Those that ended well.
    pub succeeded: i64,
    /// Those that ended badly, lost ones among them.
    pub failed: i64,
    /// Those that are at work or about to be again.
    pub under_way: i64,
}

/// How the items of a run's tasks stand, by the task's ordinal.
///
/// # Errors
/// As [`find`].
pub async fn item_counts(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: RunId,
) -> Result<BTreeMap<i32, ItemCounts>> {
    find(services, ctx, tenant, id).await?;
    let mut found: BTreeMap<i32, ItemCounts> = BTreeMap::new();
    for (task, state, count) in task_run::item_counts(services.store().read(), tenant, id).await? {
        let Some(state) = TaskState::parse(&state) else { continue };
        let counts = found.entry(task).or_default();
        counts.total += count;
        if state.is_final() {
            counts.ended += count;
        }
        match state {
            TaskState::Succeeded => counts.succeeded += count,
            TaskState::Failed | TaskState::TimedOut | TaskState::Lost => counts.failed += count,
            TaskState::Claimed | TaskState::Running | TaskState::Waiting | TaskState::RetryWait => {
                counts.under_way += count;
            }
            _ => {}
        }
    }
    Ok(found)
}

/// One task run.
///
/// # Errors
/// As [`find`].
pub async fn find_task(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: RunId,
    ordinal: i32,
) -> Result<task_run::Row> {
    find(services, ctx, tenant, id).await.map_err(|error| error.or_not_found("task"))?;
    let row = task_run::find(services.store().read(), tenant, id, ordinal).await?;
    row.ok_or(Error::NotFound { kind: "task" })
}

/// The attempts of a task run, oldest first.
///
/// # Errors
/// As [`find`].
pub async fn attempts(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: RunId,
    ordinal: i32,
) -> Result<Vec<attempt::Row>> {
    find(services, ctx, tenant, id).await?;
    Ok(attempt::of_task(services.store().read(), tenant, id, ordinal).await?)
}

/// How many runs of a tenant are in each state that is not final; each at most 1,000.
///
/// # Errors
/// [`Error::Denied`] when the reader may not see the whole tenant's runs.
pub async fn open_counts(services: &Services, ctx: &OpCtx, tenant: TenantId) -> Result<Vec<(RunState, u64)>> {
    let scope = crate::authz::Scope::tenant(tenant);
    ctx.require(services, Permission::RunRead, scope).await?;
    let mut counts = Vec::new();
    for state in RunState::ALL.iter().filter(|state| !state.is_final()) {
        let count = run::count_in_state(services.store().read(), tenant, state.as_str(), 1000).await?;
        counts.push((*state, count));
    }
    Ok(counts)
}

fn sees(within: &run::Visible, row: &run::Row) -> bool {
    let project = ProjectId(row.project_id);
    within.tenant.0 == row.tenant_id && within.projects.as_ref().is_none_or(|projects| projects.contains(&project))
}
