//! Rows of `calendar` and `calendar_revision`, and the stamps by which nodes know that something changed in force.
//!
//! Invariant: whatever changes which calendars are in force raises the tenant's stamp in the same transaction
//! ([`raise_stamp`]), so that a node that knows the stamp also knows the calendars.

use domain::id::{CalendarId, TenantId};
pub use entity::calendar::Model as Row;
use entity::calendar::{ActiveModel, Column, Entity};
pub use entity::calendar_alarm::Model as AlarmRow;
use entity::calendar_alarm::{Column as AlarmColumn, Entity as Alarm};
pub use entity::calendar_revision::Model as RevisionRow;
use entity::calendar_revision::{ActiveModel as RevisionModel, Column as RevisionColumn, Entity as Revision};
use entity::calendar_stamp::{self, Column as StampColumn, Entity as Stamp};
use sea_orm::sea_query::{Cond, Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::page::{Page, fetch_limit};
use crate::{BATCH, Conn, Result, Tx, expect_one};

/// The revision has been made and is not in force.
pub const DRAFT: &str = "draft";
/// The revision is in force.
pub const ACTIVE: &str = "active";
/// The revision was in force.
pub const SUPERSEDED: &str = "superseded";
/// The revision will never be in force.
pub const DISCARDED: &str = "discarded";

/// Most calendars of the firm, and of one department; more would not be told apart by people either.
pub const MOST: u64 = 500;

/// Inserts a calendar.
///
/// # Errors
/// [`crate::Error::Conflict`] when its tenant has one of that name.
pub async fn insert(tx: &Tx<'_>, row: Row) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes what may change of a calendar, if it still has `revision`; the row gets the next one.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it.
pub async fn save(tx: &Tx<'_>, revision: i64, row: &Row) -> Result<()> {
    let change = ActiveModel {
        title: Set(row.title.clone()),
        second_person: Set(row.second_person),
        active_revision: Set(row.active_revision),
        last_revision: Set(row.last_revision),
        changed_ms: Set(row.changed_ms),
        archived_ms: Set(row.archived_ms),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::TenantId.eq(row.tenant_id))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Revision.eq(revision))
        .exec(tx)
        .await?;
    expect_one(done.rows_affected)
}

/// Notes that all schedules that rest on a calendar have been planned by the revision in force, if it still is.
///
/// # Errors
/// The database's.
pub async fn save_planned(tx: &Tx<'_>, tenant: TenantId, id: CalendarId, number: i32) -> Result<()> {
    let change = ActiveModel { planned_revision: Set(Some(number)), ..Default::default() };
    Entity::update_many()
        .set(change)
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::Id.eq(id.0))
        .filter(Column::ActiveRevision.eq(number))
        .exec(tx)
        .await?;
    Ok(())
}

/// Calendars of all tenants whose schedules have not all been planned by the revision in force.
///
/// # Errors
/// The database's.
pub async fn list_unplanned(db: &impl Conn) -> Result<Vec<Row>> {
    let other = Expr::col(Column::PlannedRevision).ne(Expr::col(Column::ActiveRevision));
    Ok(Entity::find()
        .filter(Column::ActiveRevision.is_not_null())
        .filter(Cond::any().add(Column::PlannedRevision.is_null()).add(other))
        .order_by_asc(Column::TenantId)
        .order_by_asc(Column::Id)
        .limit(MOST)
        .all(db)
        .await?)
}

/// The calendar of an id.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, tenant: TenantId, id: CalendarId) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((tenant.0, id.0)).one(db).await?)
}

/// The calendars of some tenants that are not archived, by tenant and name.
///
/// # Errors
/// The database's.
pub async fn list(db: &impl Conn, tenants: &[TenantId]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for tenants in tenants.chunks(BATCH) {
        let query = Entity::find()
            .filter(Column::TenantId.is_in(tenants.iter().map(|it| it.0)))
            .filter(Column::ArchivedMs.is_null())
            .order_by_asc(Column::TenantId)
            .order_by_asc(Column::NameKey);
        rows.extend(query.all(db).await?);
    }
    Ok(rows)
}

/// The calendars of a name, whatever its case, of any tenant, archived ones too.
///
/// # Errors
/// The database's.
pub async fn of_name(db: &impl Conn, name: &str) -> Result<Vec<Row>> {
    Ok(Entity::find().filter(Column::NameKey.eq(name.to_uppercase())).all(db).await?)
}

/// Inserts a revision.
///
/// # Errors
/// [`crate::Error::Conflict`] when the number is taken.
pub async fn insert_revision(tx: &Tx<'_>, row: RevisionRow) -> Result<()> {
    Revision::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes the state of a revision and who decided it, if it still is in the state `from`.
///
/// # Errors
/// [`crate::Error::Stale`] when it is not.
pub async fn save_revision(tx: &Tx<'_>, from: &str, row: &RevisionRow) -> Result<()> {
    let change = RevisionModel {
        state: Set(row.state.clone()),
        decided_ms: Set(row.decided_ms),
        decided_by: Set(row.decided_by),
        decided_by_name: Set(row.decided_by_name.clone()),
        reason: Set(row.reason.clone()),
        ..Default::default()
    };
    let done = Revision::update_many()
        .set(change)
        .filter(RevisionColumn::TenantId.eq(row.tenant_id))
        .filter(RevisionColumn::CalendarId.eq(row.calendar_id))
        .filter(RevisionColumn::Number.eq(row.number))
        .filter(RevisionColumn::State.eq(from))
        .exec(tx)
        .await?;
    expect_one(done.rows_affected)
}

/// A revision by its number.
///
/// # Errors
/// The database's.
pub async fn find_revision(
    db: &impl Conn,
    tenant: TenantId,
    calendar: CalendarId,
    number: i32,
) -> Result<Option<RevisionRow>> {
    Ok(Revision::find_by_id((tenant.0, calendar.0, number)).one(db).await?)
}

/// The revisions of a calendar, newest first, before a number.
///
/// # Errors
/// The database's.
pub async fn list_revisions(
    db: &impl Conn,
    tenant: TenantId,
    calendar: CalendarId,
    before: Option<i32>,
    limit: u64,
) -> Result<Page<RevisionRow>> {
    let mut query = Revision::find()
        .filter(RevisionColumn::TenantId.eq(tenant.0))
        .filter(RevisionColumn::CalendarId.eq(calendar.0));
    if let Some(before) = before {
        query = query.filter(RevisionColumn::Number.lt(before));
    }
    Ok(Page::from_rows(query.order_by_desc(RevisionColumn::Number).limit(fetch_limit(limit)).all(db).await?, limit))
}

/// The drafts of a calendar, newest first.
///
/// # Errors
/// The database's.
pub async fn list_drafts(
    db: &impl Conn,
    tenant: TenantId,
    calendar: CalendarId,
    limit: u64,
) -> Result<Vec<RevisionRow>> {
    Ok(Revision::find()
        .filter(RevisionColumn::TenantId.eq(tenant.0))
        .filter(RevisionColumn::CalendarId.eq(calendar.0))
        .filter(RevisionColumn::State.eq(DRAFT))
        .order_by_desc(RevisionColumn::Number)
        .limit(limit)
        .all(db)
        .await?)
}

/// The revisions of a tenant's calendars in force, by calendar.
///
/// # Errors
/// The database's.
pub async fn list_active(db: &impl Conn, tenant: TenantId) -> Result<Vec<RevisionRow>> {
    Ok(Revision::find()
        .filter(RevisionColumn::TenantId.eq(tenant.0))
        .filter(RevisionColumn::State.eq(ACTIVE))
        .order_by_asc(RevisionColumn::CalendarId)
        .all(db)
        .await?)
}

/// The stamps of some tenants; a tenant without one has had no calendar so far.
///
/// # Errors
/// The database's.
pub async fn stamps(db: &impl Conn, tenants: &[TenantId]) -> Result<Vec<(TenantId, i64)>> {
    let mut rows = Vec::new();
    for tenants in tenants.chunks(BATCH) {
        let query = Stamp::find().filter(StampColumn::TenantId.is_in(tenants.iter().map(|it| it.0)));
        rows.extend(query.order_by_asc(StampColumn::TenantId).all(db).await?);
    }
    Ok(rows.into_iter().map(|row| (TenantId(row.tenant_id), row.stamp)).collect())
}

/// Raises the stamp of a tenant.
///
/// # Errors
/// [`crate::Error::Conflict`] when two make the first one at once; then the transaction is to be tried again.
pub async fn raise_stamp(tx: &Tx<'_>, tenant: TenantId) -> Result<()> {
    let raised = Stamp::update_many()
        .col_expr(StampColumn::Stamp, Expr::col(StampColumn::Stamp).add(1_i64))
        .filter(StampColumn::TenantId.eq(tenant.0))
        .exec(tx)
        .await?;
    if raised.rows_affected == 0 {
        let first = calendar_stamp::Model { tenant_id: tenant.0, stamp: 1 };
        Stamp::insert(first.into_active_model()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Notes that a calendar's horizon came near.
///
/// # Errors
/// [`crate::Error::Conflict`] when that was noted before.
pub async fn insert_alarm(tx: &Tx<'_>, row: AlarmRow) -> Result<()> {
    Alarm::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// The alarms of a calendar about one horizon, the latest (fewest days left) first.
///
/// # Errors
/// The database's.
pub async fn alarms(
    db: &impl Conn,
    tenant: TenantId,
    calendar: CalendarId,
    known_until: &str,
) -> Result<Vec<AlarmRow>> {
    Ok(Alarm::find()
        .filter(AlarmColumn::TenantId.eq(tenant.0))
        .filter(AlarmColumn::CalendarId.eq(calendar.0))
        .filter(AlarmColumn::KnownUntil.eq(known_until))
        .order_by_asc(AlarmColumn::Days)
        .all(db)
        .await?)
}
