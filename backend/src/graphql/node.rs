//! Any object by its global id.

use async_graphql::{Context, ID, Interface, Object, Result};
use domain::error::ErrorCode;
use service::error::{Error, FieldError, Text};

use super::{
    account::Account,
    backfill::Backfill,
    calendar::{Calendar, CalendarRevision},
    context::Ask as _,
    id::GlobalId,
    project::Project,
    run::Run,
    schedule::Schedule,
    task::TaskRun,
    tenant::Tenant,
    version::WorkflowVersion,
    workflow::Workflow,
};

/// Most ids of one `nodes`.
const MAX_IDS: usize = 100;

/// An object with a global id.
#[derive(Debug, Clone, Interface)]
#[graphql(field(name = "id", ty = "ID"))]
pub(crate) enum Node {
    /// A person or program that signs in.
    Account(Account),
    /// The runs of a workflow for a range of business dates.
    Backfill(Backfill),
    /// A department.
    Tenant(Tenant),
    /// A folder of workflows.
    Project(Project),
    /// A DAG of tasks.
    Workflow(Workflow),
    /// A version of a workflow.
    WorkflowVersion(WorkflowVersion),
    /// When a workflow runs by itself.
    Schedule(Schedule),
    /// A named set of days.
    Calendar(Calendar),
    /// One content of a calendar.
    CalendarRevision(CalendarRevision),
    /// An execution of a workflow.
    Run(Run),
    /// A task within a run.
    TaskRun(TaskRun),
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object of an id; null when there is none, or none that the viewer may see.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// The objects of some ids, at most 100, each null as in `node`.
    #[graphql(complexity = "ids.len().saturating_mul(child_complexity.max(1))")]
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_IDS {
            let text = Text::new(format!("At most {MAX_IDS} ids at a time."), format!("一次最多 {MAX_IDS} 个标识。"));
            return Err(ctx.fail(Error::Invalid(vec![FieldError::new("ids", ErrorCode::TooMany, text)])));
        }
        let mut nodes = Vec::with_capacity(ids.len());
        for id in &ids {
            nodes.push(find(ctx, id).await?);
        }
        Ok(nodes)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let (services, op) = (ctx.services(), &ctx.op());
    let Some(id) = GlobalId::parse(id) else { return Ok(None) };
    Ok(match id {
        GlobalId::Account(id) => {
            ctx.found(service::account::find(services, op, id).await)?.map(|row| Node::Account(Account(row)))
        }
        GlobalId::Tenant(id) => {
            ctx.found(service::tenant::find(services, op, id).await)?.map(|row| Node::Tenant(Tenant(row)))
        }
        GlobalId::Project(tenant, id) => {
            ctx.found(service::project::find(services, op, tenant, id).await)?.map(|row| Node::Project(Project(row)))
        }
        GlobalId::Workflow(tenant, id) => {
            ctx.found(service::workflow::find(services, op, tenant, id).await)?.map(|row| Node::Workflow(Workflow(row)))
        }
        GlobalId::Version(tenant, id, number) => ctx
            .found(service::workflow::find_version(services, op, tenant, id, number).await)?
            .map(|row| Node::WorkflowVersion(WorkflowVersion::loaded(row))),
        GlobalId::Schedule(tenant, id) => {
            ctx.found(service::schedule::find(services, op, tenant, id).await)?.map(|row| Node::Schedule(Schedule(row)))
        }
        GlobalId::Calendar(tenant, id) => {
            ctx.found(service::calendar::find(services, op, tenant, id).await)?.map(|it| Node::Calendar(Calendar(it)))
        }
        GlobalId::CalendarRevision(tenant, id, number) => ctx
            .found(service::calendar::find_revision(services, op, tenant, id, number).await)?
            .map(|(calendar, row)| Node::CalendarRevision(CalendarRevision { calendar: calendar.row, row })),
        GlobalId::Run(tenant, id) => {
            ctx.found(service::run::find(services, op, tenant, id).await)?.map(|row| Node::Run(Run(row)))
        }
        GlobalId::TaskRun(tenant, run, ordinal) => ctx
            .found(service::run::find_task(services, op, tenant, run, ordinal).await)?
            .map(|row| Node::TaskRun(TaskRun(row))),
        GlobalId::Backfill(tenant, id) => {
            ctx.found(service::backfill::find(services, op, tenant, id).await)?.map(|row| Node::Backfill(Backfill(row)))
        }
        // Server processes are no objects of the graph; `cluster` lists them.
        GlobalId::Node(_) => None,
    })
}
