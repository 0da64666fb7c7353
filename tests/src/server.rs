//! The real program as a child process with a data folder of its own.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::client::Client;
use crate::wait;

/// How a server is set up; the default is small, quick and on SQLite.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Settings beyond the tests' own, as `key=value`.
    pub settings: Vec<String>,
    /// Whether the demo firm is in it.
    pub demo: bool,
    /// The address of a database other than SQLite in the data folder.
    pub database: Option<String>,
    /// Whether it is set up as it is shipped, instead of with short waits.
    pub as_shipped: bool,
    /// Variables of its environment.
    pub environment: Vec<(String, String)>,
    /// Size of a disk of its own that its data folder is on, in MiB; it goes with the process.
    pub disk_mib: Option<u32>,
}

/// A running server, or one that was killed and can be started again on its data.
pub struct Server {
    options: Options,
    port: u16,
    child: Option<Child>,
    folder: TempDir,
}

impl Server {
    /// Starts a server and waits until it is ready.
    ///
    /// # Panics
    /// When it does not become ready; its log is printed.
    pub async fn start(options: Options) -> Self {
        let mut server = Self::prepare(options);
        server.restart().await;
        server
    }

    /// A server that was not started yet, with an empty data folder.
    ///
    /// # Panics
    /// When there is no room for it.
    #[must_use]
    pub fn prepare(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = Self { options, port: free_port(), child: None, folder };
        fs::DirBuilder::new().mode(0o700).create(server.data()).expect("a data folder");
        server
    }

    /// Starts it again after [`Self::kill`] or [`Self::stop`], on the same data and the same port.
    ///
    /// # Panics
    /// When it runs, or does not become ready.
    pub async fn restart(&mut self) {
        self.launch();
        self.ready().await;
    }

    /// Starts it without waiting for anything.
    ///
    /// # Panics
    /// When it runs.
    pub fn launch(&mut self) {
        assert!(self.child.is_none(), "the server runs");
        self.child = Some(self.command().spawn().expect("the program starts"));
    }

    /// Waits until it is ready.
    ///
    /// # Panics
    /// When it does not become ready; its log is printed.
    pub async fn ready(&mut self) {
        let client = self.client();
        let ended = || self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|status| status.is_some()));
        let ended = std::cell::RefCell::new(ended);
        let ready = wait::until_or(wait::PATIENCE, || async {
            if (ended.borrow_mut())() {
                return Some(false);
            }
            client.page("/readyz").await.is_ok_and(|(status, _)| status == 200).then_some(true)
        });
        let ready = ready.await;
        assert!(ready == Some(true), "the server does not become ready; it said:\n{}", self.said());
    }

    /// How it ended, when nobody ended it.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().ok().flatten()?;
        self.child = None;
        Some(status)
    }

    /// Lets its process stand still, but none of those that it started.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn freeze(&self) {
        self.signal("-STOP").await;
    }

    /// Lets its process go on.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn thaw(&self) {
        self.signal("-CONT").await;
    }

    async fn signal(&self, signal: &str) {
        let pid = self.pid().expect("the server runs").to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().await.expect("kill is there");
        assert!(sent.success(), "the server can be signalled");
    }

    /// Ends it as a power cut would: no signal that it could handle.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        child.kill().await.expect("a child can be killed");
    }

    /// Asks it to stop and waits for it.
    ///
    /// # Panics
    /// When it does not run or does not stop.
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal("-TERM").await;
        let mut child = self.child.take().expect("the server runs");
        match tokio::time::timeout(wait::PATIENCE, child.wait()).await {
            Ok(status) => status.expect("a child can be waited for"),
            Err(_) => panic!("the server does not stop; it said:\n{}", self.said()),
        }
    }

    /// A client that is not signed in.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::anonymous(&format!("http://127.0.0.1:{}", self.port))
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its data folder as its process sees it, on the disk of its own.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn data_inside(&self) -> PathBuf {
        let pid = self.pid().expect("the server runs");
        let data = self.data();
        Path::new("/proc").join(pid.to_string()).join("root").join(data.strip_prefix("/").expect("an absolute path"))
    }

    /// A folder for files of the test, which goes with the server.
    #[must_use]
    pub fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// The process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Everything it printed so far, over all its starts.
    #[must_use]
    pub fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    fn command(&self) -> Command {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log()).expect("a log file");
        // What is set for the tests is no setting of the server.
        let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ALMANAC_"));
        // The kernel ends the server when the test dies before it could.
        let mut command = match self.options.disk_mib {
            None => Command::new("setpriv"),
            Some(size) => {
                let mount = format!("mount -t tmpfs -o size={size}m,mode=700 data \"$0\" && exec setpriv \"$@\"");
                let mut command = Command::new("unshare");
                command.args(["--mount", "--map-root-user", "sh", "-c", &mount]).arg(self.data());
                command
            }
        };
        command.args(["--pdeathsig", "KILL", "--"]).arg(program()).arg("serve");
        command.arg("--data-dir").arg(self.data());
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        let quick = ["engine.poll_interval=200ms", "engine.lease=3s", "engine.stop_grace=2s"];
        let quick = quick.into_iter().filter(|_| !self.options.as_shipped);
        for setting in quick.chain(self.options.settings.iter().map(String::as_str)) {
            command.args(["--set", setting]);
        }
        if let Some(url) = &self.options.database {
            command.args(["--database-url", url]);
        }
        if self.options.demo {
            command.arg("--demo");
        }
        for (name, _) in ours {
            command.env_remove(name);
        }
        command.envs(self.options.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a handle")).stderr(log).kill_on_drop(true);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the server on port {} said:\n{}", self.port, self.said());
        }
    }
}

/// The program under test: the one that `cargo xtask` names, else the newest debug build.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("ALMANAC_TEST_PROGRAM") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a test has a path");
    // target/debug/deps/it-0123456789abcdef
    let program = test.ancestors().nth(2).expect("cargo's folders").join("almanac");
    assert!(program.exists(), "{} is missing: `cargo build --bin almanac` first", program.display());
    program
}

/// A port that nobody listens on, below those that the system gives to outgoing connections: a client that looks for a
/// stopped server could otherwise be given the very port as its own, connect to itself, and keep the server off it.
///
/// # Panics
/// When all are taken.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id().wrapping_mul(97) as u16;
    let mut ports =
        std::iter::repeat_with(|| 12_000 + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("one of 20,000 ports is free")
}
