//! `cargo xtask run`: from a fresh clone to a server with a demo firm in it.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Error, Result};
use xshell::Shell;

use crate::cargo::{self, Profile};
use crate::progress::step;
use crate::{flags, need, root};

/// Builds everything and becomes `almanac serve --demo`, which Ctrl-C stops in good order.
pub(crate) fn run(sh: &Shell, flags: &flags::Run) -> Result<()> {
    need::for_demo(sh)?;
    let program = cargo::almanac(sh, Profile::Dev)?;
    let data = data_dir(sh, flags)?;
    let mut command = if flags.temporary { cleaning(&program, &data) } else { Command::new(&program) };
    command.args(["serve", "--demo", "--data-dir"]).arg(&data);
    if let Some(address) = &flags.listen {
        command.args(["--listen", address]);
    }
    if flags.build_only {
        println!("{command:?}");
        return Ok(());
    }
    step(&format!("Starting Almanac with its data in {}; Ctrl-C stops it", data.display()));
    become_it(&mut command).map(drop).with_context(|| format!("starting {}", program.display()))
}

fn data_dir(sh: &Shell, flags: &flags::Run) -> Result<PathBuf> {
    let path = match &flags.data_dir {
        Some(dir) => std::path::absolute(dir)?,
        None if flags.temporary => std::env::temp_dir().join(format!("almanac-demo-{}", std::process::id())),
        None => root().join("var"),
    };
    sh.create_dir(&path)?;
    Ok(path)
}

/// The program with a shell around it that removes the data when it has ended. The trap keeps the shell alive over
/// Ctrl-C, which goes to both; the program still stops as it should.
fn cleaning(program: &Path, data: &Path) -> Command {
    const SCRIPT: &str = "trap : INT TERM; data=$1; shift; \"$@\"; status=$?; rm -rf \"$data\"; exit $status";
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(data).arg(program);
    command
}

/// Puts the program in the place of this one, so that signals reach it and nothing is left to wait for it.
fn become_it(command: &mut Command) -> Result<Infallible> {
    Err(Error::from(command.exec()))
}
