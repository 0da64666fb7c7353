//! Jobs that wait for slots of a limit rather than for a worker. Whoever parks them or lets them go on has locked the
//! limit's row ([`crate::limit`]), so that no slot is freed between the look and the parking.

use domain::id::TenantId;
use domain::queue::{self, Hold, Place};
use entity::job::{ActiveModel, Column, Entity};
use sea_orm::sea_query::Cond;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{BLOCKED, Held, READY, Row, STUCK, before, held_of, limits_of, place, under_fence};
use crate::{BATCH, Conn, Result, limit};

/// Puts waiting jobs aside until a limit lets them go on.
///
/// # Errors
/// The database's.
pub async fn park(db: &impl Conn, jobs: &[&Row], limit: &str, hold: Hold) -> Result<()> {
    let state = match hold {
        Hold::Full => BLOCKED,
        Hold::TooSmall => STUCK,
    };
    let change = ActiveModel { state: Set(state), blocked_on: Set(Some(limit.to_owned())), ..Default::default() };
    for jobs in jobs.chunks(BATCH) {
        let as_read: Vec<Held> = jobs.iter().map(|job| held_of(job)).collect();
        let waiting = Cond::all().add(Column::State.eq(READY)).add(under_fence(&as_read));
        Entity::update_many().set(change.clone()).filter(waiting).exec(db).await?;
    }
    Ok(())
}

/// Where the best of the jobs stands that wait for free slots of a limit.
///
/// # Errors
/// The database's.
pub async fn find_first(db: &impl Conn, tenant: TenantId, limit: &str) -> Result<Option<Place>> {
    Ok(list(db, tenant, limit, BLOCKED, 1).await?.first().map(place))
}

/// Lets as many jobs go on as fit into a limit's free slots, the best first; gives how many.
///
/// # Errors
/// The database's.
pub async fn release(db: &impl Conn, limit: &limit::Row) -> Result<usize> {
    let tenant = TenantId(limit.tenant_id);
    let used = limit::count_used(db, tenant, &[&limit.name]).await?;
    let free = limit::slots(limit).saturating_sub(used.get(&limit.name).copied().unwrap_or_default());
    release_into(db, tenant, &limit.name, free).await
}

/// Lets as many jobs go on as fit into `free` slots of a limit, the best first; gives how many.
///
/// # Errors
/// The database's.
pub async fn release_into(db: &impl Conn, tenant: TenantId, limit: &str, free: u64) -> Result<usize> {
    if free == 0 {
        return Ok(0);
    }
    let rows = list(db, tenant, limit, BLOCKED, free).await?;
    let weights: Vec<u32> = rows.iter().map(|row| weight(row, limit)).collect::<Result<_>>()?;
    let fitting = &rows[..queue::fitting(free, weights)];
    go_on(db, fitting).await?;
    Ok(fitting.len())
}

/// Lets jobs go on that waited for a limit to be made or made larger, as far as it is large enough now.
///
/// # Errors
/// The database's.
pub async fn release_stuck(db: &impl Conn, limit: &limit::Row) -> Result<usize> {
    let mut rows = list(db, TenantId(limit.tenant_id), &limit.name, STUCK, BATCH as u64).await?;
    let mut fits = Vec::with_capacity(rows.len());
    for row in &rows {
        fits.push(u64::from(weight(row, &limit.name)?) <= limit::slots(limit));
    }
    let mut fits = fits.into_iter();
    rows.retain(|_| fits.next().unwrap_or_default());
    go_on(db, &rows).await?;
    Ok(rows.len())
}

/// Lets all jobs go on that wait for a limit, which is another one now: their claims look at it anew.
///
/// # Errors
/// The database's.
pub async fn release_all(db: &impl Conn, tenant: TenantId, limit: &str) -> Result<u64> {
    let done = Entity::update_many()
        .set(ready())
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::State.is_in([BLOCKED, STUCK]))
        .filter(Column::BlockedOn.eq(limit))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

/// The limits that jobs are parked on, with their tenants.
///
/// # Errors
/// The database's.
pub async fn list_limits(db: &impl Conn) -> Result<Vec<(TenantId, String)>> {
    let rows: Vec<(i64, Option<String>)> = Entity::find()
        .select_only()
        .columns([Column::TenantId, Column::BlockedOn])
        .filter(Column::State.is_in([BLOCKED, STUCK]))
        .group_by(Column::TenantId)
        .group_by(Column::BlockedOn)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(tenant, limit)| Some((TenantId(tenant), limit?))).collect())
}

/// How many jobs of a tenant are parked on each of its limits.
///
/// # Errors
/// The database's.
pub async fn count(db: &impl Conn, tenant: TenantId) -> Result<Vec<(String, u64)>> {
    let rows: Vec<(Option<String>, i64)> = Entity::find()
        .select_only()
        .column(Column::BlockedOn)
        .column_as(Column::RunId.count(), "waiting")
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::State.is_in([BLOCKED, STUCK]))
        .group_by(Column::BlockedOn)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(limit, waiting)| Some((limit?, waiting.unsigned_abs()))).collect())
}

/// How many of the jobs that are parked as `job` is go on before it, counted up to `cap`.
///
/// # Errors
/// The database's.
pub async fn count_ahead(db: &impl Conn, job: &Row, cap: u64) -> Result<u64> {
    let rows: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::RunId)
        .filter(Column::TenantId.eq(job.tenant_id))
        .filter(Column::State.eq(job.state))
        .filter(Column::BlockedOn.eq(job.blocked_on.as_deref()))
        .filter(before(job))
        .limit(cap)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.len() as u64)
}

async fn list(db: &impl Conn, tenant: TenantId, limit: &str, state: i32, most: u64) -> Result<Vec<Row>> {
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::State.eq(state))
        .filter(Column::BlockedOn.eq(limit))
        .order_by_asc(Column::Class)
        .order_by_asc(Column::RankMs)
        .order_by_asc(Column::RunId)
        .order_by_asc(Column::Ordinal)
        .limit(most.min(BATCH as u64))
        .all(db)
        .await?)
}

async fn go_on(db: &impl Conn, rows: &[Row]) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        let as_read: Vec<Held> = rows.iter().map(held_of).collect();
        let parked = Cond::all().add(Column::State.is_in([BLOCKED, STUCK])).add(under_fence(&as_read));
        Entity::update_many().set(ready()).filter(parked).exec(db).await?;
    }
    Ok(())
}

fn ready() -> ActiveModel {
    ActiveModel { state: Set(READY), blocked_on: Set(None), ..Default::default() }
}

fn weight(row: &Row, limit: &str) -> Result<u32> {
    Ok(limits_of(row)?.get(limit).copied().unwrap_or_default())
}
