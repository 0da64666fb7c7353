//! Exchanging a refresh token for the next one; see the theft rule of the module above.

use serde_json::json;
use store::{
    account::{Account, State},
    session::Session,
};

use super::{RefreshToken, SignedIn, about, as_account, is_open};
use crate::{
    Services, audit,
    audit::Outcome,
    ctx::OpCtx,
    error::{Error, Result},
};

/// How often a lost race is looked at again: the winner leaves the token within its grace.
const TRIES: u32 = 3;

/// What a token is to its session.
enum Standing {
    Newest,
    /// Replaced a moment ago.
    Graced,
    Stolen,
}

/// Exchanges a refresh token for the next one and keeps the session alive.
///
/// # Errors
/// [`Error::Unauthenticated`] for a token that is none, of a session that has ended, or that was replaced (which ends
/// the session).
pub async fn refresh(services: &Services, ctx: &OpCtx, token: &str) -> Result<SignedIn> {
    let token = RefreshToken::parse(token).ok_or(Error::Unauthenticated)?;
    for _ in 0..TRIES {
        match exchange(services, ctx, &token).await {
            Err(Error::Store(error)) if error.is_stale() => {}
            answer => return answer,
        }
    }
    Err(Error::Conflict { kind: "session" })
}

async fn exchange(services: &Services, ctx: &OpCtx, token: &RefreshToken) -> Result<SignedIn> {
    let read = services.store().read();
    let session = store::session::find(read, token.session()).await?;
    let session = session.filter(|it| token.is_of(it) && is_open(services, it, ctx.now_ms));
    let session = session.ok_or(Error::Unauthenticated)?;
    let account = store::account::find(read, session.account).await?.filter(|it| it.state == State::Active);
    let account = account.ok_or(Error::Unauthenticated)?;
    let ctx = &as_account(ctx, &account, session.id);
    let refresh_token = match standing(services, ctx, token, &session) {
        Standing::Newest => rotate(services, ctx, &session, &account, token, false).await?,
        Standing::Graced => {
            match services.sessions().successor(session.id, &token.secret_hash(), ctx.now_ms) {
                Some(successor) if successor.is_newest_of(&session) => successor,
                // Another node replaced it, and only it knows by what.
                _ => rotate(services, ctx, &session, &account, token, true).await?,
            }
        }
        Standing::Stolen => {
            end_family(services, ctx, &session, &account).await?;
            return Err(Error::Unauthenticated);
        }
    };
    Ok(SignedIn { account, session: session.id, refresh_token, expires_ms: session.expires_ms })
}

fn standing(services: &Services, ctx: &OpCtx, token: &RefreshToken, session: &Session) -> Standing {
    let since_ms = ctx.now_ms.saturating_sub(session.rotated_ms);
    if token.is_newest_of(session) {
        Standing::Newest
    } else if token.is_previous_of(session) && since_ms <= services.config().session.grace_ms {
        Standing::Graced
    } else {
        Standing::Stolen
    }
}

async fn rotate(
    services: &Services,
    ctx: &OpCtx,
    session: &Session,
    account: &Account,
    token: &RefreshToken,
    again: bool,
) -> Result<RefreshToken> {
    let next = token.next()?;
    let (to_hash, entry) = (&next.secret_hash(), &about(account, "session.refresh"));
    let write = services.store().write(|tx| {
        Box::pin(async move {
            if again {
                store::session::rotate_again(tx, session, to_hash).await?;
            } else {
                store::session::rotate(tx, session, to_hash, ctx.now_ms).await?;
            }
            audit::record(tx, ctx, entry).await
        })
    });
    write.await?;
    let until_ms = ctx.now_ms.saturating_add(services.config().session.grace_ms);
    services.sessions().keep_successor(token.secret_hash(), next.clone(), ctx.now_ms, until_ms);
    Ok(next)
}

async fn end_family(services: &Services, ctx: &OpCtx, session: &Session, account: &Account) -> Result<()> {
    let state = json!({ "session": session.id.to_string(), "begun_from": session.client_addr });
    let entry = &audit::AuditEntry {
        result: Outcome::Denied,
        error_code: Some(domain::error::ErrorCode::Unauthenticated),
        ..about(account, "session.token_reused").after(state)
    };
    let write = services.store().write(|tx| {
        Box::pin(async move {
            if store::session::end(tx, session.id, "token_reused", ctx.now_ms).await? {
                audit::record(tx, ctx, entry).await?;
            }
            Ok::<_, Error>(())
        })
    });
    write.await?;
    services.sessions().forget(session.id);
    tracing::warn!(account = %account.id, session = %session.id, "a replaced refresh token was used: session ended");
    Ok(())
}
