//! The guarantee behind limits: what a crash, a race or an older program left behind is put right.
//!
//! Slots are freed and parked jobs let go on in the transaction that ends an attempt, so there is seldom anything to do:
//! a limit that was made at the moment in which a job was parked for want of it; an attempt that was ended by a node of
//! a version that knows of no slots.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::TenantId;
use store::job::{Held, parked};
use store::{Tx, limit};

use crate::Services;
use crate::error::Result;

/// Most slots that are freed at once.
const BATCH: u64 = 500;

/// Frees slots of attempts that are gone and lets parked jobs go on that can; gives whether there may be more.
///
/// # Errors
/// The database's.
pub async fn tick(services: &Services) -> Result<bool> {
    let db = services.store().read();
    let orphans = limit::list_orphans(db, BATCH).await?;
    let more = orphans.len() as u64 == BATCH;
    let mut by_limit: BTreeMap<limit::Key, Vec<Held>> = BTreeMap::new();
    for slot in &orphans {
        by_limit.entry((TenantId(slot.tenant_id), slot.name.clone())).or_default().push(limit::held_of(slot));
    }
    if !orphans.is_empty() {
        tracing::warn!(slots = orphans.len(), "slots of attempts that are gone are freed");
    }
    for key in parked::list_limits(db).await? {
        by_limit.entry(key).or_default();
    }
    let mut gone_on = 0;
    for (key, orphans) in &by_limit {
        let done: Result<usize, store::Error> =
            services.store().write(|tx| Box::pin(async move { put_right(tx, key, orphans).await })).await;
        gone_on += done?;
    }
    if gone_on > 0 {
        services.hints().jobs.notify_one();
    }
    Ok(more)
}

async fn put_right(tx: &Tx<'_>, key: &limit::Key, orphans: &[Held]) -> Result<usize, store::Error> {
    let rows = limit::lock(tx, &BTreeSet::from([key.clone()])).await?;
    limit::free(tx, orphans).await?;
    let mut gone_on = 0;
    for row in &rows {
        gone_on += parked::release(tx, row).await? + parked::release_stuck(tx, row).await?;
    }
    Ok(gone_on)
}
