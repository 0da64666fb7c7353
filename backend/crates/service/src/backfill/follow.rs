//! The run of an item whose turn has come: claimed, made or repeated, and looked at until it has ended.

use domain::access::Permission;
use domain::backfill::{Action, ItemReason, ItemState, State};
use domain::error::Lang;
use domain::id::{BackfillId, RunId, TenantId, WorkflowId};
use domain::run::{RerunScope, RunState};
use domain::workflow::Priority;
use serde_json::{Map, Value};
use store::run;

use super::plan::params_of;
use super::{ItemRow, Row, action_of, date_of};
use crate::Services;
use crate::audit::AuditEntry;
use crate::ctx::OpCtx;
use crate::error::{Error, Result};
use crate::run::batch::Batch;
use crate::run::change::change;
use crate::run::loaded::{LoadedRun, parse_json, to_json};
use crate::run::{Cause, NewRun, Operated, Operation, operate, rerun_scope};

/// Moves an item whose turn has come to `running`, and decides of which run it will be. Nothing else is done before this
/// is committed. A date for which a run was made since the plan is left out.
pub(super) async fn claim(services: &Services, row: &Row, item: &mut ItemRow) -> Result<()> {
    let db = services.store().read();
    let (tenant, workflow) = (TenantId(item.tenant_id), WorkflowId(item.workflow_id));
    let first = item.attempt == 0;
    let action = action_of(item)?;
    if first {
        let newest = newest(services, tenant, workflow, &item.business_date).await?;
        item.run_id = newest.map(|run| run.0);
    }
    let found = match item.run_id {
        Some(id) => run::find(db, tenant, RunId(id)).await?,
        None => None,
    };
    // What never began stands in nobody's way.
    let found = found.filter(|run| run.state != RunState::Skipped.as_str());
    if let (true, Action::Create, Some(run)) = (first, action, &found) {
        item.action = Action::Skip.as_str().to_owned();
        settle(item, ItemState::Skipped, Some(&ItemReason::Appeared { run: run.id }));
        return Ok(());
    }
    // Another version or other parameters make another run.
    let same = |run: &run::Row| !first || (run.version == item.version && row.params_json.is_none());
    let found = found.filter(same);
    item.run_id = found.as_ref().map(|run| run.id);
    item.generation = found.map(|run| {
        let state = RunState::parse(&run.state).unwrap_or(RunState::Queued);
        // What failed before and was put right since, or is at work again, counts as it is.
        let as_it_is = !first && (state == RunState::Succeeded || !state.is_final());
        if as_it_is { run.generation } else { run.generation + 1 }
    });
    item.attempt += 1;
    settle(item, ItemState::Running, None);
    Ok(())
}

/// The newest run of a date that did its work.
async fn newest(services: &Services, tenant: TenantId, workflow: WorkflowId, date: &str) -> Result<Option<RunId>> {
    let found = run::newest_of_dates(services.store().read(), tenant, workflow, (date, date)).await?;
    Ok(found.into_iter().next())
}

/// Sees that a running item has its run, and whether that has ended. While the backfill is paused or being cancelled,
/// nothing begins: a run is only found that was made or repeated before.
pub(super) async fn follow(
    services: &Services,
    ctx: &OpCtx,
    row: &Row,
    item: &mut ItemRow,
    found: Option<run::Row>,
) -> Result<()> {
    let cancelling = row.state == State::Cancelling.as_str();
    let held = cancelling || row.state == State::Paused.as_str();
    let not_begun = if cancelling { ItemState::Cancelled } else { ItemState::Running };
    let run = match (item.run_id, found) {
        (None, _) if held => match made(services, row, item).await? {
            Some(run) => run,
            None => {
                settle(item, not_begun, None);
                return Ok(());
            }
        },
        (None, _) => match make(services, ctx, row, item).await {
            Ok(run) => run,
            Err(error) => return not_started(item, error),
        },
        (Some(_), Some(run)) => run,
        (Some(run), None) => {
            settle(item, ItemState::Failed, Some(&ItemReason::RunGone { run }));
            return Ok(());
        }
    };
    item.run_id = Some(run.id);
    let generation = *item.generation.get_or_insert(run.generation);
    let state = |run: &run::Row| RunState::parse(&run.state).unwrap_or(RunState::Queued);
    let again_later = run.generation < generation;
    if again_later && (held || !state(&run).is_final()) {
        let waits = (!state(&run).is_final()).then_some(ItemReason::WaitsForEnd { run: run.id });
        settle(item, not_begun, waits.as_ref());
        return Ok(());
    }
    let run = if again_later {
        match again(services, ctx, row, item, generation).await {
            Ok(run) => run,
            Err(error) => return not_started(item, error),
        }
    } else {
        run
    };
    let stops = cancelling && row.stop_runs && !state(&run).is_final() && !run.stop_requested;
    let run = if stops { stop(services, ctx, row, run).await? } else { run };
    let ended = ItemReason::RunEnded { run: run.id, state: run.state.clone() };
    match state(&run) {
        RunState::Succeeded => settle(item, ItemState::Succeeded, None),
        RunState::Stopped if cancelling => settle(item, ItemState::Cancelled, Some(&ended)),
        state if state.is_final() => settle(item, ItemState::Failed, Some(&ended)),
        _ => settle(item, ItemState::Running, None),
    }
    Ok(())
}

/// Puts an item into a state, with its reason.
pub(super) fn settle(item: &mut ItemRow, state: ItemState, reason: Option<&ItemReason>) {
    item.state = state.as_str().to_owned();
    item.reason_json = reason.map(to_json);
}

/// What keeps a run from being made is the item's end; the database's faults are not.
fn not_started(item: &mut ItemRow, error: Error) -> Result<()> {
    if error.is_fault() || matches!(error, Error::Conflict { .. }) {
        return Err(error);
    }
    let reason = ItemReason::NotStarted { en: error.message(Lang::En), zh: error.message(Lang::Zh) };
    settle(item, ItemState::Failed, Some(&reason));
    Ok(())
}

/// What the item's run is known by before its id is.
fn run_key(row: &Row, item: &ItemRow) -> String {
    let key = format!("backfill:{}:{}:{}", row.id, item.workflow_id, item.business_date);
    if item.attempt > 1 { format!("{key}:{}", item.attempt) } else { key }
}

/// The run that was made for the item, if it was.
async fn made(services: &Services, row: &Row, item: &ItemRow) -> Result<Option<run::Row>> {
    let (tenant, workflow) = (TenantId(item.tenant_id), WorkflowId(item.workflow_id));
    Ok(run::find_by_key(services.store().read(), tenant, workflow, &run_key(row, item)).await?)
}

/// Makes the item's run, or finds the one that was made for it.
async fn make(services: &Services, ctx: &OpCtx, row: &Row, item: &ItemRow) -> Result<run::Row> {
    let (tenant, workflow) = (TenantId(item.tenant_id), WorkflowId(item.workflow_id));
    let given = parse_json::<Map<String, Value>>(row.params_json.as_deref(), "backfill", row.id)?.unwrap_or_default();
    let definition = services.definition(tenant, workflow, item.version).await?;
    let new = NewRun {
        tenant,
        workflow,
        business_date: Some(date_of(item)?),
        params: params_of(&definition, item.workflow_id == row.workflow_id, &given),
        idempotency_key: Some(run_key(row, item)),
        reason: Some(row.reason.clone()),
        cause: Cause::Backfill { backfill: BackfillId(row.id) },
        priority: Priority::of_level(row.priority),
        dry_run: false,
        version: Some(item.version),
    };
    crate::run::start(services, ctx, new).await
}

/// Does a run again: whole when the backfill meets it, later what failed of it. Once for a generation, whoever asks.
async fn again(services: &Services, ctx: &OpCtx, row: &Row, item: &ItemRow, generation: i32) -> Result<run::Row> {
    let key = (TenantId(item.tenant_id), RunId(item.run_id.unwrap_or_default()));
    crate::workflow::changeable(services, ctx, key.0, WorkflowId(item.workflow_id), Permission::RunStart).await?;
    let decide = |run: &mut LoadedRun, batch: &mut Batch| {
        if run.machine.generation() >= generation {
            return Ok((false, Vec::new()));
        }
        run.row.backfill_id = Some(row.id);
        run.row.priority = row.priority;
        if item.attempt > 1
            && let Ok((_, effects)) = rerun_scope(run, batch, &RerunScope::Failed, ctx)
        {
            return Ok((true, effects));
        }
        let (_, effects) = rerun_scope(run, batch, &RerunScope::All, ctx)?;
        Ok((true, effects))
    };
    let audited = |run: &LoadedRun, _: &bool| {
        AuditEntry::done(key.0, "run.rerun", "run", key.1, &run.definition.name)
            .reason(Some(row.reason.clone()))
            .after(serde_json::json!({ "backfill": row.id, "generation": run.machine.generation() }))
    };
    let (run, _) = change(services, ctx, key, &decide, Some(&audited)).await?;
    Ok(run::find(services.store().read(), key.0, key.1).await?.unwrap_or(run.row))
}

/// Ends a run that is at work; gives it as it is then.
async fn stop(services: &Services, ctx: &OpCtx, row: &Row, run: run::Row) -> Result<run::Row> {
    let who = row.state_by.as_deref().unwrap_or_default();
    let why = row.state_reason.as_deref().unwrap_or(&row.reason);
    let why: String = format!("{who}: {why}").chars().take(1_000).collect();
    let key = (TenantId(run.tenant_id), RunId(run.id));
    match operate(services, ctx, key, &Operation::Stop, &why).await {
        Ok(Operated::Done(done)) => Ok(done.run),
        Ok(Operated::AlreadyFinished(row)) => Ok(row),
        Err(error) if error.is_fault() => Err(error),
        // It is being ended already.
        Err(_) => Ok(run),
    }
}
