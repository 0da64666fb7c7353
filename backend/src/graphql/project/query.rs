//! Looking up projects.

use async_graphql::{Context, ID, Object, Result};

use crate::graphql::{context::Ask as _, id, limits::page_cost, page::Nodes, project::Project};

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct ProjectQuery;

#[Object]
impl ProjectQuery {
    /// The projects that the viewer may see, of one tenant or of all.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        tenant: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<Project>> {
        let tenant = tenant.map(|id| id::tenant(&id, "tenant")).transpose().map_err(|error| ctx.fail(error))?;
        super::page(ctx, tenant, first, after.as_deref()).await
    }

    async fn project(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Project>> {
        let found = async {
            let (tenant, id) = id::project(&id, "id")?;
            service::project::find(ctx.services(), &ctx.op(), tenant, id).await
        };
        Ok(ctx.found(found.await)?.map(Project))
    }
}
