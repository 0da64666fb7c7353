//! Calendars of the firm and of departments, with their revisions.

use async_graphql::{Context, Enum, ID, Object, Result};
use domain::id::{CalendarId, TenantId};
use service::{
    authz::Scope,
    calendar::{Calendar as Found, Horizon, RevisionRow, Row},
};

use super::{
    access::{Permission, viewer_can},
    context::Ask as _,
    id::GlobalId,
    limits::page_cost,
    loader::{self, TenantKey},
    page::{self, Nodes, Window},
    scalar::{Date, Instant, Json},
    tenant::Tenant,
    workflow::Workflow,
};

mod days;
mod impact;
mod import;
mod mutation;
mod query;

pub(crate) use days::CalendarService;
use impact::CalendarImpact;
pub(crate) use mutation::CalendarMutation;
pub(crate) use query::CalendarQuery;

/// How a calendar comes to its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum CalendarKind {
    /// Its days are published and entered.
    Base,
    /// It is an expression over other calendars.
    Derived,
    /// Its days are computed, for all time.
    Computed,
}

/// Where a revision of a calendar stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum CalendarRevisionState {
    /// It was made and has not been in force.
    Draft,
    /// It is in force.
    Active,
    /// It was in force.
    Superseded,
    /// It was given up.
    Discarded,
}

/// A named set of days. A calendar of the firm has no tenant and is seen by everybody.
#[derive(Debug, Clone)]
pub(crate) struct Calendar(pub(crate) Found);

impl Calendar {
    /// How long it is known for; nothing before anything is in force.
    async fn horizon(&self, ctx: &Context<'_>) -> Result<Option<Horizon>> {
        let calendars = ctx.services().calendars(self.0.tenant()).await.map_err(|error| ctx.fail(error))?;
        let days = self.0.active.as_ref().and_then(|_| calendars.get(&self.0.row.name).ok());
        Ok(days.map(|days| service::calendar::horizon(&days, ctx.op().now_ms)))
    }

    fn revision(&self, row: RevisionRow) -> CalendarRevision {
        CalendarRevision { calendar: self.0.row.clone(), row }
    }
}

/// A named set of days. A calendar of the firm has no tenant and is seen by everybody.
#[Object]
impl Calendar {
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Calendar(self.0.tenant(), self.0.id()).into()
    }

    /// The department whose it is; null for a calendar of the firm.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        match self.0.tenant() {
            TenantId::PLATFORM => Ok(None),
            tenant => loader::need(ctx, TenantKey(tenant), "tenant").await.map(|it| Some(Tenant(it))),
        }
    }

    /// Its name in expressions.
    async fn name(&self) -> &str {
        &self.0.row.name
    }

    /// What people call it.
    async fn title(&self, ctx: &Context<'_>) -> &str {
        self.0.title(ctx.lang())
    }

    async fn kind(&self) -> CalendarKind {
        match self.0.row.kind.as_str() {
            "derived" => CalendarKind::Derived,
            "computed" => CalendarKind::Computed,
            _ => CalendarKind::Base,
        }
    }

    /// Whether somebody else than its author must put a revision in force.
    async fn second_person(&self) -> bool {
        self.0.row.second_person
    }

    /// What is in force; null before the first activation.
    async fn active(&self) -> Option<CalendarRevision> {
        self.0.active.clone().map(|row| self.revision(row))
    }

    /// Revisions that wait to be put in force, newest first; at most 20.
    async fn drafts(&self, ctx: &Context<'_>) -> Result<Vec<CalendarRevision>> {
        let drafts = service::calendar::drafts(ctx.services(), &ctx.op(), self.0.tenant(), self.0.id()).await;
        let drafts = drafts.map_err(|error| ctx.fail(error))?;
        Ok(drafts.into_iter().map(|row| self.revision(row)).collect())
    }

    /// All its revisions, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Nodes<CalendarRevision>> {
        let (tenant, id) = (self.0.tenant(), self.0.id());
        let listed = async {
            let window = Window::<i32>::of(first, after.as_deref())?;
            service::calendar::revisions(ctx.services(), &ctx.op(), tenant, id, window.after, window.size).await
        };
        let listed = listed.await.map_err(|error| ctx.fail(error))?;
        let page = (listed.items, listed.has_next);
        Ok(page::connection(page, after.is_some(), |row| (row.number, self.revision(row))))
    }

    /// The first day that is known; null when it is computed.
    async fn known_from(&self, ctx: &Context<'_>) -> Result<Option<Date>> {
        Ok(self.horizon(ctx).await?.and_then(|it| it.from).map(Date))
    }

    /// The last day that is known; null when it is computed.
    async fn known_until(&self, ctx: &Context<'_>) -> Result<Option<Date>> {
        Ok(self.horizon(ctx).await?.and_then(|it| it.until).map(Date))
    }

    /// How many days are left until then, from today on the calendar's own clock.
    async fn days_left(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.horizon(ctx).await?.and_then(|it| it.days_left))
    }

    /// 60, 30, 14, 7 or 0 when no more than that many days are left: the stage of the alarm.
    async fn alarm_days(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.horizon(ctx).await?.and_then(|it| it.alarm_days))
    }

    /// Who uses it for schedules or business dates.
    #[graphql(complexity = "100 + child_complexity")]
    async fn used_by(&self, ctx: &Context<'_>) -> Result<CalendarUse> {
        let used = service::calendar::usage(ctx.services(), &ctx.op(), self.0.tenant(), self.0.id()).await;
        used.map(CalendarUse).map_err(|error| ctx.fail(error))
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Permission>> {
        viewer_can(ctx, Scope::tenant(self.0.tenant())).await
    }
}

/// Who uses a calendar.
#[derive(Debug, Clone)]
pub(crate) struct CalendarUse(service::calendar::Usage);

/// Who uses a calendar.
#[Object]
impl CalendarUse {
    /// Workflows that the viewer may see, by name; at most 200.
    async fn workflows(&self) -> Vec<Workflow> {
        self.0.workflows.iter().cloned().map(Workflow).collect()
    }

    /// How many more there are; 0 for viewers who may not put the calendar in force.
    async fn elsewhere(&self) -> i32 {
        i32::try_from(self.0.elsewhere).unwrap_or(i32::MAX)
    }

    /// The names of derived calendars that rest on it.
    async fn calendars(&self) -> &[String] {
        &self.0.calendars
    }
}

/// One content of a calendar, which never changes.
#[derive(Debug, Clone)]
pub(crate) struct CalendarRevision {
    pub(crate) calendar: Row,
    pub(crate) row: RevisionRow,
}

impl CalendarRevision {
    fn key(&self) -> (TenantId, CalendarId, i32) {
        (TenantId(self.row.tenant_id), CalendarId(self.row.calendar_id), self.row.number)
    }
}

/// One content of a calendar, which never changes.
#[Object]
impl CalendarRevision {
    pub(crate) async fn id(&self) -> ID {
        let (tenant, calendar, number) = self.key();
        GlobalId::CalendarRevision(tenant, calendar, number).into()
    }

    /// 1 for the first; runs record the numbers that they were made with.
    async fn number(&self) -> i32 {
        self.row.number
    }

    async fn state(&self) -> CalendarRevisionState {
        match self.row.state.as_str() {
            "draft" => CalendarRevisionState::Draft,
            "active" => CalendarRevisionState::Active,
            "superseded" => CalendarRevisionState::Superseded,
            _ => CalendarRevisionState::Discarded,
        }
    }

    /// Its days (zone, week, published years and the days that depart from the week), or {"expression": "SSE & HKEX"}.
    async fn definition(&self, ctx: &Context<'_>) -> Result<Json> {
        let content = service::calendar::content(&self.calendar, &self.row).map_err(|error| ctx.fail(error))?;
        Ok(Json(content.to_json()))
    }

    /// The revision that was in force when it was made.
    async fn based_on(&self) -> Option<i32> {
        self.row.based_on
    }

    /// Where its days come from.
    async fn source(&self) -> Option<&str> {
        self.row.source.as_deref()
    }

    /// Why it was made.
    async fn note(&self) -> Option<&str> {
        self.row.note.as_deref()
    }

    async fn created_at(&self) -> Instant {
        Instant(self.row.created_ms)
    }

    async fn created_by(&self) -> Option<&str> {
        self.row.created_by_name.as_deref()
    }

    /// When it was put in force, or given up.
    async fn activated_at(&self) -> Option<Instant> {
        self.row.decided_ms.map(Instant)
    }

    /// Who put it in force, or gave it up.
    async fn activated_by(&self) -> Option<&str> {
        self.row.decided_by_name.as_deref()
    }

    /// Why it was put in force, or given up.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// What putting it in force would change, from now on.
    #[graphql(complexity = "100 + child_complexity")]
    async fn impact(&self, ctx: &Context<'_>) -> Result<CalendarImpact> {
        let (tenant, calendar, number) = self.key();
        let impact = service::calendar::impact(ctx.services(), &ctx.op(), tenant, calendar, number).await;
        impact.map(CalendarImpact).map_err(|error| ctx.fail(error))
    }
}
