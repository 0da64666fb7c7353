//! Rows of `workflow` and `workflow_version`.
//!
//! A deleted (archived) workflow gives its name away: in the table it is named by its id, and the name by which people
//! know it stands apart. What is read here has that name again, so that nobody else needs to know.

use domain::id::{ProjectId, TenantId, WorkflowId};
pub use entity::workflow::Model as Row;
use entity::workflow::{ActiveModel, Column, Entity};
pub use entity::workflow_version::Model as VersionRow;
use entity::workflow_version::{Column as VersionColumn, Entity as Version};
use sea_orm::sea_query::{Cond, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::page::{Page, fetch_limit};
use crate::run::Visible;
use crate::{Conn, Result, expect_one};

/// Inserts a workflow.
///
/// # Errors
/// [`crate::Error::Conflict`] when its project has one of that name.
pub async fn insert(db: &impl Conn, row: Row) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes what may change of a workflow, if it still has `revision`; the row gets the next one.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it.
pub async fn save(db: &impl Conn, revision: i64, row: &Row) -> Result<()> {
    let change = ActiveModel {
        title: Set(row.title.clone()),
        owner: Set(row.owner.clone()),
        tags_json: Set(row.tags_json.clone()),
        enabled: Set(row.enabled),
        current_version: Set(row.current_version),
        changed_ms: Set(row.changed_ms),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::TenantId.eq(row.tenant_id))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Revision.eq(revision))
        .exec(db)
        .await?;
    expect_one(done.rows_affected)
}

/// The workflow of an id.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, tenant: TenantId, id: WorkflowId) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((tenant.0, id.0)).one(db).await?.map(shown))
}

/// The workflow of a name in a project; none that is archived.
///
/// # Errors
/// The database's.
pub async fn find_by_name(db: &impl Conn, tenant: TenantId, project: ProjectId, name: &str) -> Result<Option<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::ProjectId.eq(project.0))
        .filter(Column::Name.eq(name))
        .one(db)
        .await?)
}

/// The workflows of some ids of one tenant, in no order.
///
/// # Errors
/// The database's.
pub async fn get_many(db: &impl Conn, tenant: TenantId, ids: &[WorkflowId]) -> Result<Vec<Row>> {
    let ids = ids.iter().map(|id| id.0);
    let rows = Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(shown).collect())
}

/// Where a list goes on: after this name and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// Name of the last row seen.
    pub name: String,
    /// Its id.
    pub id: WorkflowId,
}

/// Which workflows a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Which<'a> {
    /// A part of the name or title.
    pub search: Option<&'a str>,
    /// Those that are archived instead of the others.
    pub archived: bool,
}

/// Workflows that are visible, by name.
///
/// # Errors
/// The database's.
pub async fn list(
    db: &impl Conn,
    visible: &[Visible],
    which: Which<'_>,
    after: Option<&After>,
    limit: u64,
) -> Result<Page<Row>> {
    let name = if which.archived { Column::ArchivedName } else { Column::Name };
    let mut rows = Vec::new();
    for visible in visible {
        let query = Entity::find().filter(Column::TenantId.eq(visible.tenant.0));
        let mut query = if which.archived {
            query.filter(Column::ArchivedMs.is_not_null())
        } else {
            query.filter(Column::ArchivedMs.is_null())
        };
        if let Some(projects) = &visible.projects {
            query = query.filter(Column::ProjectId.is_in(projects.iter().map(|id| id.0)));
        }
        if let Some(search) = which.search {
            query = query.filter(Cond::any().add(name.contains(search)).add(Column::Title.contains(search)));
        }
        if let Some(after) = after {
            let tie = name.eq(after.name.as_str()).and(Column::Id.gt(after.id.0));
            query = query.filter(Cond::any().add(name.gt(after.name.as_str())).add(tie));
        }
        let query = query.order_by_asc(name).order_by_asc(Column::Id);
        rows.extend(query.limit(fetch_limit(limit)).all(db).await?.into_iter().map(shown));
    }
    rows.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(Page::from_rows(rows, limit))
}

/// Archives a workflow, or takes it back, as its row says; if it still has `revision`, the row gets the next one.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it; [`crate::Error::Conflict`] when the name of one that is taken
/// back is another's by now.
pub async fn save_archived(db: &impl Conn, revision: i64, row: &Row) -> Result<()> {
    let archived = row.archived_ms.is_some();
    let change = ActiveModel {
        // No document can have such a name.
        name: Set(if archived { format!("~{}", row.id) } else { row.name.clone() }),
        enabled: Set(row.enabled),
        changed_ms: Set(row.changed_ms),
        archived_ms: Set(row.archived_ms),
        archived_name: Set(archived.then(|| row.name.clone())),
        archived_by_name: Set(row.archived_by_name.clone()),
        archive_reason: Set(row.archive_reason.clone()),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::TenantId.eq(row.tenant_id))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Revision.eq(revision))
        .exec(db)
        .await?;
    expect_one(done.rows_affected)
}

/// The row with the name by which people know it.
fn shown(mut row: Row) -> Row {
    if let Some(name) = &row.archived_name {
        row.name.clone_from(name);
    }
    row
}

/// Inserts a version.
///
/// # Errors
/// [`crate::Error::Conflict`] when the number is taken.
pub async fn insert_version(db: &impl Conn, row: VersionRow) -> Result<()> {
    Version::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// A version of a workflow.
///
/// # Errors
/// The database's.
pub async fn find_version(
    db: &impl Conn,
    tenant: TenantId,
    workflow: WorkflowId,
    version: i32,
) -> Result<Option<VersionRow>> {
    Ok(Version::find_by_id((tenant.0, workflow.0, version)).one(db).await?)
}

/// The versions of a workflow, newest first, before a number.
///
/// # Errors
/// The database's.
pub async fn list_versions(
    db: &impl Conn,
    tenant: TenantId,
    workflow: WorkflowId,
    before: Option<i32>,
    limit: u64,
) -> Result<Page<VersionRow>> {
    let mut query =
        Version::find().filter(VersionColumn::TenantId.eq(tenant.0)).filter(VersionColumn::WorkflowId.eq(workflow.0));
    if let Some(before) = before {
        query = query.filter(VersionColumn::Version.lt(before));
    }
    Ok(Page::from_rows(query.order_by_desc(VersionColumn::Version).limit(fetch_limit(limit)).all(db).await?, limit))
}
