//! Control groups (version 2): one leaf per attempt, where the kernel lets us make them.
//!
//! A leaf holds the processes of the attempt, whatever they do to hide: it kills them in one step and counts what they
//! used. Leaves are made below the server's own group, `…/almanac-<node>/<attempt>`; with systemd that needs
//! `Delegate=yes`. Where groups can't be made (containers without the right, no version 2) attempts run without, and
//! [`super::tree`] finds their processes in `/proc`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The group below which the leaves of this node are made.
#[derive(Debug)]
pub(super) struct Groups {
    dir: PathBuf,
}

impl Groups {
    /// Makes the node's group below the server's own one.
    pub(super) fn open(node: i64) -> io::Result<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo")?;
        let own = fs::read_to_string("/proc/self/cgroup")?;
        let own = own_group(&mounts, &own).ok_or(io::ErrorKind::Unsupported)?;
        Self::below(&own, node)
    }

    fn below(own: &Path, node: i64) -> io::Result<Self> {
        let dir = delegated(own).join(format!("almanac-{node}"));
        create(&dir)?;
        // Only counts memory where the administrator let the controller reach our group.
        let counts_memory = fs::write(dir.join("cgroup.subtree_control"), "+memory").is_ok();
        let groups = Self { dir };
        groups.try_out()?;
        tracing::info!(group = %groups.dir.display(), counts_memory, "attempts run in control groups of their own");
        Ok(groups)
    }

    /// The node's group as another process made it.
    pub(super) fn made(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Where it is.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Finds out now, not at the first attempt, what this kernel and these rights allow.
    fn try_out(&self) -> io::Result<()> {
        let leaf = self.leaf("probe")?;
        // Writing needs the right and a kernel since 5.14.
        fs::OpenOptions::new().write(true).open(leaf.dir.join("cgroup.kill"))?;
        fs::OpenOptions::new().write(true).open(leaf.dir.join("cgroup.procs"))?;
        leaf.is_populated().map(drop)
    }

    /// Makes the leaf of an attempt.
    pub(super) fn leaf(&self, name: &str) -> io::Result<Leaf> {
        let dir = self.dir.join(name);
        create(&dir)?;
        Ok(Leaf { dir })
    }

    /// Removes the node's group, if no process is left in it.
    pub(super) fn remove(&self) {
        // Leaves whose attempt was dropped are still there; each goes as it is dropped here.
        drop(self.leaves());
        let _ = fs::remove_dir(&self.dir);
    }

    /// The leaves that exist, of whatever incarnation.
    pub(super) fn leaves(&self) -> Vec<(String, Leaf)> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Vec::new() };
        let dirs = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        dirs.filter_map(|entry| Some((entry.file_name().into_string().ok()?, Leaf { dir: entry.path() }))).collect()
    }
}

/// The group of one attempt. It is removed when dropped, if no process is in it any more.
#[derive(Debug)]
pub(super) struct Leaf {
    dir: PathBuf,
}

impl Leaf {
    /// Moves a process in; what it starts from now on is born there.
    pub(super) fn add(&self, pid: i32) -> io::Result<()> {
        fs::write(self.dir.join("cgroup.procs"), pid.to_string())
    }

    /// Whether a living process is in it.
    pub(super) fn is_populated(&self) -> io::Result<bool> {
        Ok(number(&fs::read_to_string(self.dir.join("cgroup.events"))?, "populated") == Some(1))
    }

    /// The processes in it.
    pub(super) fn processes(&self) -> Vec<i32> {
        let text = fs::read_to_string(self.dir.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Kills all processes in it at once, also those that are just being born.
    pub(super) fn kill(&self) -> io::Result<()> {
        fs::write(self.dir.join("cgroup.kill"), "1")
    }

    /// Processor time of all processes that were ever in it.
    pub(super) fn cpu_ms(&self) -> Option<i64> {
        let text = fs::read_to_string(self.dir.join("cpu.stat")).ok()?;
        number(&text, "usage_usec").map(|micros| micros / 1000)
    }

    /// Peak of the memory of all its processes together, where that is counted.
    pub(super) fn peak_kb(&self) -> Option<i64> {
        let bytes: i64 = fs::read_to_string(self.dir.join("memory.peak")).ok()?.trim().parse().ok()?;
        Some(bytes / 1024)
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir(&self.dir) {
            tracing::debug!(group = %self.dir.display(), %error, "the control group could not be removed");
        }
    }
}

fn create(dir: &Path) -> io::Result<()> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

fn number(text: &str, name: &str) -> Option<i64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

/// The directory of the group that this process is in.
fn own_group(mounts: &str, own: &str) -> Option<PathBuf> {
    // "… <root> <mount point> <options> … - cgroup2 …"
    let mount = mounts.lines().find(|line| line.contains(" - cgroup2 "))?;
    let mut fields = mount.split(' ').skip(3);
    let (root, point) = (fields.next()?, fields.next()?);
    // The line of version 2 begins with "0::"; the path counts from the root of all groups.
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    let below = path.strip_prefix(root.trim_end_matches('/'))?;
    Some(Path::new(point).join(below.trim_start_matches('/')))
}

/// With systemd's `DelegateSubgroup=` the server sits in a subgroup of what was delegated to it. There, and only there,
/// the memory controller can reach our leaves: a group with processes of its own can't pass controllers on.
fn delegated(own: &Path) -> &Path {
    let is_delegated = |dir: &&Path| {
        let mut value = [0_u8; 8];
        matches!(rustix::fs::getxattr(*dir, "user.delegate", &mut value), Ok(1) if value[0] == b'1')
    };
    own.parent().filter(is_delegated).unwrap_or(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_group_is_found_in_every_layout() {
        let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw";
        let hybrid = "31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
                      32 23 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";
        let service = "0::/system.slice/almanac.service\n";
        let container = "33 23 0:29 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw";
        for (mounts, own, expected) in [
            (unified, service, Some("/sys/fs/cgroup/system.slice/almanac.service")),
            (unified, "0::/\n", Some("/sys/fs/cgroup/")),
            (hybrid, "9:name=systemd:/x\n0::/y\n", Some("/sys/fs/cgroup/unified/y")),
            (container, "0::/docker/abc/z", Some("/sys/fs/cgroup/z")),
            (container, "0::/", None),
            ("31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu", "4:cpu:/\n", None),
        ] {
            assert_eq!(own_group(mounts, own), expected.map(PathBuf::from), "{mounts} {own}");
        }
    }

    #[test]
    fn numbers_are_found_by_their_whole_name() {
        let text = "usage_usec 1500\nuser_usec 1000\n";
        assert_eq!(number(text, "user_usec"), Some(1000));
        assert_eq!(number(text, "usage"), None);
    }
}
