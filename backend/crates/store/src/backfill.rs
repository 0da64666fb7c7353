//! Rows of `backfill` and `backfill_item`. Whoever changes an item first changes the backfill's row under its revision in
//! the same transaction, so that of two nodes one finds it stale.

use domain::id::{BackfillId, ProjectId, TenantId, WorkflowId};
pub use entity::backfill::Model as Row;
use entity::backfill::{ActiveModel, Column, Entity};
pub use entity::backfill_item::Model as ItemRow;
use entity::backfill_item::{ActiveModel as ActiveItem, Column as ItemColumn, Entity as Item};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::page::{self, Direction, Page, fetch_limit};
use crate::run::Visible;
use crate::{BATCH, Conn, Result, expect_one};

/// Inserts a backfill with its items.
///
/// # Errors
/// The database's.
pub async fn insert(db: &impl Conn, row: Row, items: Vec<ItemRow>) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    for items in items.chunks(BATCH) {
        let items = items.iter().cloned().map(IntoActiveModel::into_active_model);
        Item::insert_many(items).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes what may change of a backfill, if it still has `revision`; the row gets the next one.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else changed it.
pub async fn save(db: &impl Conn, revision: i64, row: &Row) -> Result<()> {
    let change = ActiveModel {
        parallelism: Set(row.parallelism),
        state: Set(row.state.clone()),
        stop_runs: Set(row.stop_runs),
        item_running: Set(row.item_running),
        item_ok: Set(row.item_ok),
        item_failed: Set(row.item_failed),
        item_skipped: Set(row.item_skipped),
        item_cancelled: Set(row.item_cancelled),
        state_by: Set(row.state_by.clone()),
        state_reason: Set(row.state_reason.clone()),
        finished_ms: Set(row.finished_ms),
        changed_ms: Set(row.changed_ms),
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

/// The backfill of an id.
///
/// # Errors
/// The database's.
pub async fn find(db: &impl Conn, tenant: TenantId, id: BackfillId) -> Result<Option<Row>> {
    Ok(Entity::find_by_id((tenant.0, id.0)).one(db).await?)
}

/// Which backfills a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// What the reader may see, already narrowed to what was asked.
    pub visible: Vec<Visible>,
    /// Only of this workflow.
    pub workflow: Option<WorkflowId>,
    /// Only in one of these states; empty: all.
    pub states: Vec<String>,
}

/// Backfills of a filter, newest first, after one.
///
/// # Errors
/// The database's.
pub async fn list(db: &impl Conn, filter: &Filter, after: Option<BackfillId>, limit: u64) -> Result<Page<Row>> {
    let mut rows = Vec::new();
    for visible in &filter.visible {
        let mut query = Entity::find().filter(Column::TenantId.eq(visible.tenant.0));
        if let Some(projects) = &visible.projects {
            query = query.filter(Column::ProjectId.is_in(projects.iter().map(|id| id.0)));
        }
        if let Some(workflow) = filter.workflow {
            query = query.filter(Column::WorkflowId.eq(workflow.0));
        }
        if !filter.states.is_empty() {
            query = query.filter(Column::State.is_in(filter.states.iter().map(String::as_str)));
        }
        if let Some(after) = after {
            query = query.filter(Column::Id.lt(after.0));
        }
        rows.extend(query.order_by_desc(Column::Id).limit(fetch_limit(limit)).all(db).await?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    Ok(Page::from_rows(rows, limit))
}

/// Backfills of all tenants in a state, by tenant and id, after a key.
///
/// # Errors
/// The database's.
pub async fn in_state(
    db: &impl Conn,
    state: &str,
    after: Option<(TenantId, BackfillId)>,
    limit: u64,
) -> Result<Page<Row>> {
    let mut query = Entity::find().filter(Column::State.eq(state));
    if let Some((tenant, id)) = after {
        query = query.filter(page::after(Direction::Ascending, [(Column::TenantId, tenant.0), (Column::Id, id.0)]));
    }
    let query = query.order_by_asc(Column::TenantId).order_by_asc(Column::Id);
    Ok(Page::from_rows(query.limit(fetch_limit(limit)).all(db).await?, limit))
}

/// Writes what may change of an item.
///
/// # Errors
/// [`crate::Error::Stale`] when it is not there.
pub async fn save_item(db: &impl Conn, row: &ItemRow) -> Result<()> {
    let change = ActiveItem {
        action: Set(row.action.clone()),
        state: Set(row.state.clone()),
        attempt: Set(row.attempt),
        run_id: Set(row.run_id),
        generation: Set(row.generation),
        reason_json: Set(row.reason_json.clone()),
        changed_ms: Set(row.changed_ms),
        ..Default::default()
    };
    let done = Item::update_many()
        .set(change)
        .filter(ItemColumn::TenantId.eq(row.tenant_id))
        .filter(ItemColumn::BackfillId.eq(row.backfill_id))
        .filter(ItemColumn::Position.eq(row.position))
        .exec(db)
        .await?;
    expect_one(done.rows_affected)
}

/// Moves all items of a backfill from one state to another, those with `action` only or those with any other; gives how
/// many.
///
/// # Errors
/// The database's.
pub async fn move_items(
    db: &impl Conn,
    (tenant, backfill): (TenantId, BackfillId),
    (from, to): (&str, &str),
    but: Option<&str>,
    now_ms: i64,
) -> Result<u64> {
    let change =
        ActiveItem { state: Set(to.to_owned()), reason_json: Set(None), changed_ms: Set(now_ms), ..Default::default() };
    let mut query = Item::update_many()
        .set(change)
        .filter(ItemColumn::TenantId.eq(tenant.0))
        .filter(ItemColumn::BackfillId.eq(backfill.0))
        .filter(ItemColumn::State.eq(from));
    if let Some(action) = but {
        query = query.filter(ItemColumn::Action.ne(action));
    }
    Ok(query.exec(db).await?.rows_affected)
}

/// Which items a list shows.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// Only in one of these states; empty: all.
    pub states: Vec<String>,
    /// Only of these projects.
    pub projects: Option<Vec<ProjectId>>,
}

/// Items of a backfill in its order, after a position.
///
/// # Errors
/// The database's.
pub async fn items(
    db: &impl Conn,
    (tenant, backfill): (TenantId, BackfillId),
    filter: &ItemFilter,
    after: Option<i32>,
    limit: u64,
) -> Result<Page<ItemRow>> {
    let mut query = of_backfill(tenant, backfill);
    if !filter.states.is_empty() {
        query = query.filter(ItemColumn::State.is_in(filter.states.iter().map(String::as_str)));
    }
    if let Some(projects) = &filter.projects {
        query = query.filter(ItemColumn::ProjectId.is_in(projects.iter().map(|id| id.0)));
    }
    if let Some(after) = after {
        query = query.filter(ItemColumn::Position.gt(after));
    }
    Ok(Page::from_rows(query.order_by_asc(ItemColumn::Position).limit(fetch_limit(limit)).all(db).await?, limit))
}

/// How many items of a filter have another action than `but`.
///
/// # Errors
/// The database's.
pub async fn count_items(
    db: &impl Conn,
    (tenant, backfill): (TenantId, BackfillId),
    filter: &ItemFilter,
    but: &str,
) -> Result<u64> {
    let states = filter.states.iter().map(String::as_str);
    let query =
        of_backfill(tenant, backfill).filter(ItemColumn::State.is_in(states)).filter(ItemColumn::Action.ne(but));
    let count: Option<i64> =
        query.select_only().column_as(ItemColumn::Position.count(), "items").into_tuple().one(db).await?;
    Ok(count.unwrap_or_default().unsigned_abs())
}

/// The items of a backfill at these positions, in order.
///
/// # Errors
/// The database's.
pub async fn items_at(
    db: &impl Conn,
    (tenant, backfill): (TenantId, BackfillId),
    positions: &[i32],
) -> Result<Vec<ItemRow>> {
    let mut rows = Vec::new();
    for positions in positions.chunks(BATCH) {
        let query = of_backfill(tenant, backfill).filter(ItemColumn::Position.is_in(positions.iter().copied()));
        rows.extend(query.all(db).await?);
    }
    rows.sort_by_key(|row| row.position);
    Ok(rows)
}

/// For which dates of a range a workflow has items, of any backfill, that have not ended: date and backfill.
///
/// # Errors
/// The database's.
pub async fn open_dates(
    db: &impl Conn,
    tenant: TenantId,
    workflow: WorkflowId,
    (from, to): (&str, &str),
) -> Result<Vec<(String, i64)>> {
    Ok(Item::find()
        .select_only()
        .columns([ItemColumn::BusinessDate, ItemColumn::BackfillId])
        .filter(ItemColumn::TenantId.eq(tenant.0))
        .filter(ItemColumn::WorkflowId.eq(workflow.0))
        .filter(ItemColumn::BusinessDate.between(from, to))
        .filter(ItemColumn::State.is_in(["pending", "running"]))
        .into_tuple()
        .all(db)
        .await?)
}

fn of_backfill(tenant: TenantId, backfill: BackfillId) -> sea_orm::Select<Item> {
    Item::find().filter(ItemColumn::TenantId.eq(tenant.0)).filter(ItemColumn::BackfillId.eq(backfill.0))
}
