//! Departments.
//!
//! The row with id 0 is the platform itself: no department, in no list. Its revision is the version of the access
//! policy ([`crate::role_binding`]).

use domain::id::TenantId;
use entity::tenant::{ActiveModel, Column, Entity, Model};
use sea_orm::sea_query::{Cond, Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    BATCH, Conn, Error, Page, Result, Tx, expect_one,
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
    /// Its share of the workers.
    pub share: Share,
}

/// What part of the workers a tenant gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The tenant.
    pub tenant: TenantId,
    /// Its weight beside the others'.
    pub weight: u32,
    /// How many tasks it may run at once in all pools; `None`: any number.
    pub max_running_tasks: Option<u32>,
}

impl Share {
    /// The share of a tenant for which nobody said anything.
    #[must_use]
    pub const fn plain(tenant: TenantId) -> Self {
        Self { tenant, weight: 1, max_running_tasks: None }
    }

    /// A tenant's share among those that differ from the default.
    #[must_use]
    pub fn of(shares: &[Self], tenant: TenantId) -> Self {
        shares.iter().find(|share| share.tenant == tenant).copied().unwrap_or(Self::plain(tenant))
    }
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
    let share = share(row.id, row.share_weight, row.max_running_tasks);
    let Model { id, slug, title, created_ms, revision, .. } = row;
    Ok(Tenant { id: TenantId(id), slug, title, state, created_ms, revision, share })
}

fn share(id: i64, weight: i32, quota: Option<i32>) -> Share {
    // Never below what the services let in.
    let max_running_tasks = quota.map(|most| u32::try_from(most).unwrap_or(0));
    Share { tenant: TenantId(id), weight: Ord::max(u32::try_from(weight).unwrap_or(1), 1), max_running_tasks }
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
        share_weight: Set(small(tenant.share.weight)),
        max_running_tasks: Set(tenant.share.max_running_tasks.map(small)),
        claim_turn: Set(0),
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

/// Writes a tenant's share, if its row still has `revision`; the row gets the next one.
pub async fn save_share(tx: &Tx<'_>, revision: i64, share: Share) -> Result<()> {
    let change = ActiveModel {
        share_weight: Set(small(share.weight)),
        max_running_tasks: Set(share.max_running_tasks.map(small)),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(share.tenant.0))
        .filter(Column::Revision.eq(revision))
        .exec(tx)
        .await?;
    expect_one(done.rows_affected)
}

/// The shares that differ from [`Share::plain`].
pub async fn list_shares(conn: &impl Conn) -> Result<Vec<Share>> {
    let special = Cond::any().add(Column::ShareWeight.ne(1)).add(Column::MaxRunningTasks.is_not_null());
    let rows: Vec<(i64, i32, Option<i32>)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::ShareWeight, Column::MaxRunningTasks])
        .filter(special)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, weight, quota)| share(id, weight, quota)).collect())
}

/// Reads how many tasks a tenant may run at once and keeps others from counting them until the transaction ends.
pub async fn lock_quota(tx: &Tx<'_>, id: TenantId) -> Result<Option<u32>> {
    let turn = Expr::col(Column::ClaimTurn).add(1);
    Entity::update_many().col_expr(Column::ClaimTurn, turn).filter(Column::Id.eq(id.0)).exec(tx).await?;
    let quota: Option<Option<i32>> =
        Entity::find_by_id(id.0).select_only().column(Column::MaxRunningTasks).into_tuple().one(tx).await?;
    Ok(quota.flatten().map(|most| u32::try_from(most).unwrap_or(0)))
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

fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn departments() -> sea_orm::sea_query::SimpleExpr {
    Column::Id.ne(TenantId::PLATFORM.0)
}
