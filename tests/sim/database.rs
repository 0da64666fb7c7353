//! The database of a simulated cluster: SQLite in memory-backed files, made once and copied for each seed.
//!
//! Each change of the tables that the invariants are about is noted by triggers in a table of its own, in the same
//! transaction: the checks see every state that was ever committed, in order, and not only those between two looks.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};

use domain::id::{ProjectId, TenantId};
use serde_json::Value;
use service::{OpCtx, ServiceConfig, Services};
use store::testing::{Own, execute, select, twin};
use store::{Chance, Clock, Durability, Store};
use tokio::runtime::{Builder, Runtime};

/// 2026-09-28 01:00 UTC, a Monday: when each simulation begins.
pub(crate) const ORIGIN_MS: i64 = 1_790_557_200_000;

/// A limit of the department: its name and slots.
pub(crate) const LIMIT: (&str, u32) = ("warehouse", 2);

/// The tables whose changes are noted.
const WATCHED: [&str; 6] = ["run", "task_run", "attempt", "job", "schedule_fire", "schedule"];

/// What runs the driver's own tasks; a simulation's runtime runs nothing but the simulation.
static DRIVER: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().expect("a runtime for the database's driver")
});

/// Runs work of the driver to its end on this thread; nothing of the simulation goes on meanwhile.
pub(crate) fn drive<T>(work: impl Future<Output = T>) -> T {
    let _driver = DRIVER.enter();
    // Without a budget: the driver's part is no step of the simulation, however long.
    futures::executor::block_on(tokio::task::unconstrained(work))
}

/// The database of a seed.
#[derive(Debug)]
pub(crate) struct Database {
    store: Store,
    path: PathBuf,
    pub(crate) tenant: TenantId,
    pub(crate) project: ProjectId,
}

/// A new database with everything in it that a simulation begins with.
struct Template {
    bytes: Vec<u8>,
    tenant: TenantId,
    project: ProjectId,
}

impl Database {
    pub(crate) fn new() -> Self {
        static TEMPLATE: OnceLock<Template> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| drive(template()));
        let path = fresh_path();
        std::fs::write(&path, &template.bytes).expect("the temporary folder can be written");
        let store = drive(Store::connect(&config(&path))).expect("the copied database opens");
        Self { store, path, tenant: template.tenant, project: template.project }
    }

    /// The store of a process of the cluster.
    ///
    /// # Errors
    /// Those of the wire.
    pub(crate) async fn twin(&self, own: Own) -> store::Result<Store> {
        twin(&self.store, own).await
    }

    /// The folder of a machine.
    pub(crate) fn folder(&self, machine: &str) -> PathBuf {
        let folder = self.path.with_extension("homes").join(machine);
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        folder
    }

    /// What a query gives, past all wires.
    pub(crate) fn select(&self, sql: &str) -> Vec<Value> {
        drive(select(&self.store, sql)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

impl Database {
    /// The same database once more, to do with as one likes.
    pub(crate) fn copy(&self) -> Self {
        let path = fresh_path();
        self.execute(&format!("VACUUM INTO '{}'", path.display()));
        let store = drive(Store::connect(&config(&path))).expect("the copied database opens");
        Self { store, path, ..*self }
    }

    /// Runs a statement, past all wires and rules.
    pub(crate) fn execute(&self, sql: &str) {
        drive(execute(&self.store, &[sql.to_owned()])).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What is left in memory-backed files harms nobody.
        let _ = drive(self.store.close());
        let _ = std::fs::remove_dir_all(self.path.with_extension("homes"));
        for ending in ["", "-wal", "-shm", ".lock"] {
            // Some of them are gone by now.
            let _ = std::fs::remove_file(format!("{}{ending}", self.path.display()));
        }
    }
}

fn fresh_path() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    folder.join(format!("almanac-sim-{}-{number}.db", std::process::id()))
}

fn config(path: &Path) -> store::Config {
    store::Config {
        durability: Durability::None,
        max_clock_offset: None,
        clock: Clock::new(|| ORIGIN_MS),
        chance: Chance::new(|| 1),
        ..store::Config::new(format!("sqlite://{}?mode=rwc", path.display()))
    }
}

async fn template() -> Template {
    let path = fresh_path();
    let store = Store::connect(&config(&path)).await.expect("a new database opens");
    store.migrate().await.expect("the migrations run");
    let services = Services::new(store.clone(), ServiceConfig::default()).expect("services");
    let ctx = OpCtx::system("simulation", ORIGIN_MS);
    service::calendar::seed(&services, ORIGIN_MS).await.expect("the calendars");
    let new = service::tenant::NewTenant { slug: "valuation".into(), title: "Valuation".into() };
    let tenant = service::tenant::create(&services, &ctx, new).await.expect("a tenant").id;
    let new = service::project::NewProject { tenant, slug: "nav".into(), title: "NAV".into() };
    let project = service::project::create(&services, &ctx, new).await.expect("a project").id;
    let limit = service::limit::NewLimit { tenant, name: LIMIT.0.into(), slots: LIMIT.1, note: None };
    service::limit::create(&services, &ctx, limit).await.expect("a limit");
    journal(&store).await;
    drop(services);
    store.close().await.expect("the database closes");
    let bytes = std::fs::read(&path).expect("the file is there");
    for ending in ["", ".lock"] {
        let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
    Template { bytes, tenant, project }
}

/// The table of changes and the triggers that fill it.
async fn journal(store: &Store) {
    let mut statements =
        vec!["CREATE TABLE sim_journal (seq INTEGER PRIMARY KEY, tbl TEXT, op TEXT, row TEXT)".to_owned()];
    for table in WATCHED {
        let columns = select(store, &format!("SELECT name FROM pragma_table_info('{table}')")).await.expect("columns");
        let object = |side: &str| {
            let names = columns.iter().filter_map(|column| column["name"].as_str());
            let pairs: Vec<String> = names.map(|name| format!("'{name}', {side}.{name}")).collect();
            format!("json_object({})", pairs.join(", "))
        };
        for (op, side) in [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")] {
            statements.push(format!(
                "CREATE TRIGGER sim_{table}_{op} AFTER {op} ON {table} BEGIN \
                 INSERT INTO sim_journal (tbl, op, row) VALUES ('{table}', '{op}', {}); END",
                object(side)
            ));
        }
    }
    execute(store, &statements).await.expect("triggers");
}
