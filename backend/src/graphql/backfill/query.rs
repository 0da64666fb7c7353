//! Looking up and planning backfills.

use async_graphql::{Context, ID, InputObject, Object, Result};
use service::{Error, backfill::Filter};

use super::plan::{BackfillPlan, PlanBackfillInput, PlanBackfillPayload};
use super::{Backfill, BackfillState};
use crate::graphql::{context::Ask as _, id, limits::page_cost, page::Nodes};

/// Which backfills a list shows.
#[derive(Debug, Default, InputObject)]
pub(crate) struct BackfillFilter {
    tenant: Option<ID>,
    project: Option<ID>,
    workflow: Option<ID>,
    /// In one of these states; all when absent or empty.
    states: Option<Vec<BackfillState>>,
}

impl BackfillFilter {
    fn parse(self) -> Result<Filter, Error> {
        let (mut tenant, project) = id::place(self.tenant.as_ref(), self.project.as_ref())?;
        let workflow = self.workflow.map(|id| id::workflow(&id, "workflow")).transpose()?;
        if let Some((of, _)) = workflow {
            if tenant.is_some_and(|tenant| tenant != of) {
                return Err(Error::NotFound { kind: "workflow" });
            }
            tenant = Some(of);
        }
        let states = self.states.unwrap_or_default().into_iter().map(Into::into).collect();
        Ok(Filter { tenant, project, workflow: workflow.map(|(_, id)| id), states })
    }
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct BackfillQuery;

#[Object]
impl BackfillQuery {
    /// The backfills that the viewer may see, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn backfills(
        &self,
        ctx: &Context<'_>,
        filter: Option<BackfillFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<Backfill>> {
        super::page(ctx, filter.unwrap_or_default().parse(), first, after.as_deref()).await
    }

    async fn backfill(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Backfill>> {
        let found = async {
            let (tenant, id) = id::backfill(&id, "id")?;
            service::backfill::find(ctx.services(), &ctx.op(), tenant, id).await
        };
        Ok(ctx.found(found.await)?.map(Backfill))
    }

    /// What a backfill would do if it were started now: its dates, and what is in their place. Nothing is written.
    #[graphql(complexity = "100 + child_complexity")]
    async fn plan_backfill(&self, ctx: &Context<'_>, input: PlanBackfillInput) -> Result<PlanBackfillPayload> {
        let planned = async {
            let ask = input.parse()?;
            let plan = service::backfill::plan(ctx.services(), &ctx.op(), &ask).await?;
            Ok(BackfillPlan { tenant: ask.tenant, plan })
        };
        let (plan, user_errors) = ctx.settle(planned.await)?;
        Ok(PlanBackfillPayload { plan, user_errors })
    }
}
