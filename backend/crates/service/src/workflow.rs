//! Workflows and their versions: saving, reading, turning on and off.
//!
//! A save makes a version that never changes; a run keeps the version it began with. Saving also brings the workflow's
//! schedules in line with the document, in the same transaction.
//!
//! A workflow that is deleted ([`archive()`]) can still be read, with its versions, runs and logs; it can't be changed or
//! started until it is restored.

mod archive;
mod definition;

use domain::access::Permission;
use domain::calendar::Calendars;
use domain::error::ErrorCode;
use domain::id::{ProjectId, TenantId, WorkflowId};
use domain::workflow::{Document, Problem};
use sha2::{Digest, Sha256};
use store::page::Page;
use store::workflow;

use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, FieldError, Result, Text};
use crate::run::loaded::to_json;

pub use archive::{Archived, Removal, archive, restore};
pub(crate) use definition::{Definition, Definitions};
pub use store::workflow::{After, Row, VersionRow};

/// Longest note of a save.
const NOTE_LENGTH: usize = 1_000;

/// A document to be saved.
#[derive(Clone, Debug)]
pub struct Save {
    /// The text, YAML or JSON.
    pub source: String,
    /// Why it changed.
    pub note: Option<String>,
}

/// Checks a document without saving it; all its problems at once. The calendars are those of the tenant; without one,
/// the firm's.
///
/// # Errors
/// [`Error::NotFound`] when the actor may not know of the tenant; [`Error::Unauthenticated`]; the database's.
pub async fn validate(
    services: &Services,
    ctx: &OpCtx,
    tenant: Option<TenantId>,
    source: &str,
) -> Result<Vec<Problem>> {
    let calendars = crate::calendar::named_by(services, ctx, tenant).await?;
    match (parse(&calendars, source), tenant) {
        (Err(problems), _) => Ok(problems),
        (Ok(document), Some(tenant)) => crate::limit::problems(services, tenant, &document, source).await,
        (Ok(_), None) => Ok(Vec::new()),
    }
}

fn parse(calendars: &Calendars, source: &str) -> Result<Document, Vec<Problem>> {
    domain::workflow::parse(source, calendars)
}

/// Makes a workflow with its first version.
///
/// # Errors
/// [`Error::Spec`] with all problems of the document; [`Error::NameTaken`]; [`Error::NotFound`], [`Error::Denied`].
pub async fn create(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    project: ProjectId,
    save: Save,
) -> Result<workflow::Row> {
    let entry = AuditEntry::new(tenant, "workflow.create", "workflow").reason(save.note.clone());
    audit::attempt(services, ctx, entry.clone(), async {
        let scope = Scope::project(tenant, project);
        ctx.require(services, Permission::WorkflowEdit, scope).await.map_err(|error| error.or_not_found("project"))?;
        let document = checked(services, tenant, project, &save).await?;
        let row = first_row(services, ctx, tenant, project, &document);
        let version = version_row(ctx, &row, &document, &save);
        let schedules =
            crate::schedule::sync(services, &*services.calendars_now(tenant).await?, &row, &document, &[], ctx.now_ms);
        let entry = entry.id(row.id).name(&row.name).after(serde_json::json!({
            "project": project.0, "version": 1, "digest": version.digest,
        }));
        let (row_ref, version, schedules, entry) = (&row, &version, &schedules, &entry);
        let written: Result<(), Error> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    workflow::insert(tx, row_ref.clone()).await?;
                    workflow::insert_version(tx, version.clone()).await?;
                    schedules.write(tx).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| match error {
            Error::Store(store::Error::Conflict { .. }) => name_taken(&row.name),
            error => error,
        })?;
        services.hints().schedules.notify_one();
        Ok(row)
    })
    .await
}

/// Saves a new version. The same text as the current version's makes none.
///
/// # Errors
/// [`Error::Spec`]; [`Error::Conflict`] when the current version is not `base_version` any more; [`Error::Invalid`]
/// when the document has another name; [`Error::NotFound`], [`Error::Denied`].
pub async fn update(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: WorkflowId,
    base_version: i32,
    save: Save,
) -> Result<workflow::Row> {
    let entry = AuditEntry::new(tenant, "workflow.update", "workflow").id(id).reason(save.note.clone());
    audit::attempt(services, ctx, entry.clone(), async {
        let old = changeable(services, ctx, tenant, id, Permission::WorkflowEdit).await?;
        let document = checked(services, tenant, ProjectId(old.project_id), &save).await?;
        if document.metadata.name != old.name {
            let text = Text::new(
                format!("This workflow is named “{}”; a name stays.", old.name),
                format!("该工作流名为“{}”，名称不可更改。", old.name),
            );
            return Err(Error::invalid("source", text));
        }
        if old.current_version != base_version {
            return Err(Error::Conflict { kind: "workflow" });
        }
        let row = next_row(&old, &document, ctx.now_ms);
        let version = version_row(ctx, &row, &document, &save);
        let before = store::workflow::find_version(services.store().read(), tenant, id, base_version).await?;
        if before.as_ref().is_some_and(|before| before.digest == version.digest && before.source == version.source) {
            return Ok(old);
        }
        let (known, settled_ms) = crate::schedule::settle(services, tenant, id).await?;
        let calendars = services.calendars_now(tenant).await?;
        let schedules = crate::schedule::sync(services, &calendars, &row, &document, &known, settled_ms);
        let entry = entry
            .name(&row.name)
            .before(serde_json::json!({ "version": base_version, "digest": before.map(|it| it.digest) }))
            .after(serde_json::json!({ "version": row.current_version, "digest": version.digest }));
        let (old_ref, row_ref, version, schedules, entry) = (&old, &row, &version, &schedules, &entry);
        let written: Result<(), Error> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    workflow::save(tx, old_ref.revision, row_ref).await?;
                    workflow::insert_version(tx, version.clone()).await?;
                    schedules.write(tx).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| error.or_changed("workflow"))?;
        services.hints().schedules.notify_one();
        find(services, ctx, tenant, id).await
    })
    .await
}

/// Lets a workflow's schedules fire, or not.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`], [`Error::Conflict`].
pub async fn set_enabled(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: WorkflowId,
    enabled: bool,
    reason: Option<String>,
) -> Result<workflow::Row> {
    let action = if enabled { "workflow.enable" } else { "workflow.disable" };
    let entry = AuditEntry::new(tenant, action, "workflow").id(id).reason(reason);
    audit::attempt(services, ctx, entry.clone(), async {
        let old = changeable(services, ctx, tenant, id, Permission::WorkflowEdit).await?;
        let definition = services.definition(tenant, id, old.current_version).await?;
        let calendars = services.calendars_now(tenant).await?;
        let row = workflow::Row { enabled, changed_ms: ctx.now_ms, ..old.clone() };
        let known = store::schedule::of_workflow(services.store().read(), tenant, id).await?;
        let schedules = crate::schedule::sync(services, &calendars, &row, &definition.document, &known, ctx.now_ms);
        let entry = entry
            .name(&row.name)
            .before(serde_json::json!({ "enabled": old.enabled }))
            .after(serde_json::json!({ "enabled": enabled }));
        let (old_ref, row_ref, schedules, entry) = (&old, &row, &schedules, &entry);
        let written: Result<(), Error> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    workflow::save(tx, old_ref.revision, row_ref).await?;
                    schedules.write(tx).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| error.or_changed("workflow"))?;
        services.hints().schedules.notify_one();
        find(services, ctx, tenant, id).await
    })
    .await
}

/// The workflow of an id.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of it.
pub async fn find(services: &Services, ctx: &OpCtx, tenant: TenantId, id: WorkflowId) -> Result<workflow::Row> {
    authorised(services, ctx, tenant, id, Permission::WorkflowRead).await.map_err(|error| error.or_hidden("workflow"))
}

/// The workflow of a name in a project.
///
/// # Errors
/// As [`find`].
pub async fn find_by_name(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    project: ProjectId,
    name: &str,
) -> Result<Option<workflow::Row>> {
    let scope = Scope::project(tenant, project);
    ctx.require(services, Permission::WorkflowRead, scope).await.map_err(|error| error.or_hidden("workflow"))?;
    Ok(workflow::find_by_name(services.store().read(), tenant, project, name).await?)
}

/// Workflows of some ids of a tenant that the actor may see, in no order.
///
/// # Errors
/// [`Error::Unauthenticated`] and the database's.
pub async fn get_many(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    ids: &[WorkflowId],
) -> Result<Vec<workflow::Row>> {
    let visible = ctx.visible_projects(services, tenant, Permission::WorkflowRead).await?;
    let mut rows = workflow::get_many(services.store().read(), tenant, ids).await?;
    rows.retain(|row| visible.contains(&ProjectId(row.project_id)));
    Ok(rows)
}

/// Which workflows a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// Only this project's; with its tenant.
    pub project: Option<ProjectId>,
    /// A part of the name or title.
    pub search: Option<String>,
    /// Those that are deleted instead of the others.
    pub archived: bool,
}

/// Workflows by name.
///
/// # Errors
/// [`Error::Unauthenticated`] and the database's.
pub async fn list(
    services: &Services,
    ctx: &OpCtx,
    filter: &Filter,
    after: Option<&After>,
    limit: u64,
) -> Result<Page<workflow::Row>> {
    let visible = services.visible(ctx, Permission::WorkflowRead, filter.tenant, filter.project).await?;
    let search = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let which = workflow::Which { search, archived: filter.archived };
    Ok(workflow::list(services.store().read(), &visible, which, after, limit).await?)
}

/// A version of a workflow.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of the workflow.
pub async fn find_version(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: WorkflowId,
    version: i32,
) -> Result<VersionRow> {
    find(services, ctx, tenant, id).await?;
    let row = workflow::find_version(services.store().read(), tenant, id, version).await?;
    row.ok_or(Error::NotFound { kind: "version" })
}

/// The versions of a workflow, newest first, before a number.
///
/// # Errors
/// As [`find`].
pub async fn versions(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: WorkflowId,
    before: Option<i32>,
    limit: u64,
) -> Result<Page<VersionRow>> {
    find(services, ctx, tenant, id).await?;
    Ok(workflow::list_versions(services.store().read(), tenant, id, before, limit).await?)
}

/// The typed document of a version.
///
/// # Errors
/// [`Error::Store`] when what is stored can't be read.
pub fn document(row: &VersionRow) -> Result<Document> {
    let broken = |_| crate::run::loaded::inconsistent("workflow_version", "spec_json", row.workflow_id);
    serde_json::from_str(&row.spec_json).map_err(broken)
}

/// The workflow, if the actor may do this to it.
pub(crate) async fn authorised(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: WorkflowId,
    permission: Permission,
) -> Result<workflow::Row> {
    let Some(row) = workflow::find(services.store().read(), tenant, id).await? else {
        return Err(NOT_FOUND);
    };
    let scope = Scope::project(tenant, ProjectId(row.project_id));
    ctx.require(services, permission, scope).await.map_err(|error| error.or_not_found("workflow"))?;
    Ok(row)
}

/// The workflow, if the actor may do this to it and it is not deleted.
///
/// # Errors
/// [`Error::Refused`] when it is deleted.
pub(crate) async fn changeable(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: WorkflowId,
    permission: Permission,
) -> Result<workflow::Row> {
    let row = authorised(services, ctx, tenant, id, permission).await?;
    if row.archived_ms.is_some() {
        let text = Text::new(
            format!("The workflow “{}” is deleted; restore it first.", row.name),
            format!("工作流“{}”已删除，请先恢复。", row.name),
        );
        return Err(Error::refused(ErrorCode::WorkflowDeleted, text));
    }
    Ok(row)
}

const NOT_FOUND: Error = Error::NotFound { kind: "workflow" };

fn name_taken(name: &str) -> Error {
    Error::NameTaken { kind: "workflow", field: "source", name: name.to_owned() }
}

/// The document of a save that may be stored in a project.
async fn checked(services: &Services, tenant: TenantId, project: ProjectId, save: &Save) -> Result<Document> {
    if save.note.as_ref().is_some_and(|note| note.chars().count() > NOTE_LENGTH) {
        let text = Text::new("A note has at most 1,000 characters.", "说明最多 1000 个字符。");
        return Err(Error::Invalid(vec![FieldError::new("note", ErrorCode::TooLarge, text)]));
    }
    let calendars = services.calendars_now(tenant).await?;
    let document = parse(&calendars, &save.source).map_err(Error::Spec)?;
    let problems = crate::limit::problems(services, tenant, &document, &save.source).await?;
    if !problems.is_empty() {
        return Err(Error::Spec(problems));
    }
    let found = store::project::find(services.store().read(), tenant, project).await?;
    let found = found.ok_or(Error::NotFound { kind: "project" })?;
    match &document.metadata.project {
        Some(named) if *named != found.slug => {
            let text = Text::new(
                format!("The document says project “{named}”, but it is saved in “{}”.", found.slug),
                format!("文档中的项目为“{named}”，与所保存的项目“{}”不一致。", found.slug),
            );
            Err(Error::invalid("source", text))
        }
        _ => Ok(document),
    }
}

fn first_row(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    project: ProjectId,
    document: &Document,
) -> workflow::Row {
    let blank = workflow::Row {
        tenant_id: tenant.0,
        id: services.store().ids().next(),
        project_id: project.0,
        name: document.metadata.name.clone(),
        title: None,
        owner: None,
        tags_json: None,
        enabled: true,
        current_version: 0,
        created_ms: ctx.now_ms,
        changed_ms: ctx.now_ms,
        archived_ms: None,
        archived_name: None,
        archived_by_name: None,
        archive_reason: None,
        revision: 1,
    };
    next_row(&blank, document, ctx.now_ms)
}

/// The workflow's row after a save of `document`.
fn next_row(old: &workflow::Row, document: &Document, now_ms: i64) -> workflow::Row {
    let metadata = &document.metadata;
    workflow::Row {
        title: metadata.title.clone().filter(|title| !title.is_empty()),
        owner: metadata.owner.clone().filter(|owner| !owner.is_empty()),
        tags_json: (!metadata.tags.is_empty()).then(|| to_json(&metadata.tags)),
        current_version: old.current_version + 1,
        changed_ms: now_ms,
        ..old.clone()
    }
}

fn version_row(ctx: &OpCtx, row: &workflow::Row, document: &Document, save: &Save) -> VersionRow {
    let spec_json = to_json(document);
    VersionRow {
        tenant_id: row.tenant_id,
        workflow_id: row.id,
        version: row.current_version,
        source: save.source.clone(),
        digest: Sha256::digest(spec_json.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
        spec_json,
        note: save.note.clone().filter(|note| !note.is_empty()),
        created_ms: ctx.now_ms,
        created_by: ctx.actor.account_id().map(|id| id.0),
        created_by_name: Some(ctx.actor.name().to_owned()),
    }
}
