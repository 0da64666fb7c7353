//! The hot table of waits: one row for each task that waits for something outside of its run, and one for each run with
//! a time limit. A row is looked at when it is due; whoever moves its `due_ms` under its revision looks, others don't.

use domain::id::{RunId, TenantId, WorkflowId};
pub use entity::wait::Model as Row;
use entity::wait::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Cond, Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::{BATCH, Conn, Result};

/// A wait's key: run and ordinal of the task; −1 for the run itself.
pub type Key = (TenantId, RunId, i32);

/// The ordinal of a run's own time limit.
pub const OF_RUN: i32 = -1;

/// Inserts waits.
///
/// # Errors
/// [`crate::Error::Conflict`] when a task has a wait already.
pub async fn insert(db: &impl Conn, rows: Vec<Row>) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Deletes waits, those that are there.
///
/// # Errors
/// The database's.
pub async fn delete(db: &impl Conn, keys: &[Key]) -> Result<()> {
    for keys in keys.chunks(BATCH) {
        Entity::delete_many().filter(any_of(keys)).exec(db).await?;
    }
    Ok(())
}

/// Deletes a wait if it still is as it was read; gives whether it was.
///
/// # Errors
/// The database's.
pub async fn end(db: &impl Conn, row: &Row) -> Result<bool> {
    let done = Entity::delete_many().filter(as_read(row, row.revision)).exec(db).await?;
    Ok(done.rows_affected == 1)
}

/// Writes a wait if it still has `revision`; gives whether it had. The row gets the next revision.
///
/// # Errors
/// The database's.
pub async fn save(db: &impl Conn, revision: i64, row: &Row) -> Result<bool> {
    let change = ActiveModel {
        attempt: Set(row.attempt),
        kind: Set(row.kind.clone()),
        due_ms: Set(row.due_ms),
        since_ms: Set(row.since_ms),
        deadline_ms: Set(row.deadline_ms),
        workflow_id: Set(row.workflow_id),
        seen_json: Set(row.seen_json.clone()),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let done = Entity::update_many().set(change).filter(as_read(row, revision)).exec(db).await?;
    Ok(done.rows_affected == 1)
}

/// Turns waits into another kind that is due at once, those that are there.
///
/// # Errors
/// The database's.
pub async fn turn(db: &impl Conn, keys: &[Key], kind: &str) -> Result<()> {
    for keys in keys.chunks(BATCH) {
        let change = ActiveModel { kind: Set(kind.to_owned()), due_ms: Set(0), ..Default::default() };
        // Whoever has just looked at it must not write it back as it was.
        let next = Expr::col(Column::Revision).add(1);
        let turned = Entity::update_many().set(change).col_expr(Column::Revision, next);
        turned.filter(any_of(keys)).exec(db).await?;
    }
    Ok(())
}

/// One wait.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, key: Key) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((key.0.0, key.1.0, key.2)).one(db).await?)
}

/// Waits that are due, longest first.
///
/// # Errors
/// The database's.
pub async fn due(db: &impl Conn, now_ms: i64, limit: u64) -> Result<Vec<Row>> {
    Ok(Entity::find().filter(Column::DueMs.lte(now_ms)).order_by_asc(Column::DueMs).limit(limit).all(db).await?)
}

/// When the next wait is due.
///
/// # Errors
/// The database's.
pub async fn next_due(db: &impl Conn) -> Result<Option<i64>> {
    let due: Option<Option<i64>> =
        Entity::find().select_only().column_as(Column::DueMs.min(), "due").into_tuple().one(db).await?;
    Ok(due.flatten())
}

/// Waits for runs of a workflow.
///
/// # Errors
/// The database's.
pub async fn of_workflow(db: &impl Conn, tenant: TenantId, workflow: WorkflowId, limit: u64) -> Result<Vec<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::WorkflowId.eq(workflow.0))
        .limit(limit)
        .all(db)
        .await?)
}

/// The key of a row.
#[must_use]
pub fn key_of(row: &Row) -> Key {
    (TenantId(row.tenant_id), RunId(row.run_id), row.ordinal)
}

/// The same wait of the same attempt: one that ended and began anew has the same key, and the same first revision.
fn as_read(row: &Row, revision: i64) -> Cond {
    Cond::all().add(any_of(&[key_of(row)])).add(Column::Attempt.eq(row.attempt)).add(Column::Revision.eq(revision))
}

fn any_of(keys: &[Key]) -> Cond {
    keys.iter().fold(Cond::any(), |any, (tenant, run, ordinal)| {
        any.add(Column::TenantId.eq(tenant.0).and(Column::RunId.eq(run.0)).and(Column::Ordinal.eq(*ordinal)))
    })
}
