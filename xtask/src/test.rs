//! `cargo xtask test`: installs what the tests need, starts throw-away servers, runs every test, stops the servers.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::cargo::{self, Profile, WORKSPACE};
use crate::db::Servers;
use crate::progress::step;
use crate::{flags, need};

/// Runs the tests; the last lines are the runner's own counts.
pub(crate) fn test(sh: &Shell, flags: &flags::Test) -> Result<()> {
    need::for_tests(sh)?;
    let program = cargo::almanac(sh, Profile::Dev)?;
    if flags.filter.is_none() {
        step("Testing what the web UI computes");
        let target = cargo::target_dir().join("web");
        cmd!(sh, "cargo test --quiet --package frontend --lib --target-dir {target}").run()?;
    }
    let mut command = runner(sh, flags.filter.as_deref())?;
    command.env("ALMANAC_TEST_PROGRAM", program);

    let servers = if flags.sqlite_only {
        None
    } else {
        step("Starting PostgreSQL, MariaDB and OceanBase");
        Some(Servers::start(sh).context("a database for the tests could not be started")?)
    };
    for (name, value) in servers.iter().flat_map(Servers::env) {
        command.env(name, value);
    }
    step("Testing");
    let outcome = watch(&mut command);
    drop(servers);
    let Outcome { success, counts } = outcome?;
    eprintln!();
    for line in counts {
        eprintln!("{line}");
    }
    ensure!(success, "tests failed");
    Ok(())
}

/// cargo-nextest when it is there, else cargo's own runner; both run the whole workspace.
fn runner(sh: &Shell, filter: Option<&str>) -> Result<Command> {
    let nextest = need::on_path("cargo-nextest");
    ensure!(nextest || filter.is_none(), "--filter needs cargo-nextest, which is not installed");
    let filter = filter.map(|filter| ["-E", filter]).into_iter().flatten();
    let command = if nextest {
        cmd!(sh, "cargo nextest run {WORKSPACE...} {filter...}")
    } else {
        // The tests of the real program start servers and browsers: few at a time.
        cmd!(sh, "cargo test {WORKSPACE...} --no-fail-fast -- --test-threads 2")
    };
    Ok(command.into())
}

/// How the runner ended, and its closing lines.
struct Outcome {
    success: bool,
    counts: Vec<String>,
}

/// Passes the runner's output through and remembers its counts.
fn watch(command: &mut Command) -> Result<Outcome> {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("starting the test runner")?;
    let stdout = child.stdout.take().expect("the pipe was asked for");
    let stderr = child.stderr.take().expect("the pipe was asked for");
    let other = std::thread::spawn(move || pass_on(stdout, std::io::stdout()));
    let mut counts = pass_on(stderr, std::io::stderr());
    counts.extend(other.join().expect("passing on text does not panic"));
    Ok(Outcome { success: child.wait()?.success(), counts })
}

fn pass_on(from: impl std::io::Read, mut to: impl Write) -> Vec<String> {
    let mut counts = Vec::new();
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        // A closed terminal must not end the tests before the servers are stopped.
        let _ = to.write_all(&line);
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.starts_with("test result:") || text.starts_with("Summary [") {
            counts.push(text.to_owned());
        }
        line.clear();
    }
    counts
}
