//! `cargo xtask bench`: figures of the schedules by themselves, and of the release binary through its public API.

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::cargo::{self, Profile, WORKSPACE};
use crate::db::{Durability, Servers};
use crate::progress::step;
use crate::{flags, need};

/// The benchmark that needs no server.
const CALENDAR: &str = "calendar";

/// Runs the asked benchmarks, which print JSON lines.
pub(crate) fn bench(sh: &Shell, flags: &flags::Bench) -> Result<()> {
    let name = flags.name.as_deref();
    if name.is_none_or(|name| name == CALENDAR) {
        step("Measuring schedules");
        cmd!(sh, "cargo bench {WORKSPACE...} --bench {CALENDAR}").run()?;
    }
    if name == Some(CALENDAR) { Ok(()) } else { bench_program(sh, flags) }
}

/// Builds the release binary and the load generator and starts the asked database.
fn bench_program(sh: &Shell, flags: &flags::Bench) -> Result<()> {
    let engine = flags.db.as_deref().unwrap_or("sqlite");
    let variable = match engine {
        "sqlite" => None,
        "postgres" => Some("ALMANAC_TEST_POSTGRES_URL"),
        "mariadb" => Some("ALMANAC_TEST_MARIADB_URL"),
        "oceanbase" => Some("ALMANAC_TEST_OCEANBASE_URL"),
        other => bail!("unknown database {other:?}: sqlite, postgres, mariadb or oceanbase"),
    };
    let program = cargo::almanac(sh, Profile::Release)?;
    let servers = match variable {
        None => None,
        Some(_) => {
            need::for_tests(sh)?;
            Some(Servers::start_with(sh, Durability::Full)?)
        }
    };
    let url = servers.iter().flat_map(Servers::env).find(|(name, _)| Some(*name) == variable);
    if let Some((_, url)) = url {
        sh.set_var("ALMANAC_BENCH_URL", url);
    }
    sh.set_var("ALMANAC_TEST_PROGRAM", program);
    step(&format!("Measuring on {engine}"));
    let rounds = flags.rounds.unwrap_or(3).to_string();
    let name = flags.name.as_deref();
    cmd!(sh, "cargo bench {WORKSPACE...} --bench almanac -- --db {engine} --rounds {rounds} {name...}").run()?;
    Ok(())
}
