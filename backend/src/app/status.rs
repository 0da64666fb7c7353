//! How the server says whether it can work, and how busy it is: the checks of `/readyz`, the live part of `/metrics`.

use std::{collections::BTreeMap, sync::Arc};

use ::engine::{EngineHandle, LoopStatus, PoolLoad};
use service::{Services, system::Fit};

use super::engine::EngineSlot;
use crate::{
    http::{
        Gauges, LiveGauge,
        health::{Finding, Readiness},
    },
    telemetry::metrics::braces,
};

/// A loop that had no good tick for so many of its periods does not work, whatever the reason.
const LATE_PERIODS: i64 = 10;
/// Even the quickest loop gets this long: a slow disk is no outage.
const LATE_MS: i64 = 15_000;

/// The checks of this server.
pub(super) fn readiness(services: &Services, engine: &EngineSlot) -> Readiness {
    let (database, clock, engine, trust) = (services.clone(), services.clock().clone(), engine.clone(), engine.clone());
    Readiness::default()
        .with("database", move || {
            let services = database.clone();
            async move { database_finding(&services).await }
        })
        .with("engine", move || {
            let (now_ms, engine) = (clock.now_ms(), engine.clone());
            async move { engine_finding(engine.look(EngineHandle::loops), now_ms) }
        })
        .with("claims", {
            let engine = trust.clone();
            move || {
                let engine = engine.clone();
                async move { claims_finding(engine.look(EngineHandle::is_trusted)) }
            }
        })
}

async fn database_finding(services: &Services) -> Finding {
    match service::system::fit(services).await {
        Ok(Fit::Current) => Finding { ok: true, detail: "answers, schema is current".to_owned() },
        // Migrations only add while there are programs of the version before.
        Ok(Fit::Newer) => Finding { ok: true, detail: "answers, schema is newer than this program".to_owned() },
        Ok(Fit::Older) => Finding { ok: false, detail: "its schema is older than this program".to_owned() },
        Err(error) => {
            // The words of a driver may hold addresses; they are for the log.
            tracing::warn!(%error, "the database does not answer");
            Finding { ok: false, detail: format!("does not answer ({})", error.code()) }
        }
    }
}

fn engine_finding(loops: Option<BTreeMap<&'static str, LoopStatus>>, now_ms: i64) -> Finding {
    let Some(loops) = loops else { return Finding { ok: false, detail: "is stopping".to_owned() } };
    let late = |last_ok_ms: Option<i64>, period_ms: i64| {
        last_ok_ms.is_some_and(|at_ms| now_ms - at_ms > (period_ms * LATE_PERIODS).max(LATE_MS))
    };
    let stuck: Vec<&str> = loops
        .iter()
        .filter(|(_, status)| {
            late(status.last_ok_ms, status.period_ms) || (status.last_ok_ms.is_none() && status.failures > 0)
        })
        .map(|(name, _)| *name)
        .collect();
    if stuck.is_empty() {
        Finding { ok: true, detail: format!("{} loops run", loops.len()) }
    } else {
        Finding { ok: false, detail: format!("no good tick lately: {}", stuck.join(", ")) }
    }
}

fn claims_finding(trusted: Option<bool>) -> Finding {
    match trusted {
        Some(false) => {
            let detail = "could not be renewed; the tasks that run here are halted until the database answers";
            Finding { ok: false, detail: detail.to_owned() }
        }
        _ => Finding { ok: true, detail: "are renewed".to_owned() },
    }
}

/// What the engine tells `/metrics`.
pub(super) fn gauges(engine: &EngineSlot) -> Gauges {
    let engine = engine.clone();
    Arc::new(move || {
        let loops = engine.look(EngineHandle::loops).unwrap_or_default();
        let of_loops = |name, help, value: fn(&LoopStatus) -> f64| LiveGauge {
            name,
            help,
            samples: loops.iter().map(|(name, it)| (braces(&["loop"], &[(*name).to_owned()]), value(it))).collect(),
        };
        let pools = engine.look(EngineHandle::pools).unwrap_or_default();
        let of_pools = |name, help, value: fn(&PoolLoad) -> f64| LiveGauge {
            name,
            help,
            samples: pools.iter().map(|it| (braces(&["pool"], std::slice::from_ref(&it.name)), value(it))).collect(),
        };
        vec![
            of_loops("almanac_loop_ticks", "Ticks of an engine loop.", |it| it.ticks as f64),
            of_loops("almanac_loop_failures", "Failed ticks since the last good one.", |it| f64::from(it.failures)),
            of_loops("almanac_loop_last_ok_seconds", "When the last good tick ended.", |it| {
                it.last_ok_ms.unwrap_or(0) as f64 / 1e3
            }),
            of_loops("almanac_loop_duration_seconds", "How long the last tick took.", |it| {
                it.last_duration_ms as f64 / 1e3
            }),
            of_pools("almanac_pool_slots", "Slots of a worker pool on this node.", |it| it.slots as f64),
            of_pools("almanac_pool_busy", "Taken slots of a worker pool on this node.", |it| it.busy as f64),
        ]
    })
}
