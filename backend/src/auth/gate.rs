//! Lets requests in: from the token that one carries to the context of its use cases.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use domain::{error::ErrorCode, id::SessionId};
use service::{
    Services,
    ctx::{Actor, Channel, OpCtx},
};

use super::{
    cookie::CookiePolicy,
    token::{self, AccessToken, Bearer, TokenKey},
};
use crate::http::{caller::Caller, error::HttpError};

/// How often a live connection looks whether its session still stands. An end in this process or on another node shows
/// within that time; every operation on the connection asks anew at once.
const LOOK: Duration = Duration::from_secs(5);

/// Why a request is not let in.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The token is not valid, has expired, or its session has ended.
    Unauthenticated,
    /// It could not be found out.
    Unknown(service::Error),
}

impl Refused {
    /// The refusal of a whole request.
    pub(crate) fn into_http(self, caller: &Caller) -> HttpError {
        match self {
            Self::Unauthenticated => HttpError::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, caller),
            Self::Unknown(error) => {
                tracing::error!(%error, "the session could not be looked up");
                HttpError::new(StatusCode::SERVICE_UNAVAILABLE, error.code(), caller)
            }
        }
    }
}

/// Knows who comes in; cheap to clone.
#[derive(Clone)]
pub struct Gate {
    services: Services,
    tokens: Arc<TokenKey>,
    /// How the refresh cookie is set.
    pub(crate) cookies: CookiePolicy,
}

impl Gate {
    /// A gate for the sessions of these services.
    #[must_use]
    pub fn new(services: Services, tokens: TokenKey, cookies: CookiePolicy) -> Self {
        Self { services, tokens: Arc::new(tokens), cookies }
    }

    /// The context of a request: anonymous without an `Authorization`, else of the account behind it.
    pub(crate) async fn enter(&self, caller: &Caller, authorization: Option<&str>) -> Result<OpCtx, Refused> {
        let anonymous = self.anonymous(caller);
        let Some(authorization) = authorization else { return Ok(anonymous) };
        let token = token::bearer(authorization).ok_or(Refused::Unauthenticated)?;
        let named = self.tokens.verify(token, anonymous.now_ms).map_err(|_| Refused::Unauthenticated)?;
        match service::session::authenticate(&self.services, named.session, anonymous.now_ms).await {
            // A session never changes hands; a token that says otherwise is not one of ours.
            Ok(actor) if actor.account_id() == Some(named.account) => {
                Ok(OpCtx { actor, session_id: Some(named.session), ..anonymous })
            }
            Ok(_) | Err(service::Error::Unauthenticated) => Err(Refused::Unauthenticated),
            Err(error) => Err(Refused::Unknown(error)),
        }
    }

    /// The context of a request of nobody in particular.
    pub(crate) fn anonymous(&self, caller: &Caller) -> OpCtx {
        OpCtx {
            actor: Actor::Anonymous,
            now_ms: self.services.clock().now_ms(),
            request_id: caller.request_id.to_string(),
            client_addr: caller.addr.clone(),
            user_agent: caller.user_agent.clone(),
            channel: if caller.is_own_page { Channel::Ui } else { Channel::Api },
            session_id: None,
        }
    }

    /// A fresh access token for a session.
    pub(crate) fn issue(&self, bearer: Bearer) -> AccessToken {
        self.tokens.issue(bearer, self.services.clock().now_ms())
    }

    /// Waits until a session has ended.
    pub(crate) async fn session_ended(&self, session: SessionId) {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            match service::session::is_alive(&self.services, session, self.services.clock().now_ms()).await {
                Ok(true) => {}
                Ok(false) => return,
                // Operations fail by themselves while the database is away; the connection may outlast that.
                Err(error) => tracing::debug!(%error, "a live session could not be looked up"),
            }
        }
    }
}
