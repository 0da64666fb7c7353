//! What part of the workers each tenant gets: set by the platform, and kept in memory for as long as a claim may be
//! behind a change.

use std::sync::{Arc, Mutex, PoisonError};

use domain::access::Permission;
use domain::error::ErrorCode;
use domain::id::TenantId;
use serde_json::json;
use store::tenant::{self, Share, Tenant};

use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, FieldError, Result, Text};

/// How old what is in memory may be for a claim.
const POLL_MS: i64 = 1_000;

/// How old it may be for handing a job on without a claim: beyond, nothing is known.
const KNOWN_MS: i64 = 5_000;

/// Largest weight of a tenant.
const MOST_WEIGHT: u32 = 1_000;

/// Largest quota of a tenant.
const MOST_RUNNING: u32 = 100_000;

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

    /// Makes the next claim read them again.
    fn invalidate(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Gives a tenant another share of the workers. A lower quota ends nothing: it counts for what is claimed from then on,
/// on other nodes within a second.
///
/// # Errors
/// [`Error::Denied`] without [`Permission::PlatformManage`]; [`Error::Invalid`], also without a reason;
/// [`Error::NotFound`], [`Error::Conflict`].
pub async fn set_share(services: &Services, ctx: &OpCtx, share: Share, why: &str) -> Result<Tenant> {
    let entry = AuditEntry::new(TenantId::PLATFORM, "tenant.set_share", "tenant");
    let entry = entry.id(share.tenant).reason(Some(why.to_owned()));
    audit::attempt(services, ctx, entry.clone(), async {
        ctx.require(services, Permission::PlatformManage, Scope::PLATFORM).await?;
        let old = tenant::find(services.store().read(), share.tenant).await?;
        let old = old.ok_or(Error::NotFound { kind: "tenant" })?;
        let faults = [check(share), crate::limit::check_reason(why)].concat();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let state = |share: Share| json!({ "weight": share.weight, "max_running_tasks": share.max_running_tasks });
        let entry = &entry.name(&old.slug).before(state(old.share)).after(state(share));
        let revision = old.revision;
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    tenant::save_share(tx, revision, share).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| error.or_changed("tenant"))?;
        services.share_cache().invalidate();
        services.hints().jobs.notify_one();
        Ok(Tenant { share, revision: revision + 1, ..old })
    })
    .await
}

/// How many tasks a tenant runs now, in all pools.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of the tenant.
pub async fn count_running(services: &Services, ctx: &OpCtx, id: TenantId) -> Result<u64> {
    let asked = ctx.require(services, Permission::TenantRead, Scope::tenant(id)).await;
    asked.map_err(|error| error.or_hidden("tenant"))?;
    Ok(store::job::count_held_by(services.store().read(), id).await?)
}

fn check(share: Share) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if !(1..=MOST_WEIGHT).contains(&share.weight) {
        let text = Text::new(format!("A weight is 1 to {MOST_WEIGHT}."), format!("权重须在 1 到 {MOST_WEIGHT} 之间。"));
        faults.push(FieldError::new("weight", ErrorCode::InvalidInput, text));
    }
    if share.max_running_tasks.is_some_and(|most| !(1..=MOST_RUNNING).contains(&most)) {
        let text = Text::new(
            format!("A quota is 1 to {MOST_RUNNING} tasks; none when absent."),
            format!("配额须在 1 到 {MOST_RUNNING} 之间，留空表示不限。"),
        );
        faults.push(FieldError::new("maxRunningTasks", ErrorCode::InvalidInput, text));
    }
    faults
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
