//! The step of the loop: each backfill that has not ended is brought as far as it can be now.
//!
//! A pass looks at the runs of the items that are at work, lets the window decide what starts, and writes both in one
//! transaction under the backfill's revision. Passes follow each other until one changes nothing; the runs of items that
//! one pass has claimed are made by the next.

use std::collections::{BTreeMap, BTreeSet};

use domain::backfill::{ItemReason, ItemState, State, window};
use domain::id::{BackfillId, RunId, TenantId};
use store::backfill::{self, ItemFilter};
use store::{Error as StoreError, page, run};

use super::follow::{claim, follow, settle};
use super::{ItemRow, Member, Row, action_of, members, pending, state};
use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result};
use crate::run::loaded::inconsistent;

/// The name of the loop in the audit trail.
const ACTOR: &str = "scheduler";

/// Most passes over one backfill in one step, so that others get their turn.
const PASSES: usize = 20;

/// Brings all backfills on; those that fail don't keep the others from it.
///
/// # Errors
/// The database's, after all others were looked at.
pub async fn tick(services: &Services) -> Result<()> {
    let mut failed = None;
    let mut any = false;
    for state in State::ALL.iter().filter(|state| !state.is_final()) {
        let mut after = None;
        loop {
            let db = services.store().read();
            let found = backfill::in_state(db, state.as_str(), after, page::MAX_PAGE).await?;
            after = found.items.last().map(key_of);
            for row in found.items {
                any = true;
                let id = row.id;
                if let Err(error) = advance(services, row).await {
                    tracing::warn!(%error, backfill = id, "a backfill could not be brought on");
                    failed = Some(error);
                }
            }
            if !found.has_next {
                break;
            }
        }
    }
    services.hints().backfills_active(any);
    failed.map_or(Ok(()), Err)
}

fn key_of(row: &Row) -> (TenantId, BackfillId) {
    (TenantId(row.tenant_id), BackfillId(row.id))
}

async fn advance(services: &Services, mut row: Row) -> Result<()> {
    for _ in 0..PASSES {
        match pass(services, &row).await {
            Ok(Some(next)) => row = next,
            Ok(None) => return Ok(()),
            // Another node, or a person, was there first; what they did is looked at next time.
            Err(Error::Store(StoreError::Stale)) => return Ok(()),
            Err(error) => return Err(error),
        }
        if state(&row)?.is_final() {
            return Ok(());
        }
    }
    services.hints().backfills_changed();
    Ok(())
}

/// What a pass looks at: the items that are at work or next, with all other items of their dates.
struct Window {
    members: Vec<Member>,
    items: Vec<ItemRow>,
}

impl Window {
    async fn load(services: &Services, row: &Row) -> Result<Self> {
        let (db, key) = (services.store().read(), key_of(row));
        let members = members(row)?;
        let width = i32::try_from(members.len()).unwrap_or(1).max(1);
        let list = async |state: ItemState, most: u64| {
            let filter = ItemFilter { states: vec![state.as_str().to_owned()], projects: None };
            backfill::items(db, key, &filter, None, most).await
        };
        let mut open = list(ItemState::Running, page::MAX_PAGE).await?.items;
        if row.state == State::Running.as_str() {
            // What follows an item of the same date may have to wait for it.
            let ahead = u64::from(row.parallelism.unsigned_abs()) * (u64::from(width.unsigned_abs()) + 1);
            open.extend(list(ItemState::Pending, ahead).await?.items);
        }
        let dates: BTreeSet<i32> = open.iter().map(|item| item.position / width).collect();
        let positions: Vec<i32> = dates.iter().flat_map(|date| date * width..(date + 1) * width).collect();
        Ok(Self { members, items: backfill::items_at(db, key, &positions).await? })
    }

    /// The items as the window's rule sees them.
    fn seen(&self) -> Result<Vec<window::Item>> {
        let width = self.members.len();
        let at: BTreeMap<usize, usize> =
            self.items.iter().enumerate().map(|(at, item)| (item.position.unsigned_abs() as usize, at)).collect();
        let place: BTreeMap<i64, usize> = self.members.iter().enumerate().map(|(at, it)| (it.workflow, at)).collect();
        let mut seen = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let position = item.position.unsigned_abs() as usize;
            let date = position - position % width;
            let needs = self.members[position % width].needs.iter();
            let needs = needs.filter_map(|id| at.get(&(date + place.get(id)?)).copied()).collect();
            seen.push(window::Item { action: action_of(item)?, state: state_of(item)?, needs });
        }
        Ok(seen)
    }
}

fn state_of(item: &ItemRow) -> Result<ItemState> {
    ItemState::parse(&item.state).ok_or_else(|| inconsistent("backfill_item", "state", item.backfill_id))
}

/// One pass; gives the row afterwards, or nothing when nothing changed.
async fn pass(services: &Services, row: &Row) -> Result<Option<Row>> {
    let ctx = OpCtx::system(ACTOR, services.store().db_now_ms());
    let mut window = Window::load(services, row).await?;
    let before = window.items.clone();
    let failed = runs(services, &ctx, row, &mut window.items).await?;
    if row.state == State::Running.as_str() {
        let parallelism = usize::try_from(row.parallelism).unwrap_or(1);
        let next = window::next(&window.seen()?, parallelism);
        for (at, cause) in next.skip {
            let upstream = window.items[cause].workflow_id;
            let name = window.members.iter().find(|it| it.workflow == upstream).map(|it| it.name.clone());
            let reason = ItemReason::UpstreamFailed { workflow: name.unwrap_or_default() };
            settle(&mut window.items[at], ItemState::Skipped, Some(&reason));
        }
        for at in next.start {
            claim(services, row, &mut window.items[at]).await?;
        }
    }
    let changed: Vec<ItemRow> = (window.items.into_iter().zip(&before))
        .filter(|(now, before)| now != *before)
        .map(|(now, _)| ItemRow { changed_ms: ctx.now_ms, ..now })
        .collect();
    let mut next = counted(row, &before, &changed)?;
    ended(&mut next, ctx.now_ms)?;
    if changed.is_empty() && next == *row {
        return failed.map_or(Ok(None), Err);
    }
    next.changed_ms = ctx.now_ms;
    let (next_ref, changed_ref) = (&next, &changed);
    let written: Result<(), Error> = services
        .store()
        .write(|tx| {
            Box::pin(async move {
                backfill::save(tx, row.revision, next_ref).await?;
                for item in changed_ref {
                    backfill::save_item(tx, item).await?;
                }
                Ok(())
            })
        })
        .await;
    written?;
    next.revision += 1;
    failed.map_or(Ok(Some(next)), Err)
}

/// Sees to the runs of the items that are at work. One that can't be seen to stays as it is and does not keep the others
/// from it; what was wrong is given.
async fn runs(services: &Services, ctx: &OpCtx, row: &Row, items: &mut [ItemRow]) -> Result<Option<Error>> {
    let running = |item: &&mut ItemRow| item.state == ItemState::Running.as_str();
    let ids: Vec<RunId> = items.iter_mut().filter(running).filter_map(|item| item.run_id.map(RunId)).collect();
    let mut found = BTreeMap::new();
    for ids in ids.chunks(store::BATCH) {
        let rows = run::get_many(services.store().read(), TenantId(row.tenant_id), ids).await?;
        found.extend(rows.into_iter().map(|run| (run.id, run)));
    }
    let mut failed = None;
    for item in items.iter_mut().filter(running) {
        let run = item.run_id.and_then(|id| found.remove(&id));
        let before = item.clone();
        if let Err(error) = follow(services, ctx, row, item, run).await {
            *item = before;
            failed = Some(error);
        }
    }
    Ok(failed)
}

/// The row with the counts that follow from a change of items.
fn counted(row: &Row, before: &[ItemRow], changed: &[ItemRow]) -> Result<Row> {
    let mut next = row.clone();
    for item in changed {
        if let Some(old) = before.iter().find(|old| old.position == item.position) {
            *count(&mut next, state_of(old)?) -= 1;
        }
        *count(&mut next, state_of(item)?) += 1;
    }
    Ok(Row { item_total: row.item_total, ..next })
}

/// The counter of a state. Those that wait are what is left of the total, which nothing changes.
fn count(row: &mut Row, state: ItemState) -> &mut i32 {
    match state {
        ItemState::Pending => &mut row.item_total,
        ItemState::Running => &mut row.item_running,
        ItemState::Succeeded => &mut row.item_ok,
        ItemState::Failed => &mut row.item_failed,
        ItemState::Skipped => &mut row.item_skipped,
        ItemState::Cancelled => &mut row.item_cancelled,
    }
}

/// Ends a backfill of which nothing is left to do.
pub(super) fn ended(row: &mut Row, now_ms: i64) -> Result<()> {
    if state(row)?.is_final() || pending(row) > 0 || row.item_running > 0 {
        return Ok(());
    }
    let end = if row.item_cancelled > 0 || row.state == State::Cancelling.as_str() {
        State::Cancelled
    } else if row.item_failed > 0 {
        State::Failed
    } else {
        State::Succeeded
    };
    row.state = end.as_str().to_owned();
    row.finished_ms = Some(now_ms);
    Ok(())
}
