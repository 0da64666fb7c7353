//! PostgreSQL and what speaks its protocol (openGauss, KingbaseES …).

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{ConnectOptions as _, Connection, Executor};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Pools, scalar};
use crate::config::Config;
use crate::error::{Error, Meaning, Result};
use crate::probe::{Family, Findings};

/// `clock_timestamp` moves on within a transaction, `now` does not.
pub(crate) const CLOCK: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// How long a server may take to say its first byte.
const ANSWER: Duration = Duration::from_secs(2);

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
                    // The server's default may be another one. Not as a start-up parameter: poolers refuse those.
                    let sql = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED";
                    connection.execute(sql).await.map(|_| ())
                })
            })
        });
    let pool = Database::connect(options).await?;
    Ok(Pools { reader: pool.clone(), writer: pool })
}

pub(crate) async fn reach(config: &Config) -> Result<()> {
    let options = PgConnectOptions::from_str(&config.url)?.disable_statement_logging();
    let connection = match options.connect().await {
        Ok(connection) => connection,
        // The driver takes the end of a connection for an answer; so ends a proxy them that has lost its server.
        Err(error @ sea_orm::sqlx::Error::Protocol(_)) if !answers(&options).await => {
            return Err(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))).into());
        }
        // openGauss asks for a login of its own with the number that PostgreSQL gives to SASL.
        Err(sea_orm::sqlx::Error::Protocol(message)) => {
            return Err(Error::Refused(format!(
                "the server speaks the protocol in another way ({message}); on openGauss and GaussDB set \
                 password_encryption_type = 1 and set the password of Almanac's user again"
            )));
        }
        Err(error) => return Err(error.into()),
    };
    connection.close().await?;
    Ok(())
}

/// Whether somebody is there: says something to the question for encryption, which every server is asked first.
async fn answers(options: &PgConnectOptions) -> bool {
    const QUESTION: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
    let ask = async {
        let mut stream = TcpStream::connect((options.get_host(), options.get_port())).await?;
        stream.write_all(&QUESTION).await?;
        stream.read(&mut [0]).await
    };
    matches!(timeout(ANSWER, ask).await, Ok(Ok(1)))
}

pub(crate) async fn probe(connection: &DatabaseConnection) -> Result<Findings> {
    let version: String = scalar(connection, "SELECT version()").await?;
    let limit: String = scalar(connection, "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'").await?;
    Ok(Findings {
        family: family(&version),
        isolation: scalar(connection, "SELECT current_setting('transaction_isolation')").await?,
        charset: scalar(connection, "SELECT current_setting('server_encoding')").await?,
        collation: scalar(connection, "SELECT datcollate FROM pg_database WHERE datname = current_database()")
            .await
            .unwrap_or_else(|_| "unknown".into()),
        statement_limit_ms: limit.parse().ok().filter(|limit| *limit > 0),
        version,
    })
}

fn family(version: &str) -> Family {
    let version = version.to_ascii_lowercase();
    if ["opengauss", "gaussdb", "mogdb", "vastbase"].iter().any(|name| version.contains(name)) {
        Family::OpenGauss
    } else if version.contains("kingbase") {
        Family::Kingbase
    } else {
        Family::Postgres
    }
}

/// SQLSTATE.
pub(crate) fn meaning(code: &str) -> Meaning {
    match code {
        // unique_violation.
        "23505" => Meaning::Conflict,
        // serialization_failure, deadlock_detected, lock_not_available.
        "40001" | "40P01" | "55P03" => Meaning::Busy,
        // admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, too_many_connections.
        "57P01" | "57P02" | "57P03" | "57P04" | "53300" => Meaning::Unavailable,
        // query_canceled: by a time limit, as nobody here cancels one.
        "57014" => Meaning::Slow,
        // disk_full, read_only_sql_transaction.
        "53100" | "25006" => Meaning::Full,
        // data_corrupted, index_corrupted.
        "XX001" | "XX002" => Meaning::Corrupt,
        // data_exception, program_limit_exceeded and their kinds.
        _ if code.starts_with("22") || code.starts_with("54") => Meaning::Unstorable,
        // connection_exception and its kinds.
        _ if code.starts_with("08") => Meaning::Unavailable,
        _ => Meaning::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_tells_the_family() {
        assert_eq!(family("PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64"), Family::Postgres);
        assert_eq!(family("(openGauss 6.0.0 build aee4abd5) compiled at 2024-09-29"), Family::OpenGauss);
        assert_eq!(family("PostgreSQL 9.2.4 (MogDB 5.0.6 build 8b0a6ca8)"), Family::OpenGauss);
        assert_eq!(family("KingbaseES V008R006C008B0020 on x86_64"), Family::Kingbase);
    }
}
