//! The faults.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::watch;

use crate::cluster::Node;
use crate::cluster::database::Database;
use crate::cluster::proxy::Way;

/// Chance by weights, in the words of the report.
const NODE_FAULTS: [(&str, u32); 6] =
    [("kill", 30), ("freeze", 20), ("cut", 20), ("stall", 15), ("clock", 5), ("stop", 10)];
const DATABASE_FAULTS: [(&str, u32); 4] = [("outage", 45), ("blip", 25), ("database stall", 20), ("crash", 10)];

/// What befalls the cluster, until it ends.
pub struct Storm {
    seed: u64,
    may_crash: bool,
    begun: Instant,
    over: watch::Sender<bool>,
    counts: Mutex<BTreeMap<String, usize>>,
}

impl Storm {
    pub(super) fn new(may_crash: bool, rng: &mut StdRng) -> Self {
        let over = watch::Sender::new(false);
        Self { seed: rng.random(), may_crash, begun: Instant::now(), over, counts: Mutex::default() }
    }

    /// Ends it; faults that last are still seen to their end.
    pub(super) fn end(&self) {
        self.over.send_replace(true);
    }

    /// Faults by kind.
    pub(super) fn counts(&self) -> Vec<(String, usize)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(kind, count)| (kind.clone(), *count)).collect()
    }

    /// Lets faults happen to each server by itself and to the database, until the end.
    pub(super) async fn rage(&self, nodes: &mut [Node], database: &Database) {
        let ways: Vec<watch::Sender<Way>> = nodes.iter().map(|node| node.proxy.handle()).collect();
        let nodes = nodes.iter_mut().zip(1..).map(|(node, number)| self.rage_at(node, number));
        tokio::join!(join_all(nodes), self.rage_at_database(&ways, database));
    }

    async fn rage_at(&self, node: &mut Node, number: u64) {
        let mut rng = StdRng::seed_from_u64(self.seed.wrapping_add(number));
        while self.quiet(rng.random_range(1.0..7.0)).await {
            if let Some(status) = node.server.ended() {
                self.note(&format!("{} had ended by itself ({status})", node.name), Some("unasked end"));
                node.server.launch();
                continue;
            }
            let fault = choose(&mut rng, &NODE_FAULTS);
            let lasts = Duration::from_secs_f64(length(fault, &mut rng));
            self.note(&format!("{}: {fault} for {:.1} s", node.name, lasts.as_secs_f64()), Some(fault));
            match fault {
                "kill" => {
                    node.server.kill().await;
                    self.pause(lasts).await;
                    start(node);
                }
                "stop" => {
                    node.server.stop().await;
                    self.pause(lasts).await;
                    start(node);
                }
                "freeze" => {
                    node.server.freeze().await;
                    self.pause(lasts).await;
                    node.server.thaw().await;
                }
                "clock" => node.clock.shift(rng.random_range(-3_600_000..3_600_000)),
                _ => {
                    node.proxy.set(if fault == "cut" { Way::Cut } else { Way::Stalled });
                    self.pause(lasts).await;
                    node.proxy.set(Way::Open);
                }
            }
        }
    }

    async fn rage_at_database(&self, ways: &[watch::Sender<Way>], database: &Database) {
        let mut rng = StdRng::seed_from_u64(self.seed);
        while self.quiet(rng.random_range(8.0..20.0)).await {
            let fault = choose(&mut rng, &DATABASE_FAULTS);
            let fault = if fault == "crash" && !self.may_crash { "outage" } else { fault };
            let lasts = Duration::from_secs_f64(length(fault, &mut rng));
            self.note(&format!("database: {fault} for {:.1} s", lasts.as_secs_f64()), Some(fault));
            match fault {
                // It comes back as soon as it can.
                "crash" => database.crash().await,
                // A fail-over of the database: every session ends, new ones are welcome.
                "blip" => database.end_sessions().await,
                _ => {
                    let way = if fault == "outage" { Way::Cut } else { Way::Stalled };
                    set_all(ways, way);
                    if fault == "outage" {
                        database.end_sessions().await;
                    }
                    self.pause(lasts).await;
                    set_all(ways, Way::Open);
                }
            }
        }
    }

    /// Restores everything and waits until all servers are ready.
    pub(super) async fn calm(&self, nodes: &mut [Node]) {
        for node in &mut *nodes {
            node.proxy.set(Way::Open);
            node.clock.shift(0);
            if let Some(status) = node.server.ended() {
                self.note(&format!("{} had ended by itself ({status})", node.name), Some("unasked end"));
            }
            if node.server.pid().is_none() {
                node.server.launch();
            }
        }
        for node in nodes {
            node.server.ready().await;
        }
    }

    /// Waits for some seconds; `false` when the storm ends.
    async fn quiet(&self, secs: f64) -> bool {
        self.pause(Duration::from_secs_f64(secs)).await;
        !*self.over.borrow()
    }

    /// Waits, but not beyond the end.
    async fn pause(&self, lasts: Duration) {
        let mut over = self.over.subscribe();
        let _ = tokio::time::timeout(lasts, over.wait_for(|over| *over)).await;
    }

    fn note(&self, text: &str, kind: Option<&str>) {
        eprintln!("{:7.1} s: {text}", self.begun.elapsed().as_secs_f64());
        if let Some(kind) = kind {
            *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(kind.to_owned()).or_default() += 1;
        }
    }
}

/// Starts a server that was ended. One whose clock is wrong would refuse to start.
fn start(node: &mut Node) {
    node.clock.shift(0);
    node.server.launch();
}

fn choose(rng: &mut StdRng, kinds: &[(&'static str, u32)]) -> &'static str {
    let mut at = rng.random_range(0..kinds.iter().map(|(_, weight)| weight).sum());
    for (kind, weight) in kinds {
        if at < *weight {
            return kind;
        }
        at -= weight;
    }
    unreachable!("the number is below the sum of the weights")
}

/// How many seconds a fault lasts: often short, now and then beyond every lease.
fn length(fault: &str, rng: &mut StdRng) -> f64 {
    match fault {
        "clock" | "crash" | "blip" => 0.0,
        _ if rng.random_bool(0.3) => rng.random_range(6.0..16.0),
        _ => rng.random_range(0.3..6.0),
    }
}

fn set_all(ways: &[watch::Sender<Way>], way: Way) {
    for of_node in ways {
        of_node.send_replace(way);
    }
}
