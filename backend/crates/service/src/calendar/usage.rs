//! Who uses a calendar: the workflows and the derived calendars that rest on it.

use std::collections::BTreeSet;

use domain::calendar::{CalendarExpr, Calendars};
use domain::id::{CalendarId, TenantId, WorkflowId};
use store::{calendar, workflow, workflow_calendar};

use super::Calendar;
use crate::Services;
use crate::ctx::OpCtx;
use crate::error::Result;

/// Most workflows that are looked at for one calendar.
pub(super) const MOST: u64 = 20_000;

/// Who uses a calendar.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Workflows that the actor may see, by name; at most 200.
    pub workflows: Vec<workflow::Row>,
    /// How many more there are, in departments of others too; told only to whoever may put the calendar in force.
    pub elsewhere: usize,
    /// Derived calendars that the actor may see, by name.
    pub calendars: Vec<String>,
}

/// Most workflows that are named.
const SHOWN: usize = 200;

/// Who uses a calendar, for its schedules or its business date; uses in templates are not counted.
///
/// # Errors
/// As [`super::find`].
pub async fn usage(services: &Services, ctx: &OpCtx, tenant: TenantId, id: CalendarId) -> Result<Usage> {
    let calendar = super::find(services, ctx, tenant, id).await?;
    let users = users(services, &calendar).await?;
    let mut workflows = Vec::new();
    for part in users.chunk_by(|(one, _), (other, _)| one == other) {
        let ids: Vec<WorkflowId> = part.iter().map(|(_, workflow)| *workflow).collect();
        for ids in ids.chunks(store::BATCH) {
            workflows.extend(crate::workflow::get_many(services, ctx, part[0].0, ids).await?);
        }
    }
    workflows.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    workflows.truncate(SHOWN);
    let elsewhere = if super::may_activate(services, ctx, tenant).await? { users.len() - workflows.len() } else { 0 };
    let mut calendars = BTreeSet::new();
    for other in super::list(services, ctx, (tenant != TenantId::PLATFORM).then_some(tenant)).await? {
        let set = services.calendars(other.tenant()).await?;
        if other.row.name_key != calendar.row.name_key && rests_on(&set, &other.row.name, &calendar.row.name_key) {
            calendars.insert(other.row.name);
        }
    }
    Ok(Usage { workflows, elsewhere, calendars: calendars.into_iter().collect() })
}

/// How many derived calendars rest on one, in all departments.
pub(super) async fn derived(services: &Services, calendar: &Calendar) -> Result<usize> {
    let tenants = match calendar.tenant() {
        TenantId::PLATFORM => tenants_with_calendars(services).await?,
        tenant => vec![tenant],
    };
    let own = std::iter::once(TenantId::PLATFORM).filter(|_| calendar.tenant() == TenantId::PLATFORM);
    let mut found = BTreeSet::new();
    for tenant in own.chain(tenants) {
        let names = names_over(services, tenant, &calendar.row.name_key).await?;
        let firm = services.calendars_now(TenantId::PLATFORM).await?;
        let names = names.into_iter().filter(|name| *name != calendar.row.name_key);
        found.extend(names.map(|name| (if firm.contains(&name) { TenantId::PLATFORM } else { tenant }, name)));
    }
    Ok(found.len())
}

/// Whether a named calendar rests on another, whose name is given in capitals.
pub(super) fn rests_on(calendars: &Calendars, name: &str, other_key: &str) -> bool {
    CalendarExpr::parse(name).is_ok_and(|expr| calendars.rests_on(&expr).contains(other_key))
}

/// The workflows of all tenants that rest on a calendar, by tenant and id.
pub(super) async fn users(services: &Services, calendar: &Calendar) -> Result<Vec<(TenantId, WorkflowId)>> {
    let db = services.store().read();
    let mut found = BTreeSet::new();
    let tenants = if calendar.tenant() == TenantId::PLATFORM {
        // The firm's names mean the same everywhere; departments may have names of their own that rest on them.
        let names = names_over(services, TenantId::PLATFORM, &calendar.row.name_key).await?;
        found.extend(workflow_calendar::list(db, None, &names, MOST).await?);
        tenants_with_calendars(services).await?
    } else {
        vec![calendar.tenant()]
    };
    for tenant in tenants {
        let names = names_over(services, tenant, &calendar.row.name_key).await?;
        found.extend(workflow_calendar::list(db, Some(tenant), &names, MOST).await?);
    }
    Ok(found.into_iter().collect())
}

/// The names, in capitals, of the calendars of a tenant's set that rest on one.
async fn names_over(services: &Services, tenant: TenantId, key: &str) -> Result<BTreeSet<String>> {
    let calendars = services.calendars_now(tenant).await?;
    Ok(calendars.names().filter(|name| rests_on(&calendars, name, key)).map(str::to_owned).collect())
}

/// The departments that have calendars of their own.
pub(super) async fn tenants_with_calendars(services: &Services) -> Result<Vec<TenantId>> {
    let tenants = store::tenant::list_ids(services.store().read()).await?;
    let mut found = Vec::new();
    for part in tenants.chunks(store::BATCH) {
        let stamps = calendar::stamps(services.store().read(), part).await?;
        found.extend(stamps.into_iter().map(|(tenant, _)| tenant));
    }
    Ok(found)
}
