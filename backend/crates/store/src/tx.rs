//! Transactions: the only way to write.
//!
//! [`crate::Store::write`] runs a closure in one transaction and commits it. On a deadlock, serialization failure or
//! busy database the *whole* closure runs again, at most [`ATTEMPTS`] times with growing, jittered pauses: so the
//! closure must not do anything outside the transaction that may not happen twice.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use tokio::sync::Semaphore;

use crate::chance::Chance;
use crate::error::{Error, Result, Retryable};
use crate::wire::{self, Call, Wire};

/// How often a transaction is tried in all.
pub const ATTEMPTS: u32 = 5;

/// A transaction in progress. Repository functions take `&impl Conn`, which this is.
///
/// It says of itself that the engine can't RETURNING (openGauss forks and the MySQL family can't), so SeaORM's
/// `insert`, `update` and `exec` write plain statements and read the row back when it is asked for.
///
/// `'env` is what the closure borrows from its surroundings; functions that take a transaction write `&Tx<'_>`.
#[derive(Debug)]
pub struct Tx<'env> {
    /// `None` once it is over.
    inner: Option<DatabaseTransaction>,
    wire: Option<Arc<dyn Wire>>,
    turn: Option<wire::Turn>,
    env: PhantomData<&'env ()>,
}

impl Tx<'_> {
    async fn begin(writer: &Writer) -> Result<Self> {
        let options = TransactionOptions {
            // SQLite: take the write lock at once. A reader that becomes a writer fails when another one wrote
            // meanwhile, and waiting doesn't help it.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let Some(wire) = &writer.wire else {
            let inner = writer.pool.begin_with_options(options).await?;
            return Ok(Tx { inner: Some(inner), wire: None, turn: None, env: PhantomData });
        };
        let turn = Some(wire.turn().await.map_err(DbErr::from)?);
        wire.before(Call::Begin).await.map_err(DbErr::from)?;
        let inner = wire::driven(&**wire, writer.pool.begin_with_options(options))?;
        // Before the answer comes: when that is lost, or nobody waits for it any more, the drop rolls back over the wire.
        let tx = Tx { inner: Some(inner), wire: Some(wire.clone()), turn, env: PhantomData };
        wire.after(Call::Begin).await.map_err(DbErr::from)?;
        Ok(tx)
    }

    async fn commit(mut self) -> Result<()> {
        let committed = self.commit_over_wire().await;
        committed.map_err(|error| match Error::from(error) {
            // The server may have committed before the line broke.
            Error::Unavailable(source) => Error::CommitUnknown(source),
            other => other,
        })
    }

    async fn commit_over_wire(&mut self) -> Result<(), DbErr> {
        let Some(wire) = self.wire.clone() else { return self.take().commit().await };
        wire.before(Call::Commit).await?;
        wire::driven(&*wire, self.take().commit())?;
        // From here on others may write, while the answer is under way.
        self.turn = None;
        Ok(wire.after(Call::Commit).await?)
    }

    async fn rollback(mut self) -> Result<()> {
        let rolled_back = match self.wire.clone() {
            Some(wire) => wire::driven(&*wire, self.take().rollback()),
            None => self.take().rollback().await,
        };
        rolled_back.map_err(Error::from)
    }

    fn inner(&self) -> &DatabaseTransaction {
        self.inner.as_ref().expect("a transaction is used until it is over")
    }

    fn take(&mut self) -> DatabaseTransaction {
        self.inner.take().expect("a transaction ends once")
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        // Without a wire the driver rolls back by itself, some time later.
        if let (Some(inner), Some(wire)) = (self.inner.take(), &self.wire)
            && let Err(error) = wire::driven(&**wire, inner.rollback())
        {
            tracing::debug!(%error, "rollback failed");
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        if self.wire.is_none() {
            return self.inner().execute_raw(statement).await;
        }
        let sql = statement.sql.clone();
        wire::call(self.wire.as_ref(), Call::Statement(&sql), self.inner().execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        // Through the prepared path, so that no statement escapes the observer.
        self.execute_raw(Statement::from_string(self.get_database_backend(), sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if self.wire.is_none() {
            return self.inner().query_one_raw(statement).await;
        }
        let sql = statement.sql.clone();
        wire::call(self.wire.as_ref(), Call::Statement(&sql), self.inner().query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if self.wire.is_none() {
            return self.inner().query_all_raw(statement).await;
        }
        let sql = statement.sql.clone();
        wire::call(self.wire.as_ref(), Call::Statement(&sql), self.inner().query_all_raw(statement)).await
    }

    fn support_returning(&self) -> bool {
        false
    }
}

/// What transactions are made with.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) pool: DatabaseConnection,
    pub(crate) wire: Option<Arc<dyn Wire>>,
    /// For the pauses between tries.
    pub(crate) chance: Chance,
    /// One for each transaction that may be open. Fewer than there are connections where readers share them, so that
    /// what is read within a transaction past it gets one, and no transaction waits for another's.
    pub(crate) permits: Arc<Semaphore>,
    /// How long one is waited for.
    pub(crate) patience: Duration,
}

/// Runs `f` in a transaction until it succeeds, fails for good, or has been tried [`ATTEMPTS`] times.
pub(crate) async fn write<'env, T, E, F>(writer: &Writer, mut f: F) -> Result<T, E>
where
    F: for<'t> FnMut(&'t Tx<'env>) -> BoxFuture<'t, Result<T, E>> + Send,
    E: From<Error> + Retryable,
{
    let mut attempt = 1;
    loop {
        let error = match once(writer, &mut f).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if attempt == ATTEMPTS || !error.is_retryable() {
            return Err(error);
        }
        let pause = pause(attempt, writer.chance.fraction());
        tracing::debug!(attempt, pause_ms = pause.as_millis() as u64, "transaction is tried again");
        tokio::time::sleep(pause).await;
        attempt += 1;
    }
}

async fn once<'env, T, E, F>(writer: &Writer, f: &mut F) -> Result<T, E>
where
    F: for<'t> FnMut(&'t Tx<'env>) -> BoxFuture<'t, Result<T, E>> + Send,
    E: From<Error> + Retryable,
{
    let Ok(permit) = tokio::time::timeout(writer.patience, writer.permits.acquire()).await else {
        return Err(Error::from(sea_orm::sqlx::Error::PoolTimedOut).into());
    };
    let _permit = permit.expect("it is never closed");
    let tx = Tx::begin(writer).await?;
    match f(&tx).await {
        Ok(value) => {
            tx.commit().await?;
            Ok(value)
        }
        Err(error) => {
            if let Err(rollback) = tx.rollback().await {
                // The server rolls back by itself when the connection is gone; the caller's error tells more.
                tracing::debug!(error = %rollback, "rollback failed");
            }
            Err(error)
        }
    }
}

/// The pause after the given attempt: 10 ms doubled each time, between half and the whole of it.
fn pause(attempt: u32, jitter: f64) -> Duration {
    let whole_ms = 10.0 * f64::from(2_u32.pow(attempt.min(10)));
    Duration::from_secs_f64(whole_ms * (0.5 + 0.5 * jitter.clamp(0.0, 1.0)) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_their_bounds() {
        assert_eq!(pause(1, 0.0), Duration::from_millis(10));
        assert_eq!(pause(1, 1.0), Duration::from_millis(20));
        assert_eq!(pause(4, 0.0), Duration::from_millis(80));
        assert!((0..=4).all(|n| pause(n, 1.0) <= pause(n + 1, 1.0)));
    }
}
