//! What executes attempts: one executor per kind of task, and the log that each attempt writes.
//!
//! [`Executors::run`] is the whole of an attempt on this machine: it finds the executor of the kind, runs it beside
//! the keeper of its log, and reports how it ended. It decides nothing about the run, and writes nothing but log
//! chunks (through [`log::LogStore`]): the worker commits the report.
//!
//! What an executor promises:
//!  - it ends soon after it was told to stop, and nothing of the attempt runs on when it has ended; when its future is
//!    dropped instead, it kills what it can without waiting;
//!  - it never fails: everything that goes wrong is an [`Ended`] with a reason;
//!  - it writes nothing secret to the log by itself, and hands the task only the environment it was given.

mod cgroup;
mod environment;
pub mod guard;
pub mod host;
pub mod log;
mod noop;
mod orphan;
mod output;
mod process;
mod procfs;
mod room;
mod shell;
mod spawn;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::id::AttemptKey;
use domain::run::{Ended, Reason};
use domain::workflow::TaskKind;
use service::run::TaskScope;
use store::Clock;
use tokio::sync::watch;

pub use environment::Environment;
pub use guard::Guard;
pub use host::{Host, HostConfig, NodeMark};
pub use noop::Noop;
pub use orphan::Orphans;
pub use shell::ShellExecutor;

use crate::trust::Trust;
use log::{Log, LogEnd, LogLimits, LogStore};

/// One attempt to be executed.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Which attempt.
    pub key: AttemptKey,
    /// The epoch of its claim.
    pub epoch: i64,
    /// The workflow's name, for messages.
    pub workflow: String,
    /// The task's name, for messages.
    pub task: String,
    /// What is to be done.
    pub work: Work,
    /// Variables for the task, beside the few that every process gets.
    pub env: Vec<(String, String)>,
    /// It is stopped when it takes longer.
    pub timeout_ms: Option<i64>,
}

/// A task of a type that no worker executes: no job is made for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tasks of type {0} are no work for a worker")]
pub struct NoWork(&'static str);

impl TryFrom<TaskScope> for Invocation {
    type Error = NoWork;

    fn try_from(scope: TaskScope) -> Result<Self, NoWork> {
        let work = match scope.kind {
            TaskKind::Noop(_) => Work::Noop,
            TaskKind::Shell(shell) => {
                let grace_ms = shell.grace().ms();
                Work::Shell(Shell { script: shell.script, shell: shell.shell, grace_ms })
            }
            other @ (TaskKind::Switch(_) | TaskKind::WaitFor(_) | TaskKind::SubWorkflow(_) | TaskKind::Approval(_)) => {
                return Err(NoWork(other.name()));
            }
        };
        Ok(Self {
            key: scope.key,
            epoch: scope.epoch,
            workflow: scope.workflow,
            task: scope.task,
            work,
            env: scope.env,
            timeout_ms: scope.timeout_ms,
        })
    }
}

/// What is to be done, by kind of task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A script.
    Shell(Shell),
    /// Nothing, at once.
    Noop,
}

/// A script and how to run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shell {
    /// The script, with its templates filled in.
    pub script: String,
    /// The program that reads it, with its arguments; `/bin/bash` or else `/bin/sh` when not named.
    pub shell: Option<String>,
    /// How long it may take to end after TERM, before KILL.
    pub grace_ms: i64,
}

/// Grace of a script that does not say its own.
pub const DEFAULT_GRACE_MS: i64 = 10_000;

impl Work {
    /// The kind as workflow documents spell it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Shell(_) => "shell",
            Self::Noop => "noop",
        }
    }
}

/// Why an attempt has to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Somebody asked for it: TERM, grace, KILL.
    Requested,
    /// This node no longer holds the lease: another may start the task soon, so KILL at once.
    LeaseLost,
}

/// The moment of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// The process, where there is one.
    pub pid: Option<i32>,
    /// When.
    pub at_ms: i64,
}

/// The lines between an attempt and the worker that runs it.
pub struct Control {
    /// Becomes `Some` when the attempt has to stop.
    pub stop: watch::Receiver<Option<Stop>>,
    /// Called once, when the work has begun.
    pub started: Box<dyn FnOnce(Started) + Send>,
    /// Where the attempt's lines go.
    pub log: Log,
    /// The time for log lines and reports.
    pub clock: Clock,
    /// While it does not hold, nothing begins and nothing is asked to end by itself.
    pub trust: Trust,
}

impl Control {
    /// Waits until the attempt has to stop. When nobody can say so any more, it never returns.
    pub async fn stopped(stop: &mut watch::Receiver<Option<Stop>>) -> Stop {
        match stop.wait_for(Option::is_some).await.map(|value| *value) {
            Ok(Some(stop)) => stop,
            _ => std::future::pending().await,
        }
    }
}

/// What an attempt used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time of all its processes, user and system.
    pub cpu_ms: Option<i64>,
    /// Peak of resident memory: of all its processes where the kernel counts that, else of the largest one.
    pub peak_rss_kb: Option<i64>,
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The end, for the run's state machine.
    pub ended: Ended,
    /// Exit code of the main process, also when it was stopped.
    pub exit_code: Option<i32>,
    /// The signal that ended the main process, also when it was stopped.
    pub signal: Option<i32>,
    /// The main process.
    pub pid: Option<i32>,
    /// What it used.
    pub usage: Usage,
    /// When it began, if it did.
    pub started_ms: Option<i64>,
    /// When it was over.
    pub finished_ms: i64,
    /// What keeps this machine from starting anything: nothing is wrong with the task, which may run elsewhere.
    pub unfit: Option<String>,
}

impl Report {
    /// An attempt that ended without a process.
    #[must_use]
    pub fn without_process(ended: Ended, at_ms: i64) -> Self {
        Self {
            ended,
            exit_code: None,
            signal: None,
            pid: None,
            usage: Usage::default(),
            started_ms: None,
            finished_ms: at_ms,
            unfit: None,
        }
    }

    /// An attempt that this machine could not start, whatever it was; it is given back.
    #[must_use]
    pub fn unfit(why: String, at_ms: i64) -> Self {
        Self { unfit: Some(why), ..Self::without_process(Ended::Returned, at_ms) }
    }

    /// An attempt that could not be started.
    #[must_use]
    pub fn not_started(message: String, at_ms: i64) -> Self {
        let reason = Reason::NotStarted { message };
        Self::without_process(Ended::Failed { exit_code: None, reason, retryable: true }, at_ms)
    }
}

/// Executes one kind of task.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Runs an attempt to its end.
    async fn run(&self, invocation: Invocation, control: Control) -> Report;
}

/// What [`Executors::run`] needs of the worker.
pub struct Attempt {
    /// Becomes `Some` when the attempt has to stop.
    pub stop: watch::Receiver<Option<Stop>>,
    /// Called once, when the work has begun.
    pub started: Box<dyn FnOnce(Started) + Send>,
    /// Where log chunks go.
    pub log_store: Arc<dyn LogStore>,
    /// How much of the output is kept.
    pub log_limits: LogLimits,
    /// The time for log lines and reports.
    pub clock: Clock,
    /// Until when the node may act on its claims.
    pub trust: Trust,
}

/// The executors by kind.
#[derive(Clone, Default)]
pub struct Executors {
    by_kind: HashMap<&'static str, Arc<dyn Executor>>,
    guard: Option<Arc<Guard>>,
}

impl Executors {
    /// The executors of this program.
    #[must_use]
    pub fn of_host(host: Host) -> Self {
        let guard = host.guard();
        let executors = Self { guard, ..Self::default() };
        executors.with("noop", Arc::new(Noop)).with("shell", Arc::new(ShellExecutor::new(host)))
    }

    /// What halts the attempts of these executors when their claims can't be relied on.
    #[must_use]
    pub fn guard(&self) -> Option<Arc<Guard>> {
        self.guard.clone()
    }

    /// Adds or replaces the executor of a kind.
    #[must_use]
    pub fn with(mut self, kind: &'static str, executor: Arc<dyn Executor>) -> Self {
        self.by_kind.insert(kind, executor);
        self
    }

    /// Runs an attempt to its end and keeps its log.
    pub async fn run(&self, invocation: Invocation, attempt: Attempt) -> (Report, LogEnd) {
        let Attempt { stop, started, log_store, log_limits, clock, trust } = attempt;
        let (log, keeper) = log::open(invocation.key, log_store, log_limits, clock.clone());
        let kind = invocation.work.kind();
        let run = async {
            let control = Control { stop, started, log: log.clone(), clock: clock.clone(), trust };
            let report = match self.by_kind.get(kind) {
                Some(executor) => executor.run(invocation, control).await,
                None => Report::not_started(format!("no executor for tasks of type {kind}"), clock.now_ms()),
            };
            log.close();
            report
        };
        tokio::join!(run, keeper.keep())
    }
}
