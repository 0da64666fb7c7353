//! Rest: every run has ended, no job is left, no body runs.

use crate::cluster::Cluster;

const OPEN: &str =
    "SELECT id, state, reason_json FROM run WHERE state NOT IN ('succeeded', 'failed', 'stopped', 'skipped')";
const FIRING: &str = "SELECT id, next_fire_ms FROM schedule WHERE next_fire_ms IS NOT NULL";

/// Whether everything has come to rest.
pub(crate) fn reached(cluster: &Cluster) -> bool {
    let database = &cluster.world.database;
    let over = |sql: &str| database.select(sql).is_empty();
    // Others look and tidy up again and again.
    !cluster.book().open.values().any(|name| matches!(*name, "start" | "save" | "turn_off" | "rerun" | "delete"))
        && over(OPEN)
        && over("SELECT run_id FROM job")
        && over("SELECT run_id FROM wait")
        && over(FIRING)
        && cluster.world.ledger.all().iter().all(|body| body.how.is_some() || body.disturbed)
}

/// What has not come to rest.
pub(crate) fn left(cluster: &Cluster) -> String {
    let database = &cluster.world.database;
    let bodies: Vec<_> = cluster.world.ledger.all().into_iter().filter(|body| body.how.is_none()).collect();
    format!(
        "clients {:?}; runs {:?}; jobs {:?}; waits {:?}; tasks {:?}; schedules {:?}; bodies {bodies:?}",
        cluster.book().open,
        database.select(OPEN),
        database.select("SELECT * FROM job"),
        database.select("SELECT * FROM wait"),
        database.select(
            "SELECT * FROM task_run WHERE state IN ('ready', 'retry_wait', 'claimed', 'running', 'lost', 'waiting')"
        ),
        database.select(FIRING),
    )
}
