//! Backfills: the runs of a workflow for a range of business dates, as one object.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(engine: DbBackend) -> Vec<Step> {
    [backfill(engine), item()].concat()
}

fn backfill(engine: DbBackend) -> Vec<Step> {
    vec![
        table(
            "backfill",
            &["tenant_id", "id"],
            vec![
                big("tenant_id"),
                big("id"),
                big("project_id"),
                big("workflow_id"),
                civil_date("from_date"),
                civil_date("to_date"),
                // A name or an expression.
                text("calendar"),
                name("direction", 16),
                int("parallelism"),
                name("version_choice", 16),
                null(long_text(engine, "params_json")),
                int("priority"),
                // The workflow and those downstream of it, each with what it comes after.
                long_text(engine, "members_json"),
                name("state", 16),
                // Whether a cancelled backfill also ends its active runs.
                flag("stop_runs"),
                int("item_total"),
                int("item_running"),
                int("item_ok"),
                int("item_failed"),
                int("item_skipped"),
                int("item_cancelled"),
                text("reason"),
                // Who changed its state last, and why.
                null(text("state_by")),
                null(text("state_reason")),
                null(big("created_by")),
                null(name("created_by_name", 100)),
                big("created_ms"),
                null(big("finished_ms")),
                big("changed_ms"),
                big("revision"),
            ],
        ),
        // What is at work, over all tenants.
        index("ix_backfill_1", "backfill", &["state", "tenant_id", "id"]),
        index("ix_backfill_2", "backfill", &["tenant_id", "workflow_id", "id"]),
    ]
}

fn item() -> Vec<Step> {
    vec![
        table(
            "backfill_item",
            &["tenant_id", "backfill_id", "position"],
            vec![
                big("tenant_id"),
                big("backfill_id"),
                int("position"),
                big("project_id"),
                big("workflow_id"),
                civil_date("business_date"),
                int("version"),
                name("action", 16),
                name("state", 16),
                // How often its turn has come.
                int("attempt"),
                null(big("run_id")),
                // The generation of the run whose end is the item's.
                null(int("generation")),
                null(text("reason_json")),
                big("changed_ms"),
            ],
        ),
        index("ix_backfill_item_1", "backfill_item", &["tenant_id", "backfill_id", "state", "position"]),
        index("ix_backfill_item_2", "backfill_item", &["tenant_id", "workflow_id", "business_date"]),
    ]
}
