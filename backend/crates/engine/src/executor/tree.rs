//! All processes of an attempt, and how they are ended.
//!
//! The main process leads a session of its own, and every process of the attempt has the attempt's mark in its
//! environment. Children that lose their parent come to the server (it is their subreaper). So a process belongs to
//! the attempt when it is in the attempt's control group, or its session or group is the main process's, or it has
//! the mark, or its parent belongs. Out of reach is only a process that leaves the session, clears its environment
//! *and* has lost its parent, if there is no control group or it did all this in the first milliseconds, before the
//! kernel has moved the main process into it.
//!
//! While the main process is not reaped (see [`super::process`]) none of these signs can belong to another.

use std::collections::HashSet;

use rustix::process::{PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, pidfd_send_signal, waitid};

use super::cgroup::Leaf;
use super::procfs::{self, Stat};

/// The processes of an attempt.
#[derive(Debug)]
pub(super) struct Tree {
    main: i32,
    mark: String,
    leaf: Option<Leaf>,
}

impl Tree {
    pub(super) fn new(main: i32, mark: String, leaf: Option<Leaf>) -> Self {
        Self { main, mark, leaf }
    }

    pub(super) fn leaf(&self) -> Option<&Leaf> {
        self.leaf.as_ref()
    }

    /// Whether processes of the attempt live on, when the main one has ended. Cheap: a file or two.
    pub(super) fn is_left(&self) -> bool {
        if self.leaf.as_ref().is_some_and(|leaf| leaf.is_populated().unwrap_or(false)) {
            return true;
        }
        // Whatever lost its parent is our child now, or a descendant of such.
        match procfs::adopted() {
            Ok(adopted) => {
                reap(&adopted);
                adopted.iter().any(|stat| !stat.zombie && self.is_marked(stat))
            }
            Err(_) => !self.members().is_empty(),
        }
    }

    /// The living processes of the attempt, by all signs.
    pub(super) fn members(&self) -> Vec<i32> {
        let table = procfs::table();
        let mut members: HashSet<i32> = self.leaf.iter().flat_map(Leaf::processes).collect();
        members.extend(table.iter().filter(|stat| self.is_marked(stat)).map(|stat| stat.pid));
        descend(&table, &mut members);
        table.iter().filter(|stat| !stat.zombie && members.contains(&stat.pid)).map(|stat| stat.pid).collect()
    }

    /// Asks every process to end that was not asked yet.
    pub(super) fn terminate(&self, asked: &mut HashSet<i32>) {
        let new: Vec<i32> = self.members().into_iter().filter(|pid| asked.insert(*pid)).collect();
        self.send(&new, Signal::TERM);
        // A process that is halted hears nothing but this and KILL.
        self.send(&new, Signal::CONT);
    }

    /// Kills every process.
    pub(super) fn kill(&self) {
        if let Some(leaf) = &self.leaf {
            // What is not in the group is found below, as without it.
            let _ = leaf.kill();
        }
        self.send(&self.members(), Signal::KILL);
    }

    fn send(&self, members: &[i32], signal: Signal) {
        let grouped: Vec<i32> = self.leaf.iter().flat_map(Leaf::processes).collect();
        for pid in members {
            send(*pid, signal, |stat| {
                self.is_marked(stat) || grouped.contains(&stat.pid) || members.contains(&stat.parent)
            });
        }
    }

    fn is_marked(&self, stat: &Stat) -> bool {
        stat.session == self.main
            || stat.group == self.main
            || procfs::marker(stat.pid).is_some_and(|mark| mark == self.mark)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // Only when the attempt was dropped in the middle; else the group is empty.
        if let Some(leaf) = &self.leaf
            && leaf.is_populated().unwrap_or(false)
        {
            let _ = leaf.kill();
        }
    }
}

/// Adds the descendants of the members.
pub(super) fn descend(table: &[Stat], members: &mut HashSet<i32>) {
    // Parents may stand after their children in the table.
    loop {
        let is_new = |stat: &&Stat| members.contains(&stat.parent) && !members.contains(&stat.pid);
        let found: Vec<i32> = table.iter().filter(is_new).map(|stat| stat.pid).collect();
        if found.is_empty() {
            return;
        }
        members.extend(found);
    }
}

/// Sends a signal to a process if it still is what it was taken for; its id may have been given to another meanwhile.
pub(super) fn send(pid: i32, signal: Signal, is_meant: impl Fn(&Stat) -> bool) {
    let Some(id) = procfs::pid(pid) else { return };
    let handle = pidfd_open(id, PidfdFlags::empty());
    if !procfs::stat(pid).as_ref().is_some_and(is_meant) {
        return;
    }
    // It may end between any two steps, which is just as well.
    let _ = match handle {
        Ok(handle) => pidfd_send_signal(handle, signal),
        Err(rustix::io::Errno::NOSYS) => kill_process(id, signal),
        Err(_) => Ok(()),
    };
}

/// Takes notice of adopted processes that have ended; nobody else will.
fn reap(adopted: &[Stat]) {
    for pid in adopted.iter().filter(|stat| stat.zombie).filter_map(|stat| procfs::pid(stat.pid)) {
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
    }
}

/// Takes notice of all adopted processes that have ended.
pub(super) fn reap_adopted() {
    if let Ok(adopted) = procfs::adopted() {
        reap(&adopted);
    }
}
