//! Reading runs, within what the reader may see.

use domain::access::Permission;
use domain::bizdate::BizDate;
use domain::id::{ProjectId, RunId, TenantId, WorkflowId};
use domain::run::RunState;
use store::page::Page;
use store::{attempt, run, task_run};

use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result};
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
    /// Only of this business date.
    pub business_date: Option<BizDate>,
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
    let filter = run::Filter {
        visible: services.visible(ctx, Permission::RunRead, filter.tenant, filter.project).await?,
        workflow: filter.workflow,
        states: filter.states.iter().map(|state| state.as_str().to_owned()).collect(),
        business_date: filter.business_date.map(|date| date.to_string()),
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

/// A run with the task runs that changed after one of its revisions; `None` when nothing did.
///
/// # Errors
/// As [`find`].
pub async fn changes(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: RunId,
    after_revision: i64,
) -> Result<Option<(run::Row, Vec<task_run::Row>)>> {
    let row = find(services, ctx, tenant, id).await?;
    if row.revision <= after_revision {
        return Ok(None);
    }
    let mut tasks = task_run::changed_since(services.store().read(), tenant, id, after_revision).await?;
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
    find(services, ctx, tenant, id).await?;
    Ok(task_run::list(services.store().read(), tenant, id, after, limit).await?)
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
