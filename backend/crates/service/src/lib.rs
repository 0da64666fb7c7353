//! The use cases of Almanac: the only door to a write.
//!
//! One function is one use case: it asks whether the actor may ([`ctx::OpCtx::require`]), decides by the rules of
//! `domain`, and writes in one transaction together with its audit row ([`audit::record`]). What is refused or fails is
//! recorded too ([`audit::attempt`]). Resolvers, commands and the engine's loops call these functions and nothing else.
//!
//! Reading goes the same way: each list is filtered where it is read, by what the actor may see.
//!
//! The modules, in reading order:
#![warn(missing_docs)]

use std::sync::Arc;

use store::{Clock, Store};

pub mod ctx;

pub mod error;

pub mod authz;

pub mod audit;

pub mod password;

pub mod account;
pub mod session;

pub mod role;
pub mod tenant;

pub mod project;

pub mod limit;

pub mod calendar;

pub mod workflow;

pub mod schedule;

pub mod run;

pub mod backfill;

pub mod wait;

pub mod task;

pub mod retention;

pub mod hint;

pub mod log;
pub mod node;
pub mod system;

mod digest;
mod slug;

pub use ctx::{Actor, Channel, OpCtx};
pub use error::{Error, FieldError, Result, Text};

/// What the use cases need besides the database.
#[derive(Debug, Clone, Default)]
pub struct ServiceConfig {
    /// What checking a password costs.
    pub password_cost: password::Cost,
    /// When wrong passwords lock an account.
    pub lockout: account::Lockout,
    /// How long a sign-in lasts.
    pub session: session::Limits,
    /// How long what is over is kept where nobody decided.
    pub retention: retention::Defaults,
}

/// The use cases' surroundings: database, policy, caches. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    config: ServiceConfig,
    authz: authz::Authz,
    passwords: password::Passwords,
    sessions: session::Cache,
    calendars: calendar::CalendarCache,
    question_turns: calendar::Turns,
    definitions: workflow::Definitions,
    runs: run::cache::RunCache,
    shares: tenant::ShareCache,
    hints: hint::Hints,
    clock: Clock,
}

impl Services {
    /// Puts the services on a store whose schema is up to date.
    ///
    /// # Errors
    /// [`Error::Internal`] when the configured cost of passwords is out of bounds.
    pub fn new(store: Store, config: ServiceConfig) -> Result<Self> {
        let inner = Inner {
            authz: authz::Authz::new(store.clone()),
            passwords: password::Passwords::new(config.password_cost)?,
            sessions: session::Cache::default(),
            calendars: calendar::CalendarCache::default(),
            question_turns: calendar::Turns::default(),
            definitions: workflow::Definitions::default(),
            runs: run::cache::RunCache::default(),
            shares: tenant::ShareCache::default(),
            hints: hint::Hints::new(),
            clock: {
                let store = store.clone();
                Clock::new(move || store.db_now_ms())
            },
            store,
            config,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Who may do what.
    #[must_use]
    pub fn authz(&self) -> &authz::Authz {
        &self.inner.authz
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &ServiceConfig {
        &self.inner.config
    }

    pub(crate) fn passwords(&self) -> &password::Passwords {
        &self.inner.passwords
    }

    pub(crate) fn sessions(&self) -> &session::Cache {
        &self.inner.sessions
    }

    pub(crate) fn calendar_cache(&self) -> &calendar::CalendarCache {
        &self.inner.calendars
    }

    pub(crate) fn question_turns(&self) -> &calendar::Turns {
        &self.inner.question_turns
    }

    /// The time on the database's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The wake-ups of this process.
    #[must_use]
    pub fn hints(&self) -> &hint::Hints {
        &self.inner.hints
    }

    pub(crate) fn definitions(&self) -> &workflow::Definitions {
        &self.inner.definitions
    }

    pub(crate) fn share_cache(&self) -> &tenant::ShareCache {
        &self.inner.shares
    }

    pub(crate) fn runs(&self) -> &run::cache::RunCache {
        &self.inner.runs
    }
}
