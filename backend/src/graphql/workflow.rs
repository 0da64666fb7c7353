//! Workflows, as their current document describes them.

use async_graphql::{Context, ID, Object, Result};
use domain::id::{ProjectId, TenantId, WorkflowId};
use service::{authz::Scope, workflow::Row};

use super::{
    access::{Permission, viewer_can},
    context::Ask as _,
    id::GlobalId,
    limits::page_cost,
    loader::{self, ProjectKey, TenantKey},
    page::{self, Nodes, Window},
    project::Project,
    run::{self, Run},
    scalar::Instant,
    schedule::Schedule,
    tenant::Tenant,
    version::WorkflowVersion,
};

mod mutation;
mod problem;
mod query;

pub(crate) use mutation::WorkflowMutation;
pub(crate) use query::WorkflowQuery;

/// How many runs the strip of newest runs shows.
const RECENT: u64 = 14;

/// A DAG of tasks; each save makes an immutable version.
#[derive(Debug, Clone)]
pub(crate) struct Workflow(pub(crate) Row);

impl Workflow {
    fn tenant_id(&self) -> TenantId {
        TenantId(self.0.tenant_id)
    }

    fn workflow_id(&self) -> WorkflowId {
        WorkflowId(self.0.id)
    }

    fn project_id(&self) -> ProjectId {
        ProjectId(self.0.project_id)
    }

    fn runs_of_it(&self) -> service::run::Filter {
        service::run::Filter {
            tenant: Some(self.tenant_id()),
            project: Some(self.project_id()),
            workflow: Some(self.workflow_id()),
            ..Default::default()
        }
    }
}

/// A DAG of tasks; each save makes an immutable version.
#[Object]
impl Workflow {
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Workflow(self.tenant_id(), self.workflow_id()).into()
    }

    /// Its name in addresses and documents; unique in the project among those that are not deleted.
    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// Who looks after it.
    async fn owner(&self) -> Option<&str> {
        self.0.owner.as_deref()
    }

    async fn tags(&self) -> Vec<String> {
        // Written by this program from a list of texts.
        self.0.tags_json.as_deref().and_then(|tags| serde_json::from_str(tags).ok()).unwrap_or_default()
    }

    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        loader::need(ctx, TenantKey(self.tenant_id()), "tenant").await.map(Tenant)
    }

    async fn project(&self, ctx: &Context<'_>) -> Result<Project> {
        loader::need(ctx, ProjectKey(self.tenant_id(), self.project_id()), "project").await.map(Project)
    }

    /// Whether its schedules fire.
    async fn enabled(&self) -> bool {
        self.0.enabled
    }

    async fn current_version(&self) -> WorkflowVersion {
        WorkflowVersion::lazy(self.tenant_id(), self.workflow_id(), self.0.current_version)
    }

    async fn version(&self, ctx: &Context<'_>, number: i32) -> Result<Option<WorkflowVersion>> {
        let (tenant, id) = (self.tenant_id(), self.workflow_id());
        let found = service::workflow::find_version(ctx.services(), &ctx.op(), tenant, id, number).await;
        Ok(ctx.found(found)?.map(WorkflowVersion::loaded))
    }

    /// Its versions, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<WorkflowVersion>> {
        let (tenant, id) = (self.tenant_id(), self.workflow_id());
        let listed = async {
            let window = Window::<i32>::of(first, after.as_deref())?;
            service::workflow::versions(ctx.services(), &ctx.op(), tenant, id, window.after, window.size).await
        };
        let listed = listed.await.map_err(|error| ctx.fail(error))?;
        let page = (listed.items, listed.has_next);
        Ok(page::connection(page, after.is_some(), |row| (row.version, WorkflowVersion::loaded(row))))
    }

    /// Its schedules, by name.
    async fn schedules(&self, ctx: &Context<'_>) -> Result<Vec<Schedule>> {
        let (tenant, id) = (self.tenant_id(), self.workflow_id());
        let rows = service::schedule::of_workflow(ctx.services(), &ctx.op(), tenant, id).await;
        Ok(rows.map_err(|error| ctx.fail(error))?.into_iter().map(Schedule).collect())
    }

    /// Its runs, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn runs(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<Nodes<Run>> {
        run::page(ctx, Ok(self.runs_of_it()), first, after.as_deref()).await
    }

    /// The newest runs first, at most 14.
    #[graphql(complexity = "page_cost(Some(14), child_complexity)")]
    async fn recent_runs(&self, ctx: &Context<'_>) -> Result<Vec<Run>> {
        let listed = service::run::list(ctx.services(), &ctx.op(), &self.runs_of_it(), None, RECENT).await;
        Ok(listed.map_err(|error| ctx.fail(error))?.items.into_iter().map(Run).collect())
    }

    async fn created_at(&self) -> Instant {
        Instant(self.0.created_ms)
    }

    /// When it was deleted: it can be read and restored, not changed or started.
    async fn deleted_at(&self) -> Option<Instant> {
        self.0.archived_ms.map(Instant)
    }

    /// Who deleted it.
    async fn deleted_by(&self) -> Option<&str> {
        self.0.archived_by_name.as_deref()
    }

    /// Why it was deleted.
    async fn deletion_reason(&self) -> Option<&str> {
        self.0.archive_reason.as_deref()
    }

    async fn changed_at(&self) -> Instant {
        Instant(self.0.changed_ms)
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Permission>> {
        viewer_can(ctx, Scope::project(self.tenant_id(), self.project_id())).await
    }
}
