//! The ledger against the attempts: what the database says of an attempt is what its body did, and no two bodies of a
//! task ran at once.

use std::collections::HashMap;

use serde_json::Value;

use crate::check::{number, text};
use crate::cluster::Cluster;
use crate::ledger::{Body, How};

/// Looks at all bodies of a simulation that has come to rest.
pub(super) fn check(cluster: &Cluster) {
    let rows = cluster.world.database.select("SELECT * FROM attempt");
    let key = |row: &Value| (number(row, "run_id"), number(row, "ordinal"), number(row, "epoch"));
    let attempts: HashMap<_, _> = rows.iter().map(|row| (key(row), row)).collect();
    let bodies = cluster.world.ledger.all();
    let by_key: HashMap<_, _> =
        bodies.iter().map(|body| ((body.run, i64::from(body.ordinal), body.epoch), body)).collect();
    if by_key.len() < bodies.len() {
        cluster.world.violation("two bodies of one epoch".to_owned());
    }
    for (key, row) in &attempts {
        truth(cluster, row, by_key.get(key).copied());
    }
    for (key, body) in &by_key {
        if !attempts.contains_key(key) {
            cluster.world.violation(format!("a body that no attempt knows of: {body:?}"));
        }
    }
    for (index, first) in bodies.iter().enumerate() {
        let same = |other: &&Body| (other.run, other.ordinal) == (first.run, first.ordinal);
        for second in bodies[index + 1..].iter().filter(same) {
            let state = attempts.get(&(first.run, i64::from(first.ordinal), first.epoch)).map(|row| text(row, "state"));
            overlap(cluster, first, second, state.unwrap_or_default());
        }
    }
}

/// An attempt's row tells what its body did.
fn truth(cluster: &Cluster, row: &Value, body: Option<&Body>) {
    let how = body.and_then(|body| body.how);
    let fits = match text(row, "state") {
        "succeeded" => how == Some(How::Succeeded),
        "failed" => row["exit_code"].is_null() || how == Some(How::Failed),
        "timed_out" => how == Some(How::TimedOut),
        // On a person's order, or given back without having done anything.
        "stopped" => matches!(how, Some(How::Stopped) | None),
        "lost" => true,
        _ => false,
    };
    if !fits {
        cluster.world.violation(format!("an attempt is not what happened: {row} and {body:?}"));
    }
}

/// Two bodies of a task follow each other, unless the first was given up as lost and no lease could have ended it.
fn overlap(cluster: &Cluster, first: &Body, second: &Body, state: &str) {
    let apart = first.ended_ms.is_some_and(|ended_ms| ended_ms <= second.begun_ms);
    let given_up = first.disturbed && state == "lost";
    if !apart && !given_up {
        cluster.world.violation(format!("two bodies of a task at once ({state}): {first:?} and {second:?}"));
    }
}
