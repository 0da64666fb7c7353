//! Planning anew the schedules that rest on a calendar.

use std::collections::HashMap;
use std::sync::Arc;

use domain::calendar::Calendars;
use domain::id::{CalendarId, ScheduleId, TenantId};
use domain::workflow::Schedule;
use store::calendar::{self, Row};
use store::schedule;

use super::{impact, usage, with_active};
use crate::Services;
use crate::error::Result;
use crate::schedule::plan;

/// How often a schedule is planned again when it fires in between.
const TRIES: u32 = 10;

/// Finishes what activations began and a crash left.
///
/// # Errors
/// The database's.
pub async fn tick(services: &Services) -> Result<()> {
    for row in calendar::list_unplanned(services.store().read()).await? {
        replan(services, &row).await?;
    }
    Ok(())
}

/// Plans the schedules anew that rest on a calendar, by what is in force.
pub(super) async fn replan(services: &Services, row: &Row) -> Result<()> {
    let (tenant, id) = (TenantId(row.tenant_id), CalendarId(row.id));
    let Some(number) = row.active_revision else { return Ok(()) };
    let users = usage::users(services, &with_active(services, row.clone()).await?).await?;
    let mut sets: HashMap<TenantId, Arc<Calendars>> = HashMap::new();
    for affected in impact::affected(services, &users).await? {
        let calendars = match sets.get(&affected.tenant()) {
            Some(known) => known.clone(),
            None => {
                let set = services.calendars_now(affected.tenant()).await?;
                sets.insert(affected.tenant(), set.clone());
                set
            }
        };
        for schedule in affected.schedules {
            one(services, &calendars, affected.workflow.enabled, schedule).await?;
        }
    }
    let done: Result<(), store::Error> =
        services.store().write(|tx| Box::pin(calendar::save_planned(tx, tenant, id, number))).await;
    services.hints().schedules.notify_one();
    Ok(done?)
}

/// Plans one schedule. One that fires meanwhile decides by what is in force and plans itself.
pub(super) async fn one(
    services: &Services,
    calendars: &Calendars,
    enabled: bool,
    mut row: schedule::Row,
) -> Result<()> {
    for _ in 0..TRIES {
        let Ok(spec) = serde_json::from_str::<Schedule>(&row.spec_json) else { return Ok(()) };
        let planned = plan::next(calendars, &spec, enabled, row.decided_ms);
        let next = &crate::schedule::planned(&row, &spec, planned, row.decided_ms);
        if *next == row {
            return Ok(());
        }
        let revision = row.revision;
        let written: Result<(), store::Error> =
            services.store().write(|tx| Box::pin(schedule::save(tx, revision, next))).await;
        match written {
            Err(store::Error::Stale) => {
                let key = (TenantId(row.tenant_id), ScheduleId(row.id));
                match schedule::find(services.store().read(), key.0, key.1).await? {
                    Some(found) if found.state != "ended" => row = found,
                    _ => return Ok(()),
                }
            }
            written => return Ok(written?),
        }
    }
    Ok(())
}
