//! Who may do what, where: the Casbin enforcer over the role bindings, and the filters of lists.
//!
//! Rules:
//!  - Denied by default. An account has what its grants say, in the domain (tenant or platform) or project of the
//!    grant, and nothing else; a fault of the policy is a refusal.
//!  - **No leak.** Who may not read a tenant (or project) gets the same "not found" for it as for one that does not
//!    exist.
//!  - The platform's administrators administer every tenant (see it, name its first members) and read no tenant's work.
//!  - A one-time password allows nothing but changing it.
//!
//! Freshness: each use asks for the policy's version when the last look is older than [`POLL_MS`], one small query;
//! a changed version loads the bindings anew. So a grant made on another node holds here within a second, and one made
//! by this process at once ([`Authz::invalidate`]). When the version can't be read the request fails; it is not decided
//! by an old policy.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use domain::{
    access::Permission,
    id::{AccountId, ProjectId, TenantId},
};
use store::{Store, role_binding::RoleBinding};

pub mod matrix;
mod permission_set;
mod policy;
mod snapshot;

pub use permission_set::PermissionSet;
use policy::Grant;
use snapshot::Snapshot;

use crate::{
    Services,
    ctx::{Actor, OpCtx},
    error::{Error, Result},
};

/// How old a look at the policy's version may be.
pub const POLL_MS: i64 = 1_000;

/// Where a permission is asked for: a tenant, or one project of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The tenant, or [`TenantId::PLATFORM`].
    pub tenant: TenantId,
    /// The project, when it is about one.
    pub project: Option<ProjectId>,
}

impl Scope {
    /// The platform itself.
    pub const PLATFORM: Self = Self { tenant: TenantId::PLATFORM, project: None };

    /// A whole tenant.
    #[must_use]
    pub const fn tenant(tenant: TenantId) -> Self {
        Self { tenant, project: None }
    }

    /// One project.
    #[must_use]
    pub const fn project(tenant: TenantId, project: ProjectId) -> Self {
        Self { tenant, project: Some(project) }
    }
}

/// A filter for lists: everything, or what is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible<T> {
    /// No filter.
    All,
    /// These, and nothing when empty.
    Only(Vec<T>),
}

impl<T: PartialEq> Visible<T> {
    /// Whether the item passes the filter.
    pub fn contains(&self, item: &T) -> bool {
        match self {
            Self::All => true,
            Self::Only(items) => items.contains(item),
        }
    }

    /// What is named; `None` for everything.
    fn named(self) -> Option<Vec<T>> {
        match self {
            Self::All => None,
            Self::Only(items) => Some(items),
        }
    }

    /// Whether nothing passes the filter.
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Only(items) if items.is_empty())
    }
}

/// The policy of this process; see the module's text.
pub struct Authz {
    store: Store,
    held: RwLock<Option<Held>>,
    /// Raised by [`Authz::invalidate`]; what was read before it doesn't count.
    generation: AtomicU64,
    reading: tokio::sync::Mutex<()>,
}

/// A policy and when it was last known to be the newest.
#[derive(Clone)]
struct Held {
    policy: Arc<Snapshot>,
    checked_ms: i64,
    generation: u64,
}

impl Authz {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, held: RwLock::default(), generation: AtomicU64::new(0), reading: tokio::sync::Mutex::default() }
    }

    /// Makes the next question look at the bindings again; called after a grant has been committed.
    pub fn invalidate(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// See [`OpCtx::require`].
    pub(crate) async fn require(&self, ctx: &OpCtx, permission: Permission, scope: Scope) -> Result<()> {
        let Some(account) = human(ctx)? else { return Ok(()) };
        let policy = self.policy(ctx.now_ms).await?;
        let allowed = policy.permissions(account, scope);
        if allowed.contains(permission) {
            return Ok(());
        }
        if scope.tenant != TenantId::PLATFORM {
            if !policy.permissions(account, Scope::tenant(scope.tenant)).contains(Permission::TenantRead) {
                return Err(Error::NotFound { kind: "tenant" });
            }
            if scope.project.is_some() && !allowed.contains(Permission::ProjectRead) {
                return Err(Error::NotFound { kind: "project" });
            }
        }
        Err(Error::Denied { permission })
    }

    /// See [`OpCtx::permissions`].
    pub(crate) async fn permissions(&self, ctx: &OpCtx, scope: Scope) -> Result<PermissionSet> {
        match human(ctx) {
            Ok(None) => Ok(PermissionSet::all()),
            Ok(Some(account)) => Ok(self.policy(ctx.now_ms).await?.permissions(account, scope)),
            Err(_) => Ok(PermissionSet::NONE),
        }
    }

    /// See [`OpCtx::visible_tenants`].
    pub(crate) async fn visible_tenants(&self, ctx: &OpCtx) -> Result<Visible<TenantId>> {
        let Some(account) = human(ctx)? else { return Ok(Visible::All) };
        let policy = self.policy(ctx.now_ms).await?;
        if policy.permissions(account, Scope::PLATFORM).contains(Permission::TenantRead) {
            return Ok(Visible::All);
        }
        Ok(Visible::Only(policy.tenants_of(account)))
    }

    /// See [`OpCtx::visible_projects`].
    pub(crate) async fn visible_projects(
        &self,
        ctx: &OpCtx,
        tenant: TenantId,
        permission: Permission,
    ) -> Result<Visible<ProjectId>> {
        let Some(account) = human(ctx)? else { return Ok(Visible::All) };
        Ok(self.policy(ctx.now_ms).await?.projects_of(account, tenant, permission))
    }

    /// See [`Services::visible`].
    async fn visible(
        &self,
        ctx: &OpCtx,
        permission: Permission,
        tenant: Option<TenantId>,
        project: Option<ProjectId>,
    ) -> Result<Vec<store::run::Visible>> {
        let account = human(ctx)?;
        let policy = self.policy(ctx.now_ms).await?;
        let tenants = match (tenant, account) {
            (Some(tenant), _) => vec![tenant],
            (None, Some(account)) => policy.tenants_of(account),
            (None, None) => store::tenant::list_ids(self.store.read()).await?,
        };
        let projects_of = |tenant| match account {
            Some(account) => policy.projects_of(account, tenant, permission),
            None => Visible::All,
        };
        let places = tenants.into_iter().map(|tenant| (tenant, narrowed(projects_of(tenant), project)));
        let places = places.filter(|(_, projects)| !projects.is_empty());
        Ok(places.map(|(tenant, projects)| store::run::Visible { tenant, projects: projects.named() }).collect())
    }

    /// The policy, at most [`POLL_MS`] old.
    async fn policy(&self, now_ms: i64) -> Result<Arc<Snapshot>> {
        if let Some(policy) = self.fresh(now_ms) {
            return Ok(policy);
        }
        let _one_at_a_time = self.reading.lock().await;
        if let Some(policy) = self.fresh(now_ms) {
            return Ok(policy);
        }
        let generation = self.generation.load(Ordering::Acquire);
        let policy = self.read(now_ms).await?;
        let held = Held { policy: policy.clone(), checked_ms: now_ms, generation };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(policy)
    }

    fn fresh(&self, now_ms: i64) -> Option<Arc<Snapshot>> {
        let held = self.held()?;
        let recent = now_ms.abs_diff(held.checked_ms) < POLL_MS.unsigned_abs();
        let counts = held.generation == self.generation.load(Ordering::Acquire);
        (recent && counts && held.policy.is_valid(now_ms)).then_some(held.policy)
    }

    fn held(&self) -> Option<Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the version and, when it moved or a grant has ended, the bindings.
    async fn read(&self, now_ms: i64) -> Result<Arc<Snapshot>> {
        let version = store::role_binding::version(self.store.read()).await?;
        if let Some(Held { policy, .. }) = self.held()
            && policy.version == version
            && policy.is_valid(now_ms)
        {
            return Ok(policy);
        }
        // The version was read first: with a grant between the two reads it looks old, never the bindings.
        let bindings = store::role_binding::list_valid(self.store.read(), now_ms).await?;
        let valid_until_ms = bindings.iter().filter_map(|it| it.expires_ms).min();
        let grants: Vec<_> = bindings.iter().map(grant).collect();
        let policy = Snapshot::build(version, &grants, valid_until_ms).await;
        policy.map(Arc::new).map_err(|error| Error::Internal(format!("the access policy can't be loaded: {error}")))
    }
}

impl Services {
    /// Where the actor has the permission, narrowed to a tenant or a project when they are given: the filter of lists
    /// below tenants. Empty when there is no such place.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::PasswordChangeRequired`]; [`Error::Store`].
    pub async fn visible(
        &self,
        ctx: &OpCtx,
        permission: Permission,
        tenant: Option<TenantId>,
        project: Option<ProjectId>,
    ) -> Result<Vec<store::run::Visible>> {
        self.authz().visible(ctx, permission, tenant, project).await
    }
}

fn narrowed(visible: Visible<ProjectId>, project: Option<ProjectId>) -> Visible<ProjectId> {
    match project {
        None => visible,
        Some(project) if visible.contains(&project) => Visible::Only(vec![project]),
        Some(_) => Visible::Only(Vec::new()),
    }
}

/// The account whose rights count; `None` for Almanac itself, which may do everything.
fn human(ctx: &OpCtx) -> Result<Option<AccountId>> {
    match ctx.actor {
        Actor::System(_) => Ok(None),
        Actor::Account { .. } | Actor::Anonymous => ctx.account().map(Some),
    }
}

fn grant(binding: &RoleBinding) -> Grant {
    let scope = Scope { tenant: binding.tenant, project: binding.project };
    let grant = Grant { account: binding.account, role: binding.role, scope };
    if !grant.is_sound() {
        tracing::warn!(tenant = %binding.tenant, role = %binding.role, "a role that can't be held there is ignored");
    }
    grant
}
