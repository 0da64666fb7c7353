//! The one place where databases differ: how to connect, what error codes mean, how to read the clock, what to probe.
//!
//! Everything else in the workspace is SQL of the portable subset and never asks which engine it runs on.

mod mysql;
mod postgres;
mod sqlite;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, SqlxMySqlError, SqlxPostgresError, SqlxSqliteError, Statement, TryGetable,
};
use serde::Serialize;

use crate::config::Config;
use crate::error::{Error, Meaning, Result};
use crate::probe::Findings;

pub(crate) use sqlite::lock;

/// The protocol that a database speaks, told by its URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The embedded database.
    Sqlite,
    /// PostgreSQL and what speaks its protocol.
    Postgres,
    /// MySQL and what speaks its protocol.
    Mysql,
}

impl Engine {
    /// Reads the engine off a database URL.
    ///
    /// # Errors
    /// [`Error::Refused`] when the URL is of no known kind.
    pub fn of_url(url: &str) -> Result<Self> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Engine::Sqlite),
            Some("postgres" | "postgresql") => Ok(Engine::Postgres),
            Some("mysql" | "mariadb") => Ok(Engine::Mysql),
            Some(scheme) => Err(Error::Refused(format!(
                "the database URL begins with \"{scheme}:\"; known are sqlite:, postgres: and mysql:"
            ))),
            None => {
                Err(Error::Refused("the database URL has no scheme; known are sqlite:, postgres: and mysql:".into()))
            }
        }
    }

    /// Connects once, to learn why when it does not work: a pool only says that its time ran out.
    pub(crate) async fn reach(self, config: &Config) -> Result<()> {
        match self {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => postgres::reach(config).await,
            Engine::Mysql => mysql::reach(config).await,
        }
    }

    /// Opens the pools.
    pub(crate) async fn open(self, config: &Config) -> Result<Pools> {
        match self {
            Engine::Sqlite => sqlite::open(config).await,
            Engine::Postgres => postgres::open(config).await,
            Engine::Mysql => mysql::open(config).await,
        }
    }

    /// What the engine does where engines differ.
    pub(crate) async fn probe(self, connection: &DatabaseConnection) -> Result<Findings> {
        match self {
            Engine::Sqlite => sqlite::probe(connection).await,
            Engine::Postgres => postgres::probe(connection).await,
            Engine::Mysql => mysql::probe(connection).await,
        }
    }

    /// The statement that reads the engine's clock in epoch milliseconds. `None`: it is this machine's.
    pub(crate) fn clock(self) -> Option<&'static str> {
        match self {
            Engine::Sqlite => None,
            Engine::Postgres => Some(postgres::CLOCK),
            Engine::Mysql => Some(mysql::CLOCK),
        }
    }
}

/// The URL in the scheme that the driver knows.
pub(crate) fn driver_url(url: &str) -> String {
    match url.split_once("://") {
        Some(("postgresql", rest)) => format!("postgres://{rest}"),
        Some(("mariadb", rest)) => format!("mysql://{rest}"),
        _ => url.to_owned(),
    }
}

/// The pools of one database. They are the same pool unless the engine wants writers apart from readers.
pub(crate) struct Pools {
    pub(crate) reader: DatabaseConnection,
    pub(crate) writer: DatabaseConnection,
}

/// What the code of an engine's error means.
pub(crate) fn meaning(error: &dyn DatabaseError) -> Meaning {
    if let Some(error) = error.try_downcast_ref::<SqlxSqliteError>() {
        return sqlite::meaning(&error.code().unwrap_or_default());
    }
    if let Some(error) = error.try_downcast_ref::<SqlxPostgresError>() {
        return postgres::meaning(error.code());
    }
    if let Some(error) = error.try_downcast_ref::<SqlxMySqlError>() {
        return mysql::meaning(error.number());
    }
    Meaning::Other
}

/// Reads one value; what the probes are made of.
pub(crate) async fn scalar<T: TryGetable>(connection: &DatabaseConnection, sql: &str) -> Result<T> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| sea_orm::DbErr::RecordNotFound(sql.to_owned()))?;
    row.try_get_by_index(0).map_err(Error::Db)
}
