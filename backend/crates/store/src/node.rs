//! Rows of `node`: the processes of the cluster. A start under a name raises its incarnation; the process before it is
//! thereby over, whatever it still believes.

pub use entity::node::Model as Row;
use entity::node::{ActiveModel, Column, Entity};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::{Conn, Result, expect_one};

/// The node of a name.
///
/// # Errors
/// The database's.
pub async fn find_by_name(db: &impl Conn, name: &str) -> Result<Option<Row>> {
    Ok(Entity::find().filter(Column::Name.eq(name)).one(db).await?)
}

/// Inserts a node that was never there.
///
/// # Errors
/// [`crate::Error::Conflict`] when the name is there meanwhile.
pub async fn insert(db: &impl Conn, row: Row) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a node if it still has `incarnation`.
///
/// # Errors
/// [`crate::Error::Stale`] when another process took the name.
pub async fn save(db: &impl Conn, incarnation: i64, row: &Row) -> Result<()> {
    let change = ActiveModel {
        incarnation: Set(row.incarnation),
        address: Set(row.address.clone()),
        app_version: Set(row.app_version.clone()),
        state: Set(row.state.clone()),
        started_ms: Set(row.started_ms),
        heartbeat_ms: Set(row.heartbeat_ms),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(row.id))
        .filter(Column::Incarnation.eq(incarnation))
        .exec(db)
        .await?;
    expect_one(done.rows_affected)
}

/// All nodes by name, at most `limit`.
///
/// # Errors
/// The database's.
pub async fn list(db: &impl Conn, limit: u64) -> Result<Vec<Row>> {
    Ok(Entity::find().order_by_asc(Column::Name).limit(limit).all(db).await?)
}
