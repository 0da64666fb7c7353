//! Why a task that is ready does not start: what its job waits for in the queue.

use domain::id::{RunId, TenantId};
use domain::run::Reason;
use store::job::{self, Row, parked};
use store::tenant::Share;
use store::{limit, task_run};

use crate::Services;
use crate::error::Result;

/// Most jobs that are counted ahead of one.
const MOST_AHEAD: u64 = 1_000;

/// Everything that a ready task waits for; nothing when it has no job any more.
pub(super) async fn reasons(services: &Services, row: &task_run::Row) -> Result<Vec<Reason>> {
    let (tenant, id) = (TenantId(row.tenant_id), RunId(row.run_id));
    let Some(job) = job::find(services.store().read(), tenant, id, row.ordinal).await? else { return Ok(Vec::new()) };
    if job::HELD.contains(&job.state) {
        return Ok(vec![Reason::AtWork]);
    }
    if let Some(name) = &job.blocked_on {
        return Ok(vec![limit_of(services, &job, name).await?]);
    }
    let mut reasons = Vec::new();
    reasons.extend(quota(services, tenant).await?);
    reasons.push(worker(services, job).await?);
    Ok(reasons)
}

async fn limit_of(services: &Services, job: &Row, name: &str) -> Result<Reason> {
    let db = services.store().read();
    let tenant = TenantId(job.tenant_id);
    let Some(row) = limit::find(db, tenant, name).await? else {
        return Ok(Reason::LimitMissing { name: name.to_owned() });
    };
    let used = limit::count_used(db, tenant, &[name]).await?;
    Ok(Reason::WaitsForLimit {
        name: name.to_owned(),
        slots: u32::try_from(limit::slots(&row)).unwrap_or(u32::MAX),
        used: used.get(name).copied().unwrap_or_default(),
        weight: job::limits_of(job)?.get(name).copied().unwrap_or_default(),
        ahead: parked::count_ahead(db, job, MOST_AHEAD).await?,
    })
}

/// Whether the department may run no more tasks now.
async fn quota(services: &Services, tenant: TenantId) -> Result<Option<Reason>> {
    let Some(max) = Share::of(&services.shares().await?, tenant).max_running_tasks else { return Ok(None) };
    let running = job::count_held_by(services.store().read(), tenant).await?;
    Ok((running >= u64::from(max)).then_some(Reason::WaitsForQuota { max, running }))
}

async fn worker(services: &Services, job: Row) -> Result<Reason> {
    let db = services.store().read();
    let slots = crate::node::pool_slots(services, &job.pool).await?;
    if slots == Some(0) {
        return Ok(Reason::NoWorker { pool: job.pool });
    }
    let ahead = job::count_ahead(db, &job, services.store().db_now_ms(), MOST_AHEAD).await?;
    let busy = job::count_held(db, &job.pool).await?.into_iter().map(|(_, held)| held).sum();
    match slots {
        Some(slots) if busy >= u64::from(slots) => Ok(Reason::PoolFull { pool: job.pool, slots, busy, ahead }),
        _ => Ok(Reason::WaitsForWorker { pool: job.pool, ahead }),
    }
}
