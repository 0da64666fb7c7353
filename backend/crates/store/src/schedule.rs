//! Rows of `schedule` and of `schedule_fire`, which remembers what became of every instant.

use domain::id::{ScheduleId, TenantId, WorkflowId};
pub use entity::schedule::Model as Row;
use entity::schedule::{ActiveModel, Column, Entity};
pub use entity::schedule_fire::Model as FireRow;
use entity::schedule_fire::{Column as FireColumn, Entity as Fire};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use crate::page::{self, Direction, Page, fetch_limit};
use crate::{BATCH, Conn, Result, expect_one};

/// Inserts a schedule.
///
/// # Errors
/// [`crate::Error::Conflict`] when the workflow has one of that name.
pub async fn insert(db: &impl Conn, row: Row) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a schedule if it still has `revision`; the row gets the next one.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it.
pub async fn save(db: &impl Conn, revision: i64, row: &Row) -> Result<()> {
    let change = ActiveModel {
        spec_json: Set(row.spec_json.clone()),
        next_fire_ms: Set(row.next_fire_ms),
        last_fire_ms: Set(row.last_fire_ms),
        decided_ms: Set(row.decided_ms),
        state: Set(row.state.clone()),
        state_reason: Set(row.state_reason.clone()),
        revision: Set(revision + 1),
        ..Default::default()
    };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::TenantId.eq(row.tenant_id))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Revision.eq(revision))
        .exec(db)
        .await?;
    expect_one(done.rows_affected)
}

/// The schedule of an id.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, tenant: TenantId, id: ScheduleId) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((tenant.0, id.0)).one(db).await?)
}

/// The schedules of a workflow, by name.
///
/// # Errors
/// The database's.
pub async fn of_workflow(db: &impl Conn, tenant: TenantId, workflow: WorkflowId) -> Result<Vec<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::WorkflowId.eq(workflow.0))
        .order_by_asc(Column::Name)
        .all(db)
        .await?)
}

/// Schedules of a tenant that have not ended, by id, after one.
///
/// # Errors
/// The database's.
pub async fn list(db: &impl Conn, tenant: TenantId, after: Option<ScheduleId>, limit: u64) -> Result<Page<Row>> {
    let mut query = Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(Column::State.ne("ended"));
    if let Some(id) = after {
        query = query.filter(Column::Id.gt(id.0));
    }
    let query = query.order_by_asc(Column::Id);
    Ok(Page::from_rows(query.limit(fetch_limit(limit)).all(db).await?, limit))
}

/// Schedules of all tenants that are held, by tenant and id, after a key.
///
/// # Errors
/// The database's.
pub async fn list_held(db: &impl Conn, after: Option<(TenantId, ScheduleId)>, limit: u64) -> Result<Page<Row>> {
    let mut query = Entity::find().filter(Column::State.eq("held"));
    if let Some((tenant, id)) = after {
        query = query.filter(page::after(Direction::Ascending, [(Column::TenantId, tenant.0), (Column::Id, id.0)]));
    }
    let query = query.order_by_asc(Column::TenantId).order_by_asc(Column::Id);
    Ok(Page::from_rows(query.limit(fetch_limit(limit)).all(db).await?, limit))
}

/// Schedules of all tenants whose next fire is at or before an instant, the longest due first.
///
/// # Errors
/// The database's.
pub async fn due(db: &impl Conn, now_ms: i64, limit: u64) -> Result<Vec<Row>> {
    Ok(Entity::find()
        .filter(Column::NextFireMs.lte(now_ms))
        .order_by_asc(Column::NextFireMs)
        .limit(limit)
        .all(db)
        .await?)
}

/// The earliest next fire of all schedules.
///
/// # Errors
/// The database's.
pub async fn next_due(db: &impl Conn) -> Result<Option<i64>> {
    let next: Option<Option<i64>> =
        Entity::find().select_only().column_as(Column::NextFireMs.min(), "next").into_tuple().one(db).await?;
    Ok(next.flatten())
}

/// Writes what became of instants.
///
/// # Errors
/// [`crate::Error::Conflict`] when an instant of a schedule was decided before.
pub async fn insert_fires(db: &impl Conn, rows: Vec<FireRow>) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        Fire::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// What became of a schedule's instants, newest first, before an instant.
///
/// # Errors
/// The database's.
pub async fn list_fires(
    db: &impl Conn,
    tenant: TenantId,
    schedule: ScheduleId,
    before_ms: Option<i64>,
    limit: u64,
) -> Result<Page<FireRow>> {
    let mut query =
        Fire::find().filter(FireColumn::TenantId.eq(tenant.0)).filter(FireColumn::ScheduleId.eq(schedule.0));
    if let Some(before_ms) = before_ms {
        query = query.filter(FireColumn::InstantMs.lt(before_ms));
    }
    Ok(Page::from_rows(query.order_by_desc(FireColumn::InstantMs).limit(fetch_limit(limit)).all(db).await?, limit))
}

/// For which nominal dates a schedule has made runs at some times of day, by its fires in `[from_ms, before_ms)`: the
/// columns `nominal_from` and `nominal` of each, and its run.
///
/// # Errors
/// The database's.
pub async fn nominals_started(
    db: &impl Conn,
    tenant: TenantId,
    schedule: ScheduleId,
    (from_ms, before_ms): (i64, i64),
    times: &[String],
) -> Result<Vec<(Option<String>, String, Option<i64>)>> {
    let mut at_times = Condition::any();
    for time in times {
        at_times = at_times.add(FireColumn::Nominal.ends_with(time));
    }
    Ok(Fire::find()
        .filter(FireColumn::TenantId.eq(tenant.0))
        .filter(FireColumn::ScheduleId.eq(schedule.0))
        .filter(FireColumn::InstantMs.gte(from_ms))
        .filter(FireColumn::InstantMs.lt(before_ms))
        .filter(FireColumn::Outcome.eq("started"))
        .filter(at_times)
        .select_only()
        .columns([FireColumn::NominalFrom, FireColumn::Nominal, FireColumn::RunId])
        .into_tuple()
        .all(db)
        .await?)
}
