//! Departments.
//!
//! The row with id 0 is the platform itself: no department, in no list. Its revision is the version of the access
//! policy ([`crate::role_binding`]).

use domain::id::TenantId;
use entity::tenant::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    BATCH, Conn, Error, Page, Result, Tx,
    page::{Direction, after, fetch_limit},
};

/// A department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its key.
    pub id: TenantId,
    /// Its name in addresses; unique.
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// Whether work goes on in it.
    pub state: State,
    /// When it was made.
    pub created_ms: i64,
    /// Rises with each change.
    pub revision: i64,
}

/// Whether a tenant's work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In use.
    Active,
}

impl State {
    /// The spelling in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
        }
    }
}

fn of_row(row: Model) -> Result<Tenant> {
    let state = match row.state.as_str() {
        "active" => State::Active,
        _ => return Err(Error::inconsistent("tenant", "state", row.id)),
    };
    let Model { id, slug, title, created_ms, revision, .. } = row;
    Ok(Tenant { id: TenantId(id), slug, title, state, created_ms, revision })
}

/// Adds a tenant; its slug must be free.
pub async fn insert(tx: &Tx<'_>, tenant: &Tenant) -> Result<()> {
    let row = ActiveModel {
        id: Set(tenant.id.0),
        slug: Set(tenant.slug.clone()),
        title: Set(tenant.title.clone()),
        state: Set(tenant.state.as_str().to_owned()),
        created_ms: Set(tenant.created_ms),
        revision: Set(tenant.revision),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The tenant with the key; never the platform's row.
pub async fn find(conn: &impl Conn, id: TenantId) -> Result<Option<Tenant>> {
    let found = Entity::find_by_id(id.0).filter(departments()).one(conn).await?;
    found.map(of_row).transpose()
}

/// The tenant with the slug.
pub async fn find_by_slug(conn: &impl Conn, slug: &str) -> Result<Option<Tenant>> {
    let found = Entity::find().filter(Column::Slug.eq(slug)).filter(departments()).one(conn).await?;
    found.map(of_row).transpose()
}

/// The tenants with the keys, in no particular order.
pub async fn get_many(conn: &impl Conn, ids: &[TenantId]) -> Result<Vec<Tenant>> {
    let mut found = Vec::new();
    for part in ids.chunks(BATCH) {
        let keys = part.iter().map(|it| it.0);
        found.extend(Entity::find().filter(Column::Id.is_in(keys)).filter(departments()).all(conn).await?);
    }
    found.into_iter().map(of_row).collect()
}

/// The keys of all tenants, for Almanac's own walks over them.
pub async fn list_ids(conn: &impl Conn) -> Result<Vec<TenantId>> {
    let query = Entity::find().select_only().column(Column::Id).filter(departments()).order_by_asc(Column::Id);
    let ids: Vec<i64> = query.into_tuple().all(conn).await?;
    Ok(ids.into_iter().map(TenantId).collect())
}

/// A page of tenants by slug, after the slug given; `only` names the ones that may be seen.
pub async fn list(
    conn: &impl Conn,
    only: Option<&[TenantId]>,
    after_slug: Option<&str>,
    limit: u64,
) -> Result<Page<Tenant>> {
    let mut query = Entity::find().filter(departments());
    if let Some(slug) = after_slug {
        query = query.filter(after(Direction::Ascending, [(Column::Slug, slug)]));
    }
    let query = query.order_by_asc(Column::Slug).limit(fetch_limit(limit));
    let mut rows = Vec::new();
    match only {
        None => rows = query.all(conn).await?,
        Some(ids) => {
            for part in ids.chunks(BATCH) {
                let keys = part.iter().map(|it| it.0);
                rows.extend(query.clone().filter(Column::Id.is_in(keys)).all(conn).await?);
            }
            rows.sort_unstable_by(|a, b| a.slug.cmp(&b.slug));
        }
    }
    Page::from_rows(rows, limit).try_map(of_row)
}

fn departments() -> sea_orm::sea_query::SimpleExpr {
    Column::Id.ne(TenantId::PLATFORM.0)
}
