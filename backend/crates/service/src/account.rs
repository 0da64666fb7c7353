//! People and services that sign in: the first one, new ones, their passwords.
//!
//! Nobody chooses a password for somebody else: a new account, and one whose password was reset, gets a one-time
//! password that is shown once and allows nothing but changing it. Wrong passwords are counted per account; too many
//! lock it for a while ([`Lockout`]), whatever is typed meanwhile.

use domain::{
    access::{Permission, Role},
    error::ErrorCode,
    id::{AccountId, RoleBindingId, TenantId},
};
use serde_json::json;
pub use store::account::{Account, State};
use store::{Page, role_binding::RoleBinding};

mod name;
mod secret;

pub(crate) use name::{is_username, normal};
pub(crate) use secret::{Attempt, count_failure};
pub use secret::{Lockout, change_password, reset_password};

use crate::{
    Services,
    audit::{self, AuditEntry},
    authz::Scope,
    ctx::{Actor, OpCtx},
    error::{Error, FieldError, Result, Text},
    password::Password,
    slug,
};

/// The name of the account that the first start makes.
pub const FIRST_ADMINISTRATOR: &str = "admin";

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its name at sign-in; kept in lower case.
    pub username: String,
    /// Its name for people.
    pub display_name: String,
    /// Where mail reaches it.
    pub email: Option<String>,
}

/// A one-time password, and whose it is. It is nowhere else: show it now.
#[derive(Debug)]
pub struct Issued {
    /// Whose.
    pub account: Account,
    /// To be changed at first use.
    pub one_time_password: Password,
}

/// A tenant and the roles that an account has in it or in some of its projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Where.
    pub tenant: TenantId,
    /// What, without repetition, in the order of [`Role::ALL`].
    pub roles: Vec<Role>,
}

/// Makes the first administrator when there is no account at all; `None` otherwise.
///
/// # Errors
/// The database's.
pub async fn bootstrap(services: &Services, now_ms: i64) -> Result<Option<Issued>> {
    if !store::account::list(services.store().read(), None, 1).await?.items.is_empty() {
        return Ok(None);
    }
    let ctx = &OpCtx::system("bootstrap", now_ms);
    let new =
        NewAccount { username: FIRST_ADMINISTRATOR.to_owned(), display_name: "Administrator".to_owned(), email: None };
    let issued = draft(services, ctx, new).await?;
    let account = &issued.account;
    let binding = &RoleBinding {
        tenant: TenantId::PLATFORM,
        id: RoleBindingId(services.store().ids().next()),
        account: account.id,
        role: Role::SystemAdmin,
        project: None,
        expires_ms: None,
        created_ms: now_ms,
        created_by: None,
    };
    let made = services.store().write(|tx| {
        Box::pin(async move {
            store::account::insert(tx, account).await?;
            store::role_binding::insert(tx, binding).await?;
            let state = json!({ "username": account.username, "role": binding.role.as_str() });
            let entry =
                AuditEntry::done(TenantId::PLATFORM, "account.bootstrap", "account", account.id, &account.username);
            audit::record(tx, ctx, &entry.after(state)).await
        })
    });
    match made.await {
        Ok(()) => {
            services.authz().invalidate();
            Ok(Some(issued))
        }
        // Another node was first.
        Err(Error::Store(error)) if error.is_conflict() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes an account with a one-time password.
///
/// # Errors
/// [`Error::Denied`] without [`Permission::PlatformManage`], [`Error::Invalid`], [`Error::NameTaken`].
pub async fn create(services: &Services, ctx: &OpCtx, new: NewAccount) -> Result<Issued> {
    let entry = AuditEntry::new(TenantId::PLATFORM, "account.create", "account").name(&new.username);
    audit::attempt(services, ctx, entry.clone(), async {
        ctx.require(services, Permission::PlatformManage, Scope::PLATFORM).await?;
        let issued = draft(services, ctx, new).await?;
        let account = &issued.account;
        let state = json!({
            "username": account.username, "display_name": account.display_name, "email": account.email,
        });
        let entry = &entry.id(account.id).name(&account.username).after(state);
        let write = services.store().write(|tx| {
            Box::pin(async move {
                store::account::insert(tx, account).await?;
                audit::record(tx, ctx, entry).await
            })
        });
        write.await.map_err(|error| error.or_name_taken("account", "username", &account.username))?;
        Ok(issued)
    })
    .await
}

async fn draft(services: &Services, ctx: &OpCtx, new: NewAccount) -> Result<Issued> {
    let username = normal(&new.username);
    let display_name = new.display_name.trim().to_owned();
    let email = new.email.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    let mut faults = slug::check_title("displayName", &display_name);
    faults.extend(name::check("username", &username));
    faults.extend(email.iter().flat_map(|it| name::check_email("email", it)));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let one_time_password = Password::one_time()?;
    let account = Account {
        id: AccountId(services.store().ids().next()),
        username,
        display_name,
        email,
        password_hash: Some(services.passwords().hash(&one_time_password).await?),
        must_change_password: true,
        state: State::Active,
        failed_count: 0,
        locked_until_ms: None,
        locale: None,
        created_ms: ctx.now_ms,
        last_sign_in_ms: None,
        revision: 1,
    };
    Ok(Issued { account, one_time_password })
}

/// The account that asks; also while its password must be changed.
///
/// # Errors
/// [`Error::Unauthenticated`].
pub async fn viewer(services: &Services, ctx: &OpCtx) -> Result<Account> {
    let id = ctx.actor.account_id().ok_or(Error::Unauthenticated)?;
    store::account::find(services.store().read(), id).await?.ok_or(Error::Unauthenticated)
}

/// The tenants in which the asking account has roles, in the order of their making; none while its password must be
/// changed.
///
/// # Errors
/// [`Error::Unauthenticated`].
pub async fn memberships(services: &Services, ctx: &OpCtx) -> Result<Vec<Membership>> {
    let id = match ctx.account() {
        Ok(id) => id,
        Err(Error::PasswordChangeRequired) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let bindings = store::role_binding::list_of_account(services.store().read(), id, ctx.now_ms).await?;
    let mut memberships: Vec<Membership> = Vec::new();
    for binding in bindings.iter().filter(|it| it.tenant != TenantId::PLATFORM) {
        match memberships.last_mut().filter(|it| it.tenant == binding.tenant) {
            Some(membership) => membership.roles.push(binding.role),
            None => memberships.push(Membership { tenant: binding.tenant, roles: vec![binding.role] }),
        }
    }
    for membership in &mut memberships {
        membership.roles.sort_unstable();
        membership.roles.dedup();
    }
    Ok(memberships)
}

/// The account of an id.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of it: one's own is known, others' to who manages members
/// somewhere or reads the platform.
pub async fn find(services: &Services, ctx: &OpCtx, id: AccountId) -> Result<Account> {
    if ctx.account().ok() != Some(id) && !knows_accounts(services, ctx).await? {
        return Err(Error::NotFound { kind: "account" });
    }
    store::account::find(services.store().read(), id).await?.ok_or(Error::NotFound { kind: "account" })
}

/// The account of a username.
///
/// # Errors
/// As [`find`].
pub async fn find_by_username(services: &Services, ctx: &OpCtx, username: &str) -> Result<Account> {
    let found = store::account::find_by_username(services.store().read(), &normal(username)).await?;
    let own = found.as_ref().is_some_and(|it| ctx.account().ok() == Some(it.id));
    if !own && !knows_accounts(services, ctx).await? {
        return Err(Error::NotFound { kind: "account" });
    }
    found.ok_or(Error::NotFound { kind: "account" })
}

async fn knows_accounts(services: &Services, ctx: &OpCtx) -> Result<bool> {
    let platform = ctx.permissions(services, Scope::PLATFORM).await?.contains(Permission::PlatformRead);
    Ok(platform || !services.visible(ctx, Permission::MemberManage, None, None).await?.is_empty())
}

/// A page of all accounts by username, after the one given.
///
/// # Errors
/// [`Error::Denied`] without [`Permission::PlatformRead`].
pub async fn list(services: &Services, ctx: &OpCtx, after: Option<&str>, limit: u64) -> Result<Page<Account>> {
    ctx.require(services, Permission::PlatformRead, Scope::PLATFORM).await?;
    Ok(store::account::list(services.store().read(), after, limit).await?)
}

impl From<&Account> for Actor {
    fn from(account: &Account) -> Self {
        Self::Account {
            id: account.id,
            username: account.username.clone(),
            must_change_password: account.must_change_password,
        }
    }
}

fn fault(field: &str, en: &str, zh: &str) -> FieldError {
    FieldError::new(field, ErrorCode::InvalidInput, Text::new(en, zh))
}
