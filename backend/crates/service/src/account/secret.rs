//! Changing and resetting passwords, and counting wrong ones.

use domain::{
    access::Permission,
    error::ErrorCode,
    id::{AccountId, TenantId},
};
use serde_json::json;
use store::{
    Tx,
    account::{Account, PasswordHash, State},
};

use super::Issued;
use crate::{
    Services,
    audit::{self, AuditEntry},
    authz::Scope,
    ctx::OpCtx,
    error::{Error, FieldError, Result, Text},
    password::{self, Password},
};

/// When wrong passwords lock an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lockout {
    /// Wrong passwords in a row that lock it.
    pub failures: i32,
    /// For how long.
    pub duration_ms: i64,
}

impl Default for Lockout {
    fn default() -> Self {
        Self { failures: 5, duration_ms: 30 * 60 * 1000 }
    }
}

/// What a checked password comes to, judged on the account as it is in the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Right, and the account may be used.
    Accepted,
    /// Wrong; it counts.
    Wrong,
    /// Locked or switched off, or the password changed meanwhile: neither accepted nor counted.
    Void,
}

impl Attempt {
    /// `checked` is the hash that the password was checked against. The account must be locked by the transaction:
    /// many guesses at once are then judged one after the other, and none after the one that locks it.
    pub(crate) fn judge(account: &Account, checked: Option<&PasswordHash>, matched: bool, now_ms: i64) -> Self {
        let locked = account.locked_until_ms.is_some_and(|until| now_ms < until);
        if locked || account.state != State::Active || account.password_hash.as_ref() != checked {
            Self::Void
        } else if matched {
            Self::Accepted
        } else {
            Self::Wrong
        }
    }
}

/// Counts a wrong password on an account that the transaction has locked, and locks the account for a while when it
/// was one too many.
pub(crate) async fn count_failure(services: &Services, ctx: &OpCtx, tx: &Tx<'_>, account: &Account) -> Result<()> {
    let Lockout { failures, duration_ms } = services.config().lockout;
    let mut account = account.clone();
    account.failed_count += 1;
    let locks = account.failed_count >= failures;
    if locks {
        account.failed_count = 0;
        account.locked_until_ms = Some(ctx.now_ms.saturating_add(duration_ms));
    }
    store::account::save(tx, &account).await?;
    if locks {
        let state = json!({ "failures": failures, "locked_until_ms": account.locked_until_ms });
        audit::record(tx, ctx, &about(&account, "account.lock_out").after(state)).await?;
    }
    Ok(())
}

/// Changes the asking account's password; its other sessions end.
///
/// # Errors
/// [`Error::Unauthenticated`]; [`Error::Invalid`] for a wrong current or a weak new password; [`Error::AccountLocked`]
/// after too many wrong ones.
pub async fn change_password(services: &Services, ctx: &OpCtx, current: &Password, new: &Password) -> Result<Account> {
    let id = ctx.actor.account_id().ok_or(Error::Unauthenticated)?;
    let entry = AuditEntry::new(TenantId::PLATFORM, "account.change_password", "account").id(id).name(ctx.actor.name());
    audit::attempt(services, ctx, entry, async {
        let account = store::account::find(services.store().read(), id).await?.ok_or(Error::Unauthenticated)?;
        let matched = services.passwords().verify(account.password_hash.as_ref(), current).await?;
        // Before the rules are told: who doesn't know the password learns nothing about the next one.
        let hash = if matched { Some(accepted(services, &account, current, new).await?) } else { None };
        let changed = change(services, ctx, &account, hash).await?;
        services.sessions().forget_account(id);
        Ok(changed)
    })
    .await
}

/// The new password's hash, when it may be taken.
async fn accepted(services: &Services, account: &Account, current: &Password, new: &Password) -> Result<PasswordHash> {
    let mut faults = password::check(new, &account.username, "newPassword");
    if new == current {
        let text = Text::new("The new password is the old one.", "新密码与旧密码相同。");
        faults.push(FieldError::new("newPassword", ErrorCode::PasswordTooWeak, text));
    }
    if faults.is_empty() { services.passwords().hash(new).await } else { Err(Error::Invalid(faults)) }
}

/// Writes the new hash; without one, the current password was wrong.
async fn change(services: &Services, ctx: &OpCtx, read: &Account, hash: Option<PasswordHash>) -> Result<Account> {
    let hash = &hash;
    let write = services.store().write(|tx| {
        Box::pin(async move {
            let account = store::account::lock(tx, read.id).await?.ok_or(Error::Unauthenticated)?;
            match (Attempt::judge(&account, read.password_hash.as_ref(), hash.is_some(), ctx.now_ms), hash) {
                (Attempt::Accepted, Some(hash)) => {
                    let changed = set_password(tx, account, hash.clone(), false).await?;
                    store::session::end_all(tx, read.id, ctx.session_id, "password_changed", ctx.now_ms).await?;
                    audit::record(tx, ctx, &about(&changed, "account.change_password")).await?;
                    Ok(Ok(changed))
                }
                (Attempt::Void, _) => Ok(Err(Error::AccountLocked)),
                _ => {
                    count_failure(services, ctx, tx, &account).await?;
                    Ok(Err(wrong_current()))
                }
            }
        })
    });
    // The inner error comes after a commit: the count of wrong passwords stays.
    let outcome: Result<Result<Account>> = write.await;
    outcome?
}

fn wrong_current() -> Error {
    let text = Text::new("The current password is wrong.", "当前密码错误。");
    Error::Invalid(vec![FieldError::new("currentPassword", ErrorCode::BadCredentials, text)])
}

/// Gives an account a new one-time password, ends its sessions and unlocks it.
///
/// # Errors
/// [`Error::Denied`] without [`Permission::PlatformManage`]; [`Error::NotFound`].
pub async fn reset_password(services: &Services, ctx: &OpCtx, id: AccountId) -> Result<Issued> {
    let entry = AuditEntry::new(TenantId::PLATFORM, "account.reset_password", "account").id(id);
    audit::attempt(services, ctx, entry, async {
        ctx.require(services, Permission::PlatformManage, Scope::PLATFORM).await?;
        let one_time_password = Password::one_time()?;
        let hash = &services.passwords().hash(&one_time_password).await?;
        let write = services.store().write(|tx| {
            Box::pin(async move {
                let account = store::account::lock(tx, id).await?.ok_or(Error::NotFound { kind: "account" })?;
                let account = set_password(tx, account, hash.clone(), true).await?;
                store::session::end_all(tx, id, None, "password_reset", ctx.now_ms).await?;
                audit::record(tx, ctx, &about(&account, "account.reset_password")).await?;
                Ok::<_, Error>(account)
            })
        });
        let account = write.await?;
        services.sessions().forget_account(id);
        Ok(Issued { account, one_time_password })
    })
    .await
}

async fn set_password(tx: &Tx<'_>, account: Account, hash: PasswordHash, must_change: bool) -> Result<Account> {
    let changed = Account {
        password_hash: Some(hash),
        must_change_password: must_change,
        failed_count: 0,
        locked_until_ms: None,
        ..account
    };
    store::account::save(tx, &changed).await?;
    Ok(Account { revision: changed.revision + 1, ..changed })
}

fn about(account: &Account, action: &'static str) -> AuditEntry {
    AuditEntry::done(TenantId::PLATFORM, action, "account", account.id, &account.username)
}
