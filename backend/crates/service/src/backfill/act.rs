//! What people do to a backfill. Each act wants a reason and is one transaction with its audit event.

use domain::backfill::{Action, ItemState, State};
use domain::error::{ErrorCode, Lang};
use domain::id::{BackfillId, TenantId, WorkflowId};
use serde_json::json;
use store::backfill::{self, ItemFilter};

use super::advance::ended;
use super::{KIND, Row, authorised, members, pending, plan, state};
use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};
use crate::run::reason;

/// How often an act is tried anew when the loop was faster.
const ATTEMPTS: u32 = 20;

/// What becomes of the runs at work when a backfill is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// They go on to their end.
    KeepRuns,
    /// They are stopped.
    StopRuns,
}

/// What an act does to the items, all of a state together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Items {
    Stay,
    /// Those that wait are given up.
    GiveUp,
    /// Those that failed, or were given up because of it, wait again.
    Reopen,
}

/// Halts a backfill: nothing new starts, runs at work go on.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`]; [`Error::Invalid`] without a reason; [`Error::Refused`] when it does not run.
pub async fn pause(services: &Services, ctx: &OpCtx, key: (TenantId, BackfillId), why: &str) -> Result<Row> {
    act(services, ctx, key, ("backfill.pause", why), |row, _| match state(row)? {
        State::Running => Ok((with_state(row, State::Paused), Items::Stay)),
        _ => Err(refused(Text::new("The backfill is not running.", "该补数未在运行。"))),
    })
    .await
}

/// Lets a paused backfill go on.
///
/// # Errors
/// As [`pause`]; [`Error::Refused`] when it is not paused.
pub async fn resume(services: &Services, ctx: &OpCtx, key: (TenantId, BackfillId), why: &str) -> Result<Row> {
    act(services, ctx, key, ("backfill.resume", why), |row, _| match state(row)? {
        State::Paused => Ok((with_state(row, State::Running), Items::Stay)),
        _ => Err(refused(Text::new("The backfill is not paused.", "该补数未暂停。"))),
    })
    .await
}

/// Ends a backfill: what has not started never will; its runs at work end by themselves or are stopped.
///
/// # Errors
/// As [`pause`]; [`Error::Refused`] when it has ended.
pub async fn cancel(
    services: &Services,
    ctx: &OpCtx,
    key: (TenantId, BackfillId),
    runs: Cancel,
    why: &str,
) -> Result<Row> {
    let now_ms = ctx.now_ms;
    act(services, ctx, key, ("backfill.cancel", why), |row, _| {
        open(row)?;
        let mut next = with_state(row, State::Cancelling);
        next.stop_runs = row.stop_runs || runs == Cancel::StopRuns;
        next.item_cancelled += pending(row);
        ended(&mut next, now_ms)?;
        Ok((next, Items::GiveUp))
    })
    .await
}

/// Does again what failed, and what was given up because of it: of each run only what did not end well.
///
/// # Errors
/// As [`pause`]; [`Error::Refused`] when nothing failed, or it is being cancelled.
pub async fn rerun_failed(services: &Services, ctx: &OpCtx, key: (TenantId, BackfillId), why: &str) -> Result<Row> {
    act(services, ctx, key, ("backfill.rerun_failed", why), |row, given_up| {
        let now = state(row)?;
        if now == State::Cancelling {
            return Err(refused(Text::new("The backfill is being cancelled.", "该补数正在取消。")));
        }
        if row.item_failed == 0 {
            return Err(refused(Text::new("Nothing of the backfill failed.", "该补数没有失败的日期。")));
        }
        let next = if now == State::Paused { State::Paused } else { State::Running };
        let mut next = Row { finished_ms: None, item_failed: 0, stop_runs: false, ..with_state(row, next) };
        next.item_skipped -= given_up;
        Ok((next, Items::Reopen))
    })
    .await
}

/// Lets more or fewer runs be at work at once; those at work go on.
///
/// # Errors
/// As [`pause`]; [`Error::Invalid`] for a number out of bounds; [`Error::Refused`] when it has ended.
pub async fn set_parallelism(
    services: &Services,
    ctx: &OpCtx,
    key: (TenantId, BackfillId),
    parallelism: i32,
    why: &str,
) -> Result<Row> {
    let room = room(services, key, parallelism).await;
    let room = &room;
    act(services, ctx, key, ("backfill.update", why), |row, _| {
        plan::parallel(parallelism)?;
        open(row)?;
        if let Some(text) = room {
            return Err(Error::invalid("parallelism", text.clone()));
        }
        Ok((Row { parallelism, ..row.clone() }, Items::Stay))
    })
    .await
}

/// What speaks against so many runs at once, if anything does.
async fn room(services: &Services, key: (TenantId, BackfillId), parallelism: i32) -> Option<Text> {
    let row = backfill::find(services.store().read(), key.0, key.1).await.ok()??;
    let ids: Vec<_> = members(&row).ok()?.iter().map(|member| WorkflowId(member.workflow)).collect();
    let rows = store::workflow::get_many(services.store().read(), key.0, &ids).await.ok()?;
    let current: Vec<_> = rows.iter().map(|row| (WorkflowId(row.id), row.current_version)).collect();
    let error = plan::room(services, key.0, &current, parallelism).await.err()?;
    let text = Text::new(error.message(Lang::En), error.message(Lang::Zh));
    (!error.is_fault()).then_some(text)
}

fn with_state(row: &Row, state: State) -> Row {
    Row { state: state.as_str().to_owned(), ..row.clone() }
}

fn open(row: &Row) -> Result<()> {
    if state(row)?.is_final() {
        return Err(refused(Text::new("The backfill has ended already.", "该补数已结束。")));
    }
    Ok(())
}

fn refused(text: Text) -> Error {
    Error::refused(ErrorCode::InvalidInput, text)
}

/// Decides about a backfill as it is, anew when the loop changed it meanwhile. `decide` also gets how many items were
/// given up because of others.
async fn act(
    services: &Services,
    ctx: &OpCtx,
    key: (TenantId, BackfillId),
    (action, why): (&'static str, &str),
    decide: impl Fn(&Row, i32) -> Result<(Row, Items)> + Send + Sync,
) -> Result<Row> {
    let entry = AuditEntry::new(key.0, action, KIND).id(key.1).reason(Some(why.to_owned()));
    audit::attempt(services, ctx, entry.clone(), async {
        let mut attempt = 1;
        loop {
            let row = authorised(services, ctx, key.0, key.1).await?;
            let why = reason(why)?;
            let (mut next, items) = decide(&row, given_up(services, key).await?)?;
            if next.state != row.state {
                next.state_by = Some(ctx.actor.name().to_owned());
                next.state_reason = Some(why.to_owned());
            }
            next.changed_ms = ctx.now_ms;
            let entry = entry.clone().name(name(&row)).before(told(&row)).after(told(&next));
            match write(services, ctx, &row, &next, items, &entry).await {
                Ok(()) => {
                    services.hints().backfills_changed();
                    return Ok(Row { revision: row.revision + 1, ..next });
                }
                Err(Error::Store(store::Error::Stale)) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error.or_changed(KIND)),
            }
        }
    })
    .await
}

async fn write(
    services: &Services,
    ctx: &OpCtx,
    row: &Row,
    next: &Row,
    items: Items,
    entry: &AuditEntry,
) -> Result<()> {
    let key = (TenantId(row.tenant_id), BackfillId(row.id));
    let pending = ItemState::Pending.as_str();
    let moves: &[(ItemState, &str)] = match items {
        Items::Stay => &[],
        Items::GiveUp => &[(ItemState::Pending, ItemState::Cancelled.as_str())],
        Items::Reopen => &[(ItemState::Failed, pending), (ItemState::Skipped, pending)],
    };
    services
        .store()
        .write(|tx| {
            Box::pin(async move {
                backfill::save(tx, row.revision, next).await?;
                for (from, to) in moves {
                    let but = (*from == ItemState::Skipped).then_some(Action::Skip.as_str());
                    backfill::move_items(tx, key, (from.as_str(), to), but, ctx.now_ms).await?;
                }
                audit::record(tx, ctx, entry).await
            })
        })
        .await
}

/// How many items were given up because another one did not end well. Read after the row: it counts only while the row
/// still has its revision.
async fn given_up(services: &Services, key: (TenantId, BackfillId)) -> Result<i32> {
    let filter = ItemFilter { states: vec![ItemState::Skipped.as_str().to_owned()], projects: None };
    let count = backfill::count_items(services.store().read(), key, &filter, Action::Skip.as_str()).await?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

fn name(row: &Row) -> String {
    let root = members(row).ok().and_then(|members| members.into_iter().next());
    root.map_or_else(String::new, |member| member.name)
}

fn told(row: &Row) -> serde_json::Value {
    json!({ "state": row.state, "parallelism": row.parallelism, "failed": row.item_failed, "pending": pending(row) })
}
