//! Claims on jobs: taking, renewing, and finding those whose worker is gone.

use std::sync::Arc;

use domain::id::{RunId, TenantId};
use store::job;

use crate::Services;
use crate::error::{Error, Result};
use crate::run::loaded::LoadedRun;
use crate::run::{NodeIdentity, TaskScope};

pub use store::job::{Held, Row as Job, held_of};

/// Claims up to `want` due jobs of a pool for this node.
///
/// # Errors
/// The database's.
pub async fn claim(services: &Services, node: &NodeIdentity, pool: &str, want: u64) -> Result<Vec<Arc<Job>>> {
    let claimant = node.claimant(services.store().ids().next(), services.store().db_now_ms());
    let claimed: Result<Vec<Job>, store::Error> =
        services.store().write(|tx| Box::pin(job::claim(tx, pool, claimant, want))).await;
    Ok(claimed?.into_iter().map(Arc::new).collect())
}

/// Renews all claims of this node and gives what it holds.
///
/// # Errors
/// The database's.
pub async fn renew(services: &Services, node: &NodeIdentity) -> Result<Vec<Job>> {
    let lease_until_ms = services.store().db_now_ms() + node.lease_ms;
    let held: Result<Vec<Job>, store::Error> = services
        .store()
        .write(|tx| {
            Box::pin(async move {
                job::renew(tx, node.incarnation, lease_until_ms).await?;
                job::of_node(tx, node.incarnation).await
            })
        })
        .await;
    Ok(held?)
}

/// Claims whose lease lapsed at least `margin_ms` ago: their workers have stopped by then, or are gone.
///
/// # Errors
/// The database's.
pub async fn lapsed(services: &Services, margin_ms: i64, limit: u64) -> Result<Vec<Job>> {
    let before_ms = services.store().db_now_ms() - margin_ms;
    Ok(job::lapsed(services.store().read(), before_ms, limit).await?)
}

/// Claims of a process that is known to be over: it was this node before its last start.
///
/// # Errors
/// The database's.
pub async fn of_incarnation(services: &Services, incarnation: i64) -> Result<Vec<Job>> {
    Ok(job::of_node(services.store().read(), incarnation).await?)
}

/// When the next waiting job of a pool is due; `None` when none waits.
///
/// # Errors
/// The database's.
pub async fn next_due(services: &Services, pool: &str) -> Result<Option<i64>> {
    Ok(job::next_due(services.store().read(), pool).await?)
}

/// What an attempt needs to be executed: its task with all templates filled in, and its environment.
///
/// # Errors
/// [`Error::NotFound`] when the run is gone; [`Error::Invalid`] when a template can't be filled in.
pub async fn prepare(services: &Services, job: &Job) -> Result<TaskScope> {
    let key = (TenantId(job.tenant_id), RunId(job.run_id));
    if let Some(scope) = services.runs().look(key, |run| TaskScope::of(run, job)) {
        return scope;
    }
    let run = LoadedRun::load(services, services.store().read(), key.0, key.1).await?;
    let scope = TaskScope::of(&run, job);
    services.runs().put(run);
    scope.map_err(|error: Error| error)
}
