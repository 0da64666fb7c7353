//! Schedules and what became of their instants.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
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

mod ahead;

use ahead::ScheduleAhead;

/// How many fires a look ahead tells when no number is given.
const UPCOMING: i32 = 20;

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

/// The zone of a stored schedule, which may stand in a field or in the text of its rule.
fn zone(spec: &str) -> String {
    let entry: Option<domain::workflow::Schedule> = serde_json::from_str(spec).ok();
    entry.and_then(|entry| entry.to_rule()).map(|rule| rule.timezone.to_string()).unwrap_or_default()
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
        zone(&self.0.spec_json)
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

    /// What it will do from an instant on (now, when none is given): at most 200 fires and the days without among them.
    #[graphql(complexity = "50 + child_complexity.saturating_mul(20)")]
    async fn upcoming(&self, ctx: &Context<'_>, first: Option<i32>, from: Option<Instant>) -> Result<ScheduleAhead> {
        let foretold = async {
            let size = page::size(first.or(Some(UPCOMING)))?;
            let (tenant, id) = self.key();
            Ok((size, service::schedule::foretell(ctx.services(), &ctx.op(), tenant, id).await?))
        };
        let (size, foretold) = foretold.await.map_err(|error: service::Error| ctx.fail(error))?;
        let from_ms = from.map_or(ctx.op().now_ms, |from| from.0);
        Ok(ScheduleAhead(foretold.ahead(from_ms, usize::try_from(size).unwrap_or(usize::MAX))))
    }

    /// Why it fires, moves or doesn't on a date of its own clock.
    #[graphql(complexity = "50 + child_complexity")]
    async fn explain(&self, ctx: &Context<'_>, date: Date) -> Result<ScheduleExplanation> {
        let (tenant, id) = self.key();
        let found = async {
            let (services, op) = (ctx.services(), ctx.op());
            let foretold = service::schedule::foretell(services, &op, tenant, id).await?;
            let recorded = service::schedule::fires_on(services, &op, tenant, id, date.0).await?;
            Ok((foretold, recorded))
        };
        let (foretold, recorded) = found.await.map_err(|error: service::Error| ctx.fail(error))?;
        let text = foretold.explained(date.0, &recorded).get(ctx.lang()).to_owned();
        let revisions = foretold.revisions().into_iter();
        let revisions = revisions.map(|(calendar, revision)| UsedRevision::new(calendar, revision)).collect();
        Ok(ScheduleExplanation { date, text, revisions, recorded: recorded.into_iter().map(ScheduleFire).collect() })
    }

    /// What would become of the fires that were missed, if it went on now.
    #[graphql(complexity = "50 + child_complexity")]
    async fn missed(&self, ctx: &Context<'_>) -> Result<MissedFires> {
        let (tenant, id) = self.key();
        let foretold = service::schedule::foretell(ctx.services(), &ctx.op(), tenant, id).await;
        Ok(foretold.map_err(|error| ctx.fail(error))?.missed(ctx.op().now_ms).into())
    }

    /// The last day that all its calendars know, those of the business date included; null when none of them ends.
    #[graphql(complexity = "20")]
    async fn known_until(&self, ctx: &Context<'_>) -> Result<Option<Date>> {
        let (tenant, id) = self.key();
        let foretold = service::schedule::foretell(ctx.services(), &ctx.op(), tenant, id).await;
        let horizon = foretold.map_err(|error| ctx.fail(error))?.horizon(ctx.op().now_ms);
        Ok(horizon.and_then(|it| it.until).map(Date))
    }

    /// How many days are left until then.
    #[graphql(complexity = "20")]
    async fn days_left(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        let (tenant, id) = self.key();
        let foretold = service::schedule::foretell(ctx.services(), &ctx.op(), tenant, id).await;
        Ok(foretold.map_err(|error| ctx.fail(error))?.horizon(ctx.op().now_ms).and_then(|it| it.days_left))
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

/// A revision of a calendar that counted.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct UsedRevision {
    /// The calendar's name.
    calendar: String,
    /// The revision's number; 0 is what came with the program.
    revision: i32,
}

impl UsedRevision {
    pub(crate) fn new(calendar: String, revision: u32) -> Self {
        Self { calendar, revision: i32::try_from(revision).unwrap_or(i32::MAX) }
    }
}

/// Why a schedule fires, moves or doesn't on a date.
#[derive(Debug, SimpleObject)]
pub(crate) struct ScheduleExplanation {
    date: Date,
    /// In sentences: what was recorded of the date, if anything, then what the calendars in force say.
    text: String,
    /// The revisions of the calendars that count.
    revisions: Vec<UsedRevision>,
    /// What has become of its instants on that date, as it was recorded then.
    recorded: Vec<ScheduleFire>,
}

/// What would become of missed fires.
#[derive(Debug, SimpleObject)]
pub(crate) struct MissedFires {
    /// Runs that would be made at once.
    runs: i32,
    /// Fires that would not be made up for.
    dropped: i32,
    /// Whether there are more than one look tells.
    more: bool,
}

impl From<service::schedule::Missed> for MissedFires {
    fn from(missed: service::schedule::Missed) -> Self {
        let small = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Self { runs: small(missed.runs), dropped: small(missed.dropped), more: missed.more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_found_in_the_field_and_in_the_text() {
        let check = |spec: &str, expect: &str| assert_eq!(zone(spec), expect, "{spec}");
        check(r#"{"name": "a", "cron": "0 9 * * *", "timezone": "Asia/Shanghai"}"#, "Asia/Shanghai");
        check(r#"{"name": "a", "rule": "every day at 09:00 tz Asia/Hong_Kong"}"#, "Asia/Hong_Kong");
        check("{}", "");
    }
}
