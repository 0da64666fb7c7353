//! The one place where databases differ: how to connect, what error codes mean, how to read the clock, what to probe.
//!
//! Everything else in the workspace is SQL of the portable subset and never asks which engine it runs on.

pub(crate) mod mysql;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{DbBackend, SqlxMySqlError, SqlxPostgresError, SqlxSqliteError};
use serde::Serialize;

use crate::error::Meaning;
use crate::{Error, Result};

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
    pub fn of_url(url: &str) -> Result<Self> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => Ok(Engine::Sqlite),
            "postgres" | "postgresql" => Ok(Engine::Postgres),
            "mysql" | "mariadb" => Ok(Engine::Mysql),
            other => Err(Error::Refused(format!(
                "the database URL begins with \"{other}:\"; known are sqlite:, postgres: and mysql:"
            ))),
        }
    }

    pub(crate) fn of_backend(backend: DbBackend) -> Self {
        match backend {
            DbBackend::Sqlite => Engine::Sqlite,
            DbBackend::Postgres => Engine::Postgres,
            _ => Engine::Mysql,
        }
    }
}

/// The pools of one database. They are the same pool unless the engine wants writers apart from readers.
pub(crate) struct Pools {
    pub(crate) reader: sea_orm::DatabaseConnection,
    pub(crate) writer: sea_orm::DatabaseConnection,
}

/// What the code of an engine's error means.
pub(crate) fn meaning(error: &dyn DatabaseError) -> Meaning {
    if let Some(e) = error.try_downcast_ref::<SqlxSqliteError>() {
        return sqlite::meaning(&e.code().unwrap_or_default());
    }
    if let Some(e) = error.try_downcast_ref::<SqlxPostgresError>() {
        return postgres::meaning(e.code());
    }
    if let Some(e) = error.try_downcast_ref::<SqlxMySqlError>() {
        return mysql::meaning(e.number());
    }
    Meaning::Other
}
