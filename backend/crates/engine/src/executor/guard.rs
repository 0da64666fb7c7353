//! The guard: a small process beside the server that halts or kills the attempts when the server can't.
//!
//! A server that was killed, that hangs or that is frozen (SIGSTOP, a debugger) can't end its attempts, while their
//! processes run on. The guard can: it is the same program in a process of its own, and the server tells it over a pipe
//! until when the claims can be relied on ([`crate::trust`]), by a clock that both share and nobody sets.
//!  - Past that instant the guard halts (SIGSTOP) every process that carries the mark of this server, again and again,
//!    also those that are born meanwhile. When the server extends the trust they go on.
//!  - When the pipe ends, the server is gone, whatever ended it: the guard kills them all and ends.
//!
//! So by the time another node may begin an attempt again, nothing of it runs here. Out of reach is what is out of reach
//! of signals: work that the attempt has given to another machine, a process that waits within the kernel, and a guard
//! that was itself killed *while* the server could not post a new one.
//!
//! A server that stood still in the very moment between its last look at the trust and the start of a process starts
//! it late; the guard halts that within [`post::LOOK`].

pub(super) mod post;

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Mutex;

use super::host::NodeMark;
pub use post::{Post, stand};

/// A pipe that takes no line for so long is as good as broken.
const PATIENCE: Duration = Duration::from_millis(200);

/// The server's end of the pipe to its guard.
#[derive(Debug)]
pub struct Guard {
    program: PathBuf,
    arguments: Vec<String>,
    line: Mutex<(Child, ChildStdin)>,
}

impl Guard {
    /// Starts a guard over the attempts of a node, whose processes are also found in the groups below `group`.
    ///
    /// # Errors
    /// When the program can't be started.
    pub(super) fn post(
        program: PathBuf,
        mut arguments: Vec<String>,
        node: NodeMark,
        group: Option<PathBuf>,
    ) -> io::Result<Self> {
        let NodeMark { node, incarnation } = node;
        arguments.extend(["--node".to_owned(), node.to_string(), "--incarnation".to_owned(), incarnation.to_string()]);
        if let Some(group) = group {
            arguments.extend(["--group".to_owned(), group.to_string_lossy().into_owned()]);
        }
        let line = Mutex::new(start(&program, &arguments)?);
        Ok(Self { program, arguments, line })
    }

    /// An instant for [`Guard::extend`].
    #[must_use]
    pub fn stamp() -> i64 {
        let since_boot = clock_gettime(ClockId::Boottime);
        since_boot.tv_sec * 1000 + since_boot.tv_nsec / 1_000_000
    }

    /// Tells the guard that the claims can be relied on for a while from an instant on. When the guard is gone, another
    /// one takes its place.
    pub async fn extend(&self, stamp: i64, trust: Duration) {
        let until = stamp.saturating_add(i64::try_from(trust.as_millis()).unwrap_or(i64::MAX));
        let mut line = self.line.lock().await;
        let Err(error) = say(&mut line.1, until).await else { return };
        tracing::warn!(%error, "the guard of the attempts is gone; another one takes its place");
        match start(&self.program, &self.arguments) {
            Ok(started) => *line = started,
            Err(error) => tracing::error!(%error, "no guard stands by the attempts of this server"),
        }
        if let Err(error) = say(&mut line.1, until).await {
            tracing::error!(%error, "the guard of the attempts hears nothing");
        }
    }
}

async fn say(line: &mut ChildStdin, until: i64) -> io::Result<()> {
    let text = format!("{until}\n");
    match tokio::time::timeout(PATIENCE, line.write_all(text.as_bytes())).await {
        Ok(result) => result,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

fn start(program: &PathBuf, arguments: &[String]) -> io::Result<(Child, ChildStdin)> {
    let mut command = Command::new(program);
    // In the server's session, by which it is told from attempts, but out of reach of a terminal's Ctrl-C.
    command.args(arguments).env_clear().current_dir("/").process_group(0);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let line = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    Ok((child, line))
}
