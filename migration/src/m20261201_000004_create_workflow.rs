//! Projects, workflows, their immutable versions and schedules.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(engine: DbBackend) -> Vec<Step> {
    [project(), workflow(), workflow_version(engine), schedule(), schedule_fire()].concat()
}

fn project() -> Vec<Step> {
    vec![
        table(
            "project",
            &["tenant_id", "id"],
            vec![
                big("tenant_id"),
                big("id"),
                name("slug", 63),
                name("title", 200),
                big("created_ms"),
                null(big("archived_ms")),
                big("revision"),
            ],
        ),
        unique("ux_project_1", "project", &["tenant_id", "slug"]),
    ]
}

fn workflow() -> Vec<Step> {
    vec![
        table(
            "workflow",
            &["tenant_id", "id"],
            vec![
                big("tenant_id"),
                big("id"),
                big("project_id"),
                name("name", 100),
                null(name("title", 200)),
                null(name("owner", 100)),
                null(text("tags_json")),
                flag("enabled"),
                int("current_version"),
                big("created_ms"),
                big("changed_ms"),
                null(big("archived_ms")),
                big("revision"),
            ],
        ),
        unique("ux_workflow_1", "workflow", &["tenant_id", "project_id", "name"]),
        index("ix_workflow_1", "workflow", &["tenant_id", "name", "id"]),
    ]
}

fn workflow_version(engine: DbBackend) -> Vec<Step> {
    vec![table(
        "workflow_version",
        &["tenant_id", "workflow_id", "version"],
        vec![
            big("tenant_id"),
            big("workflow_id"),
            int("version"),
            long_text(engine, "source"),
            long_text(engine, "spec_json"),
            name("digest", 64),
            null(text("note")),
            big("created_ms"),
            null(big("created_by")),
            null(name("created_by_name", 100)),
        ],
    )]
}

fn schedule() -> Vec<Step> {
    vec![
        table(
            "schedule",
            &["tenant_id", "id"],
            vec![
                big("tenant_id"),
                big("id"),
                big("workflow_id"),
                name("name", 63),
                text("spec_json"),
                null(big("next_fire_ms")),
                null(big("last_fire_ms")),
                big("decided_ms"),
                name("state", 16),
                null(text("state_reason")),
                big("revision"),
            ],
        ),
        unique("ux_schedule_1", "schedule", &["tenant_id", "workflow_id", "name"]),
        index("ix_schedule_1", "schedule", &["next_fire_ms"]),
    ]
}

fn schedule_fire() -> Vec<Step> {
    vec![table(
        "schedule_fire",
        &["tenant_id", "schedule_id", "instant_ms"],
        vec![
            big("tenant_id"),
            big("schedule_id"),
            big("instant_ms"),
            big("workflow_id"),
            null(civil_date("business_date")),
            name("outcome", 20),
            null(text("reason_json")),
            null(big("run_id")),
            big("at_ms"),
        ],
    )]
}
