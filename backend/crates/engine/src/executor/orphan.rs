//! What an earlier life of this node has left on the machine: processes, control groups, directories.
//!
//! After a crash the processes of its attempts run on, while the attempts are given up (`lost`) or begun again. So a
//! starting node first kills everything that carries its mark with another incarnation.

use std::time::Duration;

use rustix::process::Signal;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::cgroup::Groups;
use super::host::{Host, NodeMark};
use super::{procfs, tree};

/// How often it is looked again, and for how long in all: a process in the midst of disk work dies late.
const PAUSE: Duration = Duration::from_millis(50);
const ROUNDS: u32 = 100;

/// What was found of an earlier life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Orphans {
    /// Processes that were killed.
    pub killed: usize,
    /// Processes that can't be killed: they wait within the kernel, or belong to another user.
    pub remaining: usize,
}

impl Host {
    /// Ends what earlier lives of this node have left. To be called before the node takes work.
    pub async fn kill_orphans(&self) -> Orphans {
        let host = self.clone();
        let mut found = spawn_blocking(move || kill(&host)).await.unwrap_or_default();
        let first = found;
        for _ in 0..ROUNDS {
            if found == 0 {
                break;
            }
            sleep(PAUSE).await;
            let host = self.clone();
            found = spawn_blocking(move || kill(&host)).await.unwrap_or_default();
        }
        let rooms = self.rooms().clone();
        // A panic in there would only leave directories.
        let _ = spawn_blocking(move || rooms.remove_former()).await;
        Orphans { killed: first.saturating_sub(found), remaining: found }
    }
}

/// Kills what is there; returns how many processes that were.
fn kill(host: &Host) -> usize {
    let node = host.node();
    tree::reap_adopted();
    let mut found = Vec::new();
    for (mark, leaf) in host.groups().into_iter().flat_map(Groups::leaves) {
        if node.is_own(&mark) {
            // Not ours to remove: an attempt of this life.
            std::mem::forget(leaf);
        } else {
            found.extend(leaf.processes());
            let _ = leaf.kill();
        }
    }
    for stat in procfs::table().iter().filter(|stat| !stat.zombie) {
        if is_orphan(stat.pid, node) {
            tree::send(stat.pid, Signal::KILL, |stat| is_orphan(stat.pid, node));
            found.push(stat.pid);
        }
    }
    found.sort_unstable();
    found.dedup();
    found.len()
}

fn is_orphan(pid: i32, node: NodeMark) -> bool {
    procfs::marker(pid).is_some_and(|mark| node.is_former(&mark))
}
