//! How long what is over is kept, how far its deletion is, and workflows that are deleted but can still be read.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(_: DbBackend) -> Vec<Step> {
    [retention(), retention_mark(), audit_chain(), attempt(), workflow(), indexes()].concat()
}

/// What a tenant decided itself; the platform's rows are for all tenants that decided nothing.
fn retention() -> Vec<Step> {
    vec![table(
        "retention",
        &["tenant_id", "kind"],
        vec![
            big("tenant_id"),
            name("kind", 16),
            int("days"),
            big("changed_ms"),
            null(name("changed_by_name", 100)),
            big("revision"),
        ],
    )]
}

/// Where the deletion of a tenant's old rows is; whoever moves it under its revision deletes.
fn retention_mark() -> Vec<Step> {
    vec![
        table(
            "retention_mark",
            &["tenant_id"],
            vec![big("tenant_id"), big("due_ms"), null(text("state_json")), big("revision")],
        ),
        index("ix_retention_mark_1", "retention_mark", &["due_ms"]),
    ]
}

/// The last row that was deleted by age: what is left of the chain follows from it.
fn audit_chain() -> Vec<Step> {
    vec![column("audit_chain", null(big("pruned_seq"))), column("audit_chain", null(name("pruned_hash", 64)))]
}

fn attempt() -> Vec<Step> {
    vec![column("attempt", null(big("log_deleted_ms")))]
}

/// A deleted workflow gives its name away and is shown by `archived_name`.
fn workflow() -> Vec<Step> {
    vec![
        column("workflow", null(name("archived_name", 100))),
        column("workflow", null(name("archived_by_name", 100))),
        column("workflow", null(text("archive_reason"))),
    ]
}

/// What is old is found without looking at what is not; and the runs of a workflow in a state without the others.
fn indexes() -> Vec<Step> {
    vec![
        index("ix_run_finished", "run", &["tenant_id", "finished_ms", "id"]),
        index("ix_run_flow_state", "run", &["tenant_id", "workflow_id", "state", "id"]),
        index("ix_schedule_fire_1", "schedule_fire", &["tenant_id", "instant_ms", "schedule_id"]),
    ]
}
