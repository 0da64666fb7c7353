//! What must hold between the tables at any time.

use crate::cluster::Cluster;

/// Each query finds what must not be.
const NEVER: [(&str, &str); 15] = [
    (
        "a held task without a job",
        "SELECT t.* FROM task_run t LEFT JOIN job j ON j.run_id = t.run_id AND j.ordinal = t.ordinal \
         WHERE t.state IN ('claimed', 'running') AND j.run_id IS NULL",
    ),
    (
        "a task that may start without a job or a wait",
        "SELECT t.*, r.state AS run_state FROM task_run t JOIN run r ON r.id = t.run_id \
         LEFT JOIN job j ON j.run_id = t.run_id AND j.ordinal = t.ordinal \
         LEFT JOIN wait w ON w.run_id = t.run_id AND w.ordinal = t.ordinal AND w.kind <> 'orphan' \
         WHERE t.state IN ('ready', 'retry_wait') AND t.held IS NOT TRUE AND r.state <> 'paused' \
         AND j.run_id IS NULL AND w.run_id IS NULL",
    ),
    (
        "a waiting job of a task or run that is halted",
        "SELECT j.*, t.held, r.state AS run_state FROM job j JOIN run r ON r.id = j.run_id \
         JOIN task_run t ON j.run_id = t.run_id AND j.ordinal = t.ordinal \
         WHERE j.state IN (0, 2, 3) AND (t.held IS TRUE OR r.state = 'paused')",
    ),
    (
        "a job without an open task",
        "SELECT j.*, t.state AS task_state FROM job j LEFT JOIN task_run t ON j.run_id = t.run_id AND j.ordinal = t.ordinal \
         WHERE t.state IS NULL OR t.state NOT IN ('ready', 'retry_wait', 'claimed', 'running')",
    ),
    (
        "a waiting job of a held task",
        "SELECT j.*, t.state AS task_state FROM job j JOIN task_run t ON j.run_id = t.run_id AND j.ordinal = t.ordinal \
         WHERE j.state IN (0, 2, 3) AND t.state IN ('claimed', 'running')",
    ),
    (
        "a fence behind the epoch",
        "SELECT j.*, t.epoch FROM job j JOIN task_run t ON j.run_id = t.run_id AND j.ordinal = t.ordinal \
         WHERE j.fence < t.epoch",
    ),
    (
        "a held job that nobody holds",
        "SELECT * FROM job WHERE state IN (1, 4) AND (node_id IS NULL OR lease_until_ms IS NULL OR claim_token IS NULL)",
    ),
    (
        "a task that waits for nothing",
        "SELECT t.* FROM task_run t WHERE t.state = 'waiting' \
         AND NOT EXISTS (SELECT 1 FROM wait w WHERE w.run_id = t.run_id AND w.ordinal = t.ordinal AND w.kind <> 'orphan') \
         AND NOT EXISTS (SELECT 1 FROM task_run i WHERE i.run_id = t.run_id AND i.parent = t.ordinal AND i.state NOT IN \
         ('succeeded', 'failed', 'skipped', 'upstream_failed', 'stopped', 'timed_out'))",
    ),
    (
        "a wait without a task",
        "SELECT w.*, t.state AS task_state FROM wait w LEFT JOIN task_run t ON w.run_id = t.run_id AND w.ordinal = t.ordinal \
         WHERE w.ordinal >= 0 AND w.kind <> 'orphan' AND (t.state IS NULL OR t.state NOT IN ('ready', 'retry_wait', 'waiting'))",
    ),
    (
        "an ended run with an open task",
        "SELECT t.* FROM run r JOIN task_run t ON t.run_id = r.id \
         WHERE r.state IN ('succeeded', 'failed', 'stopped', 'skipped') AND t.state NOT IN \
         ('succeeded', 'failed', 'skipped', 'upstream_failed', 'stopped', 'timed_out')",
    ),
    (
        "a run under way without an open task",
        "SELECT r.* FROM run r WHERE r.state IN ('running', 'paused', 'waiting_approval') \
         AND NOT EXISTS (SELECT 1 FROM task_run t WHERE t.run_id = r.id \
         AND t.state NOT IN ('succeeded', 'failed', 'skipped', 'upstream_failed', 'stopped', 'timed_out'))",
    ),
    (
        "an ended run that keeps its slot",
        "SELECT * FROM run WHERE active_slot IS NOT NULL AND state IN ('succeeded', 'failed', 'stopped', 'skipped')",
    ),
    (
        "more slots taken than a limit has",
        "SELECT l.name, l.slots, SUM(s.weight) AS taken FROM concurrency_limit l \
         JOIN limit_slot s ON s.tenant_id = l.tenant_id AND s.name = l.name GROUP BY l.name, l.slots HAVING taken > l.slots",
    ),
    (
        "a slot of a job that nobody holds",
        "SELECT s.*, j.state AS job_state, j.fence AS job_fence FROM limit_slot s \
         LEFT JOIN job j ON j.run_id = s.run_id AND j.ordinal = s.ordinal \
         WHERE j.run_id IS NULL OR j.state NOT IN (1, 4) OR j.fence <> s.fence",
    ),
    (
        "a run whose counts are wrong",
        "SELECT r.* FROM run r WHERE r.task_running <> (SELECT COUNT(*) FROM task_run t WHERE t.run_id = r.id \
         AND t.state IN ('claimed', 'running')) OR r.task_ok <> (SELECT COUNT(*) FROM task_run t WHERE t.run_id = r.id \
         AND t.state IN ('succeeded', 'skipped'))",
    ),
];

/// Looks for what must not be.
pub(super) fn check(cluster: &Cluster) {
    for (what, sql) in NEVER {
        if let Some(row) = cluster.world.database.select(sql).first() {
            cluster.world.violation(format!("{what}: {row}"));
        }
    }
}
