//! `cargo xtask run`: from a fresh clone to a server with a demo firm in it.

use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, ensure};
use xshell::Shell;

use crate::cargo::{self, Profile};
use crate::progress::step;
use crate::{flags, need, root};

/// Builds everything and starts `almanac serve --demo` until it is stopped with Ctrl-C.
pub(crate) fn run(sh: &Shell, flags: &flags::Run) -> Result<()> {
    need::for_demo(sh)?;
    let program = cargo::almanac(sh, Profile::Dev)?;
    let data = data_dir(sh, flags)?;
    let mut command = Command::new(&program);
    command.args(["serve", "--demo", "--data-dir"]).arg(&data.path);
    if let Some(address) = &flags.listen {
        command.args(["--listen", address]);
    }
    if flags.build_only {
        println!("{command:?}");
        return Ok(());
    }
    step(&format!("Starting Almanac with its data in {}; Ctrl-C stops it", data.path.display()));
    let status = wait(&mut command).with_context(|| format!("starting {}", program.display()));
    data.remove();
    let status = status?;
    ensure!(status.success() || interrupted(status), "the server ended with {status}");
    Ok(())
}

struct DataDir {
    path: PathBuf,
    temporary: bool,
}

impl DataDir {
    fn remove(&self) {
        if self.temporary && std::fs::remove_dir_all(&self.path).is_err() {
            eprintln!("left behind: {}", self.path.display());
        }
    }
}

fn data_dir(sh: &Shell, flags: &flags::Run) -> Result<DataDir> {
    let path = match (&flags.data_dir, flags.temporary) {
        (Some(dir), _) => std::path::absolute(dir)?,
        (None, true) => std::env::temp_dir().join(format!("almanac-demo-{}", std::process::id())),
        (None, false) => root().join("var"),
    };
    sh.create_dir(&path)?;
    Ok(DataDir { path, temporary: flags.temporary && flags.data_dir.is_none() })
}

/// Waits for the server; Ctrl-C reaches both, and this process outlives it to say how it ended.
fn wait(command: &mut Command) -> std::io::Result<ExitStatus> {
    command.spawn()?.wait()
}

fn interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal().is_some()
}
