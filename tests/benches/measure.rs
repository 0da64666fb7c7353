//! The server that is measured, and how a figure is taken and told.

use std::fs;
use std::process::Command;

use serde_json::json;
use tests::firm::{Department, Firm};
use tests::server::Options;

/// The server under load, set up as it is shipped.
pub(crate) struct Bench {
    pub(crate) department: Department,
    pub(crate) rounds: usize,
    db: String,
    _firm: Firm,
}

impl Bench {
    /// Starts the server on a fresh database.
    pub(crate) async fn start(db: String, rounds: usize) -> Self {
        let url = std::env::var_os("ALMANAC_BENCH_URL").map(|url| fresh_database(&url.to_string_lossy()));
        let options = Options { as_shipped: true, database: url, ..Options::default() };
        let firm = Firm::start_with(options).await;
        let department = firm.department("bench", "Bench").await;
        Self { department, rounds, db, _firm: firm }
    }

    /// Prints a figure: the median of the rounds.
    pub(crate) fn tell(&self, bench: &str, unit: &str, n: usize, mut figures: Vec<f64>) {
        figures.sort_by(f64::total_cmp);
        let median = figures[figures.len() / 2];
        let figure = (median * 1000.0).round() / 1000.0;
        println!("{}", json!({ "bench": bench, "db": self.db, "figure": figure, "unit": unit, "n": n }));
    }
}

/// Processor time of all processes of the machine so far, in milliseconds: the database's is in it.
pub(crate) fn busy_ms() -> f64 {
    let stat = fs::read_to_string("/proc/stat").expect("the kernel counts");
    let line = stat.lines().next().expect("the sum of all processors");
    let ticks: Vec<f64> = line.split_whitespace().skip(1).map(|it| it.parse().expect("a number")).collect();
    // user, nice, system, irq and softirq; a tick is a hundredth of a second on every Linux.
    (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) * 10.0
}

/// The value below which a part of all values lies.
pub(crate) fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = ((sorted.len() - 1) as f64 * part).round() as usize;
    sorted[index]
}

/// Makes an empty database on a server and gives its address.
fn fresh_database(url: &str) -> String {
    let name = format!("almanac_bench_{}", std::process::id());
    let (base, _) = url.rsplit_once('/').expect("the address of a server ends with a database");
    let create = format!("CREATE DATABASE {name}");
    let mut command = if url.starts_with("postgres") {
        let mut command = Command::new("psql");
        command.args([url, "--quiet", "--command", &create]);
        command
    } else {
        let address = base.rsplit_once('@').expect("a user").1;
        let (host, port) = address.split_once(':').expect("a port");
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "-uroot", &format!("-h{host}"), &format!("-P{port}"), "-e"]);
        command.arg(format!("{create} CHARACTER SET utf8mb4"));
        command
    };
    assert!(command.status().expect("the database's client is installed").success(), "{create}");
    format!("{base}/{name}")
}
