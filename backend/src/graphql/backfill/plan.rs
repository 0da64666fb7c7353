//! What a backfill is asked with, and what it would do.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::backfill::{Action, Choice, Choices};
use domain::id::{TenantId, WorkflowId};
use service::backfill::{Ask, OwnChoice, Plan, PlannedItem};
use service::error::Error;

use super::{BackfillAction, BackfillChoice, BackfillOrder, BackfillVersion};
use crate::graphql::{
    context::Ask as _,
    error::UserError,
    id,
    page::{self, Nodes, Window},
    run::{Run, RunPriority, params},
    scalar::{Date, Json},
    workflow::Workflow,
};

/// How many runs are at work at once when nothing is said.
const PARALLELISM: i32 = 1;

/// What was chosen for a single date.
#[derive(Debug, InputObject)]
pub(crate) struct BackfillDateChoice {
    date: Date,
    /// For this workflow only; for all of the date when absent.
    workflow: Option<ID>,
    choice: BackfillChoice,
}

/// A range of business dates that is to be done.
#[derive(Debug, InputObject)]
pub(crate) struct PlanBackfillInput {
    workflow: ID,
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// A calendar's name or an expression; its open days are the dates. That of the workflow's business date when absent,
    /// else every day.
    calendar: Option<String>,
    /// FORWARD when absent.
    order: Option<BackfillOrder>,
    /// How many runs are at work at once, 1 to 100; 1 when absent.
    parallelism: Option<i32>,
    /// NEWEST when absent.
    version: Option<BackfillVersion>,
    /// Values of parameters by name; workflows downstream get those that they declare.
    params: Option<Json>,
    /// Whether the workflows that wait for runs of this one are done, too.
    downstream: Option<bool>,
    /// The rank of its runs among waiting work. LOW when absent: behind all production.
    priority: Option<RunPriority>,
    /// What becomes of dates whose run has ended; SKIP when absent.
    existing: Option<BackfillChoice>,
    /// What becomes of dates with work in progress; they block the backfill when absent.
    active: Option<BackfillChoice>,
    /// What was chosen for single dates.
    choices: Option<Vec<BackfillDateChoice>>,
}

impl PlanBackfillInput {
    pub(super) fn parse(self) -> Result<Ask, Error> {
        let (tenant, workflow) = id::workflow(&self.workflow, "workflow")?;
        let own = self.choices.unwrap_or_default().into_iter().map(|own| {
            let workflow = own.workflow.map(|it| id::workflow(&it, "choices")).transpose()?.map(|(_, id)| id);
            Ok(OwnChoice { workflow, date: own.date.0, choice: own.choice.into() })
        });
        let choices =
            Choices { ended: self.existing.map_or(Choice::Skip, Into::into), active: self.active.map(Into::into) };
        Ok(Ask {
            tenant,
            workflow,
            from: self.from.0,
            to: self.to.0,
            calendar: self.calendar,
            order: self.order.unwrap_or(BackfillOrder::Forward).into(),
            parallelism: self.parallelism.unwrap_or(PARALLELISM),
            version: self.version.unwrap_or(BackfillVersion::Newest).into(),
            params: params(self.params)?,
            downstream: self.downstream.unwrap_or(false),
            priority: self.priority.map(Into::into),
            choices,
            own: own.collect::<Result<_, Error>>()?,
        })
    }
}

/// A backfill that is to be started.
#[derive(Debug, InputObject)]
pub(crate) struct StartBackfillInput {
    #[graphql(flatten)]
    pub(super) plan: PlanBackfillInput,
    /// Why; audited.
    pub(super) reason: String,
}

/// The plan, or why there is none.
#[derive(SimpleObject)]
pub(crate) struct PlanBackfillPayload {
    pub(super) plan: Option<BackfillPlan>,
    pub(super) user_errors: Vec<UserError>,
}

/// What a backfill would do if it were started now.
pub(crate) struct BackfillPlan {
    pub(super) tenant: TenantId,
    pub(super) plan: Plan,
}

/// A day of the range that is no date.
#[derive(Debug, SimpleObject)]
pub(crate) struct BackfillNoDate {
    date: Date,
    /// Why the calendar is closed, or that it does not know the day.
    reason: String,
    /// Whether the calendar does not know the day yet.
    unknown: bool,
}

fn small(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// What a backfill would do if it were started now.
#[Object]
impl BackfillPlan {
    /// The calendar whose open days are the dates.
    async fn calendar(&self) -> &str {
        &self.plan.calendar
    }

    /// The workflow, then those downstream of it, each after what it waits for.
    async fn workflows(&self) -> Vec<Workflow> {
        self.plan.members.iter().map(|member| Workflow(member.workflow.clone())).collect()
    }

    /// How many workflows downstream are left out because the viewer may not see them.
    async fn hidden(&self) -> i32 {
        small(self.plan.hidden)
    }

    /// The days of the range that are no dates, oldest first.
    async fn without_date(&self, ctx: &Context<'_>) -> Vec<BackfillNoDate> {
        let of = |day: &domain::backfill::NoDate| BackfillNoDate {
            date: Date(day.date),
            reason: day.text(ctx.lang()),
            unknown: day.closed.is_none(),
        };
        self.plan.without.iter().map(of).collect()
    }

    /// How many items it would have: dates, times the workflows.
    async fn total(&self) -> i32 {
        small(self.plan.items.len())
    }

    /// Dates for which a run would be made.
    async fn creates(&self) -> i32 {
        small(self.plan.count(Some(Action::Create)))
    }

    /// Dates whose run would be repeated.
    async fn reruns(&self) -> i32 {
        small(self.plan.count(Some(Action::Rerun)))
    }

    /// Dates that would be left out.
    async fn skips(&self) -> i32 {
        small(self.plan.count(Some(Action::Skip)))
    }

    /// Dates with work in progress for which nothing was chosen: it can't be started before.
    async fn blocked(&self) -> i32 {
        small(self.plan.count(None))
    }

    /// What would be done, in order.
    #[graphql(complexity = "crate::graphql::limits::page_cost(first, child_complexity)")]
    async fn items(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<BackfillPlanItem>> {
        let window = Window::<usize>::of(first, after.as_deref()).map_err(|error| ctx.fail(error))?;
        let begin = window.after.map_or(0, |at| at.saturating_add(1)).min(self.plan.items.len());
        let size = usize::try_from(window.size).unwrap_or(usize::MAX);
        let rest = &self.plan.items[begin..];
        let of = |(at, item): (usize, &PlannedItem)| {
            let workflow = Workflow(self.plan.members[item.member].workflow.clone());
            (begin + at, BackfillPlanItem { tenant: self.tenant, workflow, item: item.clone() })
        };
        let rows: Vec<_> = rest.iter().take(size).enumerate().map(of).collect();
        Ok(page::connection((rows, rest.len() > size), after.is_some(), |row| row))
    }
}

/// What would be done for a date of a workflow.
pub(crate) struct BackfillPlanItem {
    tenant: TenantId,
    workflow: Workflow,
    item: PlannedItem,
}

/// What would be done for a date of a workflow.
#[Object]
impl BackfillPlanItem {
    async fn workflow(&self) -> Workflow {
        self.workflow.clone()
    }

    async fn business_date(&self) -> Date {
        Date(self.item.date)
    }

    async fn action(&self) -> BackfillAction {
        self.item.action.into()
    }

    /// The version that would run.
    async fn version(&self) -> crate::graphql::version::WorkflowVersion {
        let workflow = WorkflowId(self.workflow.0.id);
        crate::graphql::version::WorkflowVersion::lazy(self.tenant, workflow, self.item.version)
    }

    /// The newest run of the date, when there is one.
    async fn run(&self) -> Option<Run> {
        self.item.run.clone().map(Run)
    }

    /// Whether another backfill has the date before it.
    async fn other_backfill(&self) -> bool {
        self.item.other.is_some()
    }
}
