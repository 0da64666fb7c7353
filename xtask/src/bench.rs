//! `cargo xtask bench`: figures of the release binary, taken through its public API.

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::cargo::{self, Profile, WORKSPACE};
use crate::db::{Durability, Servers};
use crate::progress::step;
use crate::{flags, need};

/// Builds the release binary and the load generator, starts the asked database and prints JSON lines.
pub(crate) fn bench(sh: &Shell, flags: &flags::Bench) -> Result<()> {
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
