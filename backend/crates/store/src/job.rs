//! The hot table: one row for each attempt that waits for a worker or is held by one.
//!
//! # The claim
//! A claim reads candidates without a lock ([`crate::queue`] says which), takes them with one guarded UPDATE under a
//! fresh token, and reads what it won unless it won them all; two claims can read the same candidate, but only one
//! changes `state`. No engine's row-locking extras are used: they are missing or wrong on several of the databases this
//! runs on. Each claim raises the row's `fence`, which is the attempt's epoch; whoever ends the attempt deletes the row
//! *under its fence*, so a worker whose lease was taken over finds nothing to delete and its report is refused.
//!
//! A job that can't get the slots of limits that it needs is parked ([`parked`]), so that it hides nothing behind it.
//!
//! # The lease
//! Each renewal writes a new `lease_until_ms` into all claims of a node. Whoever has seen the newest of a node unchanged
//! for long enough takes the claims away ([`abandon`]), guarded by what it has seen: so either the renewal comes first
//! and nothing is taken, or the claims are gone and the renewal tells the node so. Who takes them away reports their
//! attempts; when it dies before it could, the next one who looks does.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{RunId, TenantId};
use domain::queue::{Class, Place};
use domain::workflow::Priority;
pub use entity::job::Model as Row;
use entity::job::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Cond, Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use crate::{BATCH, Conn, Error, Result, limit};

pub mod parked;

/// `state` of a job that waits for a worker.
pub const READY: i32 = 0;
/// `state` of a job that a worker holds.
pub const CLAIMED: i32 = 1;
/// `state` of a job that waits until slots of the limit in `blocked_on` are free.
pub const BLOCKED: i32 = 2;
/// `state` of a job that waits until the limit in `blocked_on` is made, or made larger.
pub const STUCK: i32 = 3;
/// `state` of a job whose worker is gone; its attempt is about to be reported lost.
pub const ABANDONED: i32 = 4;
/// The states of jobs that a worker holds, as far as their runs know.
pub const HELD: [i32; 2] = [CLAIMED, ABANDONED];

/// A claim on a job: which row, under which fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Held {
    /// The tenant.
    pub tenant: TenantId,
    /// The run.
    pub run: RunId,
    /// The task's ordinal.
    pub ordinal: i32,
    /// The claim's fence.
    pub fence: i64,
    /// Whether it holds slots of limits.
    pub limited: bool,
}

/// Who claims, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Claimant {
    /// The node's incarnation.
    pub node: i64,
    /// A number that no other claim has.
    pub token: i64,
    /// The database's time now.
    pub now_ms: i64,
    /// The database's time at which the claim lapses unless it is renewed.
    pub lease_until_ms: i64,
}

/// Inserts jobs.
///
/// # Errors
/// [`crate::Error::Conflict`] when a task has a job already.
pub async fn insert(db: &impl Conn, rows: Vec<Row>) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The best waiting jobs of a pool, up to `most`, of the first tenant after `after` that has some; the best first.
///
/// # Errors
/// The database's.
pub async fn list_waiting(db: &impl Conn, pool: &str, now_ms: i64, after: TenantId, most: u64) -> Result<Vec<Row>> {
    // Not MIN: where the condition is more than the index's first columns, some engines would read the whole backlog.
    let first = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .filter(due(pool, now_ms))
        .filter(Column::TenantId.gt(after.0))
        .order_by_asc(Column::TenantId)
        .limit(1)
        .into_query();
    Ok(Entity::find()
        .filter(due(pool, now_ms))
        .filter(Expr::col((Entity, Column::TenantId)).eq(SimpleExpr::SubQuery(None, Box::new(first.into()))))
        .order_by_asc(Column::Class)
        .order_by_asc(Column::RankMs)
        .order_by_asc(Column::RunId)
        .order_by_asc(Column::Ordinal)
        .limit(Ord::min(most, BATCH as u64))
        .all(db)
        .await?)
}

/// How many jobs of a pool each tenant holds; those that hold none are left out.
///
/// # Errors
/// The database's.
pub async fn count_held(db: &impl Conn, pool: &str) -> Result<Vec<(TenantId, u64)>> {
    let counts: Vec<(i64, i64)> = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .column_as(Column::RunId.count(), "held")
        .filter(Column::Pool.eq(pool))
        .filter(Column::State.eq(CLAIMED))
        .group_by(Column::TenantId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().map(|(tenant, held)| (TenantId(tenant), held.unsigned_abs())).collect())
}

/// How many jobs a tenant holds in all pools.
///
/// # Errors
/// The database's.
pub async fn count_held_by(db: &impl Conn, tenant: TenantId) -> Result<u64> {
    let held: Option<i64> = Entity::find()
        .select_only()
        .column_as(Column::RunId.count(), "held")
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::State.eq(CLAIMED))
        .into_tuple()
        .one(db)
        .await?;
    Ok(held.unwrap_or_default().unsigned_abs())
}

/// Claims waiting jobs as they were read; gives those that were won, in the order given.
///
/// # Errors
/// The database's.
pub async fn claim(db: &impl Conn, jobs: &[&Row], claimant: Claimant) -> Result<Vec<Row>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let change = ActiveModel {
        state: Set(CLAIMED),
        claim_token: Set(Some(claimant.token)),
        node_id: Set(Some(claimant.node)),
        lease_until_ms: Set(Some(claimant.lease_until_ms)),
        ..Default::default()
    };
    let as_read: Vec<Held> = jobs.iter().map(|job| held_of(job)).collect();
    let taken = Entity::update_many()
        .set(change)
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .filter(Column::State.eq(READY))
        .filter(under_fence(&as_read))
        .exec(db)
        .await?
        .rows_affected;
    let mut won: Vec<Row> = jobs.iter().map(|job| claimed(job, claimant)).collect();
    if taken < jobs.len() as u64 {
        let under: Vec<Held> = won.iter().map(held_of).collect();
        let mine = Column::ClaimToken.eq(claimant.token);
        let rows = match taken {
            0 => Vec::new(),
            _ => Entity::find().filter(under_fence(&under)).filter(mine).all(db).await?,
        };
        let mine: BTreeSet<Held> = rows.iter().map(held_of).collect();
        won.retain(|row| mine.contains(&held_of(row)));
    }
    Ok(won)
}

/// The row as a claim leaves it.
fn claimed(row: &Row, claimant: Claimant) -> Row {
    Row {
        state: CLAIMED,
        claim_token: Some(claimant.token),
        node_id: Some(claimant.node),
        lease_until_ms: Some(claimant.lease_until_ms),
        fence: row.fence + 1,
        ..row.clone()
    }
}

/// Deletes held jobs whose attempts ended, with the slots that they hold; what waited for these slots waits for workers
/// then. Gives how many were still held so; fewer than asked means that some claim was over, and the caller must not go
/// on with what it decided.
///
/// # Errors
/// The database's.
pub async fn release(db: &impl Conn, held: &[Held]) -> Result<u64> {
    let limited: Vec<Held> = held.iter().copied().filter(|held| held.limited).collect();
    // Limits are locked before jobs are: a claim does it in this order, too.
    let limits = limit::lock_held(db, &limited).await?;
    let mut released = 0;
    for held in held.chunks(BATCH) {
        released += Entity::delete_many().filter(under_fence(held)).exec(db).await?.rows_affected;
    }
    limit::free(db, &limited).await?;
    for limit in &limits {
        parked::release(db, limit).await?;
    }
    Ok(released)
}

/// Which of some claims still stand.
///
/// # Errors
/// The database's.
pub async fn standing(db: &impl Conn, held: &[Held]) -> Result<Vec<Held>> {
    let mut standing = Vec::new();
    for held in held.chunks(BATCH) {
        standing.extend(Entity::find().filter(under_fence(held)).all(db).await?.iter().map(held_of));
    }
    Ok(standing)
}

/// Renews all claims of a node.
///
/// # Errors
/// The database's.
pub async fn renew(db: &impl Conn, node: i64, lease_until_ms: i64) -> Result<u64> {
    let change = ActiveModel { lease_until_ms: Set(Some(lease_until_ms)), ..Default::default() };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::NodeId.eq(node))
        .filter(Column::State.eq(CLAIMED))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

/// The jobs that a node holds.
///
/// # Errors
/// The database's.
pub async fn of_node(db: &impl Conn, node: i64) -> Result<Vec<Row>> {
    Ok(Entity::find().filter(Column::NodeId.eq(node)).filter(Column::State.eq(CLAIMED)).all(db).await?)
}

/// How many jobs each node holds, by its incarnation; nodes that hold none are left out.
///
/// # Errors
/// The database's.
pub async fn count_by_node(db: &impl Conn) -> Result<Vec<(i64, i64)>> {
    let counts: Vec<(Option<i64>, i64)> = Entity::find()
        .select_only()
        .column(Column::NodeId)
        .column_as(Column::Ordinal.count(), "held")
        .filter(Column::State.eq(CLAIMED))
        .group_by(Column::NodeId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().filter_map(|(node, held)| Some((node?, held))).collect())
}

/// A node that holds claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The node's incarnation.
    pub node: i64,
    /// The latest end of a lease among its claims: another one after each renewal and each claim.
    pub lease_until_ms: i64,
}

/// The nodes that hold claims.
///
/// # Errors
/// The database's.
pub async fn holders(db: &impl Conn) -> Result<Vec<Holder>> {
    let rows: Vec<(Option<i64>, Option<i64>)> = Entity::find()
        .select_only()
        .column(Column::NodeId)
        .column_as(Column::LeaseUntilMs.max(), "until")
        .filter(Column::State.eq(CLAIMED))
        .group_by(Column::NodeId)
        .into_tuple()
        .all(db)
        .await?;
    let holder = |(node, until): (Option<i64>, Option<i64>)| Some(Holder { node: node?, lease_until_ms: until? });
    Ok(rows.into_iter().filter_map(holder).collect())
}

/// Takes the claims of a node away that were not renewed since they were seen; gives how many.
///
/// # Errors
/// The database's.
pub async fn abandon(db: &impl Conn, seen: Holder) -> Result<u64> {
    let change = ActiveModel { state: Set(ABANDONED), ..Default::default() };
    let done = Entity::update_many()
        .set(change)
        .filter(Column::NodeId.eq(seen.node))
        .filter(Column::State.eq(CLAIMED))
        .filter(Column::LeaseUntilMs.lte(seen.lease_until_ms))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

/// Claims that were taken away and whose attempts nobody has reported yet.
///
/// # Errors
/// The database's.
pub async fn abandoned(db: &impl Conn, limit: u64) -> Result<Vec<Row>> {
    Ok(Entity::find().filter(Column::State.eq(ABANDONED)).limit(limit).all(db).await?)
}

/// Deletes jobs of a run that wait for a worker. Gives how many did; fewer than asked means that some were claimed
/// meanwhile, and the caller must not go on with what it decided.
///
/// # Errors
/// The database's.
pub async fn withdraw(db: &impl Conn, tenant: TenantId, run: RunId, ordinals: &[i32]) -> Result<u64> {
    let mut gone = 0;
    for ordinals in ordinals.chunks(BATCH) {
        let waiting = of_run(tenant, run).add(Column::State.is_not_in(HELD));
        let jobs = Entity::delete_many().filter(waiting).filter(Column::Ordinal.is_in(ordinals.iter().copied()));
        gone += jobs.exec(db).await?.rows_affected;
    }
    Ok(gone)
}

/// Marks jobs of a run to stop.
///
/// # Errors
/// The database's.
pub async fn request_stop(db: &impl Conn, tenant: TenantId, run: RunId, ordinals: &[i32]) -> Result<()> {
    for ordinals in ordinals.chunks(BATCH) {
        let change = ActiveModel { stop_requested: Set(true), ..Default::default() };
        let jobs = Entity::update_many().set(change).filter(of_run(tenant, run));
        jobs.filter(Column::Ordinal.is_in(ordinals.iter().copied())).exec(db).await?;
    }
    Ok(())
}

/// Gives jobs of a run that wait the rank of another priority: how long they have waited counts on.
///
/// # Errors
/// The database's.
pub async fn rank(db: &impl Conn, run: (TenantId, RunId), ordinals: &[i32], priority: Priority) -> Result<()> {
    for ordinals in ordinals.chunks(BATCH) {
        let change = ActiveModel { priority: Set(-priority.level()), ..Default::default() };
        let waiting = of_run(run.0, run.1).add(Column::State.is_not_in(HELD));
        let rank = Expr::col(Column::DueMs).sub(priority.head_start_ms());
        let jobs = Entity::update_many().set(change).col_expr(Column::RankMs, rank).filter(waiting);
        jobs.filter(Column::Ordinal.is_in(ordinals.iter().copied())).exec(db).await?;
    }
    Ok(())
}

/// The jobs of a run that workers hold.
///
/// # Errors
/// The database's.
pub async fn claimed_of_run(db: &impl Conn, tenant: TenantId, run: RunId) -> Result<Vec<Row>> {
    Ok(Entity::find().filter(of_run(tenant, run)).filter(Column::State.is_in(HELD)).all(db).await?)
}

/// The jobs of a run.
///
/// # Errors
/// The database's.
pub async fn get_of_run(db: &impl Conn, tenant: TenantId, run: RunId) -> Result<Vec<Row>> {
    Ok(Entity::find().filter(of_run(tenant, run)).all(db).await?)
}

/// The job of a task, if it has one.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, tenant: TenantId, run: RunId, ordinal: i32) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((tenant.0, run.0, ordinal)).one(db).await?)
}

/// How many waiting jobs of its tenant and pool go before a job, counted up to `cap`.
///
/// # Errors
/// The database's.
pub async fn count_ahead(db: &impl Conn, job: &Row, now_ms: i64, cap: u64) -> Result<u64> {
    let rows: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::RunId)
        .filter(due(&job.pool, now_ms))
        .filter(Column::TenantId.eq(job.tenant_id))
        .filter(before(job))
        .limit(cap)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.len() as u64)
}

/// When the next of a pool's jobs becomes due after now.
///
/// # Errors
/// The database's.
pub async fn next_due(db: &impl Conn, pool: &str, now_ms: i64) -> Result<Option<i64>> {
    let due: Option<i64> = Entity::find()
        .select_only()
        .column(Column::DueMs)
        .filter(Column::Pool.eq(pool))
        .filter(Column::State.eq(READY))
        .filter(Column::DueMs.gt(now_ms))
        .order_by_asc(Column::DueMs)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(due)
}

/// The limits that a job needs slots of, and how many.
///
/// # Errors
/// [`Error::Inconsistent`] when what is stored can't be read.
pub fn limits_of(row: &Row) -> Result<BTreeMap<String, u32>> {
    let Some(text) = &row.limits_json else { return Ok(BTreeMap::new()) };
    serde_json::from_str(text).map_err(|_| Error::inconsistent("job", "limits_json", row.run_id))
}

/// Where a job stands among those of its tenant.
#[must_use]
pub const fn place(row: &Row) -> Place {
    Place { class: Class::of_number(row.class), rank_ms: row.rank_ms, run: row.run_id, ordinal: row.ordinal }
}

/// The claim that a claimed row is.
#[must_use]
pub fn held_of(row: &Row) -> Held {
    let (tenant, run) = (TenantId(row.tenant_id), RunId(row.run_id));
    Held { tenant, run, ordinal: row.ordinal, fence: row.fence, limited: row.limits_json.is_some() }
}

/// The jobs of a pool that wait for nothing but a worker.
fn due(pool: &str, now_ms: i64) -> Cond {
    Cond::all().add(Column::Pool.eq(pool)).add(Column::State.eq(READY)).add(Column::DueMs.lte(now_ms))
}

/// What goes before a job of the same tenant.
fn before(job: &Row) -> Cond {
    let class = || Cond::all().add(Column::Class.eq(job.class));
    let rank = || class().add(Column::RankMs.eq(job.rank_ms));
    let run = || rank().add(Column::RunId.eq(job.run_id));
    Cond::any()
        .add(Column::Class.lt(job.class))
        .add(class().add(Column::RankMs.lt(job.rank_ms)))
        .add(rank().add(Column::RunId.lt(job.run_id)))
        .add(run().add(Column::Ordinal.lt(job.ordinal)))
}

fn under_fence(held: &[Held]) -> Cond {
    held.iter().fold(Cond::any(), |any, held| {
        any.add(key(held.tenant.0, held.run.0, held.ordinal).add(Column::Fence.eq(held.fence)))
    })
}

fn key(tenant: i64, run: i64, ordinal: i32) -> Cond {
    Cond::all().add(Column::TenantId.eq(tenant)).add(Column::RunId.eq(run)).add(Column::Ordinal.eq(ordinal))
}

fn of_run(tenant: TenantId, run: RunId) -> Cond {
    Cond::all().add(Column::TenantId.eq(tenant.0)).add(Column::RunId.eq(run.0))
}
