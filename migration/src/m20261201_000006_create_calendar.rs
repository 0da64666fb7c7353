//! Calendars with their immutable revisions, the number that rises with every change in force, the alarms about their
//! horizons, what each run knew of them, and which dates a fire stood for; parameters of projects.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(engine: DbBackend) -> Vec<Step> {
    [
        calendar(),
        calendar_revision(engine),
        calendar_stamp(),
        calendar_alarm(),
        workflow_calendar(),
        run(),
        schedule_fire(),
        project(),
    ]
    .concat()
}

fn calendar() -> Vec<Step> {
    vec![
        table(
            "calendar",
            &["tenant_id", "id"],
            vec![
                big("tenant_id"),
                big("id"),
                name("name", 64),
                // The name in capitals: expressions match names whatever their case.
                name("name_key", 64),
                null(name("title", 200)),
                name("kind", 10),
                flag("second_person"),
                null(int("active_revision")),
                // Schedules have been planned anew by this revision.
                null(int("planned_revision")),
                int("last_revision"),
                big("created_ms"),
                big("changed_ms"),
                null(big("archived_ms")),
                big("revision"),
            ],
        ),
        unique("ux_calendar_1", "calendar", &["tenant_id", "name_key"]),
        index("ix_calendar_1", "calendar", &["name_key"]),
    ]
}

fn calendar_revision(engine: DbBackend) -> Vec<Step> {
    vec![
        table(
            "calendar_revision",
            &["tenant_id", "calendar_id", "number"],
            vec![
                big("tenant_id"),
                big("calendar_id"),
                int("number"),
                name("state", 16),
                long_text(engine, "content_json"),
                null(int("based_on")),
                null(name("source", 300)),
                null(text("note")),
                big("created_ms"),
                null(big("created_by")),
                null(name("created_by_name", 100)),
                null(big("decided_ms")),
                null(big("decided_by")),
                null(name("decided_by_name", 100)),
                null(text("reason")),
            ],
        ),
        index("ix_calendar_revision_1", "calendar_revision", &["tenant_id", "state"]),
    ]
}

fn calendar_stamp() -> Vec<Step> {
    vec![table("calendar_stamp", &["tenant_id"], vec![big("tenant_id"), big("stamp")])]
}

fn calendar_alarm() -> Vec<Step> {
    vec![table(
        "calendar_alarm",
        &["tenant_id", "calendar_id", "known_until", "days"],
        vec![big("tenant_id"), big("calendar_id"), civil_date("known_until"), int("days"), big("at_ms")],
    )]
}

/// Which calendars a workflow's current version names: how a calendar finds who uses it.
fn workflow_calendar() -> Vec<Step> {
    vec![
        table(
            "workflow_calendar",
            &["tenant_id", "workflow_id", "name_key"],
            vec![big("tenant_id"), big("workflow_id"), name("name_key", 64)],
        ),
        index("ix_workflow_calendar_1", "workflow_calendar", &["name_key", "tenant_id"]),
    ]
}

/// Values that all workflows of a project may take.
fn project() -> Vec<Step> {
    vec![column("project", null(text("params_json")))]
}

fn run() -> Vec<Step> {
    vec![column("run", null(text("calendar_json")))]
}

/// The last nominal date of a fire with its time of day, and the first one where several met.
fn schedule_fire() -> Vec<Step> {
    vec![column("schedule_fire", null(name("nominal", 19))), column("schedule_fire", null(name("nominal_from", 10)))]
}
