//! Tenants, accounts, sessions and role bindings.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(_engine: DbBackend) -> Vec<Step> {
    [tenant(), account(), session(), role_binding()].concat()
}

fn tenant() -> Vec<Step> {
    vec![
        table(
            "tenant",
            &["id"],
            vec![
                big("id"),
                name("slug", 63),
                name("title", 200),
                name("state", 16),
                big("created_ms"),
                big("revision"),
            ],
        ),
        unique("ux_tenant_1", "tenant", &["slug"]),
    ]
}

fn account() -> Vec<Step> {
    vec![
        table(
            "account",
            &["id"],
            vec![
                big("id"),
                name("username", 100),
                name("display_name", 200),
                null(name("email", 200)),
                null(text("password_hash")),
                flag("must_change_password"),
                name("state", 16),
                int("failed_count"),
                null(big("locked_until_ms")),
                null(name("locale", 16)),
                big("created_ms"),
                null(big("last_sign_in_ms")),
                big("revision"),
            ],
        ),
        unique("ux_account_1", "account", &["username"]),
    ]
}

fn session() -> Vec<Step> {
    vec![
        table(
            "session",
            &["id"],
            vec![
                big("id"),
                big("account_id"),
                name("family_hash", 64),
                name("refresh_hash", 64),
                null(name("previous_hash", 64)),
                big("created_ms"),
                big("rotated_ms"),
                big("expires_ms"),
                big("last_seen_ms"),
                null(big("ended_ms")),
                null(name("end_reason", 32)),
                null(name("client_addr", 64)),
                null(name("user_agent", 255)),
            ],
        ),
        unique("ux_session_1", "session", &["refresh_hash"]),
        index("ix_session_1", "session", &["account_id", "id"]),
        index("ix_session_2", "session", &["previous_hash"]),
    ]
}

fn role_binding() -> Vec<Step> {
    vec![
        table(
            "role_binding",
            &["tenant_id", "id"],
            vec![
                big("tenant_id"),
                big("id"),
                big("account_id"),
                name("role", 63),
                name("object_kind", 32),
                big("object_id"),
                null(big("expires_ms")),
                big("created_ms"),
                null(big("created_by")),
            ],
        ),
        unique("ux_role_binding_1", "role_binding", &["tenant_id", "account_id", "role", "object_kind", "object_id"]),
        index("ix_role_binding_1", "role_binding", &["account_id"]),
    ]
}
