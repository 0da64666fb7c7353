//! Running seeds: a few in every test run, one by its number to look at it, thousands by `cargo xtask sim`.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::runtime::Builder;

use crate::director::Director;
use crate::world::World;

/// Seeds of an ordinary test run, in parts that run beside each other.
const PARTS: u64 = 4;
const SEEDS_OF_PART: u64 = 3;

/// What a seed came to.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    hash: u64,
    events: u64,
    simulated_ms: i64,
    violations: Vec<String>,
    lines: Vec<String>,
}

/// Runs something on one thread whose time jumps from timer to timer.
pub(crate) fn in_simulated_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(work)
}

fn simulate(seed: u64, loud: bool) -> Outcome {
    let (world, simulated_ms) = in_simulated_time(async {
        let world = World::new(seed, loud);
        Director::new(&world).run().await;
        let elapsed_ms = world.elapsed_ms();
        (world, elapsed_ms)
    });
    Outcome {
        hash: world.trace.hash(),
        events: world.trace.events(),
        simulated_ms,
        violations: world.violations(),
        lines: world.trace.lines(),
    }
}

#[expect(clippy::disallowed_methods, reason = "which seeds to run is said to tests by the environment alone")]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// How to see a seed again.
fn again(seed: u64) -> String {
    format!("cargo xtask sim --seed {seed}")
}

/// What a failing seed leaves to read.
fn report(seed: u64, outcome: &Outcome) -> String {
    format!(
        "seed {seed} after {} ms:\n{}\n  {}\nto see all of it: {}",
        outcome.simulated_ms,
        outcome.lines.join("\n"),
        outcome.violations.join("\n  "),
        again(seed)
    )
}

fn run_all(seeds: Range<u64>) {
    let failed: Vec<String> = seeds
        .filter_map(|seed| {
            let outcome = simulate(seed, false);
            (!outcome.violations.is_empty()).then(|| report(seed, &outcome))
        })
        .collect();
    assert!(failed.is_empty(), "{} seeds failed\n{}", failed.len(), failed.join("\n\n"));
}

fn run_part(part: u64) {
    // Another command has taken them over.
    if variable("ALMANAC_SIM_SEED").is_some() || variable("ALMANAC_SIM_SEEDS").is_some() {
        return;
    }
    run_all(part * SEEDS_OF_PART..(part + 1) * SEEDS_OF_PART);
}

#[test]
fn seeds_of_the_first_part() {
    run_part(0);
}

#[test]
fn seeds_of_the_second_part() {
    run_part(1);
}

#[test]
fn seeds_of_the_third_part() {
    run_part(2);
}

#[test]
fn seeds_of_the_fourth_part() {
    run_part(PARTS - 1);
}

#[test]
fn a_seed_replays_exactly() {
    for seed in [1, 4, 11] {
        let (first, second) = (simulate(seed, false), simulate(seed, false));
        assert!(first.events > 500, "seed {seed} does something: {} events", first.events);
        let differs = first.lines.iter().zip(&second.lines).position(|(a, b)| a != b);
        let differs = differs.map(|at| (&first.lines[at], &second.lines[at]));
        assert_eq!((first.hash, first.events), (second.hash, second.events), "seed {seed} differs at {differs:#?}");
    }
}

/// `ALMANAC_SIM_SEED=n`
#[test]
fn a_seed_by_its_number() {
    let Some(seed) = variable("ALMANAC_SIM_SEED") else { return };
    log();
    let begun = Instant::now();
    let outcome = simulate(seed, true);
    eprintln!(
        "seed {seed}: {} events, {} s simulated in {:?}, trace {:016x}",
        outcome.events,
        outcome.simulated_ms / 1000,
        begun.elapsed(),
        outcome.hash
    );
    assert!(outcome.violations.is_empty(), "{:#?}", outcome.violations);
}

/// `ALMANAC_SIM_SEEDS=n` and `ALMANAC_SIM_FROM=n`
#[test]
fn many_seeds() {
    let Some(count) = variable("ALMANAC_SIM_SEEDS") else { return };
    let from = variable("ALMANAC_SIM_FROM").unwrap_or(0);
    let next = Arc::new(AtomicU64::new(from));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let begun = Instant::now();
    let work = || {
        let mut failed = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + count {
                return failed;
            }
            let outcome = simulate(seed, false);
            if !outcome.violations.is_empty() {
                let what: String = outcome.violations[0].chars().take(1_000).collect();
                eprintln!("seed {seed}: {what}\n  to see all of it: {}", again(seed));
                failed.push(seed);
            }
            if (seed + 1 - from).is_multiple_of(500) {
                eprintln!("{} seeds in {} s", seed + 1 - from, begun.elapsed().as_secs());
            }
        }
    };
    let mut failed: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a simulation does not panic")).collect()
    });
    failed.sort_unstable();
    eprintln!("{count} seeds from {from} in {:?}, {} failed: {failed:?}", begun.elapsed(), failed.len());
    assert!(failed.is_empty());
}

/// Shows what the product logs, at the level that `ALMANAC_SIM_LOG` names.
#[expect(clippy::disallowed_methods, reason = "what is shown is said to tests by the environment alone")]
fn log() {
    let Ok(level) = std::env::var("ALMANAC_SIM_LOG") else { return };
    let filter = tracing_subscriber::EnvFilter::new(level);
    tracing_subscriber::fmt().with_env_filter(filter).without_time().with_writer(std::io::stderr).init();
}
