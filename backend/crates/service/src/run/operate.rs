//! What people do to runs: stop, repeat, decide about lost tasks. Each is one transaction with its audit event.

use domain::access::Permission;
use domain::error::ErrorCode;
use domain::id::{RunId, TenantId};
use domain::run::{LostDecision, Reason, Refused, RerunRefused, RerunScope, RunEvent};
use store::{job, run};

use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};
use crate::run::batch::Batch;
use crate::run::loaded::LoadedRun;
use crate::run::start::{admit, invalid, scope_of};

/// Longest reason a person gives.
const REASON_LENGTH: usize = 1000;

/// What a stop came to.
#[derive(Clone, Debug)]
pub enum Stopped {
    /// The run stops: its workers end what they hold.
    Stopping(run::Row),
    /// It had ended before; nothing changed.
    AlreadyFinished(run::Row),
}

/// Stops a run: waiting tasks at once, held ones as soon as their workers have ended them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`]; [`Error::Invalid`] without a reason.
pub async fn stop(services: &Services, ctx: &OpCtx, tenant: TenantId, id: RunId, why: &str) -> Result<Stopped> {
    let entry = entry(tenant, id, "run.stop", why);
    audit::attempt(services, ctx, entry.clone(), async {
        let reason = by_person(ctx, why)?;
        let before = authorised(services, ctx, tenant, id, Permission::RunOperate).await?;
        let (before, reason, entry) = (&before, &reason, &entry);
        let stopped: Result<Option<LoadedRun>, Error> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    let mut run = LoadedRun::load(services, tx, tenant, id).await?;
                    if run.machine.state().is_final() {
                        return Ok(None);
                    }
                    let held = job::withdraw(tx, tenant, id).await?.into_iter().map(|ordinal| ordinal as u32).collect();
                    let event = RunEvent::StopRequested { held, reason: reason.clone() };
                    run.step(event, ctx.now_ms).map_err(refused)?;
                    let mut batch = Batch::default();
                    batch.save(&mut run, ctx.now_ms);
                    batch.write(tx).await?;
                    audit::record(tx, ctx, &done(entry, before, &run)).await?;
                    Ok(Some(run))
                })
            })
            .await;
        let Some(run) = stopped? else {
            let row = run::find(services.store().read(), tenant, id).await?.ok_or(Error::NotFound { kind: "run" })?;
            return Ok(Stopped::AlreadyFinished(row));
        };
        services.hints().stops.notify_one();
        after_change(services, &run).await?;
        Ok(Stopped::Stopping(run.row))
    })
    .await
}

/// The names of the tasks that [`rerun`] would do again.
///
/// # Errors
/// As [`rerun`].
pub async fn rerun_preview(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: RunId,
    scope: &RerunScope,
) -> Result<Vec<String>> {
    authorised(services, ctx, tenant, id, Permission::RunOperate).await?;
    let run = LoadedRun::load(services, services.store().read(), tenant, id).await?;
    let again = run.machine.rerun_tasks(scope).map_err(rerun_refused)?;
    Ok(names(&run, &again))
}

/// Does a finished run, or a part of it, again under a new generation; gives the run and the names of the tasks.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`], [`Error::Invalid`] without a reason or for an unknown task;
/// [`Error::Refused`] when the run has not ended or nothing failed.
pub async fn rerun(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: RunId,
    scope: &RerunScope,
    why: &str,
) -> Result<(run::Row, Vec<String>)> {
    let entry = entry(tenant, id, "run.rerun", why);
    audit::attempt(services, ctx, entry.clone(), async {
        by_person(ctx, why)?;
        let before = authorised(services, ctx, tenant, id, Permission::RunOperate).await?;
        let (before, entry) = (&before, &entry);
        let again: Result<(LoadedRun, Vec<String>), Error> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    let mut run = LoadedRun::load(services, tx, tenant, id).await?;
                    let again = run.machine.rerun(scope).map_err(rerun_refused)?;
                    let mut batch = Batch::default();
                    match run.definition.max_active_runs() {
                        Some(max_active_runs) => run.machine.wait(Reason::WaitsForSlot { max_active_runs }),
                        None => {
                            let effects = run.step(RunEvent::Begun, ctx.now_ms).map_err(refused)?;
                            batch.enqueue(services, &mut run, &effects, ctx.now_ms, None);
                        }
                    }
                    batch.save(&mut run, ctx.now_ms);
                    batch.write(tx).await?;
                    let names = names(&run, &again);
                    let after = serde_json::json!({ "generation": run.machine.generation(), "tasks": names });
                    audit::record(tx, ctx, &done(entry, before, &run).after(after)).await?;
                    Ok((run, names))
                })
            })
            .await;
        let (run, names) = again?;
        after_change(services, &run).await?;
        let row = run::find(services.store().read(), tenant, id).await?.unwrap_or(run.row);
        Ok((row, names))
    })
    .await
}

/// Decides about a task whose worker was lost.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`], [`Error::Invalid`] without a reason; [`Error::Refused`] when the task is
/// not lost.
pub async fn resolve_lost(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    (id, ordinal): (RunId, i32),
    decision: LostDecision,
    why: &str,
) -> Result<run::Row> {
    let entry = entry(tenant, id, "task.resolve_lost", why);
    audit::attempt(services, ctx, entry.clone(), async {
        let reason = by_person(ctx, why)?;
        let before = authorised(services, ctx, tenant, id, Permission::RunOperate).await?;
        let (before, reason, entry) = (&before, &reason, &entry);
        let resolved: Result<LoadedRun, Error> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    let mut run = LoadedRun::load(services, tx, tenant, id).await?;
                    let task = u32::try_from(ordinal).map_err(|_| Error::NotFound { kind: "task" })?;
                    let event = RunEvent::LostResolved { task, decision, reason: reason.clone() };
                    let effects = run.step(event, ctx.now_ms).map_err(refused)?;
                    let mut batch = Batch::default();
                    batch.enqueue(services, &mut run, &effects, ctx.now_ms, None);
                    batch.save(&mut run, ctx.now_ms);
                    batch.write(tx).await?;
                    let task = &run.definition.plan.tasks[task as usize].name;
                    let after = serde_json::json!({ "task": task, "decision": decision });
                    audit::record(tx, ctx, &done(entry, before, &run).after(after)).await?;
                    Ok(run)
                })
            })
            .await;
        let run = resolved?;
        after_change(services, &run).await?;
        Ok(run.row)
    })
    .await
}

/// Hints that follow the commit of a person's act.
async fn after_change(services: &Services, run: &LoadedRun) -> Result<()> {
    // What is cached is out of date now.
    services.runs().take(run.key());
    services.hints().run_changed(run.key());
    services.hints().jobs.notify_one();
    if run.definition.max_active_runs().is_some() {
        admit(services, run.key().0, run.row.workflow_id.into()).await?;
    }
    Ok(())
}

/// The run, if the actor may do this to it.
pub(crate) async fn authorised(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: RunId,
    permission: Permission,
) -> Result<run::Row> {
    let kind = "run";
    let row = run::find(services.store().read(), tenant, id).await?;
    // The permission is asked for also where there is no run, so that both answers take the same way.
    let Some(row) = row else {
        ctx.account()?;
        return Err(Error::NotFound { kind });
    };
    ctx.require(services, permission, scope_of(&row)).await.map_err(|error| error.or_not_found(kind))?;
    Ok(row)
}

/// The audit entry of an act on a run that is done.
fn done(entry: &AuditEntry, before: &run::Row, run: &LoadedRun) -> AuditEntry {
    let state = |state: &str, generation: i32| serde_json::json!({ "state": state, "generation": generation });
    entry
        .clone()
        .name(&run.definition.name)
        .before(state(&before.state, before.generation))
        .after(state(&run.row.state, run.row.generation))
}

fn entry(tenant: TenantId, id: RunId, action: &'static str, why: &str) -> AuditEntry {
    AuditEntry::new(tenant, action, "run").id(id).reason(Some(why.to_owned()))
}

fn by_person(ctx: &OpCtx, why: &str) -> Result<Reason> {
    let why = why.trim();
    if why.is_empty() || why.chars().count() > REASON_LENGTH {
        let text = Text::new("Say why, in 1 to 1,000 characters.", "请填写原因（1 到 1000 个字符）。");
        return Err(Error::invalid("reason", text));
    }
    Ok(Reason::ByPerson { who: ctx.actor.name().to_owned(), why: Some(why.to_owned()) })
}

fn names(run: &LoadedRun, tasks: &[u32]) -> Vec<String> {
    tasks.iter().map(|task| run.definition.plan.tasks[*task as usize].name.clone()).collect()
}

fn refused(refused: Refused) -> Error {
    let text = match refused {
        Refused::RunFinal => Text::new("The run has ended already.", "该实例已结束。"),
        Refused::AlreadyBegun => Text::new("The run has begun already.", "该实例已开始。"),
        Refused::NotLost => Text::new("The task is not lost.", "该任务未处于失联状态。"),
        Refused::NoSuchTask => return Error::NotFound { kind: "task" },
        Refused::StaleEpoch => return store::Error::Stale.into(),
    };
    Error::refused(ErrorCode::RunFinished, text)
}

fn rerun_refused(refused: RerunRefused) -> Error {
    let text = match refused {
        RerunRefused::NotFinal => Text::new("The run has not ended yet; stop it first.", "该实例尚未结束，请先停止。"),
        RerunRefused::Skipped => Text::new("The run was skipped; start a new one.", "该实例被跳过，请启动新的实例。"),
        RerunRefused::NothingFailed => Text::new("No task of the run ended badly.", "该实例没有失败的任务。"),
        RerunRefused::NoSuchTask(name) => {
            let text = Text::new(format!("The run has no task “{name}”."), format!("该实例没有任务“{name}”。"));
            return invalid("task", ErrorCode::NotFound, text);
        }
    };
    Error::refused(ErrorCode::InvalidInput, text)
}
