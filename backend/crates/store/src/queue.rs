//! The claim as a whole: what waits for a pool's workers, by tenant, and the taking of what is next of it.
//!
//! # Protocol
//! 1. [`look`] reads the best waiting jobs of each tenant, without a lock: one probe of an index for each tenant that
//!    has some and one to find no more, whatever the backlog. What tenants hold is counted only when there are several.
//! 2. [`take`] runs in a transaction. It locks what the decision rests on beyond the jobs themselves: the row of each
//!    tenant with a quota, and the limits that jobs need slots of. Then [`domain::queue::pick`] decides, one guarded
//!    UPDATE takes what it picked, and what can't get its slots is parked.
//!
//! Locks are taken in ascending order: tenants, then limits, then jobs.

use domain::id::TenantId;
use domain::queue::{self, Job, Queue};

mod limits;

use limits::Limits;

use crate::job::{self, Claimant, Row};
use crate::tenant::{self, Share};
use crate::{Conn, Result, Tx};

/// What waits for a pool's workers.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// The tenants in ascending order, each with its best jobs.
    tenants: Vec<Waiting>,
}

#[derive(Clone, Debug)]
struct Waiting {
    tenant: TenantId,
    /// What it holds; known when there are several tenants.
    held: u64,
    jobs: Vec<Row>,
}

/// What a claim came to.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// The jobs that were won, the first to start first.
    pub jobs: Vec<Row>,
    /// Whether jobs are left that lack nothing but a worker.
    pub left: bool,
    /// Whether another look may find what this one did not: another claim was faster, or jobs went to the side.
    pub again: bool,
}

impl Offer {
    /// Whether nothing waits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tenants.is_empty()
    }
}

/// Reads what waits for a pool's workers: of each tenant as many as could be taken, and one more, so that the claim
/// knows whether it leaves something.
///
/// # Errors
/// The database's.
pub async fn look(db: &impl Conn, pool: &str, now_ms: i64, want: u64) -> Result<Offer> {
    let mut offer = Offer::default();
    let mut after = TenantId::PLATFORM;
    loop {
        let jobs = job::list_waiting(db, pool, now_ms, after, want.saturating_add(1)).await?;
        let Some(first) = jobs.first() else { break };
        after = TenantId(first.tenant_id);
        offer.tenants.push(Waiting { tenant: after, held: 0, jobs });
    }
    if offer.tenants.len() > 1 {
        for (tenant, held) in job::count_held(db, pool).await? {
            let waiting = offer.tenants.iter_mut().find(|waiting| waiting.tenant == tenant);
            if let Some(waiting) = waiting {
                waiting.held = held;
            }
        }
    }
    Ok(offer)
}

/// Takes up to `want` of what is offered. `shares` are those of the tenants that differ from [`Share::plain`].
///
/// # Errors
/// The database's.
pub async fn take(tx: &Tx<'_>, offer: &Offer, shares: &[Share], claimant: Claimant, want: u64) -> Result<Taken> {
    let mut queues = Vec::with_capacity(offer.tenants.len());
    for waiting in &offer.tenants {
        let share = Share::of(shares, waiting.tenant);
        let room = match share.max_running_tasks {
            Some(_) => room(tx, waiting.tenant).await?,
            None => None,
        };
        queues.push(Queue { weight: share.weight, held: waiting.held, room, jobs: Vec::new() });
    }
    let mut limits = Limits::lock(tx, offer.tenants.iter().flat_map(|waiting| &waiting.jobs)).await?;
    for (queue, waiting) in queues.iter_mut().zip(&offer.tenants) {
        for row in &waiting.jobs {
            queue.jobs.push(Job { place: job::place(row), needs: limits.needs(row)? });
        }
    }
    let want = usize::try_from(want).unwrap_or(usize::MAX).min(crate::BATCH);
    let picked = queue::pick(want, &queues, &mut limits.states);
    let row_of = |queue: usize, job: usize| &offer.tenants[queue].jobs[job];
    let chosen: Vec<&Row> = picked.taken.iter().map(|(queue, job)| row_of(*queue, *job)).collect();
    let jobs = job::claim(tx, &chosen, claimant).await?;
    limits.take(tx, &jobs, claimant.now_ms).await?;
    let gone_on = limits.park(tx, &picked.parked, |parked| row_of(parked.queue, parked.job)).await?;
    let again = jobs.len() < chosen.len() || !picked.parked.is_empty() || gone_on > 0;
    Ok(Taken { again, left: picked.left, jobs })
}

/// How many more jobs a tenant's quota lets it hold. Nobody else can claim for it until the transaction ends.
async fn room(tx: &Tx<'_>, tenant: TenantId) -> Result<Option<u64>> {
    let Some(most) = tenant::lock_quota(tx, tenant).await? else { return Ok(None) };
    let held = job::count_held_by(tx, tenant).await?;
    Ok(Some(u64::from(most).saturating_sub(held)))
}
