//! Folders of workflows: making and finding them.

use domain::{
    access::Permission,
    error::ErrorCode,
    id::{ProjectId, TenantId},
};
use serde_json::{Map, Value, json};
use store::Page;
pub use store::project::Project;

use crate::{
    Services,
    audit::{self, AuditEntry},
    authz::Scope,
    ctx::OpCtx,
    error::{Error, FieldError, Result, Text},
    run::loaded::to_json,
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
        params_json: None,
    })
}

/// What may be changed of a project; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Its name for people.
    pub title: Option<String>,
    /// Values that all its workflows may take, in place of those before.
    pub params: Option<Map<String, Value>>,
    /// Why; audited.
    pub reason: Option<String>,
}

/// Changes a project. Its parameters are what a workflow's declared parameters get that have neither a value given nor
/// a default; runs that are loaded later see the new values.
///
/// # Errors
/// [`Error::Denied`] or [`Error::NotFound`] without [`Permission::ProjectManage`]; [`Error::Invalid`];
/// [`Error::Conflict`].
pub async fn update(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: ProjectId,
    change: Change,
) -> Result<Project> {
    let entry = AuditEntry::new(tenant, "project.update", "project").id(id).reason(change.reason.clone());
    audit::attempt(services, ctx, entry.clone(), async {
        let scope = Scope::project(tenant, id);
        ctx.require(services, Permission::ProjectManage, scope).await.map_err(|error| error.or_not_found("project"))?;
        let old = store::project::find(services.store().read(), tenant, id).await?.ok_or(NOT_FOUND)?;
        let title = change.title.map_or_else(|| old.title.clone(), |title| title.trim().to_owned());
        let params = change.params.as_ref();
        let faults = [slug::check_title("title", &title), params.map(check_params).unwrap_or_default()].concat();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let params_json = match params {
            None => old.params_json.clone(),
            Some(params) => (!params.is_empty()).then(|| to_json(params)),
        };
        let new = Project { title, params_json, ..old.clone() };
        let state = |it: &Project| {
            let params: Option<Value> = it.params_json.as_deref().and_then(|text| serde_json::from_str(text).ok());
            json!({ "title": it.title, "params": params })
        };
        let entry = &entry.name(&old.slug).before(state(&old)).after(state(&new));
        let (before, after) = (&old, &new);
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    store::project::save(tx, before.revision, after).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| match error {
            Error::Store(store::Error::Stale) => Error::Conflict { kind: "project" },
            error => error,
        })?;
        Ok(Project { revision: old.revision + 1, ..new })
    })
    .await
}

/// Most parameters of a project.
const MOST_PARAMS: usize = 100;

/// The faults of a project's parameters: names as a document has them; texts, numbers and truth values.
fn check_params(params: &Map<String, Value>) -> Vec<FieldError> {
    let named = |name: &str| {
        let of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        name.len() <= 100 && name.starts_with(|it: char| it.is_ascii_lowercase()) && name.bytes().all(of_name)
    };
    let fits = |value: &Value| match value {
        Value::String(text) => text.len() <= domain::param::MAX_BYTES / 2 && !text.contains('\0'),
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    };
    let mut faults = Vec::new();
    for (name, value) in params.iter().filter(|(name, value)| !named(name) || !fits(value)).take(MOST_PARAMS) {
        let (name, value): (String, _) = (name.chars().take(60).collect(), value.is_object() || value.is_array());
        let text = if value {
            Text::new(
                format!("“{name}” must be a text, a number or true/false."),
                format!("“{name}”须为文本、数字或真假值。"),
            )
        } else {
            Text::new(
                format!(
                    "“{name}”: a name has small letters, digits and _, beginning with a letter; a text at most {} bytes.",
                    domain::param::MAX_BYTES / 2
                ),
                format!(
                    "“{name}”：名称由小写字母、数字和 _ 组成并以字母开头；文本最多 {} 字节。",
                    domain::param::MAX_BYTES / 2
                ),
            )
        };
        faults.push(FieldError::new("params", ErrorCode::InvalidInput, text));
    }
    if params.len() > MOST_PARAMS || to_json(params).len() > domain::param::MAX_BYTES {
        let text = Text::new(
            format!("A project has at most {MOST_PARAMS} parameters, of {} bytes together.", domain::param::MAX_BYTES),
            format!("一个项目最多 {MOST_PARAMS} 个参数，合计 {} 字节。", domain::param::MAX_BYTES),
        );
        faults.push(FieldError::new("params", ErrorCode::TooMany, text));
    }
    faults
}

/// The project of an id.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of it.
pub async fn find(services: &Services, ctx: &OpCtx, tenant: TenantId, id: ProjectId) -> Result<Project> {
    ctx.require(services, Permission::ProjectRead, Scope::project(tenant, id))
        .await
        .map_err(|error| error.or_hidden("project"))?;
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
