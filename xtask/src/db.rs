//! Throw-away PostgreSQL, MariaDB and OceanBase servers on free ports of this machine, gone with [`Servers`].
//!
//! They keep their files in one temporary folder. The kernel stops them when xtask dies before it could (`setpriv
//! --pdeathsig`): that signal comes when the *thread* that started them ends, so they are started on the caller's.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use xshell::Shell;

use crate::need;

/// Longest that a server may take to answer on a busy machine; OceanBase needs some ten seconds on a quiet one.
const PATIENCE: Duration = Duration::from_secs(180);

/// The servers' folder in the temporary folder, before the process id of its xtask.
const FOLDER: &str = "almanac-servers-";

/// What a commit promises on the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Written through to the disk, as in production: for measuring.
    Full,
    /// Left to the operating system: for tests, which throw everything away.
    None,
}

/// The running servers. Dropping this stops them and removes their files.
#[derive(Debug)]
pub(crate) struct Servers {
    servers: Vec<Server>,
    dir: PathBuf,
}

impl Servers {
    /// Starts all three for tests and waits until they answer.
    pub(crate) fn start(sh: &Shell) -> Result<Self> {
        Self::start_with(sh, Durability::None)
    }

    /// Starts all three and waits until they answer.
    pub(crate) fn start_with(sh: &Shell, durability: Durability) -> Result<Self> {
        sweep(&std::env::temp_dir());
        let dir = std::env::temp_dir().join(format!("{FOLDER}{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        // The servers run as their own users and must get through to their folders.
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755))?;
        let mut started = Servers { servers: Vec::new(), dir };
        // The slowest first; each pushes itself, so that a failure of the next one stops it.
        started.servers.push(oceanbase(&need::oceanbase(sh)?, &started.dir)?);
        started.servers.push(postgres(&started.dir, durability)?);
        started.servers.push(mariadb(&started.dir, durability)?);
        for server in &mut started.servers {
            server.wait()?;
        }
        Ok(started)
    }

    /// The environment variables that tell the tests where the servers are.
    pub(crate) fn env(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.servers
            .iter()
            .map(|server| (server.variable, server.url.as_str()))
            .chain([("ALMANAC_TEST_ALL_ENGINES", "1")])
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for server in &mut self.servers {
            // It holds nothing that is worth an orderly end.
            let _ = server.child.kill();
            let _ = server.child.wait();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// One server process.
#[derive(Debug)]
struct Server {
    name: &'static str,
    variable: &'static str,
    url: String,
    child: Child,
    log: PathBuf,
    /// A command that succeeds once the server answers queries.
    answers: Command,
}

impl Server {
    fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        loop {
            if self.answers.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended at its start ({status}); its log ends with:\n{}", self.name, tail(&self.log));
            }
            if begun.elapsed() > PATIENCE {
                bail!("{} does not answer after {PATIENCE:?}; its log ends with:\n{}", self.name, tail(&self.log));
            }
            // A server has no way to call us back; the asking itself takes about as long.
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }
}

fn postgres(dir: &Path, durability: Durability) -> Result<Server> {
    let bin = newest_postgres().context("PostgreSQL's programs are not under /usr/lib/postgresql")?;
    let home = own_folder(dir, "postgres", "postgres")?;
    let data = home.join("data");
    run(as_user("postgres", &bin.join("initdb"))?
        .args([
            "--auth=trust",
            "--no-instructions",
            "--no-sync",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
        ])
        .arg("--pgdata")
        .arg(&data))?;
    let (port, log) = (free_port()?, home.join("log"));
    let mut command = as_user("postgres", &bin.join("postgres"))?;
    command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
    let unused_sockets = "unix_socket_directories=";
    for setting in ["listen_addresses=127.0.0.1", unused_sockets, "max_connections=300"] {
        command.args(["-c", setting]);
    }
    if durability == Durability::None {
        for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
            command.args(["-c", setting]);
        }
    }
    let mut answers = Command::new(bin.join("pg_isready"));
    answers.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
    Ok(Server {
        name: "PostgreSQL",
        variable: "ALMANAC_TEST_POSTGRES_URL",
        url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
        child: spawn(&mut command, &log)?,
        log,
        answers,
    })
}

fn mariadb(dir: &Path, durability: Durability) -> Result<Server> {
    let home = own_folder(dir, "mariadb", "mysql")?;
    let data = home.join("data");
    run(Command::new("mariadb-install-db")
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .args(is_root().then_some("--user=mysql"))
        .arg(format!("--datadir={}", data.display())))?;
    let (port, log) = (free_port()?, home.join("log"));
    let program = if Path::new("/usr/sbin/mariadbd").exists() { "/usr/sbin/mariadbd" } else { "mariadbd" };
    let mut command = as_user("mysql", Path::new(program))?;
    command
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", home.join("socket").display()))
        .arg(format!("--pid-file={}", home.join("pid").display()))
        .arg(format!("--port={port}"))
        .args(["--bind-address=127.0.0.1", "--max-connections=500", "--character-set-server=utf8mb4"]);
    if durability == Durability::None {
        command.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--sync-binlog=0"]);
    }
    Ok(Server {
        name: "MariaDB",
        variable: "ALMANAC_TEST_MARIADB_URL",
        url: format!("mysql://root@127.0.0.1:{port}/mysql"),
        child: spawn(&mut command, &log)?,
        log,
        answers: mysql_query(port),
    })
}

/// The engine of the PyPI wheel: OceanBase in MySQL mode as one process.
fn oceanbase(package: &Path, dir: &Path) -> Result<Server> {
    let home = dir.join("oceanbase");
    fs::create_dir_all(&home)?;
    let program = package.join("seekdb");
    let port = free_port()?;
    // pip leaves the program without its x bit.
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("making {} executable", program.display()))?;
    let log = home.join("out");
    let mut command = with_parent(&program);
    command
        .env("LD_LIBRARY_PATH", package)
        .current_dir(&home)
        .args(["--nodaemon", "--port", &port.to_string(), "--base-dir"])
        .arg(&home);
    for parameter in ["datafile_size=1G", "datafile_maxsize=4G", "log_disk_size=2G", "memory_limit=2G"] {
        command.args(["--parameter", parameter]);
    }
    Ok(Server {
        name: "OceanBase",
        variable: "ALMANAC_TEST_OCEANBASE_URL",
        url: format!("mysql://root@127.0.0.1:{port}/oceanbase"),
        child: spawn(&mut command, &log)?,
        log,
        answers: mysql_query(port),
    })
}

fn mysql_query(port: u16) -> Command {
    let mut command = Command::new("mariadb");
    command
        .args(["--no-defaults", "--connect-timeout=5", "-h127.0.0.1", "-uroot", "-e", "SELECT 1"])
        .arg(format!("-P{port}"));
    command
}

/// Removes the folders of runs that were killed before they could: OceanBase's alone takes more than a gigabyte.
fn sweep(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(FOLDER));
        if process.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
            // It may belong to another user.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn newest_postgres() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let newest = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).max()?;
    Some(format!("/usr/lib/postgresql/{newest}/bin").into())
}

/// A folder that belongs to the user of a server.
fn own_folder(dir: &Path, name: &str, user: &str) -> Result<PathBuf> {
    let path = dir.join(name);
    fs::create_dir_all(&path)?;
    if is_root() {
        run(Command::new("chown").arg(user).arg(&path))?;
    }
    Ok(path)
}

/// A command that ends with this program.
fn with_parent(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// The same, as the server's own user when this is root: PostgreSQL and MariaDB refuse to run as root.
fn as_user(user: &str, program: &Path) -> Result<Command> {
    if !is_root() {
        return Ok(with_parent(program));
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--init-groups", "--reuid", user, "--regid", &group_of(user)?, "--"])
        .arg(program);
    Ok(command)
}

fn group_of(user: &str) -> Result<String> {
    let output = Command::new("id").args(["-g", user]).output()?;
    ensure!(output.status.success(), "there is no user {user}");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn is_root() -> bool {
    // The kernel's own folder of this process belongs to the user that it runs as.
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn spawn(command: &mut Command, log: &Path) -> Result<Child> {
    let out = File::create(log)?;
    command
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        // Ctrl-C goes to the whole process group of the terminal; these end when xtask says so.
        .process_group(0)
        .spawn()
        .with_context(|| format!("starting {}", command.get_program().display()))
}

/// Runs a command to its end; what it says is told only when it fails.
fn run(command: &mut Command) -> Result<()> {
    // The folder of the caller may be closed to the user that the command runs as.
    let output = command.current_dir("/").stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("starting {}", command.get_program().display()))?;
    ensure!(
        output.status.success(),
        "{command:?} failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_at_once_is_reported_with_its_log() {
        let dir = std::env::temp_dir().join(format!("almanac-db-test-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let log = dir.join("log");
        let child = spawn(Command::new("sh").args(["-c", "echo no such disk; exit 3"]), &log).unwrap();
        let (name, variable, url) = ("Test", "", String::new());
        let mut server = Server { name, variable, url, child, log, answers: Command::new("false") };
        let error = server.wait().unwrap_err().to_string();
        fs::remove_dir_all(&dir).unwrap();
        assert!(error.contains("no such disk") && error.contains("exit status: 3"), "{error}");
    }

    #[test]
    fn folders_of_dead_runs_are_swept_and_of_living_ones_kept() {
        let dir = std::env::temp_dir().join(format!("almanac-sweep-test-{}", std::process::id()));
        let dead = dir.join(format!("{FOLDER}4194999"));
        let living = dir.join(format!("{FOLDER}{}", std::process::id()));
        let other = dir.join("other");
        for folder in [&dead, &living, &other] {
            fs::create_dir_all(folder).unwrap();
        }
        sweep(&dir);
        assert!(!dead.exists() && living.exists() && other.exists());
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn the_tail_of_a_missing_log_is_empty() {
        assert_eq!(tail(Path::new("/no/such/log")), "");
    }
}
