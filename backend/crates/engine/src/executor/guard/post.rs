//! The guard's side of the pipe.

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Signal, getpid};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::Guard;
use crate::executor::cgroup::{Groups, Leaf};
use crate::executor::host::NodeMark;
use crate::executor::procfs::{self, Stat};
use crate::executor::tree;

/// How often it is looked for new processes while the attempts are halted.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// How often a dying process is looked at, and for how long in all.
const DYING: Duration = Duration::from_millis(50);
const ROUNDS: u32 = 200;

/// Rounds of one look: a process may bear others while it is being halted.
const PASSES: u32 = 20;

/// What is guarded.
#[derive(Debug)]
pub struct Post {
    /// The server's mark.
    pub node: NodeMark,
    /// Where the control groups of its attempts are.
    pub group: Option<PathBuf>,
}

/// Stands guard until standard input ends, then kills what is left of the attempts.
///
/// # Errors
/// When this process can't listen to signals.
pub async fn stand(post: Post) -> io::Result<()> {
    // A stop of the whole service reaches the guard, too; it goes when the server has gone.
    let mut ignored = Vec::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup(), SignalKind::quit()] {
        ignored.push(signal(kind)?);
    }
    let mut ward = Ward::of(post);
    ward.watch(tokio::io::stdin()).await;
    let killed = ward.kill().await;
    if killed > 0 {
        // Nobody may be there to read it.
        let _ = writeln!(io::stderr(), "almanac guard: the server is gone; killed {killed} processes of its attempts");
    }
    drop(ignored);
    Ok(())
}

/// The processes of a server's attempts.
pub(in crate::executor) struct Ward {
    node: NodeMark,
    groups: Option<Groups>,
    /// What the guard has halted.
    halted: HashSet<i32>,
    /// What was halted before by somebody else; `None` while all may run.
    left_alone: Option<HashSet<i32>>,
}

impl Ward {
    pub(in crate::executor) fn of(post: Post) -> Self {
        let groups = post.group.map(Groups::made);
        Self { node: post.node, groups, halted: HashSet::new(), left_alone: None }
    }

    /// Halts and releases as the lines say, until they end.
    pub(in crate::executor) async fn watch(&mut self, lines: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(lines).lines();
        let mut until: Option<i64> = None;
        loop {
            let over = async {
                let Some(until) = until else { return std::future::pending().await };
                let left = u64::try_from(until - Guard::stamp()).unwrap_or(0);
                sleep(if left == 0 { LOOK } else { Duration::from_millis(left) }).await;
            };
            tokio::select! {
                biased;
                line = lines.next_line() => match line {
                    Ok(Some(line)) => until = line.trim().parse().ok().or(until),
                    Ok(None) | Err(_) => return,
                },
                () = over => {}
            }
            match until {
                Some(until) if until <= Guard::stamp() => self.halt(),
                _ => self.release(),
            }
        }
    }

    /// Halts everything that runs.
    fn halt(&mut self) {
        for _ in 0..PASSES {
            let members = self.members();
            let left_alone = self
                .left_alone
                .get_or_insert_with(|| members.iter().filter(|stat| stat.halted).map(|stat| stat.pid).collect());
            let mut found = false;
            for member in members.iter().filter(|stat| !stat.halted && !left_alone.contains(&stat.pid)) {
                tree::send(member.pid, Signal::STOP, |stat| stat.session == member.session);
                found |= self.halted.insert(member.pid);
            }
            if !found {
                return;
            }
        }
    }

    /// Lets go on what was halted.
    fn release(&mut self) {
        self.left_alone = None;
        for pid in self.halted.drain() {
            tree::send(pid, Signal::CONT, |stat| stat.halted);
        }
    }

    /// Kills everything; gives how many processes that were.
    pub(in crate::executor) async fn kill(&mut self) -> usize {
        let mut killed = HashSet::new();
        for _ in 0..ROUNDS {
            let members = self.members();
            if members.is_empty() {
                break;
            }
            for (_, leaf) in self.leaves() {
                let _ = leaf.kill();
                std::mem::forget(leaf);
            }
            for member in &members {
                tree::send(member.pid, Signal::KILL, |stat| stat.session == member.session);
                killed.insert(member.pid);
            }
            sleep(DYING).await;
        }
        killed.len()
    }

    /// The living processes of the attempts, by all signs that [`tree`] knows.
    fn members(&self) -> Vec<Stat> {
        let own_session = procfs::stat(getpid().as_raw_nonzero().get()).map_or(0, |stat| stat.session);
        let table = procfs::table();
        let mut grouped = HashSet::new();
        for (_, leaf) in self.leaves() {
            grouped.extend(leaf.processes());
            // It is the server's to remove.
            std::mem::forget(leaf);
        }
        let is_marked = |stat: &&Stat| {
            grouped.contains(&stat.pid) || procfs::marker(stat.pid).is_some_and(|mark| self.node.is_own(&mark))
        };
        let marked: Vec<&Stat> = table.iter().filter(is_marked).collect();
        let sessions: HashSet<i32> =
            marked.iter().map(|stat| stat.session).filter(|session| *session != own_session).collect();
        let mut members: HashSet<i32> = marked.iter().map(|stat| stat.pid).collect();
        members.extend(table.iter().filter(|stat| sessions.contains(&stat.session)).map(|stat| stat.pid));
        tree::descend(&table, &mut members);
        table.into_iter().filter(|stat| !stat.zombie && members.contains(&stat.pid)).collect()
    }

    fn leaves(&self) -> Vec<(String, Leaf)> {
        let leaves = self.groups.as_ref().map(Groups::leaves).unwrap_or_default();
        let (own, others): (Vec<_>, Vec<_>) = leaves.into_iter().partition(|(mark, _)| self.node.is_own(mark));
        others.into_iter().for_each(|(_, leaf)| std::mem::forget(leaf));
        own
    }
}
