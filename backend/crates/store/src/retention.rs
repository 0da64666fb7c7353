//! Rows of `retention` and `retention_mark`: how long who keeps what, and how far the deletion of what is older is.

pub mod old;

use domain::id::TenantId;
pub use entity::retention::Model as Row;
use entity::retention::{ActiveModel, Column, Entity};
pub use entity::retention_mark::Model as MarkRow;
use entity::retention_mark::{ActiveModel as MarkModel, Column as MarkColumn, Entity as Mark};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::{BATCH, Conn, Result, expect_one};

/// What some tenants decided, in no order.
///
/// # Errors
/// The database's.
pub async fn list(db: &impl Conn, tenants: &[TenantId]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for tenants in tenants.chunks(BATCH) {
        let query = Entity::find().filter(Column::TenantId.is_in(tenants.iter().map(|it| it.0)));
        rows.extend(query.all(db).await?);
    }
    Ok(rows)
}

/// Inserts a decision.
///
/// # Errors
/// [`crate::Error::Conflict`] when the tenant has decided about that kind.
pub async fn insert(db: &impl Conn, row: Row) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a decision if it still has `revision`; the row gets the next one.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it.
pub async fn save(db: &impl Conn, revision: i64, row: &Row) -> Result<()> {
    let change = ActiveModel {
        days: Set(row.days),
        changed_ms: Set(row.changed_ms),
        changed_by_name: Set(row.changed_by_name.clone()),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let rows = Entity::update_many().set(change).filter(Column::TenantId.eq(row.tenant_id));
    let rows = rows.filter(Column::Kind.eq(row.kind.as_str())).filter(Column::Revision.eq(revision));
    expect_one(rows.exec(db).await?.rows_affected)
}

/// Deletes a decision if it still has its revision.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it.
pub async fn delete(db: &impl Conn, row: &Row) -> Result<()> {
    let rows = Entity::delete_many().filter(Column::TenantId.eq(row.tenant_id));
    let rows = rows.filter(Column::Kind.eq(row.kind.as_str())).filter(Column::Revision.eq(row.revision));
    expect_one(rows.exec(db).await?.rows_affected)
}

/// Inserts the mark of a tenant.
///
/// # Errors
/// [`crate::Error::Conflict`] when it has one.
pub async fn insert_mark(db: &impl Conn, row: MarkRow) -> Result<()> {
    Mark::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a mark if it still has `revision`; the row gets the next one.
///
/// # Errors
/// [`crate::Error::Stale`] when another node moved it.
pub async fn save_mark(db: &impl Conn, revision: i64, row: &MarkRow) -> Result<()> {
    let change = MarkModel {
        due_ms: Set(row.due_ms),
        state_json: Set(row.state_json.clone()),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let rows = Mark::update_many().set(change).filter(MarkColumn::TenantId.eq(row.tenant_id));
    expect_one(rows.filter(MarkColumn::Revision.eq(revision)).exec(db).await?.rows_affected)
}

/// The mark of a tenant.
///
/// # Errors
/// The database's.
pub async fn find_mark(db: &impl Conn, tenant: TenantId) -> Result<Option<MarkRow>> {
    Ok(Mark::find_by_id(tenant.0).one(db).await?)
}

/// Marks that are due, the longest first.
///
/// # Errors
/// The database's.
pub async fn list_due(db: &impl Conn, now_ms: i64, limit: u64) -> Result<Vec<MarkRow>> {
    let due = Mark::find().filter(MarkColumn::DueMs.lte(now_ms)).order_by_asc(MarkColumn::DueMs);
    Ok(due.limit(limit).all(db).await?)
}

/// The tenants that have a mark.
///
/// # Errors
/// The database's.
pub async fn list_marked(db: &impl Conn) -> Result<Vec<TenantId>> {
    let ids: Vec<i64> = Mark::find().select_only().column(MarkColumn::TenantId).into_tuple().all(db).await?;
    Ok(ids.into_iter().map(TenantId).collect())
}
