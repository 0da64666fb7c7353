//! What runs need for items, waits, runs within runs, dry runs and time limits.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(engine: DbBackend) -> Vec<Step> {
    [run(engine), task_run(engine), wait()].concat()
}

fn run(engine: DbBackend) -> Vec<Step> {
    vec![
        column("run", null(flag("dry_run"))),
        // The task of another run that started it, and for which of that task's attempts it last began.
        column("run", null(big("parent_run_id"))),
        column("run", null(int("parent_ordinal"))),
        column("run", null(int("parent_attempt"))),
        // The run that it repeats with a newer version.
        column("run", null(big("rerun_of"))),
        column("run", null(big("backfill_id"))),
        column("run", null(big("overdue_ms"))),
        column("run", null(long_text(engine, "outputs_json"))),
        index("ix_run_6", "run", &["tenant_id", "parent_run_id", "parent_ordinal"]),
        index("ix_run_7", "run", &["tenant_id", "workflow_id", "business_date", "id"]),
        index("ix_run_8", "run", &["tenant_id", "cause", "id"]),
        index("ix_run_9", "run", &["tenant_id", "created_by_name", "id"]),
        index("ix_run_10", "run", &["tenant_id", "workflow_id", "fire_ms", "id"]),
    ]
}

fn task_run(engine: DbBackend) -> Vec<Step> {
    vec![
        // Of an item: the task it belongs to, its number and itself.
        column("task_run", null(int("parent"))),
        column("task_run", null(int("item_index"))),
        column("task_run", null(long_text(engine, "item_json"))),
        column("task_run", null(flag("held"))),
        column("task_run", null(big("overdue_ms"))),
    ]
}

fn wait() -> Vec<Step> {
    vec![
        table(
            "wait",
            &["tenant_id", "run_id", "ordinal"],
            vec![
                big("tenant_id"),
                big("run_id"),
                // -1: the time limit of the run itself.
                int("ordinal"),
                int("attempt"),
                name("kind", 16),
                big("due_ms"),
                null(big("since_ms")),
                null(big("deadline_ms")),
                // The workflow whose run is waited for.
                null(big("workflow_id")),
                null(text("seen_json")),
                big("revision"),
            ],
        ),
        index("ix_wait_1", "wait", &["due_ms"]),
        index("ix_wait_2", "wait", &["tenant_id", "workflow_id"]),
    ]
}
