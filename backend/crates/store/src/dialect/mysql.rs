//! MySQL and what speaks its protocol (MariaDB, OceanBase, TiDB …).

use std::str::FromStr;

use sea_orm::sqlx::mysql::MySqlConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _, Connection, Executor};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::{Pools, scalar};
use crate::config::Config;
use crate::error::{Meaning, Result};
use crate::probe::{Family, Findings};

/// In UTC from end to end: `UNIX_TIMESTAMP(NOW())` is an hour wrong once a year where the session zone has summer time.
pub(crate) const CLOCK: &str =
    "SELECT CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) DIV 1000 AS SIGNED)";

/// Prepared statements kept by a connection. OceanBase counts each as an open cursor and allows 50 by default; beyond
/// that it refuses every statement. Elsewhere the driver's own number is fine.
const KEPT_STATEMENTS: usize = 100;
const KEPT_STATEMENTS_OCEANBASE: usize = 40;

/// What each session begins with, whatever the server's defaults are.
const SESSION: [&str; 2] = [
    // By default REPEATABLE READ, where a lost race is an error on some engines instead of "0 rows".
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    // Without it a text that is too long is cut off and stored.
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES'",
];

/// Opens one pool for readers and writers.
pub(crate) async fn open(config: &Config) -> Result<Pools> {
    let kept = match server_family(config).await? {
        Family::OceanBase => KEPT_STATEMENTS_OCEANBASE,
        _ => KEPT_STATEMENTS,
    };
    let mut options = ConnectOptions::new(&config.url);
    options
        .max_connections(config.max_connections)
        .acquire_timeout(config.acquire_timeout)
        .sqlx_logging(false)
        .map_sqlx_mysql_opts(move |o| plain(o).statement_cache_capacity(kept))
        .map_sqlx_mysql_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                Box::pin(async move {
                    for setting in SESSION {
                        connection.execute(setting).await?;
                    }
                    Ok(())
                })
            })
        });
    let pool = Database::connect(options).await?;
    Ok(Pools { reader: pool.clone(), writer: pool })
}

/// Several proxies and engines refuse the way in which the driver sets modes by default. The time zone stays the
/// server's: instants are numbers.
fn plain(options: MySqlConnectOptions) -> MySqlConnectOptions {
    options.pipes_as_concat(false).no_engine_substitution(false).timezone(None).charset("utf8mb4")
}

pub(crate) async fn reach(config: &Config) -> Result<()> {
    server_family(config).await.map(|_| ())
}

async fn server_family(config: &Config) -> Result<Family> {
    let options = plain(MySqlConnectOptions::from_str(&config.url)?).disable_statement_logging();
    let mut connection = options.connect().await?;
    let version: String = sqlx::query_scalar("SELECT CAST(VERSION() AS CHAR)").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(family(&version))
}

pub(crate) async fn probe(connection: &DatabaseConnection) -> Result<Findings> {
    let version: String = scalar(connection, "SELECT CAST(VERSION() AS CHAR)").await?;
    let isolation: String = match scalar(connection, "SELECT CAST(@@transaction_isolation AS CHAR)").await {
        Ok(isolation) => isolation,
        // MariaDB before 11.1 and MySQL 5.7 know it by its old name.
        Err(_) => scalar(connection, "SELECT CAST(@@tx_isolation AS CHAR)").await?,
    };
    let family = family(&version);
    Ok(Findings {
        family,
        isolation: isolation.replace('-', " ").to_lowercase(),
        charset: scalar(connection, "SELECT CAST(@@character_set_database AS CHAR)").await?,
        collation: scalar(connection, "SELECT CAST(@@collation_database AS CHAR)").await?,
        statement_limit_ms: statement_limit_ms(connection, family).await,
        version,
    })
}

/// Best effort: each engine has a variable of its own, and not every account may read it.
async fn statement_limit_ms(connection: &DatabaseConnection, family: Family) -> Option<i64> {
    let sql = match family {
        Family::OceanBase => "SELECT CAST(@@ob_query_timeout DIV 1000 AS SIGNED)",
        Family::MariaDb => "SELECT CAST(@@max_statement_time * 1000 AS SIGNED)",
        _ => "SELECT CAST(@@max_execution_time AS SIGNED)",
    };
    scalar(connection, sql).await.ok().filter(|limit| *limit > 0)
}

fn family(version: &str) -> Family {
    let version = version.to_ascii_lowercase();
    if version.contains("oceanbase") {
        Family::OceanBase
    } else if version.contains("tidb") {
        Family::TiDb
    } else if version.contains("mariadb") {
        Family::MariaDb
    } else {
        Family::Mysql
    }
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
        // Statement time limit, of MySQL and of MariaDB; interrupted, as by one.
        3024 | 1969 | 1317 => Meaning::Slow,
        // Too many connections; server shutdown; gone away; lost connection; connection killed.
        1040 | 1053 | 2006 | 2013 | 1927 => Meaning::Unavailable,
        // Disk full; table full; running with --read-only; read-only mode; read-only transaction.
        1021 | 1114 | 1290 | 1836 | 1792 => Meaning::Full,
        // Data too long; incorrect value; out of range; packet too large.
        1406 | 1366 | 1264 | 1153 => Meaning::Unstorable,
        // Index file crashed; table crashed.
        1034 | 1194 => Meaning::Corrupt,
        _ => Meaning::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_tells_the_family() {
        assert_eq!(family("10.11.19-MariaDB-0+deb12u1"), Family::MariaDb);
        assert_eq!(family("5.7.25-OceanBase seekdb-v1.4.0.0"), Family::OceanBase);
        assert_eq!(family("8.0.11-TiDB-v8.5.6"), Family::TiDb);
        assert_eq!(family("8.0.32-25"), Family::Mysql);
    }
}
