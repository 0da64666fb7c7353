//! What a node holds: its claimed jobs, each shown to those only who may read its run.

use std::collections::BTreeMap;

use domain::access::Permission;
use domain::id::{RunId, TenantId};
use store::{attempt, job, run, task_run};

use crate::Services;
use crate::ctx::OpCtx;
use crate::error::Result;

/// A task that a node holds.
#[derive(Clone, Debug)]
pub struct HeldTask {
    /// Its run.
    pub run: run::Row,
    /// The task.
    pub task: task_run::Row,
    /// Number of the attempt.
    pub attempt: i32,
    /// The pool whose slot it has.
    pub pool: String,
    /// When it was claimed; `None` while that is not stored yet.
    pub since_ms: Option<i64>,
    /// When the claim lapses unless it is renewed.
    pub lease_until_ms: Option<i64>,
}

/// What a process holds of the runs that the actor may read, longest held first, at most `limit`.
///
/// # Errors
/// [`crate::Error::Unauthenticated`] and the database's.
pub async fn held(services: &Services, ctx: &OpCtx, incarnation: i64, limit: usize) -> Result<Vec<HeldTask>> {
    let visible = services.visible(ctx, Permission::RunRead, None, None).await?;
    let sees = |job: &job::Row| visible.iter().any(|within| within.tenant.0 == job.tenant_id);
    let mut by_run: BTreeMap<(i64, i64), Vec<job::Row>> = BTreeMap::new();
    for job in job::of_node(services.store().read(), incarnation).await?.into_iter().filter(sees) {
        by_run.entry((job.tenant_id, job.run_id)).or_default().push(job);
    }
    let mut held = Vec::new();
    let mut runs: BTreeMap<i64, Vec<RunId>> = BTreeMap::new();
    for (tenant, run) in by_run.keys() {
        runs.entry(*tenant).or_default().push(RunId(*run));
    }
    for (tenant, ids) in runs {
        // Judged project by project there.
        for row in crate::run::get_many(services, ctx, TenantId(tenant), &ids).await? {
            let jobs = by_run.remove(&(tenant, row.id)).unwrap_or_default();
            held.extend(of_run(services, &row, jobs).await?);
        }
    }
    held.sort_by_key(|it: &HeldTask| (it.since_ms.unwrap_or(i64::MAX), it.run.id, it.task.ordinal));
    held.truncate(limit);
    Ok(held)
}

async fn of_run(services: &Services, row: &run::Row, jobs: Vec<job::Row>) -> Result<Vec<HeldTask>> {
    let (db, tenant, run) = (services.store().read(), TenantId(row.tenant_id), RunId(row.id));
    let ordinals: Vec<i32> = jobs.iter().map(|job| job.ordinal).collect();
    let keys: Vec<attempt::Key> = jobs.iter().map(|job| (run, job.ordinal, job.attempt)).collect();
    let tasks = task_run::get_many(db, tenant, run, &ordinals).await?;
    let attempts = attempt::get_many(db, tenant, &keys).await?;
    let of_job = |job: job::Row| {
        let task = tasks.iter().find(|task| task.ordinal == job.ordinal)?.clone();
        let same = |it: &&attempt::Row| (it.ordinal, it.number) == (job.ordinal, job.attempt);
        let since_ms = attempts.iter().find(same).map(|it| it.claimed_ms);
        Some(HeldTask {
            run: row.clone(),
            task,
            attempt: job.attempt,
            since_ms,
            lease_until_ms: job.lease_until_ms,
            pool: job.pool,
        })
    };
    Ok(jobs.into_iter().filter_map(of_job).collect())
}
