//! Folders of workflows.

use domain::id::{ProjectId, TenantId};
use entity::project::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    BATCH, Conn, Page, Result, Tx, expect_one,
    page::{Direction, after, fetch_limit},
    run::Visible,
};

/// A folder of workflows in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Its key within the tenant.
    pub id: ProjectId,
    /// Its name in addresses; unique in the tenant.
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// When it was made.
    pub created_ms: i64,
    /// When it was put away.
    pub archived_ms: Option<i64>,
    /// Rises with each change.
    pub revision: i64,
    /// Values that all its workflows may take, a JSON object.
    pub params_json: Option<String>,
}

fn of_row(row: Model) -> Project {
    let Model { tenant_id, id, slug, title, created_ms, archived_ms, revision, params_json } = row;
    let (tenant, id) = (TenantId(tenant_id), ProjectId(id));
    Project { tenant, id, slug, title, created_ms, archived_ms, revision, params_json }
}

/// Adds a project; its slug must be free in the tenant.
pub async fn insert(tx: &Tx<'_>, project: &Project) -> Result<()> {
    let row = ActiveModel {
        tenant_id: Set(project.tenant.0),
        id: Set(project.id.0),
        slug: Set(project.slug.clone()),
        title: Set(project.title.clone()),
        created_ms: Set(project.created_ms),
        archived_ms: Set(project.archived_ms),
        revision: Set(project.revision),
        params_json: Set(project.params_json.clone()),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes what may change of a project, if it still has `revision`; the row gets the next one.
pub async fn save(tx: &Tx<'_>, revision: i64, project: &Project) -> Result<()> {
    let change = ActiveModel {
        title: Set(project.title.clone()),
        params_json: Set(project.params_json.clone()),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::TenantId.eq(project.tenant.0))
        .filter(Column::Id.eq(project.id.0))
        .filter(Column::Revision.eq(revision))
        .exec(tx)
        .await?;
    expect_one(done.rows_affected)
}

/// The project with the key.
pub async fn find(conn: &impl Conn, tenant: TenantId, id: ProjectId) -> Result<Option<Project>> {
    Ok(Entity::find_by_id((tenant.0, id.0)).one(conn).await?.map(of_row))
}

/// The project with the slug.
pub async fn find_by_slug(conn: &impl Conn, tenant: TenantId, slug: &str) -> Result<Option<Project>> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(Column::Slug.eq(slug));
    Ok(query.one(conn).await?.map(of_row))
}

/// The projects of a tenant with the keys, in no particular order.
pub async fn get_many(conn: &impl Conn, tenant: TenantId, ids: &[ProjectId]) -> Result<Vec<Project>> {
    let mut found = Vec::new();
    for part in ids.chunks(BATCH) {
        let keys = part.iter().map(|it| it.0);
        let query = Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(Column::Id.is_in(keys));
        found.extend(query.all(conn).await?.into_iter().map(of_row));
    }
    Ok(found)
}

/// A page of the visible projects by tenant and slug, after the pair given.
pub async fn list(
    conn: &impl Conn,
    visible: &[Visible],
    after_key: Option<(TenantId, &str)>,
    limit: u64,
) -> Result<Page<Project>> {
    let mut query = Entity::find().filter(Column::ArchivedMs.is_null());
    if let Some((tenant, slug)) = after_key {
        let key = [(Column::TenantId, sea_orm::Value::from(tenant.0)), (Column::Slug, slug.into())];
        query = query.filter(after(Direction::Ascending, key));
    }
    let query = query.order_by_asc(Column::TenantId).order_by_asc(Column::Slug).limit(fetch_limit(limit));
    let mut rows = Vec::new();
    for condition in conditions(visible) {
        rows.extend(query.clone().filter(condition).all(conn).await?);
    }
    rows.sort_unstable_by(|a, b| (a.tenant_id, &a.slug).cmp(&(b.tenant_id, &b.slug)));
    Ok(Page::from_rows(rows, limit).map(of_row))
}

/// What is visible as conditions of at most [`BATCH`] keys each; none overlaps another.
fn conditions(visible: &[Visible]) -> Vec<Condition> {
    let whole: Vec<i64> = visible.iter().filter(|it| it.projects.is_none()).map(|it| it.tenant.0).collect();
    let whole = whole.chunks(BATCH).map(|part| Condition::all().add(Column::TenantId.is_in(part.iter().copied())));
    let named = visible.iter().filter_map(|it| Some((it.tenant, it.projects.as_ref()?)));
    let named = named.flat_map(|(tenant, projects)| {
        projects.chunks(BATCH).map(move |part| {
            let of_tenant = Condition::all().add(Column::TenantId.eq(tenant.0));
            of_tenant.add(Column::Id.is_in(part.iter().map(|it| it.0)))
        })
    });
    whole.chain(named).collect()
}
