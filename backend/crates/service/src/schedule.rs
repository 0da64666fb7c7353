//! Schedules: kept in line with their workflow's document, and fired when they are due.
//!
//! # One fire, one run
//! Every due instant of a schedule leaves one row of `schedule_fire`, unique by (schedule, instant): the run that it
//! made, or the reason why it made none. The row, the run and the schedule's next instant are written in one
//! transaction, under the schedule's revision. So whatever crashes or races, an instant is decided once: a second node
//! finds the revision or the instant taken and leaves it at that.
//!
//! # Missed instants
//! When the schedule was due earlier than now (the server was down), the workflow's `catch_up` decides which of the
//! missed instants make runs; each of the others leaves a row that says so.
//!
//! # Changed calendars
//! A date that has had its run gets no second one when a change of its calendar moves it to another day: see `repeat`.

mod fire;
mod foretell;
pub(crate) mod plan;
mod repeat;
mod sync;

use domain::access::Permission;
use domain::id::{ScheduleId, TenantId, WorkflowId};
use store::page::Page;
use store::schedule;

use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result};

pub(crate) use fire::settle;
pub use fire::{Due, fire_due};
pub use foretell::{Ahead, Foreseen, Foretold, Missed, fires_on, foretell};
pub use plan::FireReason;
pub use store::schedule::{FireRow, Row};
pub(crate) use sync::{sync, with as planned};

/// The schedules of a workflow, by name; those that its document no longer names have ended.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of the workflow.
pub async fn of_workflow(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    workflow: WorkflowId,
) -> Result<Vec<schedule::Row>> {
    crate::workflow::find(services, ctx, tenant, workflow).await?;
    Ok(schedule::of_workflow(services.store().read(), tenant, workflow).await?)
}

/// The schedule of an id.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of it.
pub async fn find(services: &Services, ctx: &OpCtx, tenant: TenantId, id: ScheduleId) -> Result<schedule::Row> {
    let not_found = || Error::NotFound { kind: "schedule" };
    let row = schedule::find(services.store().read(), tenant, id).await?.ok_or_else(not_found)?;
    let workflow = WorkflowId(row.workflow_id);
    let allowed = crate::workflow::authorised(services, ctx, tenant, workflow, Permission::WorkflowRead).await;
    allowed.map_err(|error| if error.is_fault() { error } else { not_found() })?;
    Ok(row)
}

/// What became of a schedule's instants, newest first, before an instant.
///
/// # Errors
/// As [`find`].
pub async fn fires(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: ScheduleId,
    before_ms: Option<i64>,
    limit: u64,
) -> Result<Page<schedule::FireRow>> {
    find(services, ctx, tenant, id).await?;
    Ok(schedule::list_fires(services.store().read(), tenant, id, before_ms, limit).await?)
}
