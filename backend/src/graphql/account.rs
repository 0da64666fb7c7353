//! Accounts, and the one that asks.

use async_graphql::{Context, ID, Object, Result};
use service::authz::Scope;

use super::{
    access::{Permission, Role, viewer_can},
    context::Ask as _,
    id::GlobalId,
    loader::{self, TenantKey},
    scalar::Instant,
    tenant::Tenant,
};

mod mutation;
mod query;

pub(crate) use mutation::AccountMutation;
pub(crate) use query::AccountQuery;

/// A person or program that signs in.
#[derive(Debug, Clone)]
pub(crate) struct Account(pub(crate) service::account::Account);

/// A person or program that signs in.
#[Object]
impl Account {
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Account(self.0.id).into()
    }

    /// Its name at sign-in.
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// Its name for people.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    async fn state(&self) -> &str {
        self.0.state.as_str()
    }

    async fn created_at(&self) -> Instant {
        Instant(self.0.created_ms)
    }

    async fn last_sign_in_at(&self) -> Option<Instant> {
        self.0.last_sign_in_ms.map(Instant)
    }
}

/// The signed-in person.
#[derive(Debug, Clone)]
pub(crate) struct Viewer(pub(crate) service::account::Account);

/// The signed-in person.
#[Object]
impl Viewer {
    async fn account(&self) -> Account {
        Account(self.0.clone())
    }

    /// Whether nothing but changing the password is allowed.
    async fn must_change_password(&self) -> bool {
        self.0.must_change_password
    }

    /// The tenants in which the viewer has roles.
    async fn memberships(&self, ctx: &Context<'_>) -> Result<Vec<Membership>> {
        let found = service::account::memberships(ctx.services(), &ctx.op()).await;
        Ok(found.map_err(|error| ctx.fail(error))?.into_iter().map(Membership).collect())
    }

    /// What the viewer may do on the platform itself.
    async fn platform_can(&self, ctx: &Context<'_>) -> Result<Vec<Permission>> {
        viewer_can(ctx, Scope::PLATFORM).await
    }
}

/// A tenant and the viewer's roles in it.
#[derive(Debug, Clone)]
pub(crate) struct Membership(service::account::Membership);

/// A tenant and the viewer's roles in it.
#[Object]
impl Membership {
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        loader::need(ctx, TenantKey(self.0.tenant), "tenant").await.map(Tenant)
    }

    async fn roles(&self) -> Vec<Role> {
        self.0.roles.iter().copied().map(Role::from).collect()
    }
}
