//! Whatever waits can say why, and what it says is so.

use domain::error::Lang;
use domain::run::Reason;
use serde_json::Value;
use service::run::TaskRow;

use crate::check::{is_final_task, text};
use crate::cluster::Cluster;

/// Runs that wait for their turn, and schedules that don't fire, have a reason in their row.
pub(super) fn check_runs(cluster: &Cluster) {
    let mute = [
        "SELECT id, state FROM run WHERE state = 'queued' AND reason_json IS NULL",
        "SELECT id, state FROM schedule WHERE state <> 'active' AND state <> 'ended' AND state_reason IS NULL",
        "SELECT run_id, ordinal, state FROM task_run WHERE state = 'lost' AND reason_json IS NULL",
        // One that was kept from starting meanwhile has its instant alone.
        "SELECT run_id, ordinal, state FROM task_run WHERE state = 'retry_wait' AND retry_at_ms IS NULL",
        "SELECT schedule_id, instant_ms FROM schedule_fire WHERE run_id IS NULL AND reason_json IS NULL",
    ];
    for sql in mute {
        if let Some(row) = cluster.world.database.select(sql).first() {
            cluster.world.violation(format!("it waits and says nothing: {row}"));
        }
    }
}

/// Holds what was told of a task against its run, neither of which has changed meanwhile.
pub(crate) fn check(cluster: &Cluster, run: &Value, task: &TaskRow, told: Option<&Reason>) {
    let world = &cluster.world;
    let name = format!("{}.{} ({} in {})", task.run_id, task.ordinal, task.state, text(run, "state"));
    let Some(reason) = told else {
        if matches!(task.state.as_str(), "pending" | "ready" | "retry_wait" | "lost" | "waiting") {
            world.violation(format!("{name} waits and says nothing"));
        }
        return;
    };
    if [Lang::En, Lang::Zh].iter().any(|lang| reason.text(*lang).chars().count() < 4) {
        world.violation(format!("{name} says next to nothing: {reason:?}"));
    }
    let Reason::WaitsForTasks { tasks } = reason else { return };
    let rows = world.database.select(&format!("SELECT name, state FROM task_run WHERE run_id = {}", task.run_id));
    let open =
        |name: &String| rows.iter().any(|row| row["name"] == name.as_str() && !is_final_task(text(row, "state")));
    if tasks.is_empty() || !tasks.iter().all(open) {
        world.violation(format!("{name} waits for {tasks:?}, of which some have ended: {rows:?}"));
    }
}
