//! Making tenants.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::tenant::NewTenant;

use crate::graphql::{context::Ask as _, error::UserError, tenant::Tenant};

/// A tenant to be made.
#[derive(Debug, InputObject)]
pub(crate) struct CreateTenantInput {
    /// Its name in addresses: lower-case letters, digits and hyphens.
    slug: String,
    /// Its name for people.
    title: String,
}

/// The tenant, or why there is none.
#[derive(Debug, SimpleObject)]
pub(crate) struct CreateTenantPayload {
    tenant: Option<Tenant>,
    user_errors: Vec<UserError>,
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct TenantMutation;

#[Object]
impl TenantMutation {
    /// Makes a tenant. Nobody is a member of it yet.
    async fn create_tenant(&self, ctx: &Context<'_>, input: CreateTenantInput) -> Result<CreateTenantPayload> {
        let new = NewTenant { slug: input.slug, title: input.title };
        let (tenant, user_errors) = ctx.settle(service::tenant::create(ctx.services(), &ctx.op(), new).await)?;
        Ok(CreateTenantPayload { tenant: tenant.map(Tenant), user_errors })
    }
}
