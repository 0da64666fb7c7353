//! The hash-chained audit trail, one chain per tenant.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(engine: DbBackend) -> Vec<Step> {
    [audit_chain(), audit_event(engine)].concat()
}

fn audit_chain() -> Vec<Step> {
    vec![table("audit_chain", &["tenant_id"], vec![big("tenant_id"), big("seq"), name("hash", 64)])]
}

fn audit_event(engine: DbBackend) -> Vec<Step> {
    vec![
        table(
            "audit_event",
            &["tenant_id", "seq"],
            vec![
                big("tenant_id"),
                big("seq"),
                big("at_ms"),
                name("actor_kind", 16),
                null(big("actor_id")),
                name("actor_name", 100),
                name("channel", 16),
                name("action", 64),
                name("object_kind", 32),
                null(name("object_id", 64)),
                null(name("object_name", 200)),
                name("result", 16),
                null(name("error_code", 64)),
                null(text("reason")),
                null(long_text(engine, "before_json")),
                null(long_text(engine, "after_json")),
                null(name("request_id", 64)),
                null(big("session_id")),
                null(name("client_addr", 64)),
                name("prev_hash", 64),
                name("hash", 64),
            ],
        ),
        index("ix_audit_event_1", "audit_event", &["tenant_id", "at_ms"]),
        index("ix_audit_event_2", "audit_event", &["tenant_id", "object_kind", "object_id", "seq"]),
    ]
}
