//! The queue by tenant, class and rank; shares and quotas of tenants; limits with the slots that attempts hold.
//!
//! `job.priority` stays filled for nodes of the version before, which order by it; they insert jobs of rank 0, which go
//! first within their tenant.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(_engine: DbBackend) -> Vec<Step> {
    [job(), tenant(), concurrency_limit(), limit_slot()].concat()
}

fn job() -> Vec<Step> {
    vec![
        column("job", with_default(big("rank_ms"), 0)),
        column("job", with_default(int("class"), 0)),
        column("job", null(text("limits_json"))),
        column("job", null(name("blocked_on", 100))),
        // Who is next in a pool: the tenant, then its best job.
        index("ix_job_5", "job", &["pool", "state", "tenant_id", "class", "rank_ms", "run_id", "ordinal"]),
        // When something waiting is due.
        index("ix_job_6", "job", &["pool", "state", "due_ms"]),
        // What a tenant holds; what is parked on a limit, the best first.
        index("ix_job_7", "job", &["tenant_id", "state", "blocked_on", "class", "rank_ms", "run_id", "ordinal"]),
        no_index("ix_job_1", "job", &["pool", "state", "priority", "due_ms"]),
        // What a claim won is read by its keys.
        no_index("ix_job_2", "job", &["claim_token"]),
    ]
}

fn tenant() -> Vec<Step> {
    vec![
        column("tenant", with_default(int("share_weight"), 1)),
        column("tenant", null(int("max_running_tasks"))),
        // Rises with each claim under the quota, so that two never count at once.
        column("tenant", with_default(big("claim_turn"), 0)),
    ]
}

fn concurrency_limit() -> Vec<Step> {
    vec![table(
        "concurrency_limit",
        &["tenant_id", "name"],
        vec![
            big("tenant_id"),
            name("name", 100),
            int("slots"),
            null(name("note", 500)),
            // Rises whenever slots are taken or freed, so that two never count at once.
            big("turn"),
            big("created_ms"),
            big("changed_ms"),
            big("revision"),
        ],
    )]
}

fn limit_slot() -> Vec<Step> {
    vec![
        table(
            "limit_slot",
            &["tenant_id", "name", "run_id", "ordinal", "fence"],
            vec![
                big("tenant_id"),
                name("name", 100),
                big("run_id"),
                int("ordinal"),
                big("fence"),
                int("weight"),
                big("taken_ms"),
            ],
        ),
        index("ix_limit_slot_1", "limit_slot", &["tenant_id", "run_id", "ordinal"]),
    ]
}
