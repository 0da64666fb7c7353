//! The watch over the horizons: how long each calendar is known for, alarms before it ends, and schedules that wait at it.

use chrono::{DateTime, Utc};
use domain::bizdate::BizDate;
use domain::calendar::Calendar as Days;
use domain::id::{ScheduleId, TenantId, WorkflowId};
use store::calendar::{self, AlarmRow};
use store::{schedule, workflow};

use super::Calendar;
use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::OpCtx;
use crate::error::{Error, Result};

/// Days before the last known one at which an alarm is raised, and on that day itself.
pub const ALARM_DAYS: [i32; 5] = [60, 30, 14, 7, 0];

/// How long a calendar is known for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The first day that all its parts know; `None` when it is computed.
    pub from: Option<BizDate>,
    /// The last one.
    pub until: Option<BizDate>,
    /// How many days are left from today on, on the calendar's own clock.
    pub days_left: Option<i32>,
    /// Which of [`ALARM_DAYS`] has begun.
    pub alarm_days: Option<i32>,
}

/// How long a calendar is known for, at an instant.
#[must_use]
pub fn horizon(days: &Days, now_ms: i64) -> Horizon {
    let until = days.known_until();
    let days_left = until.map(|until| days_left(days, until, now_ms));
    let alarm_days = days_left.and_then(|left| ALARM_DAYS.into_iter().rev().find(|stage| left <= *stage));
    Horizon { from: days.known_from(), until, days_left, alarm_days }
}

/// How many days are left of a calendar from today on, on its own clock; negative when the last one is past.
#[must_use]
pub fn days_left(days: &Days, until: BizDate, now_ms: i64) -> i32 {
    let zone = days.bases().next().map_or(chrono_tz::UTC, |base| base.definition().zone);
    let now = DateTime::<Utc>::from_timestamp_millis(now_ms).unwrap_or_default();
    let today = BizDate::from_naive(now.with_timezone(&zone).date_naive()).unwrap_or(BizDate::MIN);
    until.days_since(today)
}

/// Raises the alarms that are due, each once for a horizon, and plans schedules anew that wait at one: an activation
/// does so by itself, this makes sure of it.
///
/// # Errors
/// The database's.
pub async fn tick(services: &Services) -> Result<()> {
    let now_ms = services.clock().now_ms();
    let ctx = OpCtx::system("scheduler", now_ms);
    for calendar in super::list(services, &ctx, None).await? {
        let set = services.calendars_now(calendar.tenant()).await?;
        // One that can't be used was logged where it was read.
        let Ok(days) = set.get(&calendar.row.name) else { continue };
        if calendar.active.is_some() {
            alarm(services, &ctx, &calendar, &days).await?;
        }
    }
    release(services).await
}

async fn alarm(services: &Services, ctx: &OpCtx, calendar: &Calendar, days: &Days) -> Result<()> {
    let Horizon { until: Some(until), alarm_days: Some(stage), days_left: Some(left), .. } = horizon(days, ctx.now_ms)
    else {
        return Ok(());
    };
    let (tenant, id) = (calendar.tenant(), calendar.id());
    let known = calendar::alarms(services.store().read(), tenant, id, &until.to_string()).await?;
    if known.iter().any(|row| row.days <= stage) {
        return Ok(());
    }
    let row = &AlarmRow {
        tenant_id: tenant.0,
        calendar_id: id.0,
        known_until: until.to_string(),
        days: stage,
        at_ms: ctx.now_ms,
    };
    let entry = &AuditEntry::done(tenant, "calendar.alarm", "calendar", id, &calendar.row.name)
        .after(serde_json::json!({ "known_until": until, "days_left": left }));
    let written: Result<()> = services
        .store()
        .write(|tx| {
            Box::pin(async move {
                calendar::insert_alarm(tx, row.clone()).await?;
                audit::record(tx, ctx, entry).await
            })
        })
        .await;
    match written {
        Ok(()) => {
            tracing::warn!(calendar = calendar.row.name, %tenant, known_until = %until, days_left = left, "a calendar ends soon");
            Ok(())
        }
        // Another node was faster.
        Err(Error::Store(store::Error::Conflict { .. })) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Plans held schedules anew.
async fn release(services: &Services) -> Result<()> {
    let mut after = None;
    loop {
        let page = schedule::list_held(services.store().read(), after, store::page::MAX_PAGE).await?;
        after = page.items.last().map(|row| (TenantId(row.tenant_id), ScheduleId(row.id)));
        for row in &page.items {
            let (tenant, workflow) = (TenantId(row.tenant_id), WorkflowId(row.workflow_id));
            let calendars = services.calendars_now(tenant).await?;
            if let Some(found) = workflow::find(services.store().read(), tenant, workflow).await? {
                super::replan::one(services, &calendars, found.enabled, row.clone()).await?;
                services.hints().schedules.notify_one();
            }
        }
        if !page.has_next {
            return Ok(());
        }
    }
}
