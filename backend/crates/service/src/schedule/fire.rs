//! One look at the due schedules.

use domain::bizdate::BizDate;
use domain::error::Lang;
use domain::id::{ScheduleId, TenantId, WorkflowId};
use domain::workflow::Schedule;
use domain::workflow::spec::Overlap;
use serde_json::{Map, Value};
use store::{run, schedule};

use crate::Services;
use crate::calendar::RunNote;
use crate::error::{Error, Result};
use crate::run::loaded::{LoadedRun, inconsistent, to_json};
use crate::run::scope::Surroundings;
use crate::run::{Cause, Draft, batch::Batch};
use crate::schedule::plan::{self, FireReason, Instant};
use crate::schedule::{repeat, sync};
use crate::workflow::Definition;

/// Most schedules of one transaction.
const BATCH: u64 = 200;

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At once: more is due.
    More,
    /// At this instant, the database's time.
    At(i64),
    /// Nothing is planned.
    None,
}

/// What one schedule's due instants come to.
struct Decided {
    revision: i64,
    row: schedule::Row,
    fires: Vec<schedule::FireRow>,
}

/// Decides about due instants: makes their runs, or notes why not. One call handles a bounded number.
///
/// # Errors
/// The database's.
pub async fn fire_due(services: &Services) -> Result<Due> {
    let now_ms = services.store().db_now_ms();
    let rows = schedule::due(services.store().read(), now_ms, BATCH).await?;
    if rows.is_empty() {
        return Ok(schedule::next_due(services.store().read()).await?.map_or(Due::None, Due::At));
    }
    let full = rows.len() as u64 == BATCH;
    match fire(services, &rows, now_ms).await {
        Ok(()) => {}
        // Another node was faster with one of them, or one of them can't be decided: each by itself.
        Err(error) if rows.len() > 1 => {
            tracing::debug!(%error, schedules = rows.len(), "due schedules are fired one by one");
            let mut failed = None;
            for row in &rows {
                match fire_alone(services, row, now_ms).await {
                    Ok(()) => {}
                    Err(error) if error.is_of_database() => return Err(error),
                    // One schedule's trouble is not the others'.
                    Err(error) => failed = Some(error),
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Err(Error::Store(store::Error::Stale | store::Error::Conflict { .. })) => {}
        Err(error) => return Err(error),
    }
    Ok(if full { Due::More } else { Due::At(schedule::next_due(services.store().read()).await?.unwrap_or(i64::MAX)) })
}

/// Decides what is due of some schedules by the rules that hold now, before these change: an instant that has come is
/// the old rule's. Gives the schedules as they are then, and the instant up to which they are decided.
///
/// # Errors
/// [`Error::Conflict`] when what is due can't be decided now; the database's.
pub(crate) async fn settle(
    services: &Services,
    tenant: TenantId,
    workflow: WorkflowId,
) -> Result<(Vec<schedule::Row>, i64)> {
    // A hundred instants each: two months of a rule that fires every minute, after an outage that long.
    const ROUNDS: u32 = 1_000;
    let now_ms = services.store().db_now_ms();
    for _ in 0..ROUNDS {
        let rows = schedule::of_workflow(services.store().read(), tenant, workflow).await?;
        let due: Vec<_> = rows.iter().filter(|row| row.next_fire_ms.is_some_and(|at_ms| at_ms <= now_ms)).collect();
        if due.is_empty() {
            return Ok((rows, now_ms));
        }
        for row in due {
            fire_alone(services, row, now_ms).await?;
        }
    }
    Err(Error::Conflict { kind: "schedule" })
}

async fn fire_alone(services: &Services, row: &schedule::Row, now_ms: i64) -> Result<()> {
    match fire(services, std::slice::from_ref(row), now_ms).await {
        Ok(()) | Err(Error::Store(store::Error::Stale | store::Error::Conflict { .. })) => Ok(()),
        Err(Error::Store(store::Error::Inconsistent { .. }) | Error::NotFound { .. }) => {
            tracing::error!(schedule = row.id, "a schedule that cannot be read is held");
            hold(services, row).await
        }
        Err(error) => Err(error),
    }
}

/// Takes a schedule that can't be read out of the way of the others.
async fn hold(services: &Services, row: &schedule::Row) -> Result<()> {
    let held = schedule::Row {
        next_fire_ms: None,
        state: "held".into(),
        state_reason: Some(to_json(&FireReason::Unreadable)),
        ..row.clone()
    };
    let held = &held;
    let saved: Result<(), store::Error> =
        services.store().write(|tx| Box::pin(schedule::save(tx, held.revision, held))).await;
    Ok(saved?)
}

async fn fire(services: &Services, rows: &[schedule::Row], now_ms: i64) -> Result<()> {
    let mut batch = Batch::default();
    let mut decided = Vec::with_capacity(rows.len());
    let mut made = Vec::new();
    for row in rows {
        decided.push(decide(services, &mut batch, &mut made, row, now_ms).await?);
    }
    let (batch_ref, decided) = (&batch, &decided);
    let written: Result<(), Error> = services
        .store()
        .write(|tx| {
            Box::pin(async move {
                for one in decided {
                    schedule::save(tx, one.revision, &one.row).await?;
                }
                schedule::insert_fires(tx, decided.iter().flat_map(|one| one.fires.clone()).collect()).await?;
                Ok(batch_ref.write(tx).await?)
            })
        })
        .await;
    written?;
    for run in made {
        if let Err(error) = crate::run::made(services, run).await {
            tracing::debug!(%error, "a run that was made could not be read again");
        }
    }
    if batch.waiting_pools().next().is_some() {
        services.hints().jobs.notify_one();
    }
    Ok(())
}

/// What a schedule's due instants come to. New runs go into the batch.
async fn decide(
    services: &Services,
    batch: &mut Batch,
    made: &mut Vec<LoadedRun>,
    row: &schedule::Row,
    now_ms: i64,
) -> Result<Decided> {
    let (tenant, workflow) = (TenantId(row.tenant_id), WorkflowId(row.workflow_id));
    let found = store::workflow::find(services.store().read(), tenant, workflow).await?;
    let found = found.ok_or(Error::NotFound { kind: "workflow" })?;
    let definition = services.definition(tenant, workflow, found.current_version).await?;
    let spec: Schedule =
        serde_json::from_str(&row.spec_json).map_err(|_| inconsistent("schedule", "spec_json", row.id))?;
    let catch_up = definition.document.spec.catch_up;
    // After the row was read: see `calendar::cache`.
    let calendars = services.calendars_now(tenant).await?;
    let around = Surroundings::of(services.store().read(), &definition, calendars.clone()).await?;
    let mut due = plan::due(&calendars, &spec, catch_up, row.decided_ms, now_ms);
    repeat::mark(services, row, &spec, &mut due.instants).await?;
    let mut after = sync::with(row, &spec, due.planned, due.decided_ms);
    let mut fires = Vec::with_capacity(due.instants.len());
    let mut room = room(services, &definition).await?;
    for instant in due.instants {
        let mut fire = blank_fire(row, &instant, now_ms);
        match input(&around, &definition, &instant, room) {
            Err(reason) => fire.reason_json = Some(to_json(&reason)),
            Ok((business_date, params)) => {
                let cause = Cause::Schedule { schedule: ScheduleId(row.id), fire_ms: instant.at_ms };
                let rule = spec.to_rule();
                let named: Vec<_> = rule.iter().flat_map(domain::schedule::ScheduleSpec::calendars).collect();
                let note = RunNote::of(&calendars, &definition, &named, [&params, &around.project])
                    .of_fire(instant.fire.as_ref());
                let draft = Draft {
                    business_date,
                    params,
                    idempotency_key: None,
                    cause,
                    priority: None,
                    dry_run: false,
                    created_by: (None, None),
                    around: around.clone(),
                    note,
                };
                let run = crate::run::draft(services, batch, &definition, draft, now_ms);
                fire.outcome = "started".into();
                fire.business_date = Some(business_date.to_string());
                fire.run_id = Some(run.row.id);
                after.last_fire_ms = Some(instant.at_ms);
                made.push(run);
                room = room.map(|room| room - 1);
            }
        }
        fires.push(fire);
    }
    Ok(Decided { revision: row.revision, row: after, fires })
}

/// An instant's row before it is known whether it makes a run.
fn blank_fire(row: &schedule::Row, instant: &Instant, now_ms: i64) -> schedule::FireRow {
    let (nominal_from, nominal) = instant.fire.as_ref().map(repeat::nominal).unwrap_or_default();
    schedule::FireRow {
        tenant_id: row.tenant_id,
        schedule_id: row.id,
        instant_ms: instant.at_ms,
        workflow_id: row.workflow_id,
        business_date: None,
        outcome: "skipped".into(),
        reason_json: None,
        run_id: None,
        at_ms: now_ms,
        nominal,
        nominal_from,
    }
}

/// What the run of an instant begins with, or why there is none.
fn input(
    around: &Surroundings,
    definition: &Definition,
    instant: &Instant,
    room: Option<i32>,
) -> Result<(BizDate, Map<String, Value>), FireReason> {
    if let Some(reason) = &instant.skip {
        return Err(reason.clone());
    }
    if room == Some(0) {
        let max_active_runs = definition.max_active_runs().unwrap_or_default();
        return Err(FireReason::Overlap { max_active_runs });
    }
    let rule = definition.document.spec.business_date.as_ref();
    let date = plan::business_date(&around.calendars, rule, instant.day)?;
    let params = definition
        .params(&Map::new(), &around.project)
        .map_err(|error| FireReason::Params { en: error.message(Lang::En), zh: error.message(Lang::Zh) })?;
    Ok((date, params))
}

/// How many more runs may become active; `None` when that is no reason to skip a fire.
async fn room(services: &Services, definition: &Definition) -> Result<Option<i32>> {
    let concurrency = definition.document.spec.concurrency;
    let Some(most) = definition.max_active_runs().filter(|_| concurrency.overlap == Overlap::Skip) else {
        return Ok(None);
    };
    let (tenant, workflow) = (definition.tenant, definition.workflow);
    let active = run::taken_slots(services.store().read(), tenant, workflow).await?.len();
    let queued = run::queued_of(services.store().read(), tenant, workflow, most.unsigned_abs().into()).await?.len();
    Ok(Some((most - i32::try_from(active + queued).unwrap_or(i32::MAX)).max(0)))
}
