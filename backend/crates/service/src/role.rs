//! Granting and revoking roles.
//!
//! Rules, beside [`Permission::MemberManage`] in the tenant or project that it is about:
//!  - One grants only what one has oneself. The platform's administrators may besides appoint *others* anywhere, which
//!    is how a new tenant gets its first member; to himself nobody grants what he lacks.
//!  - The platform's role is granted on the platform only, and a department's roles in departments only.
//!  - The last administrator of the platform can't be removed.

use domain::{
    access::{Permission, Role},
    error::ErrorCode,
    id::{ProjectId, RoleBindingId, TenantId},
};
use serde_json::json;
use store::{Tx, account::Account, role_binding::RoleBinding};

use crate::{
    Services, account,
    audit::{self, AuditEntry},
    authz::Scope,
    ctx::{Actor, OpCtx},
    error::{Error, Result, Text},
};

/// A role of an account somewhere, to be granted or revoked.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Whose, by username.
    pub username: String,
    /// Where; [`TenantId::PLATFORM`] for the platform's role.
    pub tenant: TenantId,
    /// What.
    pub role: Role,
    /// The project, when it does not hold in the whole tenant.
    pub project: Option<ProjectId>,
}

impl Assignment {
    const fn scope(&self) -> Scope {
        Scope { tenant: self.tenant, project: self.project }
    }

    fn entry(&self, action: &'static str) -> AuditEntry {
        AuditEntry::new(self.tenant, action, "account").name(&self.username)
    }

    fn state(&self, expires_ms: Option<i64>) -> serde_json::Value {
        let project = self.project.map(|it| it.to_string());
        json!({ "role": self.role.as_str(), "project": project, "expires_ms": expires_ms })
    }
}

/// Grants a role, until `expires_ms` when it is given. Granting what is there already changes at most its end.
///
/// # Errors
/// [`Error::Denied`] or [`Error::NotFound`] by the rules of the module; [`Error::Invalid`] for a role that can't be
/// held there or that would have ended; [`Error::Conflict`] when somebody else grants it at the same moment.
pub async fn grant(
    services: &Services,
    ctx: &OpCtx,
    assignment: &Assignment,
    expires_ms: Option<i64>,
) -> Result<Account> {
    audit::attempt(services, ctx, assignment.entry("role.grant"), async {
        let account = checked(services, ctx, assignment).await?;
        if expires_ms.is_some_and(|it| it <= ctx.now_ms) {
            let text = Text::new("The role would have ended already.", "该授权的到期时间已过。");
            return Err(Error::invalid("expiresAt", text));
        }
        may_grant(services, ctx, assignment, &account).await?;
        let binding = &RoleBinding {
            tenant: assignment.tenant,
            id: RoleBindingId(services.store().ids().next()),
            account: account.id,
            role: assignment.role,
            project: assignment.project,
            expires_ms,
            created_ms: ctx.now_ms,
            created_by: ctx.actor.account_id(),
        };
        let entry = &assignment.entry("role.grant").id(account.id).after(assignment.state(expires_ms));
        let write = services.store().write(|tx| {
            Box::pin(async move {
                let before = put(tx, binding, ctx.now_ms).await?;
                let entry = match before {
                    Some(held) => entry.clone().before(assignment.state(held.expires_ms)),
                    None => entry.clone(),
                };
                audit::record(tx, ctx, &entry).await
            })
        });
        write.await.map_err(|error| match error {
            Error::Store(error) if error.is_conflict() => Error::Conflict { kind: "role" },
            other => other,
        })?;
        services.authz().invalidate();
        Ok(account)
    })
    .await
}

/// Makes the binding, in place of one that ends at another time; answers with what was there.
async fn put(tx: &Tx<'_>, binding: &RoleBinding, now_ms: i64) -> Result<Option<RoleBinding>> {
    let RoleBinding { tenant, account, role, project, .. } = *binding;
    let held = store::role_binding::find(tx, tenant, account, role, project).await?;
    if let Some(held) = &held {
        if held.expires_ms == binding.expires_ms {
            return Ok(Some(held.clone()));
        }
        store::role_binding::delete(tx, held, now_ms).await?;
    }
    store::role_binding::insert(tx, binding).await?;
    Ok(held)
}

/// Takes a role away; what was not there stays so.
///
/// # Errors
/// [`Error::Denied`] or [`Error::NotFound`] by the rules of the module; [`Error::Refused`] for the platform's last
/// administrator.
pub async fn revoke(services: &Services, ctx: &OpCtx, assignment: &Assignment) -> Result<Account> {
    audit::attempt(services, ctx, assignment.entry("role.revoke"), async {
        let account = checked(services, ctx, assignment).await?;
        let (id, Assignment { tenant, role, project, .. }) = (account.id, assignment);
        let write = services.store().write(|tx| {
            Box::pin(async move {
                let held = store::role_binding::find(tx, *tenant, id, *role, *project).await?;
                let mut entry = assignment.entry("role.revoke").id(id);
                if let Some(held) = held {
                    store::role_binding::delete(tx, &held, ctx.now_ms).await?;
                    keep_an_administrator(tx, ctx, *role).await?;
                    entry = entry.before(assignment.state(held.expires_ms));
                }
                audit::record(tx, ctx, &entry).await
            })
        });
        write.await?;
        services.authz().invalidate();
        Ok(account)
    })
    .await
}

/// Runs after the deletion, which has locked the policy's version: two administrators who remove each other come one
/// after the other.
async fn keep_an_administrator(tx: &Tx<'_>, ctx: &OpCtx, role: Role) -> Result<()> {
    if role != Role::SystemAdmin {
        return Ok(());
    }
    let left = store::role_binding::list_of_tenant(tx, TenantId::PLATFORM, ctx.now_ms).await?;
    if left.iter().any(|it| it.role == Role::SystemAdmin && it.expires_ms.is_none()) {
        return Ok(());
    }
    let text = Text::new("This is the platform's last administrator.", "这是平台的最后一位系统管理员。");
    Err(Error::refused(ErrorCode::Conflict, text))
}

/// The account of an assignment that the actor may speak about and that makes sense.
async fn checked(services: &Services, ctx: &OpCtx, assignment: &Assignment) -> Result<Account> {
    ctx.require(services, Permission::MemberManage, assignment.scope()).await?;
    let on_platform = assignment.tenant == TenantId::PLATFORM;
    if assignment.role.is_platform() != on_platform || on_platform && assignment.project.is_some() {
        let text = Text::new(
            format!("The role {} can't be held there.", assignment.role),
            format!("角色 {} 不能在此处授予。", assignment.role),
        );
        return Err(Error::invalid("role", text));
    }
    let read = services.store().read();
    if !on_platform && store::tenant::find(read, assignment.tenant).await?.is_none() {
        return Err(Error::NotFound { kind: "tenant" });
    }
    if let Some(project) = assignment.project
        && store::project::find(read, assignment.tenant, project).await?.is_none()
    {
        return Err(Error::NotFound { kind: "project" });
    }
    let account = store::account::find_by_username(read, &account::normal(&assignment.username)).await?;
    account.ok_or(Error::NotFound { kind: "account" })
}

async fn may_grant(services: &Services, ctx: &OpCtx, assignment: &Assignment, to: &Account) -> Result<()> {
    let Actor::Account { id, .. } = ctx.actor else { return Ok(()) };
    let appoints = id != to.id && ctx.permissions(services, Scope::PLATFORM).await?.contains(Permission::MemberManage);
    if appoints {
        return Ok(());
    }
    let has = ctx.permissions(services, assignment.scope()).await?;
    let lacking = assignment.role.permissions().iter().find(|it| !has.contains(**it));
    lacking.map_or(Ok(()), |permission| Err(Error::Denied { permission: *permission }))
}
