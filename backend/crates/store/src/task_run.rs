//! Rows of `task_run`, written only together with their run's revision.

use domain::id::{RunId, TenantId};
pub use entity::task_run::Model as Row;
use entity::task_run::{Column, Entity};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::page::{Page, fetch_limit};
use crate::{BATCH, Conn, Result};

/// Inserts the task runs of new runs.
///
/// # Errors
/// The database's.
pub async fn insert(db: &impl Conn, rows: Vec<Row>) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes rows of one run in full: two statements for any number of rows, where updates would be one each.
/// The caller holds the run's revision in the same transaction, so nobody else writes them.
///
/// # Errors
/// The database's.
pub async fn replace(db: &impl Conn, tenant: TenantId, run: RunId, rows: Vec<Row>) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        Entity::delete_many()
            .filter(Column::TenantId.eq(tenant.0))
            .filter(Column::RunId.eq(run.0))
            .filter(Column::Ordinal.is_in(rows.iter().map(|row| row.ordinal)))
            .exec(db)
            .await?;
    }
    insert(db, rows).await
}

/// All task runs of a run, in the plan's order.
///
/// # Errors
/// The database's.
pub async fn get_all(db: &impl Conn, tenant: TenantId, run: RunId) -> Result<Vec<Row>> {
    Ok(of(tenant, run).order_by_asc(Column::Ordinal).all(db).await?)
}

/// One task run.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, tenant: TenantId, run: RunId, ordinal: i32) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((tenant.0, run.0, ordinal)).one(db).await?)
}

/// The task run of a task's name; of a task with items, its own.
///
/// # Errors
/// The database's.
pub async fn find_by_name(db: &impl Conn, tenant: TenantId, run: RunId, name: &str) -> Result<Option<Row>> {
    Ok(of(tenant, run).filter(Column::Name.eq(name)).order_by_asc(Column::Ordinal).limit(1).one(db).await?)
}

/// Some task runs of a run, in no order.
///
/// # Errors
/// The database's.
pub async fn get_many(db: &impl Conn, tenant: TenantId, run: RunId, ordinals: &[i32]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for ordinals in ordinals.chunks(BATCH) {
        rows.extend(of(tenant, run).filter(Column::Ordinal.is_in(ordinals.iter().copied())).all(db).await?);
    }
    Ok(rows)
}

/// Which task runs of a run are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All.
    #[default]
    All,
    /// Those of the document's tasks, without items.
    Planned,
    /// The items of the task at this ordinal.
    ItemsOf(i32),
}

/// Which task runs of a run a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of which part.
    pub part: Part,
    /// Only in one of these states; empty: all.
    pub states: Vec<String>,
}

/// A page of a run's task runs in the plan's order, after an ordinal.
///
/// # Errors
/// The database's.
pub async fn list(
    db: &impl Conn,
    (tenant, run): (TenantId, RunId),
    filter: &Filter,
    after: Option<i32>,
    limit: u64,
) -> Result<Page<Row>> {
    let mut query = match filter.part {
        Part::All => of(tenant, run),
        Part::Planned => of(tenant, run).filter(Column::Parent.is_null()),
        Part::ItemsOf(task) => of(tenant, run).filter(Column::Parent.eq(task)),
    };
    if !filter.states.is_empty() {
        query = query.filter(Column::State.is_in(&filter.states));
    }
    if let Some(after) = after {
        query = query.filter(Column::Ordinal.gt(after));
    }
    Ok(Page::from_rows(query.order_by_asc(Column::Ordinal).limit(fetch_limit(limit)).all(db).await?, limit))
}

/// The task runs of a run that changed after one of its revisions, in the plan's order.
///
/// # Errors
/// The database's.
pub async fn changed_since(db: &impl Conn, tenant: TenantId, run: RunId, revision: i64) -> Result<Vec<Row>> {
    Ok(of(tenant, run).filter(Column::Revision.gt(revision)).order_by_asc(Column::Ordinal).all(db).await?)
}

/// The same without items: instead of an item that changed stands its task.
///
/// # Errors
/// The database's.
pub async fn planned_changed_since(db: &impl Conn, tenant: TenantId, run: RunId, revision: i64) -> Result<Vec<Row>> {
    let parents: Vec<Option<i32>> = of(tenant, run)
        .select_only()
        .column(Column::Parent)
        .distinct()
        .filter(Column::Parent.is_not_null())
        .filter(Column::Revision.gt(revision))
        .into_tuple()
        .all(db)
        .await?;
    let changed = Column::Revision.gt(revision).or(Column::Ordinal.is_in(parents.into_iter().flatten()));
    let planned = of(tenant, run).filter(Column::Parent.is_null()).filter(changed);
    Ok(planned.order_by_asc(Column::Ordinal).all(db).await?)
}

/// The ordinal of the first item of a run.
///
/// # Errors
/// The database's.
pub async fn first_item(db: &impl Conn, tenant: TenantId, run: RunId) -> Result<Option<i32>> {
    let items = of(tenant, run).filter(Column::Parent.is_not_null()).order_by_asc(Column::Ordinal).limit(1);
    Ok(items.one(db).await?.map(|row| row.ordinal))
}

/// How many items of each task of a run are in each state: the task's ordinal, the state, the number.
///
/// # Errors
/// The database's.
pub async fn item_counts(db: &impl Conn, tenant: TenantId, run: RunId) -> Result<Vec<(i32, String, i64)>> {
    let counts: Vec<(Option<i32>, String, i64)> = of(tenant, run)
        .select_only()
        .column(Column::Parent)
        .column(Column::State)
        .column_as(Column::Ordinal.count(), "items")
        .filter(Column::Parent.is_not_null())
        .group_by(Column::Parent)
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().filter_map(|(task, state, count)| Some((task?, state, count))).collect())
}

fn of(tenant: TenantId, run: RunId) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::TenantId.eq(tenant.0)).filter(Column::RunId.eq(run.0))
}
