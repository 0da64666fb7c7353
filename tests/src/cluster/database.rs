//! A database of a test's own on one of the servers that `cargo xtask` starts, and what can happen to it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Driver, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    QueryResult, Statement, TransactionTrait,
};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::wait;

/// The servers that clusters are tested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    MariaDb,
    /// OceanBase (seekdb).
    OceanBase,
}

impl Engine {
    /// The variable that names the server.
    const fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "ALMANAC_TEST_POSTGRES_URL",
            Self::MariaDb => "ALMANAC_TEST_MARIADB_URL",
            Self::OceanBase => "ALMANAC_TEST_OCEANBASE_URL",
        }
    }
}

/// A database that is empty at first.
pub struct Database {
    /// Its address.
    pub url: String,
    /// What it is.
    pub engine: Engine,
    name: String,
    server_url: String,
    connection: DatabaseConnection,
    /// The server, when it was started again here.
    server: Mutex<Option<Child>>,
}

impl Database {
    /// Makes one; `None` when no such server is named and none is asked for.
    ///
    /// # Panics
    /// When a server is asked for (`ALMANAC_TEST_ALL_ENGINES`) and not named, or does not answer.
    #[expect(clippy::disallowed_methods, reason = "where the servers are is said to tests by the environment alone")]
    pub async fn create(engine: Engine) -> Option<Self> {
        let Ok(server_url) = std::env::var(engine.variable()) else {
            assert!(std::env::var_os("ALMANAC_TEST_ALL_ENGINES").is_none(), "{} is not set", engine.variable());
            return None;
        };
        let name = format!("cluster_{:08x}", rand::random::<u32>());
        let (start, _) = server_url.rsplit_once('/').expect("an address with a database");
        let url = format!("{start}/{name}");
        let charset = if engine == Engine::Postgres { "" } else { " CHARACTER SET utf8mb4" };
        at_server(&server_url, &format!("CREATE DATABASE {name}{charset}")).await.expect("a database is made");
        let connection = Driver::connect(options(&url)).await.expect("the new database answers");
        Some(Self { url, engine, name, server_url, connection, server: Mutex::default() })
    }

    /// Reads rows with a plain statement.
    ///
    /// # Panics
    /// When the database fails, after some tries: it may be on its way back.
    pub async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let found = wait::until_or(wait::PATIENCE, || async { self.try_rows(sql).await.ok() });
        found.await.unwrap_or_else(|| panic!("the database does not answer: {sql}"))
    }

    /// The same, once.
    ///
    /// # Errors
    /// The database's.
    pub async fn try_rows(&self, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
        self.connection.query_all_raw(Statement::from_string(self.backend(), sql)).await
    }

    /// Begins a transaction of the test's own with some statements; what they lock is locked until it is dropped.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn hold(&self, statements: &[&str]) -> DatabaseTransaction {
        let held = self.connection.begin().await.expect("a transaction begins");
        for sql in statements {
            held.execute_unprepared(sql).await.expect("the database does it");
        }
        held
    }

    /// Does something to the database as its administrator.
    ///
    /// # Errors
    /// The server's.
    pub async fn administer(&self, sql: &str) -> Result<(), DbErr> {
        at_server(&self.server_url, sql).await
    }

    /// Ends every session on this database but the test's own.
    pub async fn end_sessions(&self) {
        let name = &self.name;
        let (list, end) = match self.engine {
            Engine::Postgres => (
                format!(
                    "SELECT CAST(pid AS BIGINT) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
                ),
                "SELECT pg_terminate_backend",
            ),
            Engine::MariaDb | Engine::OceanBase => (
                format!(
                    "SELECT CAST(id AS SIGNED) FROM information_schema.processlist \
                     WHERE db = '{name}' AND id <> CONNECTION_ID()"
                ),
                "KILL ",
            ),
        };
        for row in self.try_rows(&list).await.unwrap_or_default() {
            let id: i64 = row.try_get_by_index(0).unwrap_or_default();
            let end = if self.engine == Engine::Postgres { format!("{end}({id})") } else { format!("{end}{id}") };
            // It may have ended by itself.
            let _ = self.administer(&end).await;
        }
    }

    /// Kills the server and starts it again with the same arguments, as after a crash; it takes a while to answer.
    /// Everything on it is hit: only for a server that nobody else uses.
    ///
    /// # Panics
    /// When the server is none of this machine, or does not die.
    pub async fn crash(&self) {
        let port = self.server_url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).expect("a port");
        let pid = listener(port).expect("the server runs on this machine");
        let process = PathBuf::from(format!("/proc/{pid}"));
        let arguments = std::fs::read(process.join("cmdline")).expect("its arguments");
        let environment = std::fs::read(process.join("environ")).expect("its environment");
        let (folder, owner) = (process.join("cwd").canonicalize().expect("its folder"), owner(pid));
        // PostgreSQL's processes end with their parent; one that is killed alone leaves them behind for a while.
        let signal = if self.engine == Engine::Postgres { "-QUIT" } else { "-KILL" };
        let sent = Command::new("kill").args([signal, &pid.to_string()]).status().await;
        assert!(sent.is_ok_and(|status| status.success()), "the server can be killed");
        let mut server = self.server.lock().await;
        if let Some(mut child) = server.take() {
            let _ = child.wait().await;
        }
        wait::until("the server to die", || async { (!process.exists() || is_zombie(pid)).then_some(()) }).await;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if owner != self::owner(std::process::id()) {
            command.args(["--init-groups", "--reuid", &owner.0, "--regid", &owner.1]);
        }
        command.arg("--");
        command.args(arguments.split(|byte| *byte == 0).filter(|text| !text.is_empty()).map(text));
        let variables = environment.split(|byte| *byte == 0).filter_map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            Some((text(&pair[..at]), text(&pair[at + 1..])))
        });
        command.env_clear().envs(variables).current_dir(folder).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        *server = Some(command.spawn().expect("the server starts again"));
    }

    /// Removes it.
    pub async fn remove(self) {
        let Self { connection, server_url, name, engine, .. } = self;
        // What goes wrong here leaves a throw-away database on a throw-away server.
        let _ = connection.close().await;
        let force = if engine == Engine::Postgres { " WITH (FORCE)" } else { "" };
        let _ = at_server(&server_url, &format!("DROP DATABASE {name}{force}")).await;
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }
}

async fn at_server(url: &str, sql: &str) -> Result<(), DbErr> {
    let server = Driver::connect(options(url)).await?;
    server.execute_unprepared(sql).await?;
    server.close().await
}

fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(2).sqlx_logging(false).acquire_timeout(Duration::from_secs(10));
    options
        .map_sqlx_mysql_opts(|options| {
            // What the driver says by default some engines refuse.
            let options = options.pipes_as_concat(false).no_engine_substitution(false).timezone(None);
            options.charset("utf8mb4").statement_cache_capacity(20)
        })
        .to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The process that listens on a port of this machine: the first of those that have the socket.
fn listener(port: &str) -> Option<u32> {
    let port = format!(":{:04X}", port.parse::<u16>().ok()?);
    let table = ["tcp", "tcp6"].map(|name| std::fs::read_to_string(format!("/proc/net/{name}")).unwrap_or_default());
    let listens = |line: &&str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.len() > 9 && fields[1].ends_with(&port) && fields[3] == "0A"
    };
    let line = table.iter().flat_map(|table| table.lines()).find(listens)?;
    let socket = format!("socket:[{}]", line.split_whitespace().nth(9)?);
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let has_it = |pid: &u32| {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|link| link.as_os_str() == socket.as_str())
    };
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(has_it).min()
}

fn owner(pid: u32) -> (String, String) {
    use std::os::unix::fs::MetadataExt;
    let process = std::fs::metadata(format!("/proc/{pid}")).expect("it runs");
    (process.uid().to_string(), process.gid().to_string())
}

fn is_zombie(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
}
