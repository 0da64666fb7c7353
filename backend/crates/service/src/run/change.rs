//! How a run changes by anything but its workers' reports: people, waits, time limits. One transaction, guarded by the
//! run's revision and written together with its audit event; when somebody else changed the run meanwhile, or a worker
//! claimed what was to be withdrawn, the decision is made anew on what is true then.

use domain::id::{RunId, TenantId, WorkflowId};
use domain::run::{Effect, RunState};
use store::Tx;

use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::OpCtx;
use crate::error::{Error, Result};
use crate::run::batch::{Batch, NotWritten};
use crate::run::loaded::LoadedRun;
use crate::run::start::admit;

/// How often a decision is made anew before the caller is told that the run is too busy.
const ATTEMPTS: u32 = 8;

/// What is decided about a run: what it asks for, and anything for the caller.
pub(crate) type Decision<'a, T> = dyn Fn(&mut LoadedRun, &mut Batch) -> Result<(T, Vec<Effect>)> + Sync + 'a;

/// The audit event of a change, made from the run as it is afterwards.
pub(crate) type Audited<'a, T> = dyn Fn(&LoadedRun, &T) -> AuditEntry + Sync + 'a;

/// Changes a run. `audited` is absent for what nobody did.
///
/// # Errors
/// [`Error::NotFound`]; what `decide` refuses; [`Error::Conflict`] when the run changes faster than it can be decided
/// about; the database's.
pub(crate) async fn change<T: Send>(
    services: &Services,
    ctx: &OpCtx,
    (tenant, id): (TenantId, RunId),
    decide: &Decision<'_, T>,
    audited: Option<&Audited<'_, T>>,
) -> Result<(LoadedRun, T)> {
    let mut attempt = 1;
    loop {
        let changed: Result<(LoadedRun, Batch, T), NotWritten> =
            services.store().write(|tx| Box::pin(change_in(services, ctx, tx, (tenant, id), decide, audited))).await;
        match changed {
            Ok((run, batch, value)) => {
                settle(services, &run, &batch).await;
                return Ok((run, value));
            }
            Err(NotWritten::Claimed | NotWritten::Other(Error::Store(store::Error::Stale))) if attempt < ATTEMPTS => {
                attempt += 1;
            }
            Err(NotWritten::Claimed | NotWritten::Other(Error::Store(store::Error::Stale))) => {
                // Whoever decided by what is in memory may have been misled by it.
                services.runs().forget((tenant, id));
                return Err(Error::Conflict { kind: "run" });
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn change_in<T>(
    services: &Services,
    ctx: &OpCtx,
    tx: &Tx<'_>,
    (tenant, id): (TenantId, RunId),
    decide: &Decision<'_, T>,
    audited: Option<&Audited<'_, T>>,
) -> Result<(LoadedRun, Batch, T), NotWritten> {
    let mut run = LoadedRun::load(services, tx, tenant, id).await?;
    let mut batch = Batch::default();
    run.learn_claims(services, tx, &mut batch).await?;
    let (value, effects) = decide(&mut run, &mut batch)?;
    batch.absorb(services, &mut run, &effects, ctx.now_ms, None);
    batch.save(&mut run, ctx.now_ms);
    batch.write(tx).await?;
    if let Some(audited) = audited {
        audit::record(tx, ctx, &audited(&run, &value)).await?;
    }
    Ok((run, batch, value))
}

/// What follows the commit of a change.
pub(crate) async fn settle(services: &Services, run: &LoadedRun, batch: &Batch) {
    let (key, hints) = (run.key(), services.hints());
    // What is cached is out of date now.
    services.runs().forget(key);
    hints.run_changed(key);
    if batch.waiting_pools().next().is_some() {
        hints.jobs.notify_one();
    }
    if batch.has_stops() {
        hints.stops.notify_one();
    }
    if batch.has_waits() {
        hints.waits.notify_one();
    }
    let state = run.machine.state();
    if state.is_final() {
        hints.run_ended(key.0, WorkflowId(run.row.workflow_id));
    }
    let frees = state.is_final() && run.definition.max_active_runs().is_some();
    if (frees || state == RunState::Queued)
        && let Err(error) = admit(services, key.0, WorkflowId(run.row.workflow_id)).await
    {
        // The admission loop looks again by itself.
        tracing::debug!(%error, "queued runs could not be admitted now");
    }
}
