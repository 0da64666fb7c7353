//! `cargo xtask`: what a developer and the continuous integration run.
//!
//! It starts the product's binaries and never links the product, so that it compiles first and fast. A command of
//! its own per file; what several need is in `need` (installing), `cargo` (building) and `progress` (saying so).

mod bench;
mod cargo;
mod chaos;
mod check;
mod db;
mod e2e;
mod flags;
mod need;
mod progress;
mod run;
mod schema;
mod sim;
mod test;
#[cfg(test)]
mod tidy;
mod web;

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use xshell::Shell;

fn main() -> Result<()> {
    forget_cargo()?;
    let flags = flags::Xtask::from_env_or_exit();
    let sh = Shell::new()?;
    sh.change_dir(root());
    match flags.subcommand {
        flags::XtaskCmd::Run(flags) => run::run(&sh, &flags),
        flags::XtaskCmd::Check(_) => check::check(&sh),
        flags::XtaskCmd::Chaos(flags) => chaos::chaos(&sh, &flags),
        flags::XtaskCmd::Sim(flags) => sim::sim(&sh, &flags),
        flags::XtaskCmd::E2e(flags) => e2e::e2e(&sh, &flags),
        flags::XtaskCmd::Schema(flags) => schema::schema(&sh, flags.check),
        flags::XtaskCmd::Web(flags) => {
            let profile = if flags.release { cargo::Profile::Release } else { cargo::Profile::Dev };
            cargo::web(&sh, profile).map(|dist| eprintln!("the web UI is in {}", dist.display()))
        }
        flags::XtaskCmd::Test(flags) => test::test(&sh, &flags),
        flags::XtaskCmd::Bench(flags) => bench::bench(&sh, &flags),
    }
    .context("cargo xtask stopped")
}

/// Begins again without what `cargo run` has said about this package. Some crates are built anew when these variables
/// change, so builds by `cargo xtask` and builds by hand would undo each other's work.
fn forget_cargo() -> Result<()> {
    let about_us = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    let names: Vec<_> =
        std::env::vars_os().map(|(name, _)| name).filter(|it| it.to_str().is_some_and(about_us)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.args(std::env::args_os().skip(1));
    for name in names {
        command.env_remove(name);
    }
    Err(command.exec()).context("starting xtask again")
}

/// The root of the work tree: the folder above this package's.
fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("xtask lives one folder below the root").to_path_buf()
}
