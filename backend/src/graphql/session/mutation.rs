//! Signing in, staying signed in, signing out.

use std::time::Duration;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::{Error, ctx::Actor, password::Password, session::SignedIn};

use crate::{
    auth::{gate::Gate, token::Bearer},
    graphql::{
        account::Viewer,
        context::{Ask as _, Operation, RefreshCookie},
        error::UserError,
        scalar::Instant,
    },
};

const SET_COOKIE: &str = "set-cookie";

/// Name and password.
#[derive(InputObject)]
pub(crate) struct SignInInput {
    username: String,
    password: String,
}

/// A session, or why there is none.
#[derive(Debug, SimpleObject)]
pub(crate) struct SignInPayload {
    /// Short-lived; send as `Authorization: Bearer`. The refresh token is in an HttpOnly cookie.
    access_token: Option<String>,
    access_expires_at: Option<Instant>,
    viewer: Option<Viewer>,
    user_errors: Vec<UserError>,
}

/// The session's next access token, or why there is none.
#[derive(Debug, SimpleObject)]
pub(crate) struct RefreshSessionPayload {
    access_token: Option<String>,
    access_expires_at: Option<Instant>,
    viewer: Option<Viewer>,
    user_errors: Vec<UserError>,
}

/// Nothing, or why the session goes on.
#[derive(Debug, SimpleObject)]
pub(crate) struct SignOutPayload {
    user_errors: Vec<UserError>,
}

/// What a client gets of a session.
#[derive(Default)]
struct Granted {
    access_token: Option<String>,
    access_expires_at: Option<Instant>,
    viewer: Option<Viewer>,
}

/// Hands a session out: the refresh token in the cookie, the access token in the answer, and the rest of the answer as
/// its account sees it.
fn hand_out(ctx: &Context<'_>, signed_in: SignedIn) -> Granted {
    let gate = ctx.data_unchecked::<Gate>();
    let bearer = Bearer { account: signed_in.account.id, session: signed_in.session };
    let operation = ctx.data_unchecked::<Operation>();
    operation.become_actor(Actor::from(&signed_in.account), Some(signed_in.session));
    let left_ms = signed_in.expires_ms.saturating_sub(operation.op().now_ms).max(0);
    let lifetime = Duration::from_millis(left_ms.unsigned_abs());
    ctx.append_http_header(SET_COOKIE, gate.cookies.store(&signed_in.refresh_token.reveal(), lifetime));
    let access = gate.issue(bearer);
    Granted {
        access_token: Some(access.text),
        access_expires_at: Some(Instant(access.expires_ms)),
        viewer: Some(Viewer(signed_in.account)),
    }
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Begins a session.
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> Result<SignInPayload> {
        let password = Password::new(input.password);
        let signed_in = service::session::sign_in(ctx.services(), &ctx.op(), &input.username, &password).await;
        let (signed_in, user_errors) = ctx.settle(signed_in)?;
        let Granted { access_token, access_expires_at, viewer } =
            signed_in.map(|signed_in| hand_out(ctx, signed_in)).unwrap_or_default();
        Ok(SignInPayload { access_token, access_expires_at, viewer, user_errors })
    }

    /// Exchanges the refresh cookie for a new access token; the refresh token rotates.
    async fn refresh_session(&self, ctx: &Context<'_>) -> Result<RefreshSessionPayload> {
        let cookie = ctx.data_unchecked::<RefreshCookie>();
        let refreshed = match &cookie.0 {
            Some(token) => service::session::refresh(ctx.services(), &ctx.op(), token).await,
            None => Err(Error::Unauthenticated),
        };
        if matches!(refreshed, Err(Error::Unauthenticated)) && cookie.0.is_some() {
            ctx.append_http_header(SET_COOKIE, ctx.data_unchecked::<Gate>().cookies.remove());
        }
        let (signed_in, user_errors) = ctx.settle(refreshed)?;
        let Granted { access_token, access_expires_at, viewer } =
            signed_in.map(|signed_in| hand_out(ctx, signed_in)).unwrap_or_default();
        Ok(RefreshSessionPayload { access_token, access_expires_at, viewer, user_errors })
    }

    /// Ends the session; the refresh cookie goes.
    async fn sign_out(&self, ctx: &Context<'_>) -> Result<SignOutPayload> {
        let cookie = ctx.data_unchecked::<RefreshCookie>();
        let ended = service::session::sign_out(ctx.services(), &ctx.op(), cookie.0.as_deref()).await;
        let (_, user_errors) = ctx.settle(ended)?;
        ctx.append_http_header(SET_COOKIE, ctx.data_unchecked::<Gate>().cookies.remove());
        Ok(SignOutPayload { user_errors })
    }
}
