//! What a node tells of itself, so that every node can show it, and whether a person asked it to drain.

use sea_orm_migration::sea_orm::DbBackend;

use crate::step::Step;
use crate::support::*;

/// The steps, in order.
pub(crate) fn steps(_engine: DbBackend) -> Vec<Step> {
    let columns = vec![
        name("host", 255),
        int("pid"),
        big("clock_offset_ms"),
        // Loops and pools as JSON; written every few seconds.
        text("status_json"),
        // A person's wish, which outlives the process; what the node made of it is its state.
        big("drain_ms"),
        name("drain_by", 100),
        text("drain_reason"),
    ];
    columns.into_iter().map(|it| column("node", null(it))).collect()
}
