//! Why a run or a task is where it is: what was recorded, and for what waits, what it waits for.

use domain::id::{RunId, TenantId};
use domain::run::{Reason, TaskState};
use store::{job, run, task_run};

use crate::Services;
use crate::ctx::OpCtx;
use crate::error::Result;
use crate::run::loaded::{LoadedRun, parse_json};

/// Most jobs that are counted ahead of one.
const MOST_AHEAD: u64 = 1_000;

/// Why a run is where it is; `None` when it simply runs or ended well.
///
/// # Errors
/// [`crate::Error::Store`] when what is stored can't be read.
pub fn run_reason(row: &run::Row) -> Result<Option<Reason>> {
    parse_json(row.reason_json.as_deref(), "run", row.id)
}

/// Why a task run is where it is; `None` when it simply runs or ended well. Never `None` for one that waits.
///
/// # Errors
/// As [`crate::run::find`]; the database's.
pub async fn task_reason(services: &Services, ctx: &OpCtx, row: &task_run::Row) -> Result<Option<Reason>> {
    let (tenant, run) = (TenantId(row.tenant_id), RunId(row.run_id));
    match TaskState::parse(&row.state) {
        Some(TaskState::Pending) => {
            crate::run::find(services, ctx, tenant, run).await?;
            if let Some(tasks) = services.runs().look((tenant, run), |run| open_needs(run, row.ordinal)) {
                return Ok(Some(Reason::WaitsForTasks { tasks }));
            }
            let loaded = LoadedRun::load(services, services.store().read(), tenant, run).await?;
            // A run that waits for its turn is why all of its tasks do.
            match run_reason(&loaded.row)? {
                Some(reason @ Reason::WaitsForSlot { .. }) => Ok(Some(reason)),
                _ => Ok(Some(Reason::WaitsForTasks { tasks: open_needs(&loaded, row.ordinal) })),
            }
        }
        Some(TaskState::Ready) => {
            let Some(job) = job::find(services.store().read(), tenant, run, row.ordinal).await? else {
                return Ok(None);
            };
            let ahead = job::count_ahead(services.store().read(), &job, MOST_AHEAD).await?;
            Ok(Some(Reason::WaitsForWorker { pool: job.pool, ahead }))
        }
        _ => parse_json(row.reason_json.as_deref(), "task_run", row.run_id),
    }
}

/// The names of the tasks that a task needs and that have not ended.
fn open_needs(run: &LoadedRun, ordinal: i32) -> Vec<String> {
    let plan = &run.definition.plan;
    let Some(task) = plan.tasks.get(ordinal as usize) else { return Vec::new() };
    let open = task.needs.iter().filter(|need| !run.machine.tasks()[**need as usize].state.is_final());
    open.map(|need| plan.tasks[*need as usize].name.clone()).collect()
}
