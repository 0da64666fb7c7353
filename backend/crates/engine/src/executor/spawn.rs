//! Starting processes.
//!
//! A process of a task has to begin in its own session and its own directory, without a copy of the server's memory
//! map being made (`fork` of a large server takes longer than the whole of a short script). `posix_spawn` does the
//! first and avoids the last, but knows no directory. So a few threads of our own start the processes: each has left
//! the directory that the other threads share, and enters the attempt's directory before it spawns. They also do the
//! small blocking work around a start.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use nix::libc::POSIX_SPAWN_SETSID;
use nix::sched::{CloneFlags, unshare};
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::SigSet;
use rustix::fs::Mode;
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::sync::{mpsc, oneshot};

use super::cgroup::{Groups, Leaf};
use super::process::Process;
use super::procfs;
use super::room::Room;
use crate::trust::Trust;

/// A start takes well below a millisecond of work, but the kernel may let the move into a control group wait for some.
const THREADS: usize = 8;

/// What the files of a task may at most be for others; as usual, so that reports can be read by those who need them.
const UMASK: Mode = Mode::from_raw_mode(0o022);

/// A process to be started.
pub(super) struct Launch {
    /// Where it lives; furnished here.
    pub(super) room: Arc<Room>,
    /// What the room's script says.
    pub(super) script: String,
    /// The program and its arguments; the first is the path.
    pub(super) command: Vec<CString>,
    /// Its whole environment.
    pub(super) environment: Vec<CString>,
    /// The name of its control group.
    pub(super) mark: String,
    /// It is started only while this holds.
    pub(super) trust: Trust,
}

/// Why no process was started.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotSpawned {
    /// The claim could not be relied on any more.
    #[error("the claim may be over")]
    Untrusted,
    /// The system refused.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

impl From<nix::Error> for NotSpawned {
    fn from(error: nix::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<rustix::io::Errno> for NotSpawned {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Failed(error.into())
    }
}

/// A process that has been started; dropped, it is killed.
pub(super) struct Spawned {
    pub(super) process: Process,
    pub(super) out: OwnedFd,
    pub(super) err: OwnedFd,
    pub(super) leaf: Option<Leaf>,
    /// Its peak of memory so far; a short process is never seen again before it has ended.
    pub(super) peak_kb: Option<i64>,
}

type Order = (Launch, oneshot::Sender<Result<Spawned, NotSpawned>>);

/// The threads that start processes; they end when it is dropped.
#[derive(Debug)]
pub(super) struct Spawner {
    orders: mpsc::UnboundedSender<Order>,
}

impl Spawner {
    pub(super) fn start(groups: Option<Arc<Groups>>) -> io::Result<Self> {
        let (orders, queue) = mpsc::unbounded_channel();
        let queue = Arc::new(Mutex::new(queue));
        let null = Arc::new(File::open("/dev/null")?);
        let inherited = Arc::new(procfs::open_across_exec()?);
        for _ in 0..THREADS {
            let (queue, null, inherited, groups) = (queue.clone(), null.clone(), inherited.clone(), groups.clone());
            thread::Builder::new().name("spawner".into()).spawn(move || {
                let thread = Thread { null, inherited, groups, has_own_dir: leave_shared_dir() };
                thread.serve(&queue);
            })?;
        }
        Ok(Self { orders })
    }

    /// Starts a process.
    pub(super) async fn spawn(&self, launch: Launch) -> Result<Spawned, NotSpawned> {
        let (reply, answer) = oneshot::channel();
        self.orders.send((launch, reply)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        answer.await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?
    }
}

/// Gives this thread a working directory and a umask of its own. Some containers forbid it.
fn leave_shared_dir() -> bool {
    let left = unshare(CloneFlags::CLONE_FS);
    match left {
        Ok(()) => {
            rustix::process::umask(UMASK);
        }
        Err(error) => tracing::info!(%error, "processes are started through a shell that enters their directory"),
    }
    left.is_ok()
}

struct Thread {
    null: Arc<File>,
    inherited: Arc<Vec<i32>>,
    groups: Option<Arc<Groups>>,
    has_own_dir: bool,
}

impl Thread {
    fn serve(&self, queue: &Mutex<mpsc::UnboundedReceiver<Order>>) {
        loop {
            let order = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
            let Some((launch, reply)) = order else { return };
            // When whoever wanted it is gone, it is killed as the answer is dropped, and the room emptied after.
            let _ = reply.send(self.launch(&launch));
        }
    }

    fn launch(&self, launch: &Launch) -> Result<Spawned, NotSpawned> {
        launch.room.furnish(&launch.script)?;
        let dir = launch.room.work();
        let leaf = self.groups.as_ref().and_then(|groups| groups.leaf(&launch.mark).ok());
        let (out, out_write) = pipe_with(PipeFlags::CLOEXEC)?;
        let (err, err_write) = pipe_with(PipeFlags::CLOEXEC)?;
        let mut files = PosixSpawnFileActions::init()?;
        files.add_dup2(self.null.as_raw_fd(), 0)?;
        files.add_dup2(out_write.as_raw_fd(), 1)?;
        files.add_dup2(err_write.as_raw_fd(), 2)?;
        // What this program opens closes by itself; what it was started with may not.
        for inherited in &*self.inherited {
            files.add_close(*inherited)?;
        }
        let attributes = attributes()?;
        if self.has_own_dir {
            std::env::set_current_dir(&dir)?;
        }
        // As late as can be: this process may have stood still since it was last asked.
        if !launch.trust.holds() {
            return Err(NotSpawned::Untrusted);
        }
        let pid = if self.has_own_dir {
            posix_spawn(&*launch.command[0], &files, &attributes, &launch.command, &launch.environment)
        } else {
            let command = entering(&dir, &launch.command)?;
            posix_spawn(&*command[0], &files, &attributes, &command, &launch.environment)
        }?
        .as_raw();
        let process = Process::new(pid);
        let peak_kb = procfs::peak_rss_kb(pid);
        let leaf = leaf.filter(|leaf| move_into(leaf, pid));
        Ok(Spawned { process, out, err, leaf, peak_kb })
    }
}

/// A session of its own, and signals as if the server had never touched them.
fn attributes() -> io::Result<PosixSpawnAttr> {
    let mut attributes = PosixSpawnAttr::init()?;
    // Known to every libc of Linux, only not by name to `nix`.
    let own_session = PosixSpawnFlags::from_bits_retain(POSIX_SPAWN_SETSID as _);
    let flags = PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK | own_session;
    attributes.set_flags(flags)?;
    attributes.set_sigdefault(&SigSet::all())?;
    attributes.set_sigmask(&SigSet::empty())?;
    Ok(attributes)
}

/// The command through a shell that first enters the directory.
fn entering(dir: &Path, command: &[CString]) -> io::Result<Vec<CString>> {
    let enter = [c"/bin/sh", c"-c", c"cd -- \"$0\" && exec \"$@\""].map(CStr::to_owned);
    let dir = CString::new(dir.as_os_str().as_bytes())?;
    Ok(enter.into_iter().chain([dir]).chain(command.iter().cloned()).collect())
}

/// Moves a process that just started, and what it may have started already, into its group.
fn move_into(leaf: &Leaf, pid: i32) -> bool {
    if let Err(error) = leaf.add(pid) {
        tracing::warn!(%error, "a process could not be moved into its control group");
        return false;
    }
    // From here on children are born in the group; the few born before are moved after. A grandchild could still be
    // missed: the search by marks finds it.
    for child in procfs::children(pid, pid).unwrap_or_default() {
        // It may have ended meanwhile.
        let _ = leaf.add(child);
    }
    true
}
