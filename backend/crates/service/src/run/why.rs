//! Why a run or a task is where it is: what was recorded, and for what waits, what it waits for.

mod queue;

use domain::id::{RunId, TenantId};
use domain::run::{Reason, RunState, TaskState};
use store::{run, task_run};

use crate::Services;
use crate::ctx::OpCtx;
use crate::error::Result;
use crate::run::loaded::{LoadedRun, parse_json};

/// Why a run is where it is; `None` when it simply runs or ended well.
///
/// # Errors
/// [`crate::Error::Store`] when what is stored can't be read.
pub fn run_reason(row: &run::Row) -> Result<Option<Reason>> {
    parse_json(row.reason_json.as_deref(), "run", row.id)
}

/// What a run as a whole waits for; empty when it is at work or has ended.
///
/// # Errors
/// [`crate::Error::Store`] when what is stored can't be read.
pub fn run_waiting_reasons(row: &run::Row) -> Result<Vec<Reason>> {
    match RunState::parse(&row.state) {
        Some(RunState::Queued) => Ok(vec![run_reason(row)?.unwrap_or(Reason::Starting)]),
        Some(RunState::Paused) => Ok(vec![run_reason(row)?.unwrap_or(Reason::RunPaused)]),
        _ => Ok(Vec::new()),
    }
}

/// Why a task run is where it is; `None` when it simply runs or ended well. Never `None` for one that waits.
///
/// # Errors
/// As [`crate::run::find`]; the database's.
pub async fn task_reason(services: &Services, ctx: &OpCtx, row: &task_run::Row) -> Result<Option<Reason>> {
    let state = TaskState::parse(&row.state).unwrap_or_default();
    if state.is_final() || state.is_held() {
        return parse_json(row.reason_json.as_deref(), "task_run", row.run_id);
    }
    Ok(waiting_reasons(services, ctx, row).await?.into_iter().next())
}

/// Everything that a task run waits for, the nearest first; empty only for one that is at work or has ended.
///
/// # Errors
/// As [`crate::run::find`]; the database's.
pub async fn waiting_reasons(services: &Services, ctx: &OpCtx, row: &task_run::Row) -> Result<Vec<Reason>> {
    let (tenant, id) = (TenantId(row.tenant_id), RunId(row.run_id));
    let state = TaskState::parse(&row.state).unwrap_or_default();
    if state.is_final() || state.is_held() {
        return Ok(Vec::new());
    }
    let run_row = crate::run::find(services, ctx, tenant, id).await?;
    let recorded: Option<Reason> = parse_json(row.reason_json.as_deref(), "task_run", row.run_id)?;
    let mut reasons = Vec::new();
    // What halts the run or the task halts it whatever else it waits for.
    match RunState::parse(&run_row.state) {
        Some(RunState::Paused) => reasons.push(Reason::RunPaused),
        Some(RunState::Queued) => reasons.extend(run_reason(&run_row)?),
        _ => {}
    }
    if row.held == Some(true) {
        reasons.extend(recorded.clone());
    }
    match state {
        TaskState::Pending => reasons.extend(with_run(services, &run_row, |run| needs(run, row.ordinal)).await?),
        TaskState::RetryWait => {
            reasons.extend(row.retry_at_ms.map(|at_ms| Reason::WaitsForRetry { at_ms }));
            reasons.extend(recorded);
        }
        TaskState::Lost => reasons.extend(recorded),
        TaskState::Waiting => {
            let items = |run: &LoadedRun| run.machine.items(row.ordinal as u32);
            match with_run(services, &run_row, items).await? {
                Some(items) => reasons.push(Reason::WaitsForItems {
                    done: items.total - items.open,
                    under_way: items.under_way,
                    total: items.total,
                }),
                None => reasons.extend(crate::wait::seen(services, (tenant, id, row.ordinal)).await?),
            }
        }
        TaskState::Ready if reasons.is_empty() => reasons.extend(queue::reasons(services, row).await?),
        _ => {}
    }
    if reasons.is_empty() {
        reasons.push(Reason::Starting);
    }
    Ok(reasons)
}

/// Asks a run in memory, or reads it: one in memory may be older than its row, since another node did what was since.
async fn with_run<T>(services: &Services, row: &run::Row, ask: impl Fn(&LoadedRun) -> T) -> Result<T> {
    let (tenant, id) = (TenantId(row.tenant_id), RunId(row.id));
    let fresh = |run: &LoadedRun| (run.row.revision >= row.revision).then(|| ask(run));
    if let Some(answer) = services.runs().look((tenant, id), fresh).flatten() {
        return Ok(answer);
    }
    let run = LoadedRun::load(services, services.store().read(), tenant, id).await?;
    Ok(ask(&run))
}

/// What a pending task waits for within its run.
fn needs(run: &LoadedRun, ordinal: i32) -> Option<Reason> {
    let task_run = run.machine.tasks().get(ordinal as usize)?;
    if let Some(item) = &task_run.item {
        let items = run.machine.items(item.parent)?;
        let (done, under_way, total) = (items.total - items.open, items.under_way, items.total);
        return Some(Reason::WaitsForItems { done, under_way, total });
    }
    let plan = run.machine.plan();
    let task = plan.tasks.get(ordinal as usize)?;
    let open = task.needs.iter().filter(|need| !run.machine.tasks()[**need as usize].state.is_final());
    let tasks: Vec<String> = open.map(|need| plan.tasks[*need as usize].name.clone()).collect();
    match (tasks.is_empty(), task.handler) {
        (true, Some(_)) => Some(Reason::WaitsForEnd),
        (true, None) => None,
        (false, _) => Some(Reason::WaitsForTasks { tasks }),
    }
}
