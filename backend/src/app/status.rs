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

/// A loop that has failed so often in a row does not work even sooner.
const FAILING: u32 = 3;
const FAILING_MS: i64 = 5_000;

/// The checks of this server.
pub(super) fn readiness(services: &Services, engine: &EngineSlot) -> Readiness {
    let (database, clock) = (services.clone(), services.clock().clone());
    let (claims, workers, engine) = (engine.clone(), engine.clone(), engine.clone());
    Readiness::default()
        .with("database", move || {
            let services = database.clone();
            async move { database_finding(&services).await }
        })
        .with("engine", move || {
            let (now_ms, engine) = (clock.now_ms(), engine.clone());
            async move { engine_finding(engine.look(EngineHandle::loops), now_ms) }
        })
        .with("claims", move || {
            let claims = claims.clone();
            async move {
                let found = claims.look(|engine| claims_finding(engine.is_trusted(), &engine.loops()));
                found.unwrap_or(Finding { ok: true, detail: "are given back".to_owned() })
            }
        })
        .with("workers", move || {
            let workers = workers.clone();
            async move { workers_finding(workers.look(EngineHandle::unfit).flatten()) }
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
    // What is wrong, and with which loops: mostly one thing with many.
    let mut stuck: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, status) in loops.iter().filter(|(_, status)| is_stuck(status, now_ms)) {
        let why = status.last_error.as_deref().unwrap_or("the last tick has not ended");
        stuck.entry(why).or_default().push(name);
    }
    if stuck.is_empty() {
        return Finding { ok: true, detail: format!("{} loops run", loops.len()) };
    }
    let told: Vec<String> = stuck.iter().map(|(why, names)| format!("{why} ({})", names.join(", "))).collect();
    Finding { ok: false, detail: format!("no good tick lately: {}", told.join("; ")) }
}

fn is_stuck(status: &LoopStatus, now_ms: i64) -> bool {
    let Some(last_ok_ms) = status.last_ok_ms else { return status.failures > 0 };
    let since_ms = now_ms - last_ok_ms;
    since_ms > (status.period_ms * LATE_PERIODS).max(LATE_MS)
        || status.failures >= FAILING && since_ms > (status.period_ms * 2).max(FAILING_MS)
}

fn claims_finding(trusted: bool, loops: &BTreeMap<&'static str, LoopStatus>) -> Finding {
    if trusted {
        return Finding { ok: true, detail: "are renewed".to_owned() };
    }
    let why = loops.get("heartbeat").and_then(|status| status.last_error.as_deref()).unwrap_or("no answer yet");
    let detail = format!("could not be renewed ({why}); the tasks that run here are halted until they are");
    Finding { ok: false, detail }
}

fn workers_finding(unfit: Option<String>) -> Finding {
    match unfit {
        None => Finding { ok: true, detail: "can start tasks".to_owned() },
        Some(why) => Finding {
            ok: false,
            detail: format!("this machine can't start tasks now, and takes none for a while: {why}"),
        },
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
