//! Looking up runs and task runs.

use async_graphql::{Context, ID, InputObject, Object, Result};
use service::{Error, error::Text, run::Filter};

use crate::graphql::{
    context::Ask as _,
    id,
    limits::page_cost,
    page::Nodes,
    run::{Run, RunCause, RunState},
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
    /// From this business date on; at most 31 dates at once.
    business_date_from: Option<Date>,
    /// Until this business date, included.
    business_date_to: Option<Date>,
    /// With one of these causes; all when absent or empty.
    causes: Option<Vec<RunCause>>,
    /// Started by the person or client of this name.
    started_by: Option<String>,
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
        let dates = match (self.business_date, self.business_date_from, self.business_date_to) {
            (Some(date), None, None) => Some((date.0, date.0)),
            (None, None, None) => None,
            (None, Some(from), Some(to)) => Some((from.0, to.0)),
            _ => {
                let text =
                    Text::new("Give one business date, or both ends of a range.", "请指定一个业务日期，或范围的两端。");
                return Err(Error::invalid("businessDate", text));
            }
        };
        Ok(Filter {
            tenant,
            project,
            workflow: workflow.map(|(_, id)| id),
            states: self.states.unwrap_or_default().into_iter().map(Into::into).collect(),
            dates,
            causes: self.causes.unwrap_or_default().into_iter().map(RunCause::stored).collect(),
            started_by: self.started_by,
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
