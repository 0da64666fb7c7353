//! What an operation would do, found by doing it to a copy in memory.

use domain::access::Permission;
use domain::id::{RunId, TenantId};
use domain::run::{Effect, RunState, TaskState};

use super::{Operation, apply, authorised, names, possible};
use crate::Services;
use crate::ctx::OpCtx;
use crate::error::Result;
use crate::run::batch::Batch;
use crate::run::loaded::LoadedRun;

/// What an operation would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Tasks that would run, again or for the first time, now or after others.
    pub runs: Vec<String>,
    /// Tasks that would be ended while they are at work.
    pub stops: Vec<String>,
    /// Tasks that would not start any more, or that would end without being run.
    pub drops: Vec<String>,
    /// State of the run afterwards.
    pub state: RunState,
}

/// What an operation would do to a run; nothing is changed.
///
/// # Errors
/// As [`super::operate`], but it wants no reason.
pub async fn preview(
    services: &Services,
    ctx: &OpCtx,
    (tenant, id): (TenantId, RunId),
    operation: &Operation,
) -> Result<Preview> {
    let row = authorised(services, ctx, tenant, id, Permission::RunOperate).await?;
    possible(services, ctx, &row, operation).await?;
    let db = services.store().read();
    let mut run = LoadedRun::load(services, db, tenant, id).await?;
    run.learn_claims(services, db, &mut Batch::default()).await?;
    let before: Vec<TaskState> = run.machine.tasks().iter().map(|task| task.state).collect();
    let (_, effects) = apply(&mut run, &mut Batch::default(), operation, ctx, "preview")?;
    Ok(found(&run, &before, &effects))
}

fn found(run: &LoadedRun, before: &[TaskState], effects: &[Effect]) -> Preview {
    let was = |task: usize| before.get(task).copied().unwrap_or(TaskState::Pending);
    let started = |task: u32| effects.iter().any(|it| matches!(it, Effect::Enqueue { task: at, .. } if *at == task));
    let stopped = |task: u32| effects.iter().any(|it| matches!(it, Effect::Kill { task: at } if *at == task));
    let (mut runs, mut stops, mut drops) = (Vec::new(), Vec::new(), Vec::new());
    for (index, task) in run.machine.tasks().iter().enumerate() {
        let ordinal = index as u32;
        let reopened = was(index).is_final() && !task.state.is_final();
        if stopped(ordinal) {
            stops.push(ordinal);
        } else if reopened || started(ordinal) {
            runs.push(ordinal);
        } else if !was(index).is_final() && task.state.is_final() && task.state != TaskState::Succeeded {
            drops.push(ordinal);
        }
    }
    let named = |tasks: &[u32]| names(run, tasks);
    Preview { runs: named(&runs), stops: named(&stops), drops: named(&drops), state: run.machine.state() }
}
