//! One attempt of a script: watching its process, ending its tree, and telling how it went.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use domain::id::AttemptKey;
use domain::run::{Ended, Outputs, Reason};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Leaving;
use crate::executor::cgroup::Leaf;
use crate::executor::log::Log;
use crate::executor::log::capture::Capture;
use crate::executor::process::{self, Changes, Exit, Process};
use crate::executor::spawn::Spawned;
use crate::executor::tree::{self, Tree};
use crate::executor::{Control, Invocation, Report, Shell, Started, Stop, Usage, procfs};
use crate::trust::Trust;

/// How long background processes may take to end after TERM when the script has ended without them.
const BACKGROUND_GRACE: Duration = Duration::from_secs(2);

/// How long to wait for processes to vanish after KILL. Those that wait within the kernel vanish later or never.
const KILL_PATIENCE: Duration = Duration::from_secs(10);

/// How often a dying tree is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The longest pause before processes that were born meanwhile are asked to end, too.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// Samples of a running tree: soon after its start, then less and less often.
const FIRST_SAMPLE: Duration = Duration::from_millis(10);
const LAST_SAMPLE: Duration = Duration::from_secs(5);

/// Why the watch over an attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The main process ended by itself.
    Ended,
    Stopped(Stop),
    TimedOut {
        after_ms: i64,
    },
}

/// A script that runs.
pub(super) struct Attempt {
    key: AttemptKey,
    process: Process,
    changes: Changes,
    tree: Arc<Tree>,
    capture: Option<Capture>,
    log: Log,
    /// The largest memory that was seen in samples.
    sampled_kb: Option<i64>,
}

impl Attempt {
    pub(super) fn new(key: AttemptKey, spawned: Spawned, mark: String, control: &Control) -> std::io::Result<Self> {
        let Spawned { process, out, err, leaf, peak_kb: sampled_kb } = spawned;
        let changes = Changes::new()?;
        let tree = Arc::new(Tree::new(process.pid(), mark, leaf));
        let capture = Some(Capture::new(out, err)?);
        Ok(Self { key, process, changes, tree, capture, log: control.log.clone(), sampled_kb })
    }

    pub(super) async fn run(
        mut self,
        invocation: &Invocation,
        shell: &Shell,
        control: Control,
        room: Leaving,
    ) -> Report {
        let Control { mut stop, started, clock, log, trust } = control;
        let (pid, started_ms) = (self.process.pid(), clock.now_ms());
        started(Started { pid: Some(pid), at_ms: started_ms });
        let over = CancellationToken::new();
        let capture = self.capture.take();
        let watch = async {
            let cause = self.watch(&mut stop, invocation.timeout_ms, &trust).await;
            self.end(cause, shell, &mut stop).await;
            over.cancel();
            cause
        };
        let drain = async {
            if let Some(capture) = capture {
                capture.drain(&log, &over).await;
            }
        };
        let (cause, ()) = tokio::join!(watch, drain);
        let (exit, usage) = self.reap();
        let finished_ms = clock.now_ms();
        let counts = cause == Cause::Ended && exit.code == Some(0);
        let outputs = if counts { room.outputs().await } else { Ok(Outputs::new()) };
        Report {
            ended: ended(cause, exit, outputs),
            exit_code: exit.code,
            signal: exit.signal,
            pid: Some(pid),
            usage,
            started_ms: Some(started_ms),
            finished_ms,
            unfit: None,
        }
    }

    /// Waits for what ends the attempt.
    async fn watch(
        &mut self,
        stop: &mut watch::Receiver<Option<Stop>>,
        timeout_ms: Option<i64>,
        trust: &Trust,
    ) -> Cause {
        let time_is_up = async {
            match timeout_ms {
                Some(after_ms) => {
                    sleep(Duration::from_millis(after_ms.max(0).unsigned_abs())).await;
                    // What is halted could only end by going on.
                    trust.wait().await;
                    Cause::TimedOut { after_ms }
                }
                None => std::future::pending().await,
            }
        };
        tokio::pin!(time_is_up);
        let stopped = Control::stopped(stop);
        tokio::pin!(stopped);
        let mut pause = FIRST_SAMPLE;
        loop {
            tokio::select! {
                biased;
                () = self.process.ended(&mut self.changes) => return Cause::Ended,
                stop = &mut stopped => return Cause::Stopped(stop),
                cause = &mut time_is_up => return cause,
                () = sleep(pause) => {
                    pause = (pause * 2).min(LAST_SAMPLE);
                    self.sampled_kb = self.sampled_kb.max(procfs::peak_rss_kb(self.process.pid()));
                    tree::reap_adopted();
                    process::reap_abandoned();
                }
            }
        }
    }

    /// Ends all that still lives.
    async fn end(&mut self, cause: Cause, shell: &Shell, stop: &mut watch::Receiver<Option<Stop>>) {
        let grace = Duration::from_millis(shell.grace_ms.max(0).unsigned_abs());
        let seconds = grace.as_secs_f64();
        match cause {
            Cause::Ended if !self.tree.is_left() => return,
            Cause::Ended => {
                let count = self.terminate(BACKGROUND_GRACE, stop).await;
                self.log.system(&format!("The script ended and left {count} background processes; they were ended."));
            }
            Cause::Stopped(Stop::LeaseLost) => {
                self.log.system("This server no longer holds the task; its processes are killed.");
            }
            Cause::Stopped(Stop::Requested) => {
                self.log.system(&format!("Stopping: TERM now, KILL after {seconds} s."));
                self.terminate(grace, stop).await;
            }
            Cause::TimedOut { after_ms } => {
                let limit = Duration::from_millis(after_ms.max(0).unsigned_abs()).as_secs_f64();
                self.log.system(&format!("The limit of {limit} s is over: TERM now, KILL after {seconds} s."));
                self.terminate(grace, stop).await;
            }
        }
        if !self.is_gone() {
            self.kill().await;
        }
    }

    /// Asks all processes to end and waits for it; returns how many were asked.
    async fn terminate(&mut self, grace: Duration, stop: &mut watch::Receiver<Option<Stop>>) -> usize {
        let deadline = Instant::now() + grace;
        let mut asked = HashSet::new();
        let mut pause = LOOK;
        loop {
            let tree = self.tree.clone();
            // Again and again: a process may have been born while the others were asked.
            asked = spawn_blocking(move || {
                tree.terminate(&mut asked);
                asked
            })
            .await
            .unwrap_or_default();
            let look_again = Instant::now() + pause;
            while !self.is_gone() && Instant::now() < look_again.min(deadline) {
                self.changes.next(LOOK.min(pause)).await;
            }
            if self.is_gone() || Instant::now() >= deadline || *stop.borrow() == Some(Stop::LeaseLost) {
                return asked.len();
            }
            pause = (pause * 2).min(LAST_LOOK);
        }
    }

    /// Kills all processes until none is found.
    async fn kill(&mut self) {
        let deadline = Instant::now() + KILL_PATIENCE;
        loop {
            let tree = self.tree.clone();
            // Again and again: a process may have been born while the others were counted.
            let _ = spawn_blocking(move || tree.kill()).await;
            if self.is_gone() {
                return;
            }
            if Instant::now() > deadline {
                let left = self.tree.members();
                tracing::error!(attempt = %self.key, ?left, "processes of a task can't be killed");
                self.log.system(&format!("These processes can't be killed: {left:?}."));
                return;
            }
            self.changes.next(LOOK).await;
        }
    }

    fn is_gone(&self) -> bool {
        self.process.has_ended() && !self.tree.is_left()
    }

    fn reap(self) -> (Exit, Usage) {
        let exit = self.process.reap();
        let leaf = self.tree.leaf();
        let usage = Usage {
            // The group misses the first moment of the main process, the process all that it did not wait for.
            cpu_ms: exit.cpu_ms.max(leaf.and_then(Leaf::cpu_ms)),
            peak_rss_kb: leaf.and_then(Leaf::peak_kb).or(exit.peak_kb.max(self.sampled_kb)),
        };
        (exit, usage)
    }
}

fn ended(cause: Cause, exit: Exit, outputs: Result<Outputs, String>) -> Ended {
    let failed = |reason, retryable| Ended::Failed { exit_code: exit.code, reason, retryable };
    match cause {
        Cause::Stopped(_) => Ended::Stopped,
        Cause::TimedOut { after_ms } => Ended::TimedOut { after_ms },
        Cause::Ended => match (exit.code, exit.signal, outputs) {
            (Some(0), _, Ok(outputs)) => Ended::Succeeded { outputs },
            // The work is done; doing it again would most likely leave the same.
            (Some(0), _, Err(message)) => failed(Reason::BadOutput { message }, false),
            (Some(code), _, _) => failed(Reason::ExitCode { code }, true),
            (None, Some(signal), _) => failed(Reason::Signal { signal }, true),
            (None, None, _) => {
                let message = "how the process ended could not be learnt".to_owned();
                failed(Reason::NotStarted { message }, true)
            }
        },
    }
}
