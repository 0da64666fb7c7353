//! What an attempt is given must be what the tasks before it left, also when another node has the newer state.

use engine::executor::Invocation;

use crate::world::World;

/// Holds a script (`t0=token;t1=-`) against the outputs in the database.
pub(crate) fn check(world: &World, invocation: &Invocation, script: &str) {
    let run = invocation.key.run.0;
    let early = script.starts_with("early=");
    let sql = format!("SELECT name, state, outputs_json FROM task_run WHERE run_id = {run}");
    let tasks = world.database.select(&sql);
    for (name, given) in script.trim().split(';').filter_map(|part| part.split_once('=')) {
        let Some(task) = tasks.iter().find(|task| task["name"] == name) else { continue };
        let outputs: serde_json::Value =
            serde_json::from_str(task["outputs_json"].as_str().unwrap_or("{}")).expect("JSON");
        let left = outputs["token"].as_str().unwrap_or("-");
        // A task that need not wait for it may have been prepared just before it ended.
        if given != left && !(early && given == "-") {
            world.violation(format!(
                "{} of run {run} was given {given:?} of {name}, which left {left:?}",
                invocation.task
            ));
        }
    }
}
