//! Reading outside of transactions: the pool of readers, behind the wire if there is one.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use crate::dialect::{Engine, scalar};
use crate::error::Result;
use crate::wire::{self, Call, Wire};

/// The pool for reading. Repository functions take `&impl Conn`, which this is.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(crate) pool: DatabaseConnection,
    pub(crate) wire: Option<Arc<dyn Wire>>,
}

impl Reader {
    /// What the database's clock says; `None` when it is this machine's.
    pub(crate) async fn clock_ms(&self, engine: Engine) -> Result<Option<i64>> {
        match (&self.wire, engine.clock()) {
            (Some(wire), _) => {
                wire.before(Call::Clock).await.map_err(DbErr::from)?;
                let now_ms = wire.clock_ms();
                wire.after(Call::Clock).await.map_err(DbErr::from)?;
                Ok(Some(now_ms))
            }
            (None, Some(sql)) => Ok(Some(scalar(&self.pool, sql).await?)),
            (None, None) => Ok(None),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.pool.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.pool.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if self.wire.is_none() {
            return self.pool.query_one_raw(statement).await;
        }
        let sql = statement.sql.clone();
        wire::call(self.wire.as_ref(), Call::Read(&sql), self.pool.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if self.wire.is_none() {
            return self.pool.query_all_raw(statement).await;
        }
        let sql = statement.sql.clone();
        wire::call(self.wire.as_ref(), Call::Read(&sql), self.pool.query_all_raw(statement)).await
    }
}
