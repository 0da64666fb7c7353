//! Limits of a tenant: so many slots for all jobs that need some of them; and the slots that attempts hold.
//!
//! # Protocol
//! Whoever takes or frees slots first locks the rows of the limits, in ascending order of tenant and name ([`lock`]);
//! what is read of their slots and of what is parked on them ([`crate::job::parked`]) then stays true until the
//! transaction ends. A slot belongs to an attempt: its row comes in the transaction that claims the job and goes in the
//! one that deletes it, so it can't be left behind by a crash, a stop or a lost worker.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{RunId, TenantId};
pub use entity::concurrency_limit::Model as Row;
use entity::concurrency_limit::{ActiveModel, Column, Entity};
use entity::limit_slot;
pub use entity::limit_slot::Model as SlotRow;
use sea_orm::sea_query::{Cond, Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use crate::job::Held;
use crate::{BATCH, Conn, Result, expect_one};

/// The key of a limit.
pub type Key = (TenantId, String);

/// Inserts a limit.
///
/// # Errors
/// [`crate::Error::Conflict`] when the tenant has one of this name.
pub async fn insert(db: &impl Conn, row: Row) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// The limit of a name.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, tenant: TenantId, name: &str) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((tenant.0, name.to_owned())).one(db).await?)
}

/// The limits of some names of a tenant, by name.
///
/// # Errors
/// The database's.
pub async fn get_many(db: &impl Conn, tenant: TenantId, names: &[&str]) -> Result<Vec<Row>> {
    let mut rows = Vec::with_capacity(names.len());
    for names in names.chunks(BATCH) {
        let of_names = Column::Name.is_in(names.iter().copied());
        rows.extend(Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(of_names).all(db).await?);
    }
    rows.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(rows)
}

/// The limits of a tenant by name, at most `most`.
///
/// # Errors
/// The database's.
pub async fn list(db: &impl Conn, tenant: TenantId, most: u64) -> Result<Vec<Row>> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.0)).order_by_asc(Column::Name);
    Ok(query.limit(most).all(db).await?)
}

/// Writes what a person may change of a limit, if it still has `revision`; the row gets the next one.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it.
pub async fn save(db: &impl Conn, revision: i64, row: &Row) -> Result<()> {
    let change = ActiveModel {
        slots: Set(row.slots),
        note: Set(row.note.clone()),
        changed_ms: Set(row.changed_ms),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let guard = named(TenantId(row.tenant_id), &row.name).add(Column::Revision.eq(revision));
    let done = Entity::update_many().set(change).filter(guard).exec(db).await?;
    expect_one(done.rows_affected)
}

/// Deletes a limit, if it still has `revision`. Slots that attempts hold of it stay theirs until they end.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it.
pub async fn delete(db: &impl Conn, tenant: TenantId, name: &str, revision: i64) -> Result<()> {
    let guard = named(tenant, name).add(Column::Revision.eq(revision));
    let done = Entity::delete_many().filter(guard).exec(db).await?;
    expect_one(done.rows_affected)
}

/// Locks limits until the transaction ends and gives those that exist, in ascending order.
///
/// # Errors
/// The database's.
pub async fn lock(db: &impl Conn, keys: &BTreeSet<Key>) -> Result<Vec<Row>> {
    let mut by_tenant: BTreeMap<TenantId, Vec<&str>> = BTreeMap::new();
    for (tenant, name) in keys {
        // One by one: a statement over several rows would lock them in an order of its own.
        let turn = Expr::col(Column::Turn).add(1);
        let done = Entity::update_many().col_expr(Column::Turn, turn).filter(named(*tenant, name)).exec(db).await?;
        if done.rows_affected > 0 {
            by_tenant.entry(*tenant).or_default().push(name);
        }
    }
    let mut rows = Vec::with_capacity(keys.len());
    for (tenant, names) in by_tenant {
        rows.extend(get_many(db, tenant, &names).await?);
    }
    Ok(rows)
}

/// Locks the limits of which attempts hold slots.
///
/// # Errors
/// The database's.
pub async fn lock_held(db: &impl Conn, held: &[Held]) -> Result<Vec<Row>> {
    let mut keys = BTreeSet::new();
    for held in held.chunks(BATCH) {
        let names: Vec<(i64, String)> = limit_slot::Entity::find()
            .select_only()
            .columns([limit_slot::Column::TenantId, limit_slot::Column::Name])
            .distinct()
            .filter(of_attempts(held))
            .into_tuple()
            .all(db)
            .await?;
        keys.extend(names.into_iter().map(|(tenant, name)| (TenantId(tenant), name)));
    }
    lock(db, &keys).await
}

/// The slots of a limit.
#[must_use]
pub const fn slots(row: &Row) -> u64 {
    if row.slots < 0 { 0 } else { row.slots.unsigned_abs() as u64 }
}

/// How many slots of each of a tenant's limits are taken; those of which none is are left out.
///
/// # Errors
/// The database's.
pub async fn count_used(db: &impl Conn, tenant: TenantId, names: &[&str]) -> Result<BTreeMap<String, u64>> {
    use limit_slot::{Column, Entity};
    let mut used = BTreeMap::new();
    for names in names.chunks(BATCH) {
        // A sum has another type on each engine; a count has one.
        let rows: Vec<(String, i32, i64)> = Entity::find()
            .select_only()
            .columns([Column::Name, Column::Weight])
            .column_as(Column::RunId.count(), "attempts")
            .filter(Column::TenantId.eq(tenant.0))
            .filter(Column::Name.is_in(names.iter().copied()))
            .group_by(Column::Name)
            .group_by(Column::Weight)
            .into_tuple()
            .all(db)
            .await?;
        for (name, weight, attempts) in rows {
            *used.entry(name).or_default() += u64::from(weight.unsigned_abs()) * attempts.unsigned_abs();
        }
    }
    Ok(used)
}

/// Notes the slots that attempts take.
///
/// # Errors
/// The database's.
pub async fn take(db: &impl Conn, rows: Vec<SlotRow>) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        limit_slot::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Frees the slots of attempts.
///
/// # Errors
/// The database's.
pub async fn free(db: &impl Conn, held: &[Held]) -> Result<()> {
    for held in held.chunks(BATCH) {
        limit_slot::Entity::delete_many().filter(of_attempts(held)).exec(db).await?;
    }
    Ok(())
}

/// Who holds slots of a limit, the longest first, at most `most`.
///
/// # Errors
/// The database's.
pub async fn list_slots(db: &impl Conn, tenant: TenantId, name: &str, most: u64) -> Result<Vec<SlotRow>> {
    use limit_slot::{Column, Entity};
    let query = Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(Column::Name.eq(name));
    Ok(query.order_by_asc(Column::TakenMs).limit(most).all(db).await?)
}

/// Slots whose attempts have no job: a program that did not know of slots ended them.
///
/// # Errors
/// The database's.
pub async fn list_orphans(db: &impl Conn, most: u64) -> Result<Vec<SlotRow>> {
    use entity::job;
    use limit_slot::{Column, Entity};
    let same = |slot: Column, of_job: job::Column| Expr::col((Entity, slot)).equals((job::Entity, of_job));
    let job = job::Entity::find()
        .select_only()
        .column(job::Column::RunId)
        .filter(same(Column::TenantId, job::Column::TenantId))
        .filter(same(Column::RunId, job::Column::RunId))
        .filter(same(Column::Ordinal, job::Column::Ordinal))
        .filter(same(Column::Fence, job::Column::Fence))
        .into_query();
    Ok(Entity::find().filter(Expr::exists(job).not()).limit(most).all(db).await?)
}

/// The attempt that holds a slot.
#[must_use]
pub fn held_of(slot: &SlotRow) -> Held {
    let (tenant, run) = (TenantId(slot.tenant_id), RunId(slot.run_id));
    Held { tenant, run, ordinal: slot.ordinal, fence: slot.fence, limited: true }
}

fn named(tenant: TenantId, name: &str) -> Cond {
    Cond::all().add(Column::TenantId.eq(tenant.0)).add(Column::Name.eq(name))
}

fn of_attempts(held: &[Held]) -> Cond {
    use limit_slot::Column;
    held.iter().fold(Cond::any(), |any, held| {
        any.add(
            Cond::all()
                .add(Column::TenantId.eq(held.tenant.0))
                .add(Column::RunId.eq(held.run.0))
                .add(Column::Ordinal.eq(held.ordinal))
                .add(Column::Fence.eq(held.fence)),
        )
    })
}
