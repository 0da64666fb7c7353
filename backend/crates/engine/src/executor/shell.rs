//! Scripts: a process in its own session, watched until it and everything it started are gone.
//!
//! The script is a private file whose path the shell gets: its text never stands in the process table. An attempt ends
//! in one of three ways: the main process ends by itself, somebody wants it stopped, or its time is up. In the last
//! two the whole tree gets TERM and, after the grace, KILL. In all three whatever still lives is ended as well before
//! the attempt is reported, so that nothing runs on unwatched.

mod attempt;

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use domain::run::{Ended, Outputs};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::host::Host;
use super::room::Room;
use super::spawn::{Launch, NotSpawned};
use super::{Control, Executor, Invocation, Report, Shell, Work, output, procfs};
use crate::trust::Trust;
use attempt::Attempt;

/// Runs scripts.
#[derive(Debug, Clone)]
pub struct ShellExecutor {
    host: Host,
}

impl ShellExecutor {
    /// Runs them on this machine.
    #[must_use]
    pub const fn new(host: Host) -> Self {
        Self { host }
    }

    fn launch(&self, invocation: &Invocation, shell: &Shell, trust: Trust) -> Result<Launch, String> {
        let mark = self.host.node().of_attempt(invocation.key, invocation.epoch);
        let room = Arc::new(self.host.rooms().take());
        let output = room.output();
        let output = output.to_str().ok_or("the path of the data directory is not UTF-8")?;
        let task = invocation.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let almanac = [(procfs::MARKER, mark.as_str()), ("ALMANAC_OUTPUT", output)];
        let environment = self.host.environment().entries(task, almanac)?;
        let command = command(shell.shell.as_deref(), &room.script())?;
        Ok(Launch { room, script: shell.script.clone(), command, environment, mark, trust })
    }
}

#[async_trait]
impl Executor for ShellExecutor {
    async fn run(&self, invocation: Invocation, control: Control) -> Report {
        let not_started = |message| Report::not_started(message, control.clock.now_ms());
        let Work::Shell(shell) = &invocation.work else {
            return not_started("the task is not a script".into());
        };
        if control.stop.borrow().is_some() {
            return Report::without_process(Ended::Stopped, control.clock.now_ms());
        }
        let launch = match self.launch(&invocation, shell, control.trust.clone()) {
            Ok(launch) => launch,
            Err(message) => return not_started(message),
        };
        let room = Leaving(Some(launch.room.clone()));
        let (mark, program) = (launch.mark.clone(), launch.command[0].clone());
        let spawned = match self.host.spawn(launch).await {
            Ok(spawned) => spawned,
            Err(NotSpawned::Untrusted) => return Report::without_process(Ended::Returned, control.clock.now_ms()),
            Err(NotSpawned::Failed(error)) if is_of_machine(&error) => {
                control.log.system("This server can't start tasks at the moment; the task is given back.");
                return Report::unfit(error.to_string(), control.clock.now_ms());
            }
            Err(error) => return not_started(format!("{}: {error}", program.to_string_lossy())),
        };
        match Attempt::new(invocation.key, spawned, mark, &control) {
            Ok(attempt) => attempt.run(&invocation, shell, control, room).await,
            Err(error) => not_started(error.to_string()),
        }
    }
}

/// Whether an error tells of the machine, not of the task: no space, no memory, no more files or processes, a disk that
/// can't be written or read.
fn is_of_machine(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errors =
        [Errno::NOSPC, Errno::DQUOT, Errno::ROFS, Errno::IO, Errno::NOMEM, Errno::MFILE, Errno::NFILE, Errno::AGAIN];
    Errno::from_io_error(error).is_some_and(|error| errors.contains(&error))
}

/// The command that reads a script.
fn command(shell: Option<&str>, script: &Path) -> Result<Vec<CString>, String> {
    static USUAL: OnceLock<&'static str> = OnceLock::new();
    let usual = || *USUAL.get_or_init(|| if Path::new("/bin/bash").exists() { "/bin/bash" } else { "/bin/sh" });
    let shell = match shell {
        Some("/bin/bash") | None => usual(),
        Some(shell) => shell,
    };
    let words = shell.split_ascii_whitespace().map(str::as_bytes).chain([script.as_os_str().as_bytes()]);
    let command: Vec<_> = words.map(CString::new).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if command.len() > 1 { Ok(command) } else { Err("the shell has no name".into()) }
}

/// A room that is emptied in the background, also when the attempt is dropped: that blocks, and may take long.
struct Leaving(Option<Arc<Room>>);

impl Leaving {
    /// Reads what the attempt left for others.
    async fn outputs(&self) -> Result<Outputs, String> {
        let Some(room) = self.0.clone() else { return Ok(Outputs::new()) };
        if fs::symlink_metadata(room.output()).is_err() {
            return Ok(Outputs::new());
        }
        let outputs = spawn_blocking(move || output::read(&room.output())).await;
        outputs.unwrap_or_else(|error| Err(error.to_string()))
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if let (Some(room), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn_blocking(move || drop(room));
        }
    }
}
