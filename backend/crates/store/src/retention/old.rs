//! Finding what is old, and deleting it: each query walks an index from its old end, each deletion is of rows that were
//! named before.

use std::collections::BTreeMap;

use domain::id::{RunId, TenantId, WorkflowId};
use entity::{attempt, backfill, backfill_item, log_chunk, run, schedule, schedule_fire, task_run, wait};
use sea_orm::sea_query::{Cond, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{BATCH, Conn, Error, Result, Tx};

/// A place in a walk over rows by instant and id: behind these.
pub type After = (i64, i64);

/// A finished run, as much of it as its deletion must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The run.
    pub id: RunId,
    /// Its workflow.
    pub workflow: WorkflowId,
    /// The date of its data.
    pub business_date: String,
    /// Its state.
    pub state: String,
    /// When it ended.
    pub finished_ms: i64,
    /// How many tasks it had, items among them.
    pub tasks: i32,
    /// The run whose task started it.
    pub parent: Option<RunId>,
    /// The backfill that made it.
    pub backfill: Option<i64>,
}

/// Runs of a tenant that ended before an instant, the oldest end first, behind a place.
///
/// # Errors
/// The database's.
pub async fn list_finished(
    db: &impl Conn,
    tenant: TenantId,
    after: After,
    before_ms: i64,
    limit: u64,
) -> Result<Vec<Finished>> {
    use run::Column;
    type Tuple = (i64, i64, String, String, Option<i64>, i32, Option<i64>, Option<i64>);
    let rows: Vec<Tuple> = run::Entity::find()
        .select_only()
        .columns([Column::Id, Column::WorkflowId, Column::BusinessDate, Column::State, Column::FinishedMs])
        .columns([Column::TaskTotal, Column::ParentRunId, Column::BackfillId])
        .filter(Column::TenantId.eq(tenant.0))
        // The bounds of the range apart from the tie, so that the walk begins at its place.
        .filter(Column::FinishedMs.gte(after.0))
        .filter(Column::FinishedMs.lt(before_ms))
        .filter(Cond::any().add(Column::FinishedMs.gt(after.0)).add(Column::Id.gt(after.1)))
        .order_by_asc(Column::FinishedMs)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let finished = |(id, workflow, business_date, state, finished_ms, tasks, parent, backfill): Tuple| Finished {
        id: RunId(id),
        workflow: WorkflowId(workflow),
        business_date,
        state,
        finished_ms: finished_ms.unwrap_or_default(),
        tasks,
        parent: parent.map(RunId),
        backfill,
    };
    Ok(rows.into_iter().map(finished).collect())
}

/// How many runs of a tenant ended in `[from_ms, before_ms)`, counted up to `cap`.
///
/// # Errors
/// The database's.
pub async fn count_finished(
    db: &impl Conn,
    tenant: TenantId,
    (from_ms, before_ms): (i64, i64),
    cap: u64,
) -> Result<u64> {
    let rows: Vec<i64> = run::Entity::find()
        .select_only()
        .column(run::Column::Id)
        .filter(run::Column::TenantId.eq(tenant.0))
        .filter(run::Column::FinishedMs.gte(from_ms))
        .filter(run::Column::FinishedMs.lt(before_ms))
        .limit(cap)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.len() as u64)
}

/// The waits for runs of some workflows: which is waited for, and the run that waits; at most `limit`.
///
/// # Errors
/// The database's.
pub async fn list_waiters(
    db: &impl Conn,
    tenant: TenantId,
    workflows: &[WorkflowId],
    limit: u64,
) -> Result<Vec<(WorkflowId, RunId)>> {
    let rows: Vec<(Option<i64>, i64)> = wait::Entity::find()
        .select_only()
        .columns([wait::Column::WorkflowId, wait::Column::RunId])
        .filter(wait::Column::TenantId.eq(tenant.0))
        .filter(wait::Column::WorkflowId.is_in(workflows.iter().map(|id| id.0)))
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(workflow, run)| Some((WorkflowId(workflow?), RunId(run)))).collect())
}

/// The backfills of a tenant that have not ended.
///
/// # Errors
/// The database's.
pub async fn list_backfills(db: &impl Conn, tenant: TenantId) -> Result<Vec<i64>> {
    let open = backfill::Entity::find()
        .select_only()
        .column(backfill::Column::Id)
        .filter(backfill::Column::TenantId.eq(tenant.0))
        .filter(backfill::Column::FinishedMs.is_null());
    Ok(open.into_tuple().all(db).await?)
}

/// Which of some runs stand for items of some backfills.
///
/// # Errors
/// The database's.
pub async fn list_items(db: &impl Conn, tenant: TenantId, backfills: &[i64], runs: &[RunId]) -> Result<Vec<RunId>> {
    use backfill_item::Column;
    let mut found = Vec::new();
    for backfills in backfills.chunks(BATCH) {
        let some: Vec<Option<i64>> = backfill_item::Entity::find()
            .select_only()
            .column(Column::RunId)
            .filter(Column::TenantId.eq(tenant.0))
            .filter(Column::BackfillId.is_in(backfills.iter().copied()))
            .filter(Column::RunId.is_in(runs.iter().map(|id| id.0)))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(some.into_iter().flatten().map(RunId));
    }
    Ok(found)
}

/// Deletes at most `limit` pieces of the logs of some runs, and notes at their attempts that their logs are deleted.
/// Gives how many pieces, and for how many attempts it was noted first.
///
/// # Errors
/// The database's.
pub async fn delete_logs(tx: &Tx<'_>, tenant: TenantId, runs: &[RunId], limit: u64, now_ms: i64) -> Result<(u64, u64)> {
    use log_chunk::Column;
    let keys: Vec<(i64, i32, i32, i64)> = log_chunk::Entity::find()
        .select_only()
        .columns([Column::RunId, Column::Ordinal, Column::Attempt, Column::FirstOffset])
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::RunId.is_in(runs.iter().map(|id| id.0)))
        .order_by_asc(Column::RunId)
        .order_by_asc(Column::Ordinal)
        .order_by_asc(Column::Attempt)
        .order_by_asc(Column::FirstOffset)
        .limit(limit)
        .into_tuple()
        .all(tx)
        .await?;
    if keys.is_empty() {
        return Ok((0, 0));
    }
    // Of each attempt, up to the last offset read.
    let parts: BTreeMap<(i64, i32, i32), i64> =
        keys.into_iter().map(|(run, ordinal, number, offset)| ((run, ordinal, number), offset)).collect();
    let attempt = |&(run, ordinal, number): &(i64, i32, i32)| {
        use attempt::Column;
        Cond::all().add(Column::RunId.eq(run)).add(Column::Ordinal.eq(ordinal)).add(Column::Number.eq(number))
    };
    let note = attempt::ActiveModel { log_deleted_ms: Set(Some(now_ms)), ..Default::default() };
    let noted = attempt::Entity::update_many()
        .set(note)
        .filter(attempt::Column::TenantId.eq(tenant.0))
        .filter(attempt::Column::LogDeletedMs.is_null())
        .filter(parts.keys().map(attempt).fold(Cond::any(), Cond::add))
        .exec(tx)
        .await?;
    let part = |(&(run, ordinal, number), last): (&(i64, i32, i32), &i64)| {
        let key = Cond::all().add(Column::RunId.eq(run)).add(Column::Ordinal.eq(ordinal));
        key.add(Column::Attempt.eq(number)).add(Column::FirstOffset.lte(*last))
    };
    let pieces = log_chunk::Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(parts.iter().map(part).fold(Cond::any(), Cond::add))
        .exec(tx)
        .await?;
    Ok((pieces.rows_affected, noted.rows_affected))
}

/// Deletes runs that ended before an instant, with their task runs and attempts; their logs must be gone already. The
/// runs go first: who changes one at the same time holds its row, and one of the two gives way.
///
/// # Errors
/// [`Error::Stale`] when one of them was changed meanwhile; the transaction must then not be committed.
pub async fn delete_runs(tx: &Tx<'_>, tenant: TenantId, runs: &[RunId], before_ms: i64, states: &[&str]) -> Result<()> {
    let ids = || runs.iter().map(|id| id.0);
    let gone = run::Entity::delete_many()
        .filter(run::Column::TenantId.eq(tenant.0))
        .filter(run::Column::Id.is_in(ids()))
        .filter(run::Column::FinishedMs.lt(before_ms))
        .filter(run::Column::State.is_in(states.iter().copied()))
        .exec(tx)
        .await?;
    if gone.rows_affected != runs.len() as u64 {
        return Err(Error::Stale);
    }
    let tasks = task_run::Entity::delete_many().filter(task_run::Column::TenantId.eq(tenant.0));
    tasks.filter(task_run::Column::RunId.is_in(ids())).exec(tx).await?;
    let attempts = attempt::Entity::delete_many().filter(attempt::Column::TenantId.eq(tenant.0));
    attempts.filter(attempt::Column::RunId.is_in(ids())).exec(tx).await?;
    Ok(())
}

/// A fire of a schedule: the instant and the schedule.
pub type FireKey = (i64, i64);

/// Fires of a tenant's schedules before an instant, oldest first, behind a place: each with what its schedule has
/// decided so far.
///
/// # Errors
/// The database's.
pub async fn list_fires(
    db: &impl Conn,
    tenant: TenantId,
    after: After,
    before_ms: i64,
    limit: u64,
) -> Result<Vec<(FireKey, Option<i64>)>> {
    use schedule_fire::Column;
    let keys: Vec<FireKey> = schedule_fire::Entity::find()
        .select_only()
        .columns([Column::InstantMs, Column::ScheduleId])
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::InstantMs.gte(after.0))
        .filter(Column::InstantMs.lt(before_ms))
        .filter(Cond::any().add(Column::InstantMs.gt(after.0)).add(Column::ScheduleId.gt(after.1)))
        .order_by_asc(Column::InstantMs)
        .order_by_asc(Column::ScheduleId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let mut ids: Vec<i64> = keys.iter().map(|(_, schedule)| *schedule).collect();
    ids.sort_unstable();
    ids.dedup();
    let decided: Vec<(i64, i64)> = schedule::Entity::find()
        .select_only()
        .columns([schedule::Column::Id, schedule::Column::DecidedMs])
        .filter(schedule::Column::TenantId.eq(tenant.0))
        .filter(schedule::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    let decided: BTreeMap<i64, i64> = decided.into_iter().collect();
    Ok(keys.into_iter().map(|key| (key, decided.get(&key.1).copied())).collect())
}

/// How many fires of a tenant's schedules are older than an instant, counted up to `cap`.
///
/// # Errors
/// The database's.
pub async fn count_fires(db: &impl Conn, tenant: TenantId, before_ms: i64, cap: u64) -> Result<u64> {
    let rows: Vec<i64> = schedule_fire::Entity::find()
        .select_only()
        .column(schedule_fire::Column::InstantMs)
        .filter(schedule_fire::Column::TenantId.eq(tenant.0))
        .filter(schedule_fire::Column::InstantMs.lt(before_ms))
        .limit(cap)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.len() as u64)
}

/// Deletes fires, at most [`crate::BATCH`].
///
/// # Errors
/// The database's.
pub async fn delete_fires(tx: &Tx<'_>, tenant: TenantId, keys: &[FireKey]) -> Result<u64> {
    use schedule_fire::Column;
    let key =
        |(instant_ms, schedule): &FireKey| Column::ScheduleId.eq(*schedule).and(Column::InstantMs.eq(*instant_ms));
    let rows = schedule_fire::Entity::delete_many().filter(Column::TenantId.eq(tenant.0));
    let rows = rows.filter(keys.iter().map(key).fold(Cond::any(), Cond::add));
    Ok(rows.exec(tx).await?.rows_affected)
}
