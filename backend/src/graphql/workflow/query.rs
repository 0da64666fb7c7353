//! Looking up workflows, and checking documents.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::id::WorkflowId;
use service::workflow::After;

use crate::graphql::{
    context::Ask as _,
    id,
    limits::page_cost,
    page::{self, Nodes, Window},
    workflow::{Workflow, problem::SpecProblem},
};

/// Which workflows a list shows.
#[derive(Debug, Default, InputObject)]
pub(crate) struct WorkflowFilter {
    tenant: Option<ID>,
    project: Option<ID>,
    /// A part of the name or title.
    search: Option<String>,
    /// Those that are deleted instead of the others.
    deleted: Option<bool>,
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct WorkflowQuery;

#[Object]
impl WorkflowQuery {
    /// The workflows that the viewer may see, by name.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn workflows(
        &self,
        ctx: &Context<'_>,
        filter: Option<WorkflowFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<Workflow>> {
        let filter = filter.unwrap_or_default();
        let listed = async {
            let (tenant, project) = id::place(filter.tenant.as_ref(), filter.project.as_ref())?;
            let window = Window::<(String, i64)>::of(first, after.as_deref())?;
            let from = window.after.map(|(name, id)| After { name, id: WorkflowId(id) });
            let wanted = service::workflow::Filter {
                tenant,
                project,
                search: filter.search.clone(),
                archived: filter.deleted == Some(true),
            };
            service::workflow::list(ctx.services(), &ctx.op(), &wanted, from.as_ref(), window.size).await
        };
        let listed = listed.await.map_err(|error| ctx.fail(error))?;
        let page = (listed.items, listed.has_next);
        Ok(page::connection(page, after.is_some(), |row| ((row.name.clone(), row.id), Workflow(row))))
    }

    async fn workflow(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Workflow>> {
        let found = async {
            let (tenant, id) = id::workflow(&id, "id")?;
            service::workflow::find(ctx.services(), &ctx.op(), tenant, id).await
        };
        Ok(ctx.found(found.await)?.map(Workflow))
    }

    /// Checks a workflow document without saving it. It may name the firm's calendars, and the tenant's when one is
    /// given.
    #[graphql(complexity = "20 + child_complexity")]
    async fn validate_workflow(
        &self,
        ctx: &Context<'_>,
        source: String,
        tenant: Option<ID>,
    ) -> Result<Vec<SpecProblem>> {
        let checked = async {
            let tenant = tenant.as_ref().map(|id| id::tenant(id, "tenant")).transpose()?;
            service::workflow::validate(ctx.services(), &ctx.op(), tenant, &source).await
        };
        let problems = checked.await.map_err(|error| ctx.fail(error))?;
        Ok(problems.iter().map(|problem| SpecProblem::of(problem, ctx.lang())).collect())
    }
}
