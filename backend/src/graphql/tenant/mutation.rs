//! Making tenants, and giving them their share of the workers.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use service::tenant::{NewTenant, Share};

use crate::graphql::{context::Ask as _, error::UserError, id, tenant::Tenant};

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

/// A tenant's share of the workers.
#[derive(Debug, InputObject)]
pub(crate) struct SetTenantShareInput {
    tenant: ID,
    /// Its weight beside the other tenants', 1 to 1,000; 1 unless it was set.
    weight: i32,
    /// How many of its tasks may run at once; any number when absent.
    max_running_tasks: Option<i32>,
    /// Why; audited.
    reason: String,
}

/// The tenant, or why nothing changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct SetTenantSharePayload {
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

    /// Gives a tenant its share of the workers. It counts for what starts from then on; nothing that runs is ended.
    async fn set_tenant_share(&self, ctx: &Context<'_>, input: SetTenantShareInput) -> Result<SetTenantSharePayload> {
        let set = async {
            let tenant = id::tenant(&input.tenant, "tenant")?;
            // What is below zero is refused by the bounds.
            let number = |number: i32| u32::try_from(number).unwrap_or(u32::MAX);
            let max_running_tasks = input.max_running_tasks.map(number);
            let share = Share { tenant, weight: number(input.weight), max_running_tasks };
            service::tenant::set_share(ctx.services(), &ctx.op(), share, &input.reason).await
        };
        let (tenant, user_errors) = ctx.settle(set.await)?;
        Ok(SetTenantSharePayload { tenant: tenant.map(Tenant), user_errors })
    }
}
