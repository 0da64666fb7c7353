//! Signing in, staying signed in, signing out.
//!
//! A sign-in begins a *session*, which a short access token (made by the HTTP layer) names and a *refresh token* keeps
//! alive. The refresh token rotates: each use replaces it. What is kept are hashes, of the newest token and of the one
//! before it, and of the part that all tokens of the session share (its family).
//!
//! **Theft.** A copied token is found out when either holder uses one that has been replaced: the family is right, the
//! token is not the newest, so the session ends for both. Two tabs that refresh at the same moment are no theft: for
//! [`Limits::grace_ms`] after a rotation the replaced token is still answered, with the token that replaced it.
//!
//! **The same answer.** A wrong name, a wrong password, a locked and a switched-off account are answered alike, after
//! the same work. What differs is in the audit trail.
//!
//! **Ending.** A session ends by signing out, by a password change elsewhere, by theft, when it was idle for too long,
//! and in any case after [`Limits::absolute_ms`]. [`authenticate`] asks for it at each request, with an answer at most
//! [`ALIVE_MS`] old.

use domain::{
    error::ErrorCode,
    id::{AccountId, SessionId, TenantId},
};
use serde_json::json;
use store::{Tx, account::Account, session::Session};

mod cache;
mod refresh;
mod token;

pub use cache::ALIVE_MS;
pub(crate) use cache::Cache;
pub use refresh::refresh;
pub use token::RefreshToken;

use crate::{
    Services,
    account::{self, Attempt},
    audit::{self, AuditEntry, Outcome},
    ctx::{Actor, OpCtx},
    error::{Error, Result},
    password::Password,
};

/// How long a sign-in lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Since it was last refreshed.
    pub idle_ms: i64,
    /// Since it began, whatever happens.
    pub absolute_ms: i64,
    /// How long a replaced refresh token is still answered.
    pub grace_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { idle_ms: 30 * 60 * 1000, absolute_ms: 12 * 60 * 60 * 1000, grace_ms: 10 * 1000 }
    }
}

/// A signed-in session, and the token that keeps it alive.
#[derive(Debug)]
pub struct SignedIn {
    /// Who signed in.
    pub account: Account,
    /// The session, for the access token.
    pub session: SessionId,
    /// For the client's cookie; it is nowhere else.
    pub refresh_token: RefreshToken,
    /// When the session ends whatever happens.
    pub expires_ms: i64,
}

/// Begins a session.
///
/// # Errors
/// [`Error::BadCredentials`] whatever was wrong; [`Error::Refused`] when too many sign in at once.
pub async fn sign_in(services: &Services, ctx: &OpCtx, username: &str, password: &Password) -> Result<SignedIn> {
    let username = account::normal(username);
    let known = account::is_username(&username);
    let found = if known { store::account::find_by_username(services.store().read(), &username).await? } else { None };
    let checked = found.as_ref().and_then(|it| it.password_hash.as_ref());
    let matched = services.passwords().verify(checked, password).await?;
    let Some(found) = &found else {
        // Something else typed into the field may be a password: it isn't kept.
        let typed = if known { username.as_str() } else { "(not a user name)" };
        let entry = AuditEntry::new(TenantId::PLATFORM, "session.sign_in", "account").name(typed);
        audit::record_refusal(services, ctx, entry, &Error::BadCredentials).await;
        return Err(Error::BadCredentials);
    };
    let token = &RefreshToken::begin(SessionId(services.store().ids().next()))?;
    let write = services.store().write(|tx| {
        Box::pin(async move {
            let account = store::account::lock(tx, found.id).await?.ok_or(Error::BadCredentials)?;
            match Attempt::judge(&account, checked, matched, ctx.now_ms) {
                Attempt::Accepted => begin(services, ctx, tx, account, token).await.map(Some),
                judged => refuse(services, ctx, tx, &account, judged).await.map(|()| None),
            }
        })
    });
    // The refusal comes after a commit: the count of wrong passwords stays.
    let (account, session) = write.await?.ok_or(Error::BadCredentials)?;
    Ok(SignedIn { account, session: session.id, refresh_token: token.clone(), expires_ms: session.expires_ms })
}

async fn begin(
    services: &Services,
    ctx: &OpCtx,
    tx: &Tx<'_>,
    account: Account,
    token: &RefreshToken,
) -> Result<(Account, Session)> {
    let account = Account { failed_count: 0, locked_until_ms: None, last_sign_in_ms: Some(ctx.now_ms), ..account };
    store::account::save(tx, &account).await?;
    let session = Session {
        id: token.session(),
        account: account.id,
        family_hash: token.family_hash(),
        refresh_hash: token.secret_hash(),
        previous_hash: None,
        created_ms: ctx.now_ms,
        rotated_ms: ctx.now_ms,
        expires_ms: ctx.now_ms.saturating_add(services.config().session.absolute_ms),
        last_seen_ms: ctx.now_ms,
        ended_ms: None,
        end_reason: None,
        client_addr: ctx.client_addr.as_deref().and_then(|it| fit(it, 64)),
        user_agent: ctx.user_agent.as_deref().and_then(|it| fit(it, 255)),
    };
    store::session::insert(tx, &session).await?;
    let state = json!({ "session": session.id.to_string(), "user_agent": session.user_agent });
    let (ctx, entry) = (as_account(ctx, &account, session.id), about(&account, "session.sign_in").after(state));
    audit::record(tx, &ctx, &entry).await?;
    Ok((account, session))
}

async fn refuse(services: &Services, ctx: &OpCtx, tx: &Tx<'_>, account: &Account, judged: Attempt) -> Result<()> {
    if judged == Attempt::Wrong {
        account::count_failure(services, ctx, tx, account).await?;
    }
    let why = if judged == Attempt::Wrong { ErrorCode::BadCredentials } else { ErrorCode::AccountLocked };
    let entry = AuditEntry { result: Outcome::Failed, error_code: Some(why), ..about(account, "session.sign_in") };
    audit::record(tx, ctx, &entry).await
}

/// Who stands behind a session, when it is still alive: for each request that brings an access token.
///
/// # Errors
/// [`Error::Unauthenticated`] when the session has ended or the account was switched off.
pub async fn authenticate(services: &Services, id: SessionId, now_ms: i64) -> Result<Actor> {
    if let Some(actor) = services.sessions().alive(id, now_ms) {
        return Ok(actor);
    }
    let read = services.store().read();
    let session = store::session::find(read, id).await?.filter(|it| is_open(services, it, now_ms));
    let session = session.ok_or(Error::Unauthenticated)?;
    let account = store::account::find(read, session.account).await?;
    let account = account.filter(|it| it.state == account::State::Active).ok_or(Error::Unauthenticated)?;
    let actor = Actor::from(&account);
    services.sessions().keep_alive(id, actor.clone(), now_ms);
    Ok(actor)
}

/// Whether a session is still alive; for long-lived connections, which ask from time to time.
///
/// # Errors
/// The database's.
pub async fn is_alive(services: &Services, id: SessionId, now_ms: i64) -> Result<bool> {
    match authenticate(services, id, now_ms).await {
        Ok(_) => Ok(true),
        Err(Error::Unauthenticated) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Ends the session of the request, or of the refresh token when the access token has run out. Ending what has ended
/// does nothing.
///
/// # Errors
/// The database's.
pub async fn sign_out(services: &Services, ctx: &OpCtx, refresh_token: Option<&str>) -> Result<()> {
    let Some(session) = session_of(services, ctx, refresh_token).await? else { return Ok(()) };
    let Some(account) = store::account::find(services.store().read(), session.account).await? else { return Ok(()) };
    let ctx = &as_account(ctx, &account, session.id);
    let entry = &about(&account, "session.sign_out");
    let write = services.store().write(|tx| {
        Box::pin(async move {
            if store::session::end(tx, session.id, "signed_out", ctx.now_ms).await? {
                audit::record(tx, ctx, entry).await?;
            }
            Ok::<_, Error>(())
        })
    });
    write.await?;
    services.sessions().forget(session.id);
    Ok(())
}

async fn session_of(services: &Services, ctx: &OpCtx, refresh_token: Option<&str>) -> Result<Option<SessionOf>> {
    let token = refresh_token.and_then(RefreshToken::parse);
    let (id, token) = match (ctx.session_id, token) {
        (Some(id), _) => (id, None),
        (None, Some(token)) => (token.session(), Some(token)),
        (None, None) => return Ok(None),
    };
    let found = store::session::find(services.store().read(), id).await?;
    let found = found.filter(|it| token.is_none_or(|token| token.is_of(it)));
    Ok(found.map(|it| SessionOf { id: it.id, account: it.account }))
}

#[derive(Clone, Copy)]
struct SessionOf {
    id: SessionId,
    account: AccountId,
}

fn is_open(services: &Services, session: &Session, now_ms: i64) -> bool {
    let idle_ms = now_ms.saturating_sub(session.last_seen_ms);
    session.ended_ms.is_none() && now_ms < session.expires_ms && idle_ms < services.config().session.idle_ms
}

/// The request as one of the account: who signs in, or brings only a refresh token, is not yet the request's actor.
fn as_account(ctx: &OpCtx, account: &Account, session: SessionId) -> OpCtx {
    OpCtx { actor: account.into(), session_id: Some(session), ..ctx.clone() }
}

fn about(account: &Account, action: &'static str) -> AuditEntry {
    AuditEntry::done(TenantId::PLATFORM, action, "account", account.id, &account.username)
}

/// The text as a column of that length keeps it.
fn fit(text: &str, length: usize) -> Option<String> {
    let kept: String = text.chars().filter(|it| !it.is_control()).take(length).collect();
    if kept.is_empty() { None } else { Some(kept) }
}
