//! A host in a temporary directory, and attempts on it whose log is kept in memory.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::id::{AttemptKey, RunId, TenantId};
use store::{Clock, log::Chunk};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::executor::log::{LogEnd, LogLimits, LogStore, LogStoreError};
use crate::executor::{
    Attempt, Environment, Executors, Host, HostConfig, Invocation, NodeMark, Report, Shell, Stop, Work, procfs,
};
use crate::trust::Trust;

/// All that happens within a test happens within this, or the test has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A host for one test.
pub(super) struct Lab {
    dir: TempDir,
    pub(super) host: Host,
    pub(super) node: NodeMark,
    pub(super) limits: LogLimits,
    store: Arc<MemoryStore>,
    stop: watch::Sender<Option<Stop>>,
    next_run: AtomicI64,
}

impl Lab {
    pub(super) fn new(control_groups: bool) -> Self {
        static NEXT: AtomicI64 = AtomicI64::new(1);
        let dir = tempfile::tempdir().expect("a directory");
        // Other test processes run beside this one.
        let node = i64::from(std::process::id()) * 1_000 + NEXT.fetch_add(1, Ordering::Relaxed);
        let node = NodeMark { node, incarnation: 2 };
        fs::create_dir(dir.path().join("scratch")).expect("created");
        let host = host(dir.path(), node, control_groups);
        let (stop, _) = watch::channel(None);
        let (limits, store) = (LogLimits::default(), Arc::default());
        Self { dir, host, node, limits, store, stop, next_run: AtomicI64::new(1) }
    }

    /// One lab with control groups, as far as this machine has them, and one without.
    pub(super) fn both() -> [Self; 2] {
        [Self::new(true), Self::new(false)]
    }

    /// A file that scripts know as `$SCRATCH/<name>`.
    pub(super) fn scratch(&self, name: &str) -> PathBuf {
        self.dir.path().join("scratch").join(name)
    }

    /// Where attempts have their directories.
    pub(super) fn rooms(&self) -> PathBuf {
        self.dir.path().join("attempt")
    }

    /// Whether nothing is left of attempts but empty rooms.
    pub(super) fn is_cleared(&self) -> bool {
        let is_empty = |room: PathBuf| {
            let script = fs::read(room.join("script")).unwrap_or_default();
            script.len() < 2 && fs::read_dir(room.join("work")).is_ok_and(|mut work| work.next().is_none())
        };
        fs::read_dir(self.rooms()).expect("there").flatten().all(|room| is_empty(room.path()))
    }

    /// A process id that a script has written to a scratch file.
    pub(super) async fn pid_in(&self, name: &str) -> i32 {
        let read = || fs::read_to_string(self.scratch(name)).ok()?.strip_suffix('\n')?.trim().parse().ok();
        until_some(read).await
    }

    pub(super) fn invocation(&self, work: Work) -> Invocation {
        let run = RunId(self.next_run.fetch_add(1, Ordering::Relaxed));
        let scratch = self.dir.path().join("scratch");
        Invocation {
            key: AttemptKey { tenant: TenantId(1), run, ordinal: 0, number: 1 },
            epoch: 1,
            workflow: "nav".into(),
            task: "load".into(),
            work,
            env: vec![("SCRATCH".into(), scratch.to_str().expect("UTF-8").into())],
            timeout_ms: None,
        }
    }

    pub(super) fn script(&self, script: &str) -> Invocation {
        self.invocation(Work::Shell(Shell { script: script.into(), shell: None, grace_ms: 10_000 }))
    }

    /// Orders all attempts of this lab to stop.
    pub(super) fn stop(&self, stop: Stop) {
        self.stop.send_replace(Some(stop));
    }

    /// A way to order it from elsewhere.
    pub(super) fn stopper(&self) -> watch::Sender<Option<Stop>> {
        self.stop.clone()
    }

    /// The surroundings of an attempt.
    pub(super) fn attempt(&self) -> Attempt {
        Attempt {
            stop: self.stop.subscribe(),
            started: Box::new(|_| {}),
            log_store: self.store.clone(),
            log_limits: self.limits,
            clock: Clock::system(),
            trust: Trust::for_ever(),
        }
    }

    /// Runs an attempt to its end.
    pub(super) async fn run(&self, invocation: Invocation) -> Finished {
        within(self.start(invocation, |_| {})).await
    }

    /// Runs an attempt; `started` is called when it has begun.
    pub(super) async fn start(
        &self,
        invocation: Invocation,
        started: impl FnOnce(crate::executor::Started) + Send + 'static,
    ) -> Finished {
        let attempt = Attempt { started: Box::new(started), ..self.attempt() };
        let key = invocation.key;
        let (report, log) = Executors::of_host(self.host.clone()).run(invocation, attempt).await;
        let mut chunks = self.store.of(key);
        chunks.extend(log.rest.iter().cloned());
        Finished { report, lines: lines(key, &chunks), log }
    }
}

pub(super) fn host(dir: &Path, node: NodeMark, control_groups: bool) -> Host {
    let secret = ("DATABASE_URL", "postgres://almanac:hush@db/almanac");
    let server = [("PATH", "/usr/bin:/bin"), ("HOME", "/root"), ("TZ", "Asia/Shanghai"), secret];
    let environment = Environment::kept_of(server.map(|(name, value)| (name.into(), value.into())));
    let config = HostConfig { data_dir: dir.into(), node, control_groups, environment, guard: None };
    Host::open(config).expect("a host")
}

/// An attempt that is over.
pub(super) struct Finished {
    pub(super) report: Report,
    pub(super) log: LogEnd,
    /// Letter and text of each line.
    pub(super) lines: Vec<(char, String)>,
}

impl Finished {
    /// The lines of one stream.
    pub(super) fn of(&self, letter: char) -> Vec<&str> {
        self.lines.iter().filter(|(of, _)| *of == letter).map(|(_, text)| text.as_str()).collect()
    }
}

fn lines(key: AttemptKey, chunks: &[Chunk]) -> Vec<(char, String)> {
    let raw: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.decompress(key).expect("whole")).collect();
    let text = String::from_utf8(raw).expect("UTF-8");
    let line = |line: &str| {
        let mut fields = line.splitn(3, ' ');
        let at_ms: i64 = fields.next()?.parse().ok()?;
        assert!(at_ms > 1_700_000_000_000, "an instant of these years");
        Some((fields.next()?.chars().next()?, fields.next()?.to_owned()))
    };
    text.split_terminator('\n').map(|text| line(text).expect("a record")).collect()
}

/// Keeps chunks in memory.
#[derive(Default)]
struct MemoryStore {
    chunks: Mutex<Vec<(AttemptKey, Chunk)>>,
}

impl MemoryStore {
    fn of(&self, key: AttemptKey) -> Vec<Chunk> {
        let chunks = self.chunks.lock().expect("not poisoned");
        chunks.iter().filter(|(of, _)| *of == key).map(|(_, chunk)| chunk.clone()).collect()
    }
}

#[async_trait]
impl LogStore for MemoryStore {
    async fn append(&self, key: AttemptKey, chunks: &[Chunk]) -> Result<(), LogStoreError> {
        self.chunks.lock().expect("not poisoned").extend(chunks.iter().map(|chunk| (key, chunk.clone())));
        Ok(())
    }
}

/// Fails the test when it takes too long.
pub(super) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("within a minute")
}

/// Waits until a condition holds.
pub(super) async fn until(mut holds: impl FnMut() -> bool) {
    until_some(|| holds().then_some(())).await;
}

async fn until_some<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    within(async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            ticks.tick().await;
        }
    })
    .await
}

/// Whether a process lives.
pub(super) fn lives(pid: i32) -> bool {
    procfs::stat(pid).is_some_and(|stat| !stat.zombie)
}
