//! `cargo xtask`: what a developer and the continuous integration run.
//!
//! It starts the product's binaries and never links the product, so that it compiles first and fast. A command of
//! its own per file; what several need is in `need` (installing), `cargo` (building) and `progress` (saying so).

mod bench;
mod cargo;
mod check;
mod db;
mod e2e;
mod flags;
mod need;
mod progress;
mod run;
mod schema;
mod test;
#[cfg(test)]
mod tidy;
mod web;

use std::path::PathBuf;

use anyhow::{Context, Result};
use xshell::Shell;

fn main() -> Result<()> {
    let flags = flags::Xtask::from_env_or_exit();
    let sh = Shell::new()?;
    sh.change_dir(root());
    match flags.subcommand {
        flags::XtaskCmd::Run(flags) => run::run(&sh, &flags),
        flags::XtaskCmd::Check(_) => check::check(&sh),
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

/// The root of the work tree: the folder above this package's.
fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("xtask lives one folder below the root").to_path_buf()
}
