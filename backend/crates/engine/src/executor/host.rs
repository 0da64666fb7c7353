//! This machine as a place where attempts run: made once at start, shared by all executors that start processes.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;

use domain::id::AttemptKey;
use rustix::process::{getpid, set_child_subreaper};

use super::cgroup::Groups;
use super::environment::Environment;
use super::guard::Guard;
use super::room::Rooms;
use super::spawn::{Launch, NotSpawned, Spawned, Spawner};

/// Which node, in which of its lives: the part of a mark that all attempts of a server share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeMark {
    /// The node's id.
    pub node: i64,
    /// Its incarnation, which rises at each start.
    pub incarnation: i64,
}

impl NodeMark {
    /// The mark of an attempt's processes and control group.
    #[must_use]
    pub fn of_attempt(self, key: AttemptKey, epoch: i64) -> String {
        let Self { node, incarnation } = self;
        format!("{node}-{incarnation}-{}-{}-{}-{epoch}", key.run, key.ordinal, key.number)
    }

    /// Whether a mark is from this life of this node.
    pub(super) fn is_own(self, mark: &str) -> bool {
        mark.strip_prefix(&format!("{}-{}-", self.node, self.incarnation)).is_some()
    }

    /// Whether a mark is from another life of this node.
    pub(super) fn is_former(self, mark: &str) -> bool {
        mark.strip_prefix(&format!("{}-", self.node)).is_some() && !self.is_own(mark)
    }
}

/// How attempts run on this machine.
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// Where attempts get their directories: `<data dir>/attempt`.
    pub data_dir: PathBuf,
    /// This node.
    pub node: NodeMark,
    /// Whether to use control groups where they can be made.
    pub control_groups: bool,
    /// What every task inherits.
    pub environment: Environment,
    /// The program that halts or kills the attempts when this process can't ([`super::guard`]): its path, and what
    /// makes it that. `None`: nobody stands by.
    pub guard: Option<(PathBuf, Vec<String>)>,
}

/// A place where attempts run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    node: NodeMark,
    rooms: Arc<Rooms>,
    environment: Environment,
    groups: Option<Arc<Groups>>,
    spawner: Spawner,
    guard: Option<Arc<Guard>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(groups) = &self.groups {
            groups.remove();
        }
    }
}

impl Host {
    /// Prepares this machine. From here on the process inherits the orphans among its descendants.
    ///
    /// # Errors
    /// When the data directory can't be made, or threads can't be started.
    pub fn open(config: HostConfig) -> io::Result<Self> {
        let attempt_dir = config.data_dir.join("attempt");
        DirBuilder::new().recursive(true).mode(0o700).create(&attempt_dir)?;
        // Tasks don't start where the server was started.
        let attempt_dir = attempt_dir.canonicalize()?;
        set_child_subreaper(Some(getpid()))?;
        let groups = if config.control_groups { open_groups(config.node) } else { None };
        // Before any attempt, so that none goes unguarded.
        let guard = match config.guard {
            Some((program, arguments)) => {
                let group = groups.as_ref().map(|groups| groups.dir().to_owned());
                Some(Arc::new(Guard::post(program, arguments, config.node, group)?))
            }
            None => None,
        };
        let spawner = Spawner::start(groups.clone())?;
        let rooms = Rooms::new(attempt_dir, config.node.incarnation);
        let inner = Inner { node: config.node, rooms, environment: config.environment, groups, spawner, guard };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether attempts run in control groups of their own.
    #[must_use]
    pub fn uses_control_groups(&self) -> bool {
        self.inner.groups.is_some()
    }

    pub(super) fn node(&self) -> NodeMark {
        self.inner.node
    }

    pub(super) fn rooms(&self) -> &Arc<Rooms> {
        &self.inner.rooms
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.inner.environment
    }

    pub(super) fn guard(&self) -> Option<Arc<Guard>> {
        self.inner.guard.clone()
    }

    pub(super) fn groups(&self) -> Option<&Groups> {
        self.inner.groups.as_deref()
    }

    pub(super) async fn spawn(&self, launch: Launch) -> Result<Spawned, NotSpawned> {
        self.inner.spawner.spawn(launch).await
    }
}

fn open_groups(node: NodeMark) -> Option<Arc<Groups>> {
    match Groups::open(node.node) {
        Ok(groups) => Some(Arc::new(groups)),
        Err(error) => {
            tracing::info!(%error, "no control groups of our own; processes are found by their marks");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{RunId, TenantId};

    use super::*;

    #[test]
    fn marks_tell_node_and_life() {
        let key = AttemptKey { tenant: TenantId(1), run: RunId(5), ordinal: 2, number: 3 };
        let node = NodeMark { node: 7, incarnation: 2 };
        let own = node.of_attempt(key, 9);
        assert_eq!(own, "7-2-5-2-3-9");
        assert!(node.is_own(&own) && !node.is_former(&own));
        let before = NodeMark { incarnation: 1, ..node }.of_attempt(key, 9);
        assert!(!node.is_own(&before) && node.is_former(&before));
        for other in ["77-2-5-2-3-9", "7", "", "x-7-1-"] {
            assert!(!node.is_own(other) && !node.is_former(other), "{other}");
        }
    }
}
