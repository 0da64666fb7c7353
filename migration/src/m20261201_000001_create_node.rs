//! Nodes of the cluster and the numbered tags that make their ids unique.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(_engine: DbBackend) -> Vec<Step> {
    [id_tag(), node()].concat()
}

fn id_tag() -> Vec<Step> {
    vec![table("id_tag", &["tag"], vec![int("tag"), null(name("holder", 64)), big("lease_until_ms")])]
}

fn node() -> Vec<Step> {
    vec![
        table(
            "node",
            &["id"],
            vec![
                big("id"),
                name("name", 100),
                big("incarnation"),
                null(name("address", 200)),
                name("app_version", 40),
                name("state", 16),
                big("started_ms"),
                big("heartbeat_ms"),
            ],
        ),
        unique("ux_node_1", "node", &["name"]),
    ]
}
