//! The invariants of DESIGN §2, held against the database and the ledger.
//!
//! | invariant | where |
//! |---|---|
//! | 1 one fire, one run | [`fires`] |
//! | 2 one worker per attempt | `ledger` (an epoch has one body), [`bodies`] (bodies don't overlap, reports are true) |
//! | 3 unknown is a state | [`journal`] (why an attempt may follow another), [`bodies`] |
//! | 4 terminal is final | [`journal`] |
//! | 5 acknowledged is durable | `client`, where the answer comes in |
//! | 8 every wait has a reason | [`reason`] |
//! | jobs and tasks agree | [`tables`] |
//! | what a task sees is what others left | [`scope`] |
//! | everything comes to rest | [`rest`] |

mod bodies;
mod fires;
mod journal;
pub(crate) mod reason;
pub(crate) mod rest;
pub(crate) mod scope;
mod tables;

use serde_json::Value;

use crate::cluster::Cluster;

/// The checks of a simulation, with what they remember.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checks {
    journal: journal::Journal,
}

impl Checks {
    /// What must hold at any time.
    pub(crate) fn look(&mut self, cluster: &Cluster) {
        // As long as nothing is written, what held before holds.
        if self.journal.advance(cluster) {
            look_at_tables(cluster);
        }
    }

    /// What must hold when everything has come to rest.
    pub(crate) fn conclude(&mut self, cluster: &Cluster) {
        self.journal.advance(cluster);
        look_at_tables(cluster);
        bodies::check(cluster);
        fires::check(cluster, &self.journal);
    }
}

fn look_at_tables(cluster: &Cluster) {
    tables::check(cluster);
    reason::check_runs(cluster);
}

/// A whole number of a row; 0 for none.
pub(crate) fn number(row: &Value, column: &str) -> i64 {
    row[column].as_i64().unwrap_or_default()
}

pub(crate) fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_default()
}

fn is_final_run(state: &str) -> bool {
    matches!(state, "succeeded" | "failed" | "stopped" | "skipped")
}

fn is_final_task(state: &str) -> bool {
    matches!(state, "succeeded" | "failed" | "skipped" | "upstream_failed" | "stopped" | "timed_out")
}
