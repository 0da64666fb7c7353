//! Departments: making and finding them.

mod share;

use domain::{access::Permission, id::TenantId};
use serde_json::json;
use store::Page;
pub use store::tenant::{Share, State, Tenant};

use crate::{
    Services,
    audit::{self, AuditEntry},
    authz::{Scope, Visible},
    ctx::OpCtx,
    error::{Error, Result},
    slug,
};

pub(crate) use share::ShareCache;
pub use share::{count_running, set_share};

/// A department to be made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub title: String,
}

/// Makes a tenant. Nobody is a member yet: an administrator of the platform grants the first role to somebody else.
///
/// # Errors
/// [`Error::Denied`] without [`Permission::PlatformManage`], [`Error::Invalid`], [`Error::NameTaken`].
pub async fn create(services: &Services, ctx: &OpCtx, new: NewTenant) -> Result<Tenant> {
    let entry = AuditEntry::new(TenantId::PLATFORM, "tenant.create", "tenant").name(&new.slug);
    audit::attempt(services, ctx, entry.clone(), async {
        ctx.require(services, Permission::PlatformManage, Scope::PLATFORM).await?;
        let tenant = draft(services, ctx, new)?;
        let state = json!({ "slug": tenant.slug, "title": tenant.title });
        let (made, entry) = (&tenant, &entry.id(tenant.id).after(state));
        let write = services.store().write(|tx| {
            Box::pin(async move {
                store::tenant::insert(tx, made).await?;
                audit::record(tx, ctx, entry).await
            })
        });
        write.await.map_err(|error| error.or_name_taken("tenant", "slug", &tenant.slug))?;
        Ok(tenant)
    })
    .await
}

fn draft(services: &Services, ctx: &OpCtx, new: NewTenant) -> Result<Tenant> {
    let title = new.title.trim().to_owned();
    let faults = [slug::check("slug", &new.slug), slug::check_title("title", &title)].concat();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let id = TenantId(services.store().ids().next());
    let share = Share::plain(id);
    Ok(Tenant { id, slug: new.slug, title, state: State::Active, created_ms: ctx.now_ms, revision: 1, share })
}

/// The tenant of an id.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of it.
pub async fn find(services: &Services, ctx: &OpCtx, id: TenantId) -> Result<Tenant> {
    ctx.require(services, Permission::TenantRead, Scope::tenant(id))
        .await
        .map_err(|error| error.or_hidden("tenant"))?;
    store::tenant::find(services.store().read(), id).await?.ok_or(NOT_FOUND)
}

/// The tenant of a slug.
///
/// # Errors
/// As [`find`].
pub async fn find_by_slug(services: &Services, ctx: &OpCtx, slug: &str) -> Result<Tenant> {
    let visible = ctx.visible_tenants(services).await?;
    let found = store::tenant::find_by_slug(services.store().read(), slug).await?;
    found.filter(|it| visible.contains(&it.id)).ok_or(NOT_FOUND)
}

/// The tenants of some ids, as far as the actor may know of them; in no particular order.
///
/// # Errors
/// [`Error::Unauthenticated`] and the database's.
pub async fn get_many(services: &Services, ctx: &OpCtx, ids: &[TenantId]) -> Result<Vec<Tenant>> {
    let visible = ctx.visible_tenants(services).await?;
    let ids: Vec<_> = ids.iter().copied().filter(|it| visible.contains(it)).collect();
    Ok(store::tenant::get_many(services.store().read(), &ids).await?)
}

/// A page of the tenants that the actor may know of, by slug, after the one given.
///
/// # Errors
/// [`Error::Unauthenticated`] and the database's.
pub async fn list(services: &Services, ctx: &OpCtx, after_slug: Option<&str>, limit: u64) -> Result<Page<Tenant>> {
    let visible = ctx.visible_tenants(services).await?;
    let only = match &visible {
        Visible::All => None,
        Visible::Only(ids) => Some(ids.as_slice()),
    };
    Ok(store::tenant::list(services.store().read(), only, after_slug, limit).await?)
}

const NOT_FOUND: Error = Error::NotFound { kind: "tenant" };
