//! Versions of workflows and their graphs.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::{
    id::{TenantId, WorkflowId},
    workflow::Document,
};
use service::workflow::VersionRow;

use super::{
    context::Ask as _,
    id::GlobalId,
    loader::{self, VersionKey},
    scalar::{Instant, Json},
};

/// An immutable version of a workflow, made by a save.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowVersion {
    key: VersionKey,
    /// Read only when more than the number is asked for: lists show numbers.
    row: Option<VersionRow>,
}

impl WorkflowVersion {
    /// A version that is known to be there and not read yet.
    pub(crate) fn lazy(tenant: TenantId, workflow: WorkflowId, number: i32) -> Self {
        Self { key: VersionKey(tenant, workflow, number), row: None }
    }

    /// A version that was read.
    pub(crate) fn loaded(row: VersionRow) -> Self {
        let key = VersionKey(TenantId(row.tenant_id), WorkflowId(row.workflow_id), row.version);
        Self { key, row: Some(row) }
    }

    async fn row(&self, ctx: &Context<'_>) -> Result<VersionRow> {
        match &self.row {
            Some(row) => Ok(row.clone()),
            None => loader::need(ctx, self.key, "version").await,
        }
    }
}

/// An immutable version of a workflow, made by a save.
#[Object]
impl WorkflowVersion {
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Version(self.key.0, self.key.1, self.key.2).into()
    }

    /// 1 for the first, and one more for each save.
    async fn number(&self) -> i32 {
        self.key.2
    }

    /// The document as it was saved.
    async fn source(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.row(ctx).await?.source)
    }

    /// The typed document as JSON.
    async fn spec(&self, ctx: &Context<'_>) -> Result<Json> {
        Ok(Json::of_text(&self.row(ctx).await?.spec_json))
    }

    /// Why it was saved.
    async fn note(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.row(ctx).await?.note)
    }

    async fn created_at(&self, ctx: &Context<'_>) -> Result<Instant> {
        Ok(Instant(self.row(ctx).await?.created_ms))
    }

    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.row(ctx).await?.created_by_name)
    }

    async fn graph(&self, ctx: &Context<'_>) -> Result<Graph> {
        let document = service::workflow::document(&self.row(ctx).await?);
        Ok(Graph::of(&document.map_err(|error| ctx.fail(error))?))
    }
}

/// The DAG of a version.
#[derive(Debug, SimpleObject)]
pub(crate) struct Graph {
    tasks: Vec<GraphTask>,
}

/// A task of the DAG.
#[derive(Debug, SimpleObject)]
pub(crate) struct GraphTask {
    /// Its place in the document; task runs carry the same.
    ordinal: i32,
    name: String,
    title: Option<String>,
    /// Its type, such as shell.
    kind: String,
    /// Names of the tasks that come before it.
    needs: Vec<String>,
}

impl Graph {
    fn of(document: &Document) -> Self {
        let tasks = document.spec.tasks.iter().zip(0..).map(|((name, task), ordinal)| GraphTask {
            ordinal,
            name: name.clone(),
            title: task.title.clone(),
            kind: task.kind.name().to_owned(),
            needs: task.needs.clone(),
        });
        Self { tasks: tasks.collect() }
    }
}
