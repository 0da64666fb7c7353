//! The policy as it was at one version, with the decisions made from it.
//!
//! Decisions live and die with the snapshot, so that none outlives the grants that it was made from.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use casbin::Enforcer;
use domain::{
    access::Permission,
    id::{AccountId, ProjectId, TenantId},
};

use super::{PermissionSet, Scope, Visible, policy, policy::Grant};

/// Decisions kept per snapshot; past it the cache starts anew.
const DECISIONS_MAX: usize = 20_000;

pub(super) struct Snapshot {
    pub(super) version: i64,
    /// When the first of its grants ends, and with it this snapshot.
    valid_until_ms: Option<i64>,
    enforcer: Enforcer,
    scopes: HashMap<AccountId, Vec<Scope>>,
    decisions: Mutex<HashMap<(AccountId, Scope), PermissionSet>>,
}

impl Snapshot {
    /// The policy that the grants make, all of which hold until `valid_until_ms`.
    pub(super) async fn build(version: i64, grants: &[Grant], valid_until_ms: Option<i64>) -> casbin::Result<Self> {
        let enforcer = policy::enforcer(grants).await?;
        let mut scopes: HashMap<AccountId, Vec<Scope>> = HashMap::new();
        for grant in grants.iter().filter(|it| it.is_sound()) {
            scopes.entry(grant.account).or_default().push(grant.scope);
        }
        for of_account in scopes.values_mut() {
            of_account.sort_unstable();
            of_account.dedup();
        }
        Ok(Self { version, valid_until_ms, enforcer, scopes, decisions: Mutex::default() })
    }

    /// Whether none of its grants has ended.
    pub(super) fn is_valid(&self, now_ms: i64) -> bool {
        self.valid_until_ms.is_none_or(|until| now_ms < until)
    }

    pub(super) fn permissions(&self, account: AccountId, scope: Scope) -> PermissionSet {
        if !self.scopes.contains_key(&account) {
            return PermissionSet::NONE;
        }
        let key = (account, scope);
        let known = self.decisions.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        known.unwrap_or_else(|| {
            let allowed = |it: &Permission| policy::allows(&self.enforcer, account, scope, *it);
            let set = Permission::ALL.iter().copied().filter(allowed).collect();
            let mut decisions = self.decisions.lock().unwrap_or_else(PoisonError::into_inner);
            if decisions.len() >= DECISIONS_MAX {
                decisions.clear();
            }
            decisions.insert(key, set);
            set
        })
    }

    /// The tenants in which the account has any grant.
    pub(super) fn tenants_of(&self, account: AccountId) -> Vec<TenantId> {
        let scopes = self.scopes.get(&account).map_or(&[][..], Vec::as_slice);
        let mut tenants: Vec<_> = scopes.iter().map(|it| it.tenant).filter(|it| *it != TenantId::PLATFORM).collect();
        tenants.dedup();
        tenants
    }

    /// The projects of the tenant in which the account has the permission.
    pub(super) fn projects_of(
        &self,
        account: AccountId,
        tenant: TenantId,
        permission: Permission,
    ) -> Visible<ProjectId> {
        if self.permissions(account, Scope::tenant(tenant)).contains(permission) {
            return Visible::All;
        }
        let scopes = self.scopes.get(&account).map_or(&[][..], Vec::as_slice);
        let granted = scopes.iter().filter(|it| it.tenant == tenant);
        let allowed = granted.filter(|it| self.permissions(account, **it).contains(permission));
        Visible::Only(allowed.filter_map(|it| it.project).collect())
    }
}
