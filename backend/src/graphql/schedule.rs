//! Schedules and what became of their instants.

use async_graphql::{Context, Enum, ID, Object, Result};
use domain::id::{RunId, ScheduleId, TenantId};
use service::schedule::{FireReason, FireRow, Row};

use super::{
    context::Ask as _,
    id::GlobalId,
    limits::page_cost,
    loader::{self, RunKey},
    page::{self, Nodes, Window},
    run::Run,
    scalar::{Date, Instant, Json},
};

/// Whether a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum ScheduleState {
    /// It fires.
    Active,
    /// It, or its workflow, is switched off.
    Paused,
    /// It can't tell when to fire next.
    Held,
    /// The document no longer has it.
    Ended,
}

/// When a workflow runs by itself.
#[derive(Debug, Clone)]
pub(crate) struct Schedule(pub(crate) Row);

impl Schedule {
    fn key(&self) -> (TenantId, ScheduleId) {
        (TenantId(self.0.tenant_id), ScheduleId(self.0.id))
    }
}

/// A stored reason in the language asked for.
fn told(ctx: &Context<'_>, reason: Option<&str>) -> Option<String> {
    let reason: FireReason = serde_json::from_str(reason?).ok()?;
    Some(reason.text(ctx.lang()))
}

/// When a workflow runs by itself.
#[Object]
impl Schedule {
    pub(crate) async fn id(&self) -> ID {
        let (tenant, id) = self.key();
        GlobalId::Schedule(tenant, id).into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// It as the document has it.
    async fn spec(&self) -> Json {
        Json::of_text(&self.0.spec_json)
    }

    async fn timezone(&self) -> String {
        let spec: serde_json::Value = serde_json::from_str(&self.0.spec_json).unwrap_or_default();
        spec["timezone"].as_str().unwrap_or_default().to_owned()
    }

    async fn state(&self) -> ScheduleState {
        match self.0.state.as_str() {
            "active" => ScheduleState::Active,
            "paused" => ScheduleState::Paused,
            "ended" => ScheduleState::Ended,
            _ => ScheduleState::Held,
        }
    }

    /// Why it does not fire, when it does not.
    async fn reason(&self, ctx: &Context<'_>) -> Option<String> {
        told(ctx, self.0.state_reason.as_deref())
    }

    async fn next_fire_at(&self) -> Option<Instant> {
        self.0.next_fire_ms.map(Instant)
    }

    async fn last_fire_at(&self) -> Option<Instant> {
        self.0.last_fire_ms.map(Instant)
    }

    /// What became of past instants, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn fires(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<Nodes<ScheduleFire>> {
        let (tenant, id) = self.key();
        let listed = async {
            let window = Window::<i64>::of(first, after.as_deref())?;
            service::schedule::fires(ctx.services(), &ctx.op(), tenant, id, window.after, window.size).await
        };
        let listed = listed.await.map_err(|error| ctx.fail(error))?;
        let page = (listed.items, listed.has_next);
        Ok(page::connection(page, after.is_some(), |row| (row.instant_ms, ScheduleFire(row))))
    }
}

/// What became of one instant of a schedule: a run, or the reason why none.
#[derive(Debug, Clone)]
pub(crate) struct ScheduleFire(FireRow);

/// What became of one instant of a schedule: a run, or the reason why none.
#[Object]
impl ScheduleFire {
    async fn instant(&self) -> Instant {
        Instant(self.0.instant_ms)
    }

    /// started or skipped.
    async fn outcome(&self) -> &str {
        &self.0.outcome
    }

    /// Why it made no run.
    async fn reason(&self, ctx: &Context<'_>) -> Option<String> {
        told(ctx, self.0.reason_json.as_deref())
    }

    async fn business_date(&self) -> Option<Date> {
        self.0.business_date.as_deref().and_then(Date::of_text)
    }

    /// The run that it made.
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        match self.0.run_id {
            None => Ok(None),
            Some(id) => Ok(loader::look(ctx, RunKey(TenantId(self.0.tenant_id), RunId(id))).await?.map(Run)),
        }
    }
}
