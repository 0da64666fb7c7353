//! `cargo xtask chaos`: three servers at work on a database of their own while everything that can fail does.

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::cargo::{self, Profile, WORKSPACE};
use crate::db::{Durability, Servers};
use crate::progress::step;
use crate::{flags, need};

/// Builds the program and lets the trial run for as long as is asked; its last lines are the result.
pub(crate) fn chaos(sh: &Shell, flags: &flags::Chaos) -> Result<()> {
    let engine = flags.db.as_deref().unwrap_or("postgres");
    if !["postgres", "mariadb", "oceanbase"].contains(&engine) {
        bail!("unknown database {engine:?}: postgres, mariadb or oceanbase");
    }
    need::for_tests(sh)?;
    let program = cargo::almanac(sh, Profile::Dev)?;
    step("Starting PostgreSQL, MariaDB and OceanBase");
    // The trial kills the server: what it has acknowledged must be there afterwards.
    let servers = Servers::start_with(sh, Durability::Full)?;
    for (name, value) in servers.env() {
        sh.set_var(name, value);
    }
    sh.set_var("ALMANAC_TEST_PROGRAM", program);
    sh.set_var("ALMANAC_CHAOS_DB", engine);
    let set = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            sh.set_var(name, value);
        }
    };
    set("ALMANAC_CHAOS_RUNS", flags.runs.map(|runs| runs.to_string()));
    set("ALMANAC_CHAOS_MINUTES", flags.minutes.map(|minutes| minutes.to_string()));
    set("ALMANAC_CHAOS_SEED", flags.seed.map(|seed| seed.to_string()));
    step(&format!("Chaos on {engine}"));
    let test = ["--ignored", "--exact", "cluster::chaos::as_long_as_asked", "--nocapture"];
    cmd!(sh, "cargo test {WORKSPACE...} --test it -- {test...}").run()?;
    drop(servers);
    Ok(())
}
