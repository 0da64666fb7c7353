//! The enforcer's policy: lines made from `domain::access` and from the role bindings.
//!
//! Invariant: the store is the only place where grants are written; the adapter here only reads, and whatever it does
//! not understand (an unknown role, a platform role in a tenant) grants nothing.

use async_trait::async_trait;
use casbin::{Adapter, CoreApi, DefaultModel, Enforcer, Filter, Model};
use domain::{
    access::{Permission, Role},
    id::{AccountId, ProjectId, TenantId},
};

use super::Scope;

const MODEL: &str = include_str!("model.conf");

/// Everybody with a grant in some project of a tenant may know that the tenant exists; this role says so.
const MEMBER: &str = "MEMBER";

/// What a platform role may do in each tenant without a role in it: administer it, never read its work.
const EVERY_TENANT: &[Permission] = &[Permission::TenantRead, Permission::TenantManage, Permission::MemberManage];

/// A role of one account in a tenant or one of its projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) account: AccountId,
    pub(crate) role: Role,
    pub(crate) scope: Scope,
}

impl Grant {
    /// Whether the role may be granted there at all.
    pub(crate) fn is_sound(&self) -> bool {
        let on_platform = self.scope.tenant == TenantId::PLATFORM;
        self.role.is_platform() == on_platform && !(on_platform && self.scope.project.is_some())
    }
}

/// Builds an enforcer for the grants.
pub(crate) async fn enforcer(grants: &[Grant]) -> casbin::Result<Enforcer> {
    let model = DefaultModel::from_str(MODEL).await?;
    let mut rules = role_rules();
    rules.extend(grants.iter().filter(|it| it.is_sound()).flat_map(grant_rules));
    Enforcer::new(model, Lines(rules)).await
}

/// Asks the enforcer; an error of its own is a refusal.
pub(crate) fn allows(enforcer: &Enforcer, account: AccountId, scope: Scope, permission: Permission) -> bool {
    let (domain, object) = (domain_name(scope.tenant), object_name(scope));
    enforcer.enforce((subject(account), domain, object, permission.as_str())).unwrap_or_else(|error| {
        tracing::error!(%error, "the access policy could not be evaluated; refusing");
        false
    })
}

fn subject(account: AccountId) -> String {
    format!("account:{account}")
}

fn domain_name(tenant: TenantId) -> String {
    if tenant == TenantId::PLATFORM { "platform".to_owned() } else { format!("tenant:{tenant}") }
}

fn object_name(scope: Scope) -> String {
    match scope.project {
        Some(project) => project_name(scope.tenant, project),
        None => domain_name(scope.tenant),
    }
}

fn project_name(tenant: TenantId, project: ProjectId) -> String {
    format!("{}/project:{project}", domain_name(tenant))
}

/// One line of the policy: section (`p` or `g`) and values.
type Rule = (&'static str, Vec<String>);

fn role_rules() -> Vec<Rule> {
    let mut rules = vec![role_rule(MEMBER, "own", Permission::TenantRead)];
    for role in Role::ALL {
        for permission in role.permissions() {
            let reach = if role.is_platform() && EVERY_TENANT.contains(permission) { "every" } else { "own" };
            rules.push(role_rule(role.as_str(), reach, *permission));
        }
    }
    rules
}

fn role_rule(role: &str, reach: &str, permission: Permission) -> Rule {
    ("p", vec![format!("role:{role}"), reach.to_owned(), permission.as_str().to_owned()])
}

fn grant_rules(grant: &Grant) -> Vec<Rule> {
    let rule = |role: &str, place: String| ("g", vec![subject(grant.account), format!("role:{role}"), place]);
    let mut rules = vec![rule(grant.role.as_str(), object_name(grant.scope))];
    if grant.scope.project.is_some() {
        rules.push(rule(MEMBER, domain_name(grant.scope.tenant)));
    }
    rules
}

/// An adapter over lines that were read before; it refuses to write.
struct Lines(Vec<Rule>);

fn read_only<T>() -> casbin::Result<T> {
    let error = std::io::Error::new(std::io::ErrorKind::Unsupported, "grants are written through the store only");
    Err(casbin::error::AdapterError(Box::new(error)).into())
}

#[async_trait]
impl Adapter for Lines {
    async fn load_policy(&mut self, model: &mut dyn Model) -> casbin::Result<()> {
        for (section, values) in self.0.drain(..) {
            model.add_policy(section, section, values);
        }
        Ok(())
    }

    async fn load_filtered_policy<'a>(&mut self, model: &mut dyn Model, _: Filter<'a>) -> casbin::Result<()> {
        self.load_policy(model).await
    }

    async fn save_policy(&mut self, _: &mut dyn Model) -> casbin::Result<()> {
        read_only()
    }

    async fn clear_policy(&mut self) -> casbin::Result<()> {
        read_only()
    }

    fn is_filtered(&self) -> bool {
        false
    }

    async fn add_policy(&mut self, _: &str, _: &str, _: Vec<String>) -> casbin::Result<bool> {
        read_only()
    }

    async fn add_policies(&mut self, _: &str, _: &str, _: Vec<Vec<String>>) -> casbin::Result<bool> {
        read_only()
    }

    async fn remove_policy(&mut self, _: &str, _: &str, _: Vec<String>) -> casbin::Result<bool> {
        read_only()
    }

    async fn remove_policies(&mut self, _: &str, _: &str, _: Vec<Vec<String>>) -> casbin::Result<bool> {
        read_only()
    }

    async fn remove_filtered_policy(&mut self, _: &str, _: &str, _: usize, _: Vec<String>) -> casbin::Result<bool> {
        read_only()
    }
}

#[cfg(test)]
mod tests;
