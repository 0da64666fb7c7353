//! What people do to runs and their tasks. Each act has a preview, wants a reason, and is one transaction with its
//! audit event.

pub(super) mod approve;
pub(super) mod many;
pub(super) mod preview;

use domain::access::Permission;
use domain::error::ErrorCode;
use domain::id::{RunId, TenantId};
use domain::run::{Act, Effect, LostDecision, Mark, Reason, Refused, RerunRefused, RerunScope, RunState};
use domain::workflow::Priority;
use serde_json::{Map, Value, json};
use store::run;

use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};
use crate::run::batch::Batch;
use crate::run::change::change;
use crate::run::loaded::{LoadedRun, to_json};
use crate::run::start::{invalid, scope_of};

/// Something that a person does to a run or to one of its tasks (by its ordinal).
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Ends it: waiting tasks at once, running ones as soon as their workers have ended them.
    Stop,
    /// Halts it: what runs goes on, nothing new starts.
    Pause,
    /// Lets a paused run go on.
    Resume,
    /// Does it, or a part of it, again under a new generation.
    Rerun(RerunScope),
    /// Keeps a task from starting.
    Hold(i32),
    /// Lets a held task start.
    Release(i32),
    /// Lets a task count as done, or as not needed.
    Mark(i32, Mark),
    /// Decides about a task whose worker was lost.
    ResolveLost(i32, LostDecision),
    /// Gives it another rank among waiting work.
    SetPriority(Priority),
    /// Gives parameters new values, for what has not started yet.
    SetParams(Map<String, Value>),
}

impl Operation {
    /// The action as the audit trail spells it.
    fn action(&self) -> &'static str {
        match self {
            Self::Stop => "run.stop",
            Self::Pause => "run.pause",
            Self::Resume => "run.resume",
            Self::Rerun(_) => "run.rerun",
            Self::SetPriority(_) => "run.set_priority",
            Self::SetParams(_) => "run.set_params",
            Self::Hold(_) => "task.hold",
            Self::Release(_) => "task.release",
            Self::Mark(_, Mark::Succeeded) => "task.mark_succeeded",
            Self::Mark(_, Mark::Skipped) => "task.skip",
            Self::ResolveLost(..) => "task.resolve_lost",
        }
    }
}

/// What an operation did.
#[derive(Clone, Debug)]
pub struct Done {
    /// The run afterwards.
    pub run: run::Row,
    /// The tasks that are done again.
    pub again: Vec<String>,
}

/// What became of an operation.
#[derive(Clone, Debug)]
pub enum Operated {
    /// It is done.
    Done(Done),
    /// The run had ended before; nothing changed.
    AlreadyFinished(run::Row),
}

/// Does something to a run.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`]; [`Error::Invalid`] without a reason or for what is not there;
/// [`Error::Refused`] when the operation does not fit the state; [`Error::Conflict`] when it keeps changing.
pub async fn operate(
    services: &Services,
    ctx: &OpCtx,
    (tenant, id): (TenantId, RunId),
    operation: &Operation,
    why: &str,
) -> Result<Operated> {
    let entry = AuditEntry::new(tenant, operation.action(), "run").id(id).reason(Some(why.to_owned()));
    audit::attempt(services, ctx, entry.clone(), async {
        let why = reason(why)?;
        let before = authorised(services, ctx, tenant, id, Permission::RunOperate).await?;
        if *operation == Operation::Stop && RunState::parse(&before.state).is_some_and(RunState::is_final) {
            return Ok(Operated::AlreadyFinished(before));
        }
        possible(services, ctx, &before, operation).await?;
        let decide = |run: &mut LoadedRun, batch: &mut Batch| apply(run, batch, operation, ctx, why);
        let audited = |run: &LoadedRun, again: &Vec<String>| done(&entry, &before, run, operation, again);
        let (run, again) = change(services, ctx, (tenant, id), &decide, Some(&audited)).await?;
        let row = run::find(services.store().read(), tenant, id).await?.unwrap_or(run.row);
        Ok(Operated::Done(Done { run: row, again }))
    })
    .await
}

/// Whether the operation's workflow allows it: nothing of a deleted one is done again.
async fn possible(services: &Services, ctx: &OpCtx, row: &run::Row, operation: &Operation) -> Result<()> {
    let ended = RunState::parse(&row.state).is_some_and(RunState::is_final);
    if matches!(operation, Operation::Rerun(_)) || ended && matches!(operation, Operation::Mark(..)) {
        let (tenant, workflow) = (TenantId(row.tenant_id), row.workflow_id.into());
        crate::workflow::changeable(services, ctx, tenant, workflow, Permission::RunOperate).await?;
    }
    Ok(())
}

/// Applies an operation to a run in memory; gives the tasks that are done again, and what the run asks for.
fn apply(
    run: &mut LoadedRun,
    batch: &mut Batch,
    operation: &Operation,
    ctx: &OpCtx,
    why: &str,
) -> Result<(Vec<String>, Vec<Effect>)> {
    let by = || Reason::ByPerson { who: ctx.actor.name().to_owned(), why: Some(why.to_owned()) };
    let task = |ordinal: i32| u32::try_from(ordinal).map_err(|_| Error::NotFound { kind: "task" });
    let act = match operation {
        Operation::Stop => Act::Stop { reason: by() },
        Operation::Pause => Act::Pause { reason: by() },
        Operation::Resume => Act::Resume,
        Operation::Hold(ordinal) => {
            let reason = Reason::HeldBy { who: ctx.actor.name().to_owned(), why: Some(why.to_owned()) };
            Act::Hold { task: task(*ordinal)?, reason }
        }
        Operation::Release(ordinal) => Act::Release { task: task(*ordinal)? },
        Operation::Mark(ordinal, mark) => Act::Mark { task: task(*ordinal)?, mark: *mark, reason: by() },
        Operation::ResolveLost(ordinal, decision) => {
            Act::ResolveLost { task: task(*ordinal)?, decision: *decision, reason: by() }
        }
        Operation::Rerun(scope) => return rerun(run, batch, scope, ctx),
        // What a run was done with is history once it has ended.
        Operation::SetPriority(_) | Operation::SetParams(_) if run.machine.state().is_final() => {
            return Err(refused(Refused::RunFinal));
        }
        Operation::SetPriority(priority) => {
            run.row.priority = priority.level();
            batch.rank_anew(run);
            return Ok((Vec::new(), Vec::new()));
        }
        Operation::SetParams(params) => {
            set_params(run, params)?;
            return Ok((Vec::new(), Vec::new()));
        }
    };
    let queued = run.machine.state() == RunState::Queued;
    let mut effects = run.act(act, ctx.now_ms).map_err(refused)?;
    if !queued && run.machine.state() == RunState::Queued {
        effects.extend(begin_again(run, batch, ctx)?);
    }
    Ok((Vec::new(), effects))
}

/// Does a part of a run again; gives the tasks, and what the run asks for.
pub(crate) fn rerun(
    run: &mut LoadedRun,
    batch: &mut Batch,
    scope: &RerunScope,
    ctx: &OpCtx,
) -> Result<(Vec<String>, Vec<Effect>)> {
    let (again, effects) = run.rerun(scope, ctx.now_ms).map_err(rerun_refused)?;
    let names = names(run, &again);
    if run.machine.state() == RunState::Queued {
        return Ok((names, begin_again(run, batch, ctx)?));
    }
    Ok((names, effects))
}

/// A run that had ended and is queued again begins at once, or when it has its place among the active ones.
fn begin_again(run: &mut LoadedRun, batch: &mut Batch, ctx: &OpCtx) -> Result<Vec<Effect>> {
    if run.definition.max_active_runs().is_some() {
        run.wait_for_place();
        return Ok(Vec::new());
    }
    run.begin(batch, ctx.now_ms).map_err(refused)
}

fn set_params(run: &mut LoadedRun, params: &Map<String, Value>) -> Result<()> {
    let old = crate::run::loaded::parse_json::<Map<String, Value>>(run.row.params_json.as_deref(), "run", run.row.id)?;
    let mut given = old.unwrap_or_default();
    given.extend(params.clone());
    let values = run.definition.params(&given, &run.around.project)?;
    run.row.params_json = (!values.is_empty()).then(|| to_json(&values));
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

/// The audit entry of an operation that is done.
fn done(entry: &AuditEntry, before: &run::Row, run: &LoadedRun, operation: &Operation, again: &[String]) -> AuditEntry {
    let task = |ordinal: &i32| run.machine.planned(*ordinal as u32).name.clone();
    let item = |ordinal: &i32| run.machine.tasks()[*ordinal as usize].item.as_ref().map(|item| item.index);
    let mut before_json = json!({ "state": before.state, "generation": before.generation });
    let mut after = json!({ "state": run.row.state, "generation": run.row.generation });
    match operation {
        Operation::Hold(at) | Operation::Release(at) | Operation::Mark(at, _) | Operation::ResolveLost(at, _) => {
            after["task"] = task(at).into();
            if let Some(item) = item(at) {
                after["item"] = item.into();
            }
        }
        Operation::SetPriority(priority) => {
            before_json["priority"] = before.priority.into();
            after["priority"] = json!(priority);
        }
        Operation::SetParams(_) => {
            before_json["params"] = json!(before.params_json);
            after["params"] = json!(run.row.params_json);
        }
        Operation::Rerun(_) => after["tasks"] = json!(again),
        Operation::Stop | Operation::Pause | Operation::Resume => {}
    }
    if let Operation::ResolveLost(_, decision) = operation {
        after["decision"] = json!(decision);
    }
    entry.clone().name(&run.definition.name).before(before_json).after(after)
}

/// A reason as a person gave it.
pub(crate) fn reason(why: &str) -> Result<&str> {
    Error::reason_given(why)
}

/// The names of tasks; items by the task and their number.
pub(crate) fn names(run: &LoadedRun, tasks: &[u32]) -> Vec<String> {
    let name = |task: &u32| {
        let name = &run.machine.planned(*task).name;
        let item = run.machine.tasks()[*task as usize].item.as_ref();
        item.map_or_else(|| name.clone(), |item| format!("{name}[{}]", item.index))
    };
    tasks.iter().map(name).collect()
}

pub(crate) fn refused(refused: Refused) -> Error {
    let (code, text) = match refused {
        Refused::RunFinal => (ErrorCode::RunFinished, Text::new("The run has ended already.", "该实例已结束。")),
        Refused::AlreadyBegun => (ErrorCode::InvalidInput, Text::new("The run has begun already.", "该实例已开始。")),
        Refused::NotBegun => (ErrorCode::InvalidInput, Text::new("The run has not begun yet.", "该实例尚未开始。")),
        Refused::Stopping => (ErrorCode::InvalidInput, Text::new("The run is stopping.", "该实例正在停止。")),
        Refused::Paused => (ErrorCode::InvalidInput, Text::new("The run is paused already.", "该实例已暂停。")),
        Refused::NotPaused => (ErrorCode::InvalidInput, Text::new("The run is not paused.", "该实例未暂停。")),
        Refused::NotLost => (ErrorCode::RunFinished, Text::new("The task is not lost.", "该任务未处于失联状态。")),
        Refused::Held => (ErrorCode::InvalidInput, Text::new("The task is held already.", "该任务已挂起。")),
        Refused::NotHeld => (ErrorCode::InvalidInput, Text::new("The task is not held.", "该任务未挂起。")),
        Refused::AtWork => (
            ErrorCode::InvalidInput,
            Text::new("The task is at work; stop the run first, or wait.", "任务正在执行，请先停止实例或等待。"),
        ),
        Refused::Decided => (ErrorCode::InvalidInput, Text::new("The task has ended already.", "该任务已结束。")),
        Refused::NoSuchTask => return Error::NotFound { kind: "task" },
        Refused::StaleEpoch => return store::Error::Stale.into(),
    };
    Error::refused(code, text)
}

fn rerun_refused(refused: RerunRefused) -> Error {
    let text = match refused {
        RerunRefused::NotFinal => Text::new("The run has not begun, or is stopping.", "该实例尚未开始或正在停止。"),
        RerunRefused::UnderWay(name) => Text::new(
            format!("Task “{name}” is under way; stop the run first, or wait."),
            format!("任务“{name}”正在进行，请先停止实例或等待。"),
        ),
        RerunRefused::Skipped => Text::new("The run was skipped; start a new one.", "该实例被跳过，请启动新的实例。"),
        RerunRefused::NothingFailed => Text::new("No task of the run ended badly.", "该实例没有失败的任务。"),
        RerunRefused::NoSuchTask(name) => {
            let text = Text::new(format!("The run has no task “{name}”."), format!("该实例没有任务“{name}”。"));
            return invalid("task", ErrorCode::NotFound, text);
        }
    };
    Error::refused(ErrorCode::InvalidInput, text)
}
