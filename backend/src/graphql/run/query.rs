//! Looking up runs and task runs.

use async_graphql::{Context, ID, InputObject, Object, Result};
use service::{Error, run::Filter};

use crate::graphql::{
    context::Ask as _,
    id,
    limits::page_cost,
    page::Nodes,
    run::{Run, RunState},
    scalar::Date,
    task::TaskRun,
};

/// Which runs a list shows.
#[derive(Debug, Default, InputObject)]
pub(crate) struct RunFilter {
    tenant: Option<ID>,
    project: Option<ID>,
    workflow: Option<ID>,
    /// In one of these states; all when absent or empty.
    states: Option<Vec<RunState>>,
    business_date: Option<Date>,
}

impl RunFilter {
    pub(super) fn parse(self) -> Result<Filter, Error> {
        let (mut tenant, project) = id::place(self.tenant.as_ref(), self.project.as_ref())?;
        let workflow = self.workflow.map(|id| id::workflow(&id, "workflow")).transpose()?;
        if let Some((of, _)) = workflow {
            if tenant.is_some_and(|tenant| tenant != of) {
                return Err(Error::NotFound { kind: "workflow" });
            }
            tenant = Some(of);
        }
        Ok(Filter {
            tenant,
            project,
            workflow: workflow.map(|(_, id)| id),
            states: self.states.unwrap_or_default().into_iter().map(Into::into).collect(),
            business_date: self.business_date.map(|date| date.0),
        })
    }
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct RunQuery;

#[Object]
impl RunQuery {
    /// The runs that the viewer may see, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        filter: Option<RunFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<Run>> {
        super::page(ctx, filter.unwrap_or_default().parse(), first, after.as_deref()).await
    }

    async fn run(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Run>> {
        let found = async {
            let (tenant, id) = id::run(&id, "id")?;
            service::run::find(ctx.services(), &ctx.op(), tenant, id).await
        };
        Ok(ctx.found(found.await)?.map(Run))
    }

    async fn task_run(&self, ctx: &Context<'_>, id: ID) -> Result<Option<TaskRun>> {
        let found = async {
            let (tenant, run, ordinal) = id::task_run(&id, "id")?;
            service::run::find_task(ctx.services(), &ctx.op(), tenant, run, ordinal).await
        };
        Ok(ctx.found(found.await)?.map(TaskRun))
    }
}
