//! What tasks wait for that no worker holds: a run that they started, runs of other workflows, files, approvals; and the
//! time limits of runs.
//!
//! # Protocol
//! A task whose turn has come gets a row of `wait` in the same transaction, due at once. Whoever finds a row due looks
//! ([`tick`]): the first look tells the run that its task waits ([`domain::run::RunEvent::WaitBegun`]), each look asks whether what
//! is waited for is there, and when it is (or never will be, or the time is up) the run is told and the row goes, in
//! one transaction under the run's revision. Otherwise the row is due again after the task's `poll`, with what was seen.
//!
//! Two nodes may look at the same row at once: looking changes nothing, the answer counts once because it names the
//! attempt, and a run started for a task has an idempotency key made of the task. The end of a run is a hint that wakes
//! the waits for its workflow; being due is the guarantee.

mod child;
mod file;
mod look;
mod upstream;

use std::collections::BTreeSet;

use domain::run::Reason;
use domain::workflow::TaskKind;
use store::wait;

use crate::Services;
use crate::error::Result;
use crate::run::loaded::LoadedRun;

pub use store::wait::Row;

/// `kind` of a wait whose task waits no longer: the run that it started is to be stopped.
pub(crate) const ORPHAN: &str = "orphan";
/// `kind` of a run's time limit.
const LIMIT: &str = "limit";

/// Most waits of one look.
const BATCH: u64 = 200;

/// What is due after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// More is due now.
    More,
    /// The next is due then, on the database's clock.
    At(i64),
    /// Nothing waits.
    None,
}

/// The wait of a task's next attempt.
pub(crate) fn row(run: &LoadedRun, task: u32, attempt: i32, due_ms: i64) -> Row {
    Row {
        tenant_id: run.row.tenant_id,
        run_id: run.row.id,
        ordinal: task as i32,
        attempt,
        kind: run.machine.planned(task).kind.clone(),
        due_ms,
        since_ms: None,
        deadline_ms: None,
        workflow_id: None,
        seen_json: None,
        revision: 1,
    }
}

/// The time limit of a run that begins, when it has one.
pub(crate) fn limit_row(run: &LoadedRun, now_ms: i64) -> Option<Row> {
    let due_ms = now_ms + run.definition.document.spec.timeout?.ms();
    let row = row_of_run(run, due_ms);
    Some(row)
}

fn row_of_run(run: &LoadedRun, due_ms: i64) -> Row {
    Row {
        tenant_id: run.row.tenant_id,
        run_id: run.row.id,
        ordinal: wait::OF_RUN,
        attempt: run.machine.generation(),
        kind: LIMIT.to_owned(),
        due_ms,
        since_ms: None,
        deadline_ms: Some(due_ms),
        workflow_id: None,
        seen_json: None,
        revision: 1,
    }
}

/// Looks at what is due, and at what waits for runs that ended just now.
///
/// # Errors
/// The database's, after all others were looked at.
pub async fn tick(services: &Services) -> Result<Due> {
    let now_ms = services.store().db_now_ms();
    let mut rows = wait::due(services.store().read(), now_ms, BATCH).await?;
    let full = rows.len() as u64 == BATCH;
    for (tenant, workflow) in services.hints().take_ended() {
        rows.extend(wait::of_workflow(services.store().read(), tenant, workflow, BATCH).await?);
    }
    let mut seen = BTreeSet::new();
    let mut failed = None;
    for row in rows.into_iter().filter(|row| seen.insert(wait::key_of(row))) {
        if let Err(error) = look::look(services, &row).await {
            tracing::warn!(%error, run = row.run_id, task = row.ordinal, "a wait could not be looked at");
            failed = Some(error);
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    if full {
        return Ok(Due::More);
    }
    Ok(wait::next_due(services.store().read()).await?.map_or(Due::None, Due::At))
}

/// What the last look at a task's wait saw; nothing when it was not looked at yet.
///
/// # Errors
/// The database's.
pub(crate) async fn seen(services: &Services, key: wait::Key) -> Result<Option<Reason>> {
    let row = wait::find(services.store().read(), key).await?;
    Ok(row.and_then(|row| file::reason(row.seen_json.as_deref()?)))
}

/// How long a task may wait and what happens then; of approvals their own deadline.
fn patience(kind: &TaskKind, timeout_ms: Option<i64>) -> Option<i64> {
    match kind {
        TaskKind::Approval(approval) => approval.deadline.map(domain::workflow::DurationMs::ms),
        _ => timeout_ms,
    }
}
