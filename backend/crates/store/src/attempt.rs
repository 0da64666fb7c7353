//! Rows of `attempt`: the history of tries.

use domain::id::{RunId, TenantId};
pub use entity::attempt::Model as Row;
use entity::attempt::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Cond, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::{BATCH, Conn, Result};

/// An attempt's key: run, ordinal of the task, number of the attempt.
pub type Key = (RunId, i32, i32);

/// Inserts attempts that were claimed.
///
/// # Errors
/// The database's.
pub async fn insert(db: &impl Conn, rows: Vec<Row>) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes rows of one tenant in full. The caller holds the runs' revisions in the same transaction.
///
/// # Errors
/// The database's.
pub async fn replace(db: &impl Conn, tenant: TenantId, rows: Vec<Row>) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        let keys = rows.iter().map(|row| (RunId(row.run_id), row.ordinal, row.number));
        Entity::delete_many().filter(Column::TenantId.eq(tenant.0)).filter(any_of(keys)).exec(db).await?;
    }
    insert(db, rows).await
}

/// The attempts of some keys of one tenant, in no order.
///
/// # Errors
/// The database's.
pub async fn get_many(db: &impl Conn, tenant: TenantId, keys: &[Key]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for keys in keys.chunks(BATCH) {
        let query = Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(any_of(keys.iter().copied()));
        rows.extend(query.all(db).await?);
    }
    Ok(rows)
}

/// The attempts of a task run, oldest first.
///
/// # Errors
/// The database's.
pub async fn of_task(db: &impl Conn, tenant: TenantId, run: RunId, ordinal: i32) -> Result<Vec<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::RunId.eq(run.0))
        .filter(Column::Ordinal.eq(ordinal))
        .order_by_asc(Column::Number)
        .all(db)
        .await?)
}

/// The newest attempts of a run, newest first; from the ordinal `items_from` on only those that did not go well.
///
/// # Errors
/// The database's.
pub async fn newest_of_run(
    db: &impl Conn,
    (tenant, run): (TenantId, RunId),
    items_from: i32,
    limit: u64,
) -> Result<Vec<Row>> {
    let bad = Column::State.is_in(["failed", "timed_out", "stopped", "lost"]);
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::RunId.eq(run.0))
        .filter(Column::Ordinal.lt(items_from).or(bad))
        .order_by_desc(Column::ClaimedMs)
        .limit(limit)
        .all(db)
        .await?)
}

/// One attempt.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, tenant: TenantId, key: Key) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((tenant.0, key.0.0, key.1, key.2)).one(db).await?)
}

/// Notes how much log an attempt has; the log is written apart from the attempt's end.
///
/// # Errors
/// The database's.
pub async fn save_log_size(db: &impl Conn, tenant: TenantId, key: Key, bytes: i64, truncated: bool) -> Result<()> {
    let change = ActiveModel { log_bytes: Set(bytes), log_truncated: Set(truncated), ..Default::default() };
    Entity::update_many().set(change).filter(Column::TenantId.eq(tenant.0)).filter(any_of([key])).exec(db).await?;
    Ok(())
}

fn any_of(keys: impl IntoIterator<Item = Key>) -> Cond {
    keys.into_iter().fold(Cond::any(), |any, (run, ordinal, number)| {
        let one = Column::RunId.eq(run.0).and(Column::Ordinal.eq(ordinal)).and(Column::Number.eq(number));
        any.add(one)
    })
}
