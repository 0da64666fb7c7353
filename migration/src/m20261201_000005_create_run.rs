//! Runs, task runs, attempts, the hot job table and logs.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(engine: DbBackend) -> Vec<Step> {
    [run(), task_run(engine), attempt(), job(), log_chunk()].concat()
}

fn run() -> Vec<Step> {
    vec![
        table(
            "run",
            &["tenant_id", "id"],
            vec![
                big("tenant_id"),
                big("id"),
                big("project_id"),
                big("workflow_id"),
                int("version"),
                civil_date("business_date"),
                name("cause", 16),
                null(big("schedule_id")),
                null(big("fire_ms")),
                name("state", 20),
                big("revision"),
                int("generation"),
                int("priority"),
                null(text("params_json")),
                null(name("idem_key", 100)),
                null(int("active_slot")),
                flag("stop_requested"),
                null(text("reason_json")),
                int("task_total"),
                int("task_ok"),
                int("task_failed"),
                int("task_running"),
                big("created_ms"),
                null(big("started_ms")),
                null(big("finished_ms")),
                big("changed_ms"),
                null(big("created_by")),
                null(name("created_by_name", 100)),
            ],
        ),
        unique("ux_run_1", "run", &["tenant_id", "workflow_id", "active_slot"]),
        unique("ux_run_2", "run", &["tenant_id", "workflow_id", "idem_key"]),
        index("ix_run_1", "run", &["state", "tenant_id", "id"]),
        index("ix_run_2", "run", &["tenant_id", "workflow_id", "id"]),
        index("ix_run_3", "run", &["tenant_id", "project_id", "id"]),
        index("ix_run_4", "run", &["tenant_id", "business_date", "id"]),
        index("ix_run_5", "run", &["tenant_id", "changed_ms"]),
    ]
}

fn task_run(engine: DbBackend) -> Vec<Step> {
    vec![table(
        "task_run",
        &["tenant_id", "run_id", "ordinal"],
        vec![
            big("tenant_id"),
            big("run_id"),
            int("ordinal"),
            name("name", 100),
            name("kind", 32),
            name("state", 20),
            int("attempt"),
            int("earlier_attempts"),
            big("epoch"),
            int("generation"),
            big("revision"),
            null(big("ready_ms")),
            null(big("started_ms")),
            null(big("finished_ms")),
            null(big("retry_at_ms")),
            null(int("exit_code")),
            null(text("reason_json")),
            null(long_text(engine, "outputs_json")),
        ],
    )]
}

fn attempt() -> Vec<Step> {
    vec![table(
        "attempt",
        &["tenant_id", "run_id", "ordinal", "number"],
        vec![
            big("tenant_id"),
            big("run_id"),
            int("ordinal"),
            int("number"),
            big("epoch"),
            int("generation"),
            big("node_id"),
            name("node_name", 100),
            name("pool", 63),
            name("state", 20),
            big("claimed_ms"),
            null(big("started_ms")),
            null(big("finished_ms")),
            null(int("pid")),
            null(int("exit_code")),
            null(int("term_signal")),
            null(big("cpu_ms")),
            null(big("peak_rss_kb")),
            null(text("reason_json")),
            big("log_bytes"),
            flag("log_truncated"),
        ],
    )]
}

fn job() -> Vec<Step> {
    vec![
        table(
            "job",
            &["tenant_id", "run_id", "ordinal"],
            vec![
                big("tenant_id"),
                big("run_id"),
                int("ordinal"),
                int("attempt"),
                big("workflow_id"),
                int("version"),
                name("pool", 63),
                int("state"),
                int("priority"),
                big("due_ms"),
                null(big("claim_token")),
                null(big("node_id")),
                big("fence"),
                null(big("lease_until_ms")),
                flag("stop_requested"),
            ],
        ),
        index("ix_job_1", "job", &["pool", "state", "priority", "due_ms"]),
        index("ix_job_2", "job", &["claim_token"]),
        index("ix_job_3", "job", &["node_id", "state"]),
        index("ix_job_4", "job", &["state", "lease_until_ms"]),
    ]
}

fn log_chunk() -> Vec<Step> {
    vec![table(
        "log_chunk",
        &["tenant_id", "run_id", "ordinal", "attempt", "first_offset"],
        vec![
            big("tenant_id"),
            big("run_id"),
            int("ordinal"),
            int("attempt"),
            big("first_offset"),
            big("end_offset"),
            big("at_ms"),
            bytes("data"),
        ],
    )]
}
