//! PostgreSQL and what speaks its protocol (openGauss, KingbaseES …).

use sea_orm::{ConnectOptions, Database};

use super::Pools;
use crate::config::Config;
use crate::error::{Meaning, Result};

/// Opens one pool for readers and writers.
pub(crate) async fn open(config: &Config) -> Result<Pools> {
    let mut options = ConnectOptions::new(&config.url);
    options
        .max_connections(config.max_connections)
        .acquire_timeout(config.acquire_timeout)
        .sqlx_logging(false)
        .map_sqlx_postgres_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                Box::pin(async move {
                    use sea_orm::sqlx::Executor;
                    // The server's default may be another one. Not as a start-up parameter: poolers refuse those.
                    let sql = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED";
                    connection.execute(sql).await.map(|_| ())
                })
            })
        });
    let pool = Database::connect(options).await?;
    Ok(Pools { reader: pool.clone(), writer: pool })
}

/// SQLSTATE.
pub(crate) fn meaning(code: &str) -> Meaning {
    match code {
        "23505" => Meaning::Conflict,
        // serialization_failure, deadlock_detected, lock_not_available.
        "40001" | "40P01" | "55P03" => Meaning::Busy,
        // admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, too_many_connections.
        "57P01" | "57P02" | "57P03" | "57P04" | "53300" => Meaning::Unavailable,
        // disk_full, read_only_sql_transaction.
        "53100" | "25006" => Meaning::Full,
        // data_corrupted, index_corrupted.
        "XX001" | "XX002" => Meaning::Corrupt,
        // Connection exceptions.
        _ if code.starts_with("08") => Meaning::Unavailable,
        _ => Meaning::Other,
    }
}
