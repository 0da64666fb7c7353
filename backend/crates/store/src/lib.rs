//! The database behind one door: typed functions per aggregate, written once for SQLite, PostgreSQL and the MySQL family.
//!
//! Reading: `store.read()` is a pool; a repository function takes `&impl Conn` and runs on it or in a transaction.
//! Writing: only in [`Store::write`], one transaction per decision, tried again as a whole on a deadlock:
//!
//! ```ignore
//! let (id, title) = (store.ids().next(), &title);
//! store.write(|tx| Box::pin(async move { store::project::insert(tx, tenant, id, title).await })).await?;
//! ```
//!
//! The closure may borrow from its surroundings (`'env`); it runs more than once, so it takes references or copies.
//! Functions that take a transaction say `tx: &Tx<'_>`, repository functions `conn: &impl Conn`.
//!
//! # The portable subset
//!
//! Every statement must mean the same on SQLite, PostgreSQL, MariaDB, OceanBase and their relatives:
//!  - keys come from [`Store::ids`]; instants are epoch milliseconds; `''` is never stored (NULL or a value),
//!    nor the character NUL (PostgreSQL has none);
//!  - insert: plain `INSERT`, best as the first statement of its transaction; [`Error::Conflict`] ends the transaction;
//!  - change: `Entity::update_many().filter(key and revision).exec(tx)`, judged by `rows_affected == 1`
//!    ([`expect_one`]); the driver counts matched rows on every engine;
//!  - upsert: update; when 0 rows, insert; on a conflict begin again;
//!  - no RETURNING, ON CONFLICT, ON DUPLICATE KEY, SKIP LOCKED, SAVEPOINT, `||`, OFFSET, LIMIT in UPDATE, subselect on
//!    the updated table. SeaORM writes RETURNING by default; within [`Tx`] it does not, because `Tx` says that the
//!    engine can't. So `insert(model).exec_without_returning(tx)`, `update_many`, `delete_many` and raw `sea_query`
//!    statements are all plain; never write through `read()`;
//!  - change rows in ascending order of their keys: OceanBase finds a deadlock only when a lock wait of 10 s ends;
//!  - `COUNT(*)` is i64; `SUM` needs a CAST; lists in `IN` and rows of one INSERT: at most 500 ([`BATCH`]).
//!
//! The tests execute every statement under a lint of these rules ([`testing`]).

pub mod account;
pub mod attempt;
pub mod audit;
pub mod backfill;
pub mod calendar;
mod chance;
mod clock;
mod config;
mod connect;
mod dialect;
mod error;
pub mod ids;
pub mod job;
pub mod limit;
pub mod log;
mod migrate;
pub mod node;
pub mod page;
mod probe;
pub mod project;
pub mod queue;
mod reader;
pub mod retention;
pub mod role_binding;
pub mod run;
pub mod schedule;
pub mod session;
pub mod tag;
pub mod task_run;
pub mod tenant;
#[doc(hidden)]
pub mod testing;
mod tx;
pub mod wait;
#[doc(hidden)]
pub mod wire;
pub mod workflow;
pub mod workflow_calendar;

use std::any::Any;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use clock::DbClock;
use futures_util::future::BoxFuture;
use tx::Writer;

pub use chance::Chance;
pub use clock::Clock;
pub use config::{Config, Durability, Executed, Observer, Sharing};
pub use dialect::Engine;
pub use error::{Error, Result, Retryable};
pub use ids::IdGen;
pub use migrate::Schema;
pub use page::Page;
pub use probe::{Capabilities, Family, SkipLocked};
pub use reader::Reader;
pub use sea_orm::ConnectionTrait as Conn;
pub use tx::{ATTEMPTS, Tx};

/// Most values in one IN list and most rows in one INSERT.
pub const BATCH: usize = 500;

/// The database. Cheap to clone; clones share the pools.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    reader: Reader,
    writer: Writer,
    clock: DbClock,
    ids: IdGen,
    holder: tag::Holder,
    capabilities: Capabilities,
    max_clock_offset: Option<Duration>,
    /// The lock of a SQLite file ends with its handle; and what the configuration asked to keep.
    _keep: (Option<File>, Option<Arc<dyn Any + Send + Sync>>),
}

impl Store {
    /// The pool for reading.
    pub fn read(&self) -> &Reader {
        &self.inner.reader
    }

    /// Runs a closure in one transaction; see [`tx`](crate::Tx). On a deadlock the whole closure runs again.
    pub async fn write<'env, T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: for<'t> FnMut(&'t Tx<'env>) -> BoxFuture<'t, Result<T, E>> + Send,
        E: From<Error> + Retryable,
    {
        tx::write(&self.inner.writer, f).await
    }

    /// Where random numbers come from.
    pub fn chance(&self) -> &Chance {
        &self.inner.writer.chance
    }

    /// The maker of ids.
    pub fn ids(&self) -> &IdGen {
        &self.inner.ids
    }

    /// Epoch milliseconds on the database's clock: what leases are judged by.
    pub fn db_now_ms(&self) -> i64 {
        self.inner.clock.now_ms()
    }

    /// The protocol of the database.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// Whether no other process can write to this database while this store is open.
    pub fn is_exclusive(&self) -> bool {
        self.inner.engine == Engine::Sqlite
    }

    /// What the start-up probe found out.
    pub fn capabilities(&self) -> &Capabilities {
        &self.inner.capabilities
    }

    /// How far the database's clock was from this machine's when it was last measured.
    pub fn clock_offset_ms(&self) -> i64 {
        self.inner.clock.offset_ms()
    }

    /// Measures the database's clock again. Call it every minute.
    ///
    /// # Errors
    /// [`Error::Refused`] when this machine's clock is too far off; what was measured is used all the same.
    pub async fn measure_clock(&self) -> Result<i64> {
        match self.inner.max_clock_offset {
            Some(limit) => probe::measure_clock(self.inner.engine, self.read(), &self.inner.clock, limit).await,
            None => Ok(0),
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.inner.reader.pool.ping().await?)
    }

    /// Gives the id tag back and closes the connections; statements in progress end first.
    pub async fn close(&self) -> Result<()> {
        if let Err(error) = self.release_id_tag().await {
            // Its lease ends by itself.
            tracing::debug!(%error, "the id tag could not be given back");
        }
        self.inner.reader.pool.close_by_ref().await?;
        self.inner.writer.pool.close_by_ref().await?;
        Ok(())
    }
}

/// Turns "no row matched" of a guarded write into [`Error::Stale`].
pub fn expect_one(rows_affected: u64) -> Result<()> {
    if rows_affected == 1 { Ok(()) } else { Err(Error::Stale) }
}
