//! Rows of `node`: the processes of the cluster. A start under a name raises its incarnation; the process before it is
//! thereby over, whatever it still believes.
//!
//! Two write a row and neither undoes the other: the process writes what it is ([`save`], [`save_pulse`]), a person's
//! wish that it drains is written beside it ([`save_drain`]) and outlives the process.

pub use entity::node::Model as Row;
use entity::node::{ActiveModel, Column, Entity};
use sea_orm::sea_query::Cond;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::{Conn, Result, expect_one};

/// A sign of life.
#[derive(Clone, Debug)]
pub struct Pulse {
    /// What the process is.
    pub state: &'static str,
    /// The database's time.
    pub heartbeat_ms: i64,
    /// How it is doing, as JSON, and how far its clock is from the database's; `None`: as it was said before.
    pub status: Option<(String, i64)>,
}

/// A person's wish that a node takes no new work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// Since when, on the database's clock.
    pub since_ms: i64,
    /// Who wished it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The node of an id.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, id: i64) -> Result<Option<Row>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

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

/// Writes what a process is, all but the wish that it drains, if the row still has `incarnation`.
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
        host: Set(row.host.clone()),
        pid: Set(row.pid),
        clock_offset_ms: Set(row.clock_offset_ms),
        status_json: Set(row.status_json.clone()),
        ..Default::default()
    };
    update(db, row.id, incarnation, change).await
}

/// Writes a sign of life, if the row still has `incarnation`.
///
/// # Errors
/// [`crate::Error::Stale`] when another process took the name, or the row was taken away.
pub async fn save_pulse(db: &impl Conn, id: i64, incarnation: i64, pulse: Pulse) -> Result<()> {
    let mut change =
        ActiveModel { state: Set(pulse.state.to_owned()), heartbeat_ms: Set(pulse.heartbeat_ms), ..Default::default() };
    if let Some((status, clock_offset_ms)) = pulse.status {
        change.status_json = Set(Some(status));
        change.clock_offset_ms = Set(Some(clock_offset_ms));
    }
    update(db, id, incarnation, change).await
}

/// Writes the wish that a node drains, or takes it back; whether that changed anything.
///
/// # Errors
/// The database's.
pub async fn save_drain(db: &impl Conn, id: i64, drain: Option<&Drain>) -> Result<bool> {
    let (wished, change) = match drain {
        Some(drain) => (
            Column::DrainMs.is_null(),
            ActiveModel {
                drain_ms: Set(Some(drain.since_ms)),
                drain_by: Set(Some(drain.by.clone())),
                drain_reason: Set(Some(drain.reason.clone())),
                ..Default::default()
            },
        ),
        None => (
            Column::DrainMs.is_not_null(),
            ActiveModel { drain_ms: Set(None), drain_by: Set(None), drain_reason: Set(None), ..Default::default() },
        ),
    };
    let done = Entity::update_many().set(change).filter(Column::Id.eq(id)).filter(wished).exec(db).await?;
    Ok(done.rows_affected == 1)
}

/// All nodes by name, at most `limit`.
///
/// # Errors
/// The database's.
pub async fn list(db: &impl Conn, limit: u64) -> Result<Vec<Row>> {
    Ok(Entity::find().order_by_asc(Column::Name).limit(limit).all(db).await?)
}

/// Takes away nodes without a sign of life since `before_ms`, and drained ones only since `drained_before_ms`: their
/// next start under the name must still find the wish.
///
/// # Errors
/// The database's.
pub async fn delete_silent(db: &impl Conn, before_ms: i64, drained_before_ms: i64) -> Result<u64> {
    let undrained = Cond::all().add(Column::HeartbeatMs.lt(before_ms)).add(Column::DrainMs.is_null());
    let drained = Column::HeartbeatMs.lt(drained_before_ms);
    Ok(Entity::delete_many().filter(Cond::any().add(undrained).add(drained)).exec(db).await?.rows_affected)
}

async fn update(db: &impl Conn, id: i64, incarnation: i64, change: ActiveModel) -> Result<()> {
    let done = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .filter(Column::Incarnation.eq(incarnation))
        .exec(db)
        .await?;
    expect_one(done.rows_affected)
}
