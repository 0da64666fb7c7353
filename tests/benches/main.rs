//! Figures of the real program through its public API, one JSON line each: `{bench, db, figure, unit, n}`.
//!
//! Every figure is the median of several rounds. A ratio is taken against the same work without the product, measured
//! in the same round on the same machine: absolute figures differ between machines, ratios much less. `n` is how many
//! things one round did.

mod measure;
mod workload;

use std::process::ExitCode;

use measure::Bench;

const USAGE: &str = "usage: almanac [burst|noop|chain] [--db NAME] [--rounds N]";

fn main() -> ExitCode {
    let Some(asked) = Asked::of(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let bench = Bench::start(asked.db, asked.rounds).await;
        for name in ["burst", "noop", "chain"] {
            match name {
                _ if asked.name.as_ref().is_some_and(|asked| asked != name) => {}
                "burst" => workload::burst(&bench).await,
                "noop" => workload::noop(&bench).await,
                _ => workload::chain(&bench).await,
            }
        }
    });
    ExitCode::SUCCESS
}

struct Asked {
    name: Option<String>,
    db: String,
    rounds: usize,
}

impl Asked {
    fn of(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut asked = Self { name: None, db: "sqlite".to_owned(), rounds: 3 };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // Cargo's own sign that this is a benchmark.
                "--bench" => {}
                "--db" => asked.db = arguments.next()?,
                "--rounds" => asked.rounds = arguments.next()?.parse().ok().filter(|rounds| *rounds > 0)?,
                "burst" | "noop" | "chain" => asked.name = Some(argument),
                _ => return None,
            }
        }
        Some(asked)
    }
}
