//! Stores for tests: fresh, migrated, thrown away, on every engine that is there.
//!
//! SQLite is always there. The servers are named by `ALMANAC_TEST_POSTGRES_URL`, `ALMANAC_TEST_MARIADB_URL` and
//! `ALMANAC_TEST_OCEANBASE_URL` (`cargo xtask test` starts them); each test gets a database of its own. With
//! `ALMANAC_TEST_ALL_ENGINES=1` a missing one is a failure.
//!
//! Every statement of these stores is checked against the portable subset ([`lint`]); one outside it panics where it is
//! executed.

pub mod lint;
pub mod plan;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, FromQueryResult, JsonValue, Statement};
use tokio::sync::Semaphore;

use crate::clock::DbClock;
use crate::config::{Config, Durability, Executed, Observer, Sharing};
use crate::ids::IdGen;
use crate::reader::Reader;
use crate::tag::Holder;
use crate::tx::Writer;
use crate::wire::Wire;
use crate::{Chance, Clock, Inner, Result, Store};

/// A fresh, migrated store on a SQLite file of its own, which goes with the last clone of the store.
pub async fn sqlite() -> Store {
    sqlite_at(Clock::system()).await
}

/// The same with a clock of the test's own.
pub async fn sqlite_at(clock: Clock) -> Store {
    open(&Config { clock, ..sqlite_config() }).await
}

/// What a simulated process has of its own.
#[derive(Debug)]
pub struct Own {
    /// Its clock.
    pub clock: Clock,
    /// Its chance.
    pub chance: Chance,
    /// How it reaches the database.
    pub wire: Arc<dyn Wire>,
}

/// The store of another process on the same database and connections, for simulations: what is its own is simulated.
///
/// # Errors
/// The database's.
pub async fn twin(store: &Store, own: Own) -> Result<Store> {
    let Own { clock, chance, wire } = own;
    let inner = &store.inner;
    let clock = DbClock::remote(clock);
    let twin = Store {
        inner: Arc::new(Inner {
            engine: inner.engine,
            reader: Reader { pool: inner.reader.pool.clone(), wire: Some(wire.clone()) },
            holder: Holder::new(&chance),
            writer: Writer {
                pool: inner.writer.pool.clone(),
                wire: Some(wire),
                chance,
                permits: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
                patience: Duration::from_secs(60),
            },
            ids: IdGen::new(clock.clone()),
            clock,
            capabilities: inner.capabilities.clone(),
            max_clock_offset: Config::new("").max_clock_offset,
            _keep: (None, inner._keep.1.clone()),
        }),
    };
    twin.measure_clock().await?;
    twin.take_id_tag().await?;
    Ok(twin)
}

/// What a query gives, as JSON objects: for checks that look at tables as they are.
///
/// # Errors
/// The database's.
pub async fn select(store: &Store, sql: &str) -> Result<Vec<serde_json::Value>> {
    let statement = Statement::from_string(store.read().get_database_backend(), sql);
    Ok(JsonValue::find_by_statement(statement).all(store.read()).await?)
}

/// Runs statements, each by itself, past every rule.
///
/// # Errors
/// The database's.
pub async fn execute(store: &Store, statements: &[String]) -> Result<()> {
    for sql in statements {
        store.inner.writer.pool.execute_unprepared(sql).await?;
    }
    Ok(())
}

/// An engine that tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestEngine {
    /// The embedded one.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB, for the MySQL family.
    MariaDb,
    /// OceanBase, for the distributed engines of the MySQL family.
    OceanBase,
}

impl TestEngine {
    /// The URL of the server, or `None` when tests are not asked to run on it.
    ///
    /// # Panics
    /// When the server is missing and `ALMANAC_TEST_ALL_ENGINES=1` says that it must not.
    fn server(self) -> Option<String> {
        let variable = match self {
            TestEngine::Sqlite => return None,
            TestEngine::Postgres => "ALMANAC_TEST_POSTGRES_URL",
            TestEngine::MariaDb => "ALMANAC_TEST_MARIADB_URL",
            TestEngine::OceanBase => "ALMANAC_TEST_OCEANBASE_URL",
        };
        let url = variable_of_tests(variable);
        let required = variable_of_tests("ALMANAC_TEST_ALL_ENGINES").as_deref() == Some("1");
        assert!(url.is_some() || !required, "ALMANAC_TEST_ALL_ENGINES=1, but {variable} is not set");
        url
    }

    /// Whether tests can run on it.
    pub fn is_there(self) -> bool {
        self == TestEngine::Sqlite || self.server().is_some()
    }

    fn config(self, url: &str) -> Config {
        Config {
            durability: Durability::None,
            max_connections: 8,
            acquire_timeout: Duration::from_secs(30),
            // A hand-turned clock has nothing to do with the server's; tests of the offset ask for it.
            max_clock_offset: if self == TestEngine::Sqlite { None } else { Some(Duration::from_secs(60)) },
            observer: Some(linting()),
            ..Config::new(url)
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "where the servers are is said to tests by the environment alone")]
fn variable_of_tests(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A database of one test.
#[derive(Debug)]
pub struct TestDb {
    /// Migrated.
    pub store: Store,
    /// What it is connected with.
    pub config: Config,
    /// Where it runs.
    pub engine: TestEngine,
    name: String,
}

impl TestDb {
    /// A new, migrated database on the engine; `None` when the engine is not there, which is printed.
    pub async fn fresh(engine: TestEngine) -> Option<Self> {
        let (config, name) = match engine.server() {
            None if engine == TestEngine::Sqlite => (sqlite_config(), String::new()),
            None => {
                eprintln!("not run on {engine:?}: its URL is not set");
                return None;
            }
            Some(server) => {
                let name = format!("almanac_{:016x}", rand::random::<u64>());
                let charset = if engine == TestEngine::Postgres { "" } else { " CHARACTER SET utf8mb4" };
                on_server(&server, &format!("CREATE DATABASE {name}{charset}")).await;
                (engine.config(&with_database(&server, &name)), name)
            }
        };
        Some(TestDb { store: open(&config).await, config, engine, name })
    }

    /// Another store on the same database, as another node would have.
    pub async fn another(&self) -> Store {
        let config = Config { sharing: Sharing::Shared, ..self.config.clone() };
        Store::connect(&config).await.expect("the database opens a second time")
    }

    /// Closes the store and removes the database.
    pub async fn remove(self) {
        self.store.close().await.expect("the store closes");
        if let Some(server) = self.engine.server() {
            on_server(&server, &format!("DROP DATABASE {}", self.name)).await;
        }
    }
}

/// A SQLite file in a folder of its own.
fn sqlite_config() -> Config {
    let folder = Folder::new();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("almanac.db").display());
    Config { keep: Some(Arc::new(folder)), ..TestEngine::Sqlite.config(&url) }
}

/// A temporary folder, removed when it is dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("almanac-test-{:016x}", rand::random::<u64>()));
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        Folder(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn open(config: &Config) -> Store {
    let store = Store::connect(config).await.expect("a new database opens");
    store.migrate().await.expect("the migrations run");
    store
}

async fn on_server(url: &str, sql: &str) {
    let server = Database::connect(url).await.expect("the server answers");
    server.execute_unprepared(sql).await.expect("the server's account may create databases");
    server.close().await.expect("the connection closes");
}

/// The URL with another database.
fn with_database(url: &str, name: &str) -> String {
    let (base, _) = url.rsplit_once('/').expect("the URL names a database");
    format!("{base}/{name}")
}

/// Checks each statement, and fails the test at the place that executes it.
fn linting() -> Observer {
    Observer::new(|executed: &Executed<'_>| {
        let found = lint::violations(executed.sql, executed.values);
        assert!(found.is_empty(), "outside the portable subset:\n  {}\nin: {}", found.join("\n  "), executed.sql);
    })
}
