//! Claims on jobs: taking, renewing, and finding those whose worker is gone.

use std::sync::Arc;

use domain::id::{RunId, TenantId};
use store::job;

use crate::Services;
use crate::error::{Error, Result};
use crate::run::loaded::LoadedRun;
use crate::run::{NodeIdentity, TaskScope};

pub use store::job::{Held, Holder, Row as Job, held_of};

/// Most looks of one claim.
const LOOKS: usize = 5;

/// What a claim came to.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    /// The jobs that this node now holds, the first to start first.
    pub jobs: Vec<Arc<Job>>,
    /// Whether jobs are left that lack nothing but a worker.
    pub left: bool,
    /// Whether another look at once may find more.
    pub again: bool,
}

/// Claims up to `want` due jobs of a pool for this node: who is next says [`domain::queue`].
///
/// # Errors
/// The database's; what was claimed before it failed is given.
pub async fn claim(services: &Services, node: &NodeIdentity, pool: &str, want: u64) -> Result<Claimed> {
    let mut claimed = Claimed { again: true, ..Claimed::default() };
    let mut most = want;
    for _ in 0..LOOKS {
        let missing = want - (claimed.jobs.len() as u64).min(want);
        if missing == 0 || !claimed.again {
            break;
        }
        match claim_once(services, node, pool, missing, most).await {
            Ok(taken) => {
                claimed.jobs.extend(taken.jobs.into_iter().map(Arc::new));
                claimed.left = taken.left;
                claimed.again = taken.again;
            }
            Err(error) if claimed.jobs.is_empty() => return Err(error),
            // What was claimed must start; the next tick meets the error again.
            Err(_) => break,
        }
        // What goes to the side is often one of many that need the same: see more of them at once.
        most = most.saturating_mul(8);
    }
    Ok(claimed)
}

async fn claim_once(
    services: &Services,
    node: &NodeIdentity,
    pool: &str,
    want: u64,
    most: u64,
) -> Result<store::queue::Taken> {
    let store = services.store();
    let offer = store::queue::look(store.read(), pool, store.db_now_ms(), most).await?;
    if offer.is_empty() {
        return Ok(store::queue::Taken::default());
    }
    let shares = services.shares().await?;
    let claimant = node.claimant(store.ids().next(), store.db_now_ms());
    let (offer, shares) = (&offer, &*shares);
    let taken: Result<_, store::Error> =
        store.write(|tx| Box::pin(store::queue::take(tx, offer, shares, claimant, want))).await;
    Ok(taken?)
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

/// The nodes that hold claims, with what each renewal changes.
///
/// # Errors
/// The database's.
pub async fn holders(services: &Services) -> Result<Vec<Holder>> {
    Ok(job::holders(services.store().read()).await?)
}

/// Takes the claims of a node away that were not renewed since they were seen: its attempts have stopped by then, or
/// the node is gone. They must be reported lost then ([`abandoned`]). Gives how many they are.
///
/// # Errors
/// The database's.
pub async fn abandon(services: &Services, seen: Holder) -> Result<u64> {
    let taken: Result<u64, store::Error> = services.store().write(|tx| Box::pin(job::abandon(tx, seen))).await;
    Ok(taken?)
}

/// Claims that were taken away and whose attempts nobody has reported yet.
///
/// # Errors
/// The database's.
pub async fn abandoned(services: &Services, limit: u64) -> Result<Vec<Job>> {
    Ok(job::abandoned(services.store().read(), limit).await?)
}

/// Claims of a process that is known to be over: it was this node before its last start.
///
/// # Errors
/// The database's.
pub async fn of_incarnation(services: &Services, incarnation: i64) -> Result<Vec<Job>> {
    Ok(job::of_node(services.store().read(), incarnation).await?)
}

/// When the next job of a pool becomes due; `None` when none is yet to.
///
/// # Errors
/// The database's.
pub async fn next_due(services: &Services, pool: &str) -> Result<Option<i64>> {
    Ok(job::next_due(services.store().read(), pool, services.store().db_now_ms()).await?)
}

/// What an attempt needs to be executed: its task with all templates filled in, and its environment.
///
/// # Errors
/// [`Error::NotFound`] when the run is gone; [`Error::Invalid`] when a template can't be filled in.
pub async fn prepare(services: &Services, job: &Job) -> Result<TaskScope> {
    let key = (TenantId(job.tenant_id), RunId(job.run_id));
    // A run in memory may be older than the claim: another node did what was before.
    let known = services.runs().look(key, |run| run.knows(job).then(|| TaskScope::of(run, job)));
    if let Some(scope) = known.flatten() {
        return scope;
    }
    let run = LoadedRun::load(services, services.store().read(), key.0, key.1).await?;
    let scope = TaskScope::of(&run, job);
    services.runs().put(run);
    scope.map_err(|error: Error| error)
}
