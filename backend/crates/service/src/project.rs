//! Folders of workflows: making and finding them.

use domain::{
    access::Permission,
    id::{ProjectId, TenantId},
};
use serde_json::json;
use store::Page;
pub use store::project::Project;

use crate::{
    Services,
    audit::{self, AuditEntry},
    authz::Scope,
    ctx::OpCtx,
    error::{Error, Result},
    slug,
};

/// A project to be made.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Its name in addresses, unique in the tenant.
    pub slug: String,
    /// Its name for people.
    pub title: String,
}

/// Makes a project.
///
/// # Errors
/// [`Error::Denied`] or [`Error::NotFound`] without [`Permission::ProjectManage`] in the tenant, [`Error::Invalid`],
/// [`Error::NameTaken`].
pub async fn create(services: &Services, ctx: &OpCtx, new: NewProject) -> Result<Project> {
    let entry = AuditEntry::new(new.tenant, "project.create", "project").name(&new.slug);
    audit::attempt(services, ctx, entry.clone(), async {
        ctx.require(services, Permission::ProjectManage, Scope::tenant(new.tenant)).await?;
        let project = draft(services, ctx, new).await?;
        let state = json!({ "slug": project.slug, "title": project.title });
        let (made, entry) = (&project, &entry.id(project.id).after(state));
        let write = services.store().write(|tx| {
            Box::pin(async move {
                store::project::insert(tx, made).await?;
                audit::record(tx, ctx, entry).await
            })
        });
        write.await.map_err(|error| error.or_name_taken("project", "slug", &project.slug))?;
        Ok(project)
    })
    .await
}

async fn draft(services: &Services, ctx: &OpCtx, new: NewProject) -> Result<Project> {
    let title = new.title.trim().to_owned();
    let faults = [slug::check("slug", &new.slug), slug::check_title("title", &title)].concat();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    // Almanac itself may do everything everywhere, also where nothing is.
    if store::tenant::find(services.store().read(), new.tenant).await?.is_none() {
        return Err(Error::NotFound { kind: "tenant" });
    }
    Ok(Project {
        tenant: new.tenant,
        id: ProjectId(services.store().ids().next()),
        slug: new.slug,
        title,
        created_ms: ctx.now_ms,
        archived_ms: None,
        revision: 1,
    })
}

/// The project of an id.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of it.
pub async fn find(services: &Services, ctx: &OpCtx, tenant: TenantId, id: ProjectId) -> Result<Project> {
    ctx.require(services, Permission::ProjectRead, Scope::project(tenant, id)).await.map_err(hidden)?;
    store::project::find(services.store().read(), tenant, id).await?.ok_or(NOT_FOUND)
}

/// The project of a slug.
///
/// # Errors
/// As [`find`].
pub async fn find_by_slug(services: &Services, ctx: &OpCtx, tenant: TenantId, slug: &str) -> Result<Project> {
    let visible = ctx.visible_projects(services, tenant, Permission::ProjectRead).await?;
    let found = store::project::find_by_slug(services.store().read(), tenant, slug).await?;
    found.filter(|it| visible.contains(&it.id)).ok_or(NOT_FOUND)
}

/// The projects of some ids of a tenant, as far as the actor may know of them; in no particular order.
///
/// # Errors
/// [`Error::Unauthenticated`] and the database's.
pub async fn get_many(services: &Services, ctx: &OpCtx, tenant: TenantId, ids: &[ProjectId]) -> Result<Vec<Project>> {
    let visible = ctx.visible_projects(services, tenant, Permission::ProjectRead).await?;
    let ids: Vec<_> = ids.iter().copied().filter(|it| visible.contains(it)).collect();
    Ok(store::project::get_many(services.store().read(), tenant, &ids).await?)
}

/// A page of the projects that the actor may know of, in one tenant or in all, by tenant and slug, after the pair given.
///
/// # Errors
/// [`Error::Unauthenticated`] and the database's.
pub async fn list(
    services: &Services,
    ctx: &OpCtx,
    tenant: Option<TenantId>,
    after: Option<(TenantId, &str)>,
    limit: u64,
) -> Result<Page<Project>> {
    let visible = services.visible(ctx, Permission::ProjectRead, tenant, None).await?;
    Ok(store::project::list(services.store().read(), &visible, after, limit).await?)
}

const NOT_FOUND: Error = Error::NotFound { kind: "project" };

/// Who may not read a project may not know of it, whatever else he may in its tenant.
fn hidden(error: Error) -> Error {
    match error {
        Error::Denied { .. } | Error::NotFound { .. } => NOT_FOUND,
        other => other,
    }
}
