//! MySQL and what speaks its protocol (MariaDB, OceanBase, TiDB …).

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
        // Several proxies and engines refuse the modes that the driver sets by default; neither matters to us. Nor
        // does the time zone: instants are numbers.
        .map_sqlx_mysql_opts(|o| {
            o.pipes_as_concat(false).no_engine_substitution(false).timezone(None).charset("utf8mb4")
        })
        .map_sqlx_mysql_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                Box::pin(async move {
                    use sea_orm::sqlx::Executor;
                    // REPEATABLE READ by default, where a lost race is an error instead of "0 rows".
                    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await.map(|_| ())
                })
            })
        });
    let pool = Database::connect(options).await?;
    Ok(Pools { reader: pool.clone(), writer: pool })
}

/// The server's error numbers.
pub(crate) fn meaning(number: u16) -> Meaning {
    match number {
        // Duplicate key, in four wordings.
        1022 | 1062 | 1169 | 1586 => Meaning::Conflict,
        // Deadlock; lock wait time-out; MariaDB: record has changed since last read.
        1213 | 1205 | 1020 => Meaning::Busy,
        // OceanBase: can't serialize, transaction time-out, transaction rolled back by a switch of leader.
        6235 | 4012 | 6002 => Meaning::Busy,
        // TiDB: transaction can't be retried by the server, write conflict (pessimistic, optimistic).
        8002 | 8022 | 9007 => Meaning::Busy,
        // Too many connections; server shutdown; gone away; lost connection; connection killed.
        1040 | 1053 | 2006 | 2013 | 1927 => Meaning::Unavailable,
        // Disk full; table full; running with --read-only; read-only mode; read-only transaction.
        1021 | 1114 | 1290 | 1836 | 1792 => Meaning::Full,
        // Crashed table; index file crashed.
        1194 | 1034 => Meaning::Corrupt,
        _ => Meaning::Other,
    }
}
