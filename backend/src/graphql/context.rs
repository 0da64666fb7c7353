//! What a resolver knows of its request: who asks, in which language, and the services it may call.

use std::sync::{Arc, PoisonError, RwLock};

use async_graphql::{Context, Error};
use domain::{error::Lang, id::SessionId};
use service::{
    Services,
    ctx::{Actor, OpCtx},
};

use super::error::{self, UserError};

/// The refresh token that came in the cookie, for the operations on sessions.
#[derive(Debug, Clone, Default)]
pub(crate) struct RefreshCookie(pub(crate) Option<String>);

/// One operation: data of every resolver.
#[derive(Clone)]
pub(crate) struct Operation {
    who: Arc<RwLock<OpCtx>>,
    pub(crate) lang: Lang,
    pub(crate) services: Services,
}

impl Operation {
    pub(crate) fn new(who: OpCtx, lang: Lang, services: Services) -> Self {
        Self { who: Arc::new(RwLock::new(who)), lang, services }
    }

    /// Who asks, at this instant: a live operation goes on for hours, and its rights are asked for anew each time.
    pub(crate) fn op(&self) -> OpCtx {
        let now_ms = self.services.clock().now_ms();
        OpCtx { now_ms, ..self.who.read().unwrap_or_else(PoisonError::into_inner).clone() }
    }

    /// Goes on as somebody else: who has just signed in sees his own things in the rest of the answer.
    pub(crate) fn become_actor(&self, actor: Actor, session_id: Option<SessionId>) {
        let mut who = self.who.write().unwrap_or_else(PoisonError::into_inner);
        who.actor = actor;
        who.session_id = session_id;
    }
}

/// What resolvers ask of their context.
pub(crate) trait Ask {
    /// The use cases.
    fn services(&self) -> &Services;
    /// Who asks and when.
    fn op(&self) -> OpCtx;
    /// The language of sentences.
    fn lang(&self) -> Lang;
    /// A refusal or fault as a GraphQL error.
    fn fail(&self, error: service::Error) -> Error {
        self.fail_shared(&error)
    }
    /// The same for one that several fields met together.
    fn fail_shared(&self, error: &service::Error) -> Error;

    /// The result of a use case, for a mutation's payload: its value, or what the user did wrong.
    ///
    /// # Errors
    /// What concerns the request as a whole: nobody is signed in, or the server failed.
    fn settle<T>(&self, result: Result<T, service::Error>) -> Result<(Option<T>, Vec<UserError>), Error> {
        match result {
            Ok(value) => Ok((Some(value), Vec::new())),
            Err(error) => match error.field_errors() {
                Some(errors) => Ok((None, errors.iter().map(|it| UserError::of(it, self.lang())).collect())),
                None => Err(self.fail(error)),
            },
        }
    }

    /// The result of a look-up: an object that is not there, or not for the asker, is null.
    ///
    /// # Errors
    /// Everything else.
    fn found<T>(&self, result: Result<T, service::Error>) -> Result<Option<T>, Error> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(service::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.fail(error)),
        }
    }
}

impl Ask for Context<'_> {
    fn services(&self) -> &Services {
        &self.data_unchecked::<Operation>().services
    }

    fn op(&self) -> OpCtx {
        self.data_unchecked::<Operation>().op()
    }

    fn lang(&self) -> Lang {
        self.data_unchecked::<Operation>().lang
    }

    fn fail_shared(&self, error: &service::Error) -> Error {
        error::of_service(error, self.lang())
    }
}
