//! Waiting for a process and learning how it ended.
//!
//! A process that has ended keeps its id until it is reaped. [`Process::ended`] only sees that it ended;
//! [`Process::reap`] takes the rest. Between the two its id, which is also the id of its session, can't be given to
//! another process, so whatever carries it belongs to the attempt.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use rustix::process::{Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

use super::procfs;

/// Processes whose attempt was dropped: killed, but not seen to end yet.
static ABANDONED: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// How a process ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Exit {
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
    /// Processor time of it and of all children that it waited for.
    pub(super) cpu_ms: Option<i64>,
    /// Peak of resident memory of the largest of them, if that can be told.
    pub(super) peak_kb: Option<i64>,
}

/// A child of this process. Dropped before it is reaped, it is killed.
#[derive(Debug)]
pub(super) struct Process {
    pid: i32,
    reaped: bool,
}

impl Process {
    /// Takes charge of a child.
    pub(super) fn new(pid: i32) -> Self {
        Self { pid, reaped: false }
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// Waits until it has ended.
    pub(super) async fn ended(&self, changes: &mut Changes) {
        while !self.has_ended() {
            changes.0.recv().await;
        }
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self) -> bool {
        let Some(pid) = procfs::pid(self.pid) else { return true };
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        // An error means that it is no child of ours any more.
        !matches!(waitid(WaitId::Pid(pid), look), Ok(None))
    }

    /// Frees its id and tells how it ended.
    pub(super) fn reap(mut self) -> Exit {
        self.reaped = true;
        match wait4::try_wait4_pid(self.pid as u32) {
            Ok(Some(end)) => Exit {
                code: end.status.code(),
                signal: end.status.signal(),
                cpu_ms: Some((end.rusage.utime + end.rusage.stime).as_millis() as i64),
                peak_kb: honest_peak_kb(end.rusage.maxrss as i64 / 1024),
            },
            // Not ended (it can't be killed), or reaped by something else in this process.
            Ok(None) | Err(_) => Exit::default(),
        }
    }
}

/// Tells that some child of this process ended, since it was made or last asked.
pub(super) struct Changes(Signals);

impl Changes {
    pub(super) fn new() -> io::Result<Self> {
        signal(SignalKind::child()).map(Self)
    }

    /// Waits for a change, or for the given time.
    pub(super) async fn next(&mut self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.0.recv()).await;
    }
}

/// A process that is started without a copy of the server's memory counts the server's own peak as its first. So only
/// a figure above that says something about the process.
fn honest_peak_kb(peak_kb: i64) -> Option<i64> {
    let own = getrusage(UsageWho::RUSAGE_SELF).map_or(i64::MAX, |usage| usage.max_rss());
    (peak_kb > own).then_some(peak_kb)
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.reaped {
            if let Some(pid) = procfs::pid(self.pid) {
                let _ = kill_process_group(pid, Signal::KILL);
            }
            ABANDONED.lock().unwrap_or_else(PoisonError::into_inner).push(self.pid);
            reap_abandoned();
        }
    }
}

/// Reaps those of the abandoned that have ended.
pub(super) fn reap_abandoned() {
    let mut abandoned = ABANDONED.lock().unwrap_or_else(PoisonError::into_inner);
    abandoned.retain(|pid| matches!(wait4::try_wait4_pid(*pid as u32), Ok(None)));
}
