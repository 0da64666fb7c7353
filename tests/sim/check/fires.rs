//! Every instant of a schedule has made one run, or left one reason.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::check::journal::{Journal, Span};
use crate::check::{number, text};
use crate::cluster::Cluster;

/// Looks at all instants of a simulation that has come to rest.
pub(super) fn check(cluster: &Cluster, journal: &Journal) {
    let database = &cluster.world.database;
    let fires = database.select("SELECT * FROM schedule_fire");
    let runs = database.select("SELECT id, schedule_id, fire_ms FROM run WHERE schedule_id IS NOT NULL");
    for run in &runs {
        let made = |fire: &&Value| fire["run_id"] == run["id"];
        match fires.iter().filter(made).collect::<Vec<_>>()[..] {
            [fire] if fire["schedule_id"] == run["schedule_id"] && fire["instant_ms"] == run["fire_ms"] => {}
            ref others => cluster.world.violation(format!("run {run} has the fires {others:?}")),
        }
    }
    for fire in &fires {
        let has_run = !fire["run_id"].is_null();
        if has_run != (text(fire, "outcome") == "started") || has_run != fire["reason_json"].is_null() {
            cluster.world.violation(format!("a fire is neither a run nor a reason: {fire}"));
        }
        if has_run && !runs.iter().any(|run| run["id"] == fire["run_id"]) {
            cluster.world.violation(format!("a fire whose run is not there: {fire}"));
        }
    }
    for (schedule, spans) in journal.decided() {
        let decided: BTreeSet<i64> = fires
            .iter()
            .filter(|fire| number(fire, "schedule_id") == *schedule)
            .map(|fire| number(fire, "instant_ms"))
            .collect();
        let due: BTreeSet<i64> = spans.iter().flat_map(Span::instants).collect();
        for instant in due.symmetric_difference(&decided) {
            let what = if due.contains(instant) { "is not decided" } else { "should not be" };
            cluster.world.violation(format!("instant {instant} of schedule {schedule} {what}"));
        }
    }
}
