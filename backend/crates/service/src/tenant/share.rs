//! What part of the workers each tenant gets, kept in memory for as long as a claim may be behind a change.

use std::sync::{Arc, Mutex, PoisonError};

use domain::id::TenantId;
use store::tenant::{self, Share};

use crate::Services;
use crate::error::Result;

/// How old what is in memory may be for a claim.
const POLL_MS: i64 = 1_000;

/// How old it may be for handing a job on without a claim: beyond, nothing is known.
const KNOWN_MS: i64 = 5_000;

/// The shares in memory.
#[derive(Debug, Default)]
pub(crate) struct ShareCache {
    known: Mutex<Option<(Arc<Vec<Share>>, i64)>>,
}

impl ShareCache {
    fn get(&self, now_ms: i64, age_ms: i64) -> Option<Arc<Vec<Share>>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (shares, read_ms) = known.as_ref()?;
        (now_ms.saturating_sub(*read_ms).unsigned_abs() < age_ms.unsigned_abs()).then(|| shares.clone())
    }

    fn put(&self, shares: Arc<Vec<Share>>, read_ms: i64) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((shares, read_ms));
    }
}

impl Services {
    /// The shares of the tenants that differ from [`Share::plain`], at most a second old.
    ///
    /// # Errors
    /// The database's.
    pub async fn shares(&self) -> Result<Arc<Vec<Share>>> {
        let read_ms = self.clock().now_ms();
        if let Some(shares) = self.share_cache().get(read_ms, POLL_MS) {
            return Ok(shares);
        }
        let shares = Arc::new(tenant::list_shares(self.store().read()).await?);
        self.share_cache().put(shares.clone(), read_ms);
        Ok(shares)
    }

    /// Whether a tenant is known to have no quota, so that what it does next need not be counted.
    pub(crate) fn is_without_quota(&self, tenant: TenantId) -> bool {
        let shares = self.share_cache().get(self.clock().now_ms(), KNOWN_MS);
        shares.is_some_and(|shares| Share::of(&shares, tenant).max_running_tasks.is_none())
    }
}
