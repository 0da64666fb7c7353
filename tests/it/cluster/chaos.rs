//! Three servers at work while everything that can fail does ([`tests::chaos`]).

use std::time::Duration;

use tests::chaos::{Outcome, Plan, trial};
use tests::cluster::database::Engine;

/// Short enough to run with all other tests; the servers of the databases are theirs, too.
const BOUNDED: Plan =
    Plan { runs: 120, at_least: Duration::from_secs(40), at_most: Duration::from_secs(60), may_crash: false };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_on_postgres() {
    judge(trial(Engine::Postgres, BOUNDED).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_on_oceanbase() {
    judge(trial(Engine::OceanBase, BOUNDED).await);
}

/// What `cargo xtask chaos` runs: as long as it says, with a server that is nobody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long; cargo xtask chaos runs it"]
#[expect(clippy::disallowed_methods, reason = "what is asked of a trial is said by the environment")]
async fn as_long_as_asked() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let runs = number("ALMANAC_CHAOS_RUNS").unwrap_or(2_000);
    let minutes = number("ALMANAC_CHAOS_MINUTES");
    // Some three runs a second at the best, less with every fault.
    let at_most = minutes.map_or(Duration::from_secs(runs * 3), |minutes| Duration::from_secs(minutes * 60));
    let plan = Plan { runs: runs as usize, at_least: Duration::ZERO, at_most, may_crash: true };
    let engine = match std::env::var("ALMANAC_CHAOS_DB").as_deref() {
        Ok("oceanbase") => Engine::OceanBase,
        Ok("mariadb") => Engine::MariaDb,
        _ => Engine::Postgres,
    };
    judge(Some(trial(engine, plan).await.expect("the server of the database is named")));
}

fn judge(outcome: Option<Outcome>) {
    // No server of that kind: sqlite only.
    let Some(Outcome { runs, lost, faults, violations }) = outcome else { return };
    eprintln!("{runs} runs, {lost} lost attempts, faults: {faults:?}");
    assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
}
