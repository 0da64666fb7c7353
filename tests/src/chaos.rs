//! A cluster at work while everything that can fail does, and the proof afterwards that nothing was lost or doubled.
//!
//! [`load`] gives the cluster work: schedules, runs started through the API, decisions about lost tasks. Each task leaves
//! its own trace in a file, outside of the product. [`storm`] kills, freezes and cuts off servers and takes the database
//! away. When all is still again, [`evidence`] gathers what the database, the API's answers and the traces tell, and
//! [`check`] finds what contradicts the promises.
//!
//! Chance is seeded: the seed is printed and `ALMANAC_CHAOS_SEED` sets it. It decides which faults come when; what they
//! meet depends on the machine.

pub mod check;
pub mod evidence;
pub mod load;
pub mod storm;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::cluster::Cluster;
use crate::cluster::database::{Database, Engine};
use crate::wait;
use load::Load;
use storm::Storm;

/// How large a trial is.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Runs to be started through the API, beside those of schedules.
    pub runs: usize,
    /// The storm ends when these are started, but not before this.
    pub at_least: Duration,
    /// Nor after this.
    pub at_most: Duration,
    /// Whether the database's server may be killed: when nobody else uses it.
    pub may_crash: bool,
}

/// What a trial came to.
#[derive(Debug)]
pub struct Outcome {
    /// Runs of all kinds.
    pub runs: usize,
    /// Attempts that were lost.
    pub lost: usize,
    /// Faults by kind.
    pub faults: Vec<(String, usize)>,
    /// What contradicts a promise.
    pub violations: Vec<String>,
}

/// Servers of the trial; few slots each, so that there is always something to wait for.
const NODES: usize = 3;
const SETTINGS: [&str; 3] = ["engine.pools=default=5", "auth.access_ttl=12h", "database.max_connections=8"];

/// How long everything may take to come to rest when the faults have ended.
const REST: Duration = Duration::from_secs(180);

/// A trial on a database engine; `None` when there is no such server.
///
/// # Panics
/// When the cluster can't be set up.
#[expect(clippy::disallowed_methods, reason = "what is asked of a trial is said by the environment")]
pub async fn trial(engine: Engine, plan: Plan) -> Option<Outcome> {
    let database = Database::create(engine).await?;
    let seed = std::env::var("ALMANAC_CHAOS_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random::<u64>);
    eprintln!("chaos on {engine:?}, ALMANAC_CHAOS_SEED={seed}, {plan:?}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut cluster = Cluster::start(database, NODES, &SETTINGS).await;
    let load = Arc::new(Load::prepare(&mut cluster, &mut rng).await);
    let storm = Storm::new(plan.may_crash, &mut rng);
    let begun = Instant::now();

    let Cluster { nodes, database, .. } = &mut cluster;
    let faults = async {
        storm.rage(nodes, database).await;
        storm.calm(nodes).await;
    };
    let work = async {
        let started = load.start_runs(plan.runs);
        tokio::select! {
            () = started => {}
            () = tokio::time::sleep(plan.at_most) => eprintln!("not all runs could be started in time"),
        }
        tokio::time::sleep(plan.at_least.saturating_sub(begun.elapsed())).await;
        storm.end();
    };
    let resolving = load.resolve_lost(database);
    let rested = async {
        tokio::join!(faults, work);
        eprintln!("{:.1} s: the storm is over", begun.elapsed().as_secs_f64());
        load.end_schedule().await;
        let still = wait::until_or(REST, || async { evidence::is_at_rest(database).await.then_some(()) }).await;
        eprintln!("{:.1} s: at rest: {}", begun.elapsed().as_secs_f64(), still.is_some());
    };
    tokio::select! {
        () = rested => {}
        () = resolving => unreachable!("somebody must decide until the end"),
    }
    let evidence = evidence::gather(&cluster, &load).await;
    let violations = check::violations(&evidence);
    if !violations.is_empty() {
        evidence::keep(&cluster, &load, seed);
    }
    let lost = evidence.attempts.iter().filter(|attempt| attempt.state == "lost").count();
    let outcome = Outcome { runs: evidence.runs.len(), lost, faults: storm.counts(), violations };
    cluster.remove().await;
    Some(outcome)
}
