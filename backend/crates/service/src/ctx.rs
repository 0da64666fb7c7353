//! Who asks for something, when, and from where: the first argument of every use case.
//!
//! Invariant: the context is made at the edge (HTTP, CLI, a loop of the engine) and never changed further in; time is
//! [`OpCtx::now_ms`], so a use case reads no clock.

use domain::{
    access::Permission,
    id::{AccountId, ProjectId, SessionId, TenantId},
};

use crate::{
    Services,
    authz::{PermissionSet, Scope, Visible},
    error::Error,
};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody has signed in.
    Anonymous,
    /// A signed-in person or program.
    Account {
        /// The account.
        id: AccountId,
        /// Its name at the time of the request, for the audit trail.
        username: String,
        /// True while the account still has a one-time password: everything but changing it is refused.
        must_change_password: bool,
    },
    /// Almanac itself (`scheduler`, `bootstrap`, `cli` …); may do everything.
    System(&'static str),
}

impl Actor {
    /// The kind of actor as the audit trail spells it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Account { .. } => "account",
            Self::System(_) => "system",
        }
    }

    /// The account, when there is one.
    #[must_use]
    pub const fn account_id(&self) -> Option<AccountId> {
        match self {
            Self::Account { id, .. } => Some(*id),
            Self::Anonymous | Self::System(_) => None,
        }
    }

    /// The name that the audit trail shows.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Account { username, .. } => username,
            Self::System(name) => name,
        }
    }
}

/// The way a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The web UI.
    Ui,
    /// Another client of the API.
    Api,
    /// The command line on the server's machine.
    Cli,
    /// Almanac's own loops.
    System,
}

impl Channel {
    /// The spelling of the audit trail.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ui => "ui",
            Self::Api => "api",
            Self::Cli => "cli",
            Self::System => "system",
        }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct OpCtx {
    /// Who asks.
    pub actor: Actor,
    /// The instant of the request, epoch milliseconds (UTC).
    pub now_ms: i64,
    /// Joins the log lines, the answer and the audit rows of one request.
    pub request_id: String,
    /// The client's address as far as it can be trusted.
    pub client_addr: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The way the request came in.
    pub channel: Channel,
    /// The signed-in session, when there is one.
    pub session_id: Option<SessionId>,
}

impl OpCtx {
    /// A request of Almanac itself.
    #[must_use]
    pub fn system(name: &'static str, now_ms: i64) -> Self {
        Self { actor: Actor::System(name), channel: Channel::System, ..Self::anonymous(now_ms) }
    }

    /// A request of nobody in particular.
    #[must_use]
    pub const fn anonymous(now_ms: i64) -> Self {
        Self {
            actor: Actor::Anonymous,
            now_ms,
            request_id: String::new(),
            client_addr: None,
            user_agent: None,
            channel: Channel::Api,
            session_id: None,
        }
    }

    /// The account that asks, for what only people do.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for everybody else, [`Error::PasswordChangeRequired`] while a one-time password is in
    /// use.
    pub fn account(&self) -> Result<AccountId, Error> {
        match self.actor {
            Actor::Account { must_change_password: true, .. } => Err(Error::PasswordChangeRequired),
            Actor::Account { id, .. } => Ok(id),
            Actor::Anonymous | Actor::System(_) => Err(Error::Unauthenticated),
        }
    }

    /// Lets the request pass only when the actor has the permission in the scope.
    ///
    /// Ask before the transaction begins: the answer is cached and at most a second old.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the actor may not even know that the scope exists, else [`Error::Denied`]; also
    /// [`Error::Unauthenticated`] and [`Error::PasswordChangeRequired`].
    pub async fn require(&self, services: &Services, permission: Permission, scope: Scope) -> Result<(), Error> {
        services.authz().require(self, permission, scope).await
    }

    /// Everything that the actor may do in the scope; nothing for the anonymous.
    ///
    /// # Errors
    /// [`Error::Store`] when the policy could not be read.
    pub async fn permissions(&self, services: &Services, scope: Scope) -> Result<PermissionSet, Error> {
        services.authz().permissions(self, scope).await
    }

    /// The tenants that the actor may know of; the filter of every list of tenants.
    ///
    /// # Errors
    /// As [`OpCtx::account`].
    pub async fn visible_tenants(&self, services: &Services) -> Result<Visible<TenantId>, Error> {
        services.authz().visible_tenants(self).await
    }

    /// The projects of a tenant in which the actor has the permission; the filter of every list below a tenant.
    ///
    /// # Errors
    /// As [`OpCtx::account`].
    pub async fn visible_projects(
        &self,
        services: &Services,
        tenant: TenantId,
        permission: Permission,
    ) -> Result<Visible<ProjectId>, Error> {
        services.authz().visible_projects(self, tenant, permission).await
    }
}
