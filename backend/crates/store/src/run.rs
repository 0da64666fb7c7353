//! Rows of `run`: inserted once, changed only under their revision.

use std::ops::Range;

use domain::id::{ProjectId, RunId, TenantId, WorkflowId};
pub use entity::run::Model as Row;
use entity::run::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Cond, Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::page::{Page, fetch_limit};
use crate::{BATCH, Conn, Result, expect_one};

/// The projects of a tenant whose rows may be read; `None`: all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visible {
    /// The tenant.
    pub tenant: TenantId,
    /// Its readable projects.
    pub projects: Option<Vec<ProjectId>>,
}

/// Which runs a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// What the reader may see, already narrowed to what was asked.
    pub visible: Vec<Visible>,
    /// Only runs of this workflow.
    pub workflow: Option<WorkflowId>,
    /// Only runs in one of these states; empty: all.
    pub states: Vec<String>,
    /// Only runs of these business dates; empty: all. Each is a query of its own.
    pub dates: Vec<String>,
    /// Only runs with one of these causes; empty: all.
    pub causes: Vec<String>,
    /// Only runs that the person or client of this name started.
    pub started_by: Option<String>,
}

impl Filter {
    /// The conditions to ask for one by one, so that each walks one index from its end: by business date, else by
    /// state, else by cause.
    fn parts(&self) -> Vec<Cond> {
        let any = |column: Column, values: &[String]| match values {
            [] => Cond::all(),
            values => Cond::all().add(column.is_in(values)),
        };
        let each = |column: Column, values: &[String]| -> Vec<Cond> {
            values.iter().map(|value| Cond::all().add(column.eq(value.as_str()))).collect()
        };
        let (states, causes) = (any(Column::State, &self.states), any(Column::Cause, &self.causes));
        let with = |parts: Vec<Cond>, rest: &[&Cond]| -> Vec<Cond> {
            parts.into_iter().map(|part| rest.iter().fold(part, |all, one| all.add((*one).clone()))).collect()
        };
        match (self.dates.is_empty(), self.states.is_empty(), self.causes.is_empty()) {
            (false, ..) => with(each(Column::BusinessDate, &self.dates), &[&states, &causes]),
            (true, false, _) => with(each(Column::State, &self.states), &[&causes]),
            (true, true, false) => each(Column::Cause, &self.causes),
            (true, true, true) => vec![Cond::all()],
        }
    }
}

/// Inserts new runs.
///
/// # Errors
/// [`crate::Error::Conflict`] when a run with the same idempotency key exists.
pub async fn insert(db: &impl Conn, rows: Vec<Row>) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The run of an id.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, tenant: TenantId, id: RunId) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((tenant.0, id.0)).one(db).await?)
}

/// The runs of some ids of one tenant, in no order.
///
/// # Errors
/// The database's.
pub async fn get_many(db: &impl Conn, tenant: TenantId, ids: &[RunId]) -> Result<Vec<Row>> {
    let ids = ids.iter().map(|id| id.0);
    Ok(Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(Column::Id.is_in(ids)).all(db).await?)
}

/// The run that an idempotency key made.
///
/// # Errors
/// The database's.
pub async fn find_by_key(db: &impl Conn, tenant: TenantId, workflow: WorkflowId, key: &str) -> Result<Option<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::WorkflowId.eq(workflow.0))
        .filter(Column::IdemKey.eq(key))
        .one(db)
        .await?)
}

/// The newest run of a workflow for a business date that was not skipped; runs that only walked their DAG don't count.
///
/// # Errors
/// The database's.
pub async fn newest_of_date(
    db: &impl Conn,
    tenant: TenantId,
    workflow: WorkflowId,
    business_date: &str,
) -> Result<Option<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::WorkflowId.eq(workflow.0))
        .filter(Column::BusinessDate.eq(business_date))
        .filter(Column::State.ne("skipped"))
        .filter(Column::DryRun.is_null())
        .order_by_desc(Column::Id)
        .limit(1)
        .one(db)
        .await?)
}

/// The ids of the newest runs of a workflow for each business date of a range, both ends included; runs that only
/// walked their DAG don't count.
///
/// # Errors
/// The database's.
pub async fn newest_of_dates(
    db: &impl Conn,
    tenant: TenantId,
    workflow: WorkflowId,
    (from, to): (&str, &str),
) -> Result<Vec<RunId>> {
    let newest: Vec<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::Id.max(), "newest")
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::WorkflowId.eq(workflow.0))
        .filter(Column::BusinessDate.between(from, to))
        .filter(Column::DryRun.is_null())
        .group_by(Column::BusinessDate)
        .into_tuple()
        .all(db)
        .await?;
    Ok(newest.into_iter().flatten().map(RunId).collect())
}

/// The run of a workflow for the last instant of its schedules in a stretch of time, from the first to before the second;
/// of several for one instant the newest.
///
/// # Errors
/// The database's.
pub async fn last_scheduled_in(
    db: &impl Conn,
    tenant: TenantId,
    workflow: WorkflowId,
    stretch: &Range<i64>,
) -> Result<Option<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::WorkflowId.eq(workflow.0))
        .filter(Column::FireMs.gte(stretch.start))
        .filter(Column::FireMs.lt(stretch.end))
        .order_by_desc(Column::FireMs)
        .order_by_desc(Column::Id)
        .limit(1)
        .one(db)
        .await?)
}

/// The runs that a task of a run started.
///
/// # Errors
/// The database's.
pub async fn children_of_task(db: &impl Conn, tenant: TenantId, parent: RunId, ordinal: i32) -> Result<Vec<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::ParentRunId.eq(parent.0))
        .filter(Column::ParentOrdinal.eq(ordinal))
        .order_by_asc(Column::Id)
        .all(db)
        .await?)
}

/// The runs that tasks of a run started.
///
/// # Errors
/// The database's.
pub async fn children(db: &impl Conn, tenant: TenantId, parent: RunId, limit: u64) -> Result<Vec<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::ParentRunId.eq(parent.0))
        .order_by_asc(Column::ParentOrdinal)
        .limit(limit)
        .all(db)
        .await?)
}

/// Writes what may change of a run, if it still has `revision`; the row gets the next one.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it; [`crate::Error::Conflict`] when its active slot is taken.
pub async fn save(db: &impl Conn, revision: i64, row: &Row) -> Result<()> {
    let change = ActiveModel {
        state: Set(row.state.clone()),
        revision: Set(revision + 1),
        generation: Set(row.generation),
        priority: Set(row.priority),
        active_slot: Set(row.active_slot),
        stop_requested: Set(row.stop_requested),
        reason_json: Set(row.reason_json.clone()),
        task_total: Set(row.task_total),
        task_ok: Set(row.task_ok),
        task_failed: Set(row.task_failed),
        task_running: Set(row.task_running),
        started_ms: Set(row.started_ms),
        finished_ms: Set(row.finished_ms),
        changed_ms: Set(row.changed_ms),
        params_json: Set(row.params_json.clone()),
        parent_attempt: Set(row.parent_attempt),
        overdue_ms: Set(row.overdue_ms),
        outputs_json: Set(row.outputs_json.clone()),
        backfill_id: Set(row.backfill_id),
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

/// Runs of a filter, newest first, after the run `after`.
///
/// One short query for each tenant, project and business date, state or cause, merged: each walks an index from its
/// end, so a page costs the same however many finished runs there are.
///
/// # Errors
/// The database's.
pub async fn list(db: &impl Conn, filter: &Filter, after: Option<RunId>, limit: u64) -> Result<Page<Row>> {
    let parts = filter.parts();
    let mut rows = Vec::new();
    for visible in apart(&filter.visible) {
        for part in &parts {
            let mut query = Entity::find().filter(within(&visible)).filter(part.clone());
            if let Some(workflow) = filter.workflow {
                query = query.filter(Column::WorkflowId.eq(workflow.0));
            }
            if let Some(name) = &filter.started_by {
                query = query.filter(Column::CreatedByName.eq(name.as_str()));
            }
            if let Some(after) = after {
                query = query.filter(Column::Id.lt(after.0));
            }
            rows.extend(query.order_by_desc(Column::Id).limit(fetch_limit(limit)).all(db).await?);
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    Ok(Page::from_rows(rows, limit))
}

/// Runs of what is visible that changed at or after an instant, oldest change first.
///
/// # Errors
/// The database's.
pub async fn changed_since(db: &impl Conn, visible: &[Visible], since_ms: i64, limit: u64) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for visible in visible {
        let query = Entity::find().filter(within(visible)).filter(Column::ChangedMs.gte(since_ms));
        rows.extend(query.order_by_asc(Column::ChangedMs).limit(limit).all(db).await?);
    }
    rows.sort_by_key(|row| (row.changed_ms, row.id));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

/// Unfinished runs of all tenants in a state, oldest first, after `(tenant, id)`.
///
/// # Errors
/// The database's.
pub async fn in_state(db: &impl Conn, state: &str, after: Option<(i64, i64)>, limit: u64) -> Result<Vec<Row>> {
    let mut query = Entity::find().filter(Column::State.eq(state));
    if let Some((tenant, id)) = after {
        let later = Cond::all().add(Column::TenantId.eq(tenant)).add(Column::Id.gt(id));
        query = query.filter(Cond::any().add(Column::TenantId.gt(tenant)).add(later));
    }
    Ok(query.order_by_asc(Column::TenantId).order_by_asc(Column::Id).limit(limit).all(db).await?)
}

/// The oldest queued runs of a workflow.
///
/// # Errors
/// The database's.
pub async fn queued_of(db: &impl Conn, tenant: TenantId, workflow: WorkflowId, limit: u64) -> Result<Vec<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::State.eq("queued"))
        .filter(Column::WorkflowId.eq(workflow.0))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// The runs of a workflow that hold one of its places, oldest first.
///
/// # Errors
/// The database's.
pub async fn active_of(db: &impl Conn, tenant: TenantId, workflow: WorkflowId) -> Result<Vec<Row>> {
    // Ordered here: an order by id would have the database walk all runs of the workflow.
    let mut rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::WorkflowId.eq(workflow.0))
        .filter(Column::ActiveSlot.is_not_null())
        .all(db)
        .await?;
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// The active slots of a workflow that are taken, in order.
///
/// # Errors
/// The database's.
pub async fn taken_slots(db: &impl Conn, tenant: TenantId, workflow: WorkflowId) -> Result<Vec<i32>> {
    let slots: Vec<Option<i32>> = Entity::find()
        .select_only()
        .column(Column::ActiveSlot)
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::WorkflowId.eq(workflow.0))
        .filter(Column::ActiveSlot.is_not_null())
        .order_by_asc(Column::ActiveSlot)
        .into_tuple()
        .all(db)
        .await?;
    Ok(slots.into_iter().flatten().collect())
}

/// Runs of a workflow in some states, oldest first in each state.
///
/// # Errors
/// The database's.
pub async fn of_workflow_in(
    db: &impl Conn,
    tenant: TenantId,
    workflow: WorkflowId,
    states: &[&str],
    limit: u64,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for state in states {
        let query = Entity::find()
            .filter(Column::TenantId.eq(tenant.0))
            .filter(Column::WorkflowId.eq(workflow.0))
            .filter(Column::State.eq(*state));
        let room = limit.saturating_sub(rows.len() as u64);
        rows.extend(query.order_by_asc(Column::Id).limit(room).all(db).await?);
    }
    Ok(rows)
}

/// How many runs of a tenant are in a state, at most `cap`.
///
/// # Errors
/// The database's.
pub async fn count_in_state(db: &impl Conn, tenant: TenantId, state: &str, cap: u64) -> Result<u64> {
    let rows: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.eq(state))
        .filter(Column::TenantId.eq(tenant.0))
        .limit(cap)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.len() as u64)
}

/// Most projects of a tenant that are asked one by one.
const APART: usize = 20;

/// Each project by itself: over several at once, an index gives no order, and all their runs would be sorted.
fn apart(visible: &[Visible]) -> Vec<Visible> {
    let one = |visible: &Visible| match &visible.projects {
        Some(projects) if projects.len() <= APART => {
            let alone = |project: &ProjectId| Visible { tenant: visible.tenant, projects: Some(vec![*project]) };
            projects.iter().map(alone).collect()
        }
        _ => vec![visible.clone()],
    };
    visible.iter().flat_map(one).collect()
}

fn within(visible: &Visible) -> Cond {
    let tenant = Cond::all().add(Expr::col(Column::TenantId).eq(visible.tenant.0));
    match &visible.projects {
        None => tenant,
        Some(projects) => tenant.add(Column::ProjectId.is_in(projects.iter().map(|id| id.0))),
    }
}
