//! SQLite: one writer connection, several readers, write-ahead log, one server at a time.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::{Pools, scalar};
use crate::config::{Config, Durability, Sharing};
use crate::error::{Error, Meaning, Result};
use crate::probe::{Family, Findings};

/// Readers beside the one writer. The write-ahead log lets them read while it writes.
const READERS: u32 = 4;

/// How long SQLite itself waits for the file's lock: another process (a command-line tool) may hold it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the file. One connection writes, so that writers queue in the pool instead of colliding in the file.
pub(crate) async fn open(config: &Config) -> Result<Pools> {
    let writer = Database::connect(options(config, 1, false)).await?;
    if is_memory(&config.url) {
        // A memory database lives in its connection, so there can be only this one.
        return Ok(Pools { reader: writer.clone(), writer });
    }
    let reader = Database::connect(options(config, READERS, true)).await?;
    Ok(Pools { reader, writer })
}

/// Takes the lock that keeps a second server away from the file. It lasts as long as the returned file is open, and
/// the operating system frees it when the process dies in whatever way.
pub(crate) fn lock(config: &Config) -> Result<Option<File>> {
    if config.sharing == Sharing::Shared || is_memory(&config.url) {
        return Ok(None);
    }
    let path = lock_path(config)?;
    let refuse = |why: String| Error::Refused(format!("{}: {why}", path.display()));
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(|e| refuse(e.to_string()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Error::Refused(format!(
            "another Almanac server uses this SQLite database (it holds {}); stop it, or use PostgreSQL or a \
             MySQL-compatible database for several servers",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(refuse(error.to_string())),
    }
}

fn lock_path(config: &Config) -> Result<PathBuf> {
    let options = SqliteConnectOptions::from_str(&config.url)?;
    let mut name = options.get_filename().as_os_str().to_owned();
    name.push(".lock");
    Ok(name.into())
}

/// A database without a file?
fn is_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

fn options(config: &Config, connections: u32, read_only: bool) -> ConnectOptions {
    let synchronous = match config.durability {
        // In WAL mode NORMAL may lose the last commits at a power cut, and what was acknowledged must not be lost.
        Durability::Full => SqliteSynchronous::Full,
        Durability::None => SqliteSynchronous::Off,
    };
    let memory = is_memory(&config.url);
    let mut options = ConnectOptions::new(&config.url);
    options
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(config.acquire_timeout)
        // A closed connection would close the memory database, and for a file reopening gains nothing.
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_pool_opts(|pool| pool.after_release(|connection, _| Box::pin(is_clean(connection))))
        .map_sqlx_sqlite_opts(move |o| {
            let o = o.foreign_keys(false).busy_timeout(BUSY_TIMEOUT).synchronous(synchronous);
            let o = if memory { o } else { o.journal_mode(SqliteJournalMode::Wal) };
            if read_only { o.pragma("query_only", "ON") } else { o }
        });
    options
}

/// Whether a connection may be used again. An error such as a full disk makes SQLite end a transaction by itself, or not
/// end it at all; the driver's count of open ones is then wrong, and it would nest all further ones within one that nobody
/// commits. Such a connection is closed, which rolls back whatever is open.
async fn is_clean(connection: &mut SqliteConnection) -> sea_orm::sqlx::Result<bool> {
    if connection.is_in_transaction() {
        // A rollback may still be on its way: the answer comes after it.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

pub(crate) async fn probe(connection: &DatabaseConnection) -> Result<Findings> {
    // Reads the schema, which a damaged file does not survive.
    scalar::<i64>(connection, "SELECT COUNT(*) FROM sqlite_master").await?;
    Ok(Findings {
        family: Family::Sqlite,
        version: scalar(connection, "SELECT sqlite_version()").await?,
        isolation: "serializable".into(),
        charset: scalar(connection, "SELECT encoding FROM pragma_encoding").await?,
        collation: "BINARY".into(),
        statement_limit_ms: None,
    })
}

/// SQLite's extended result codes; the low byte is the primary code.
pub(crate) fn meaning(code: &str) -> Meaning {
    let Ok(code) = code.parse::<i32>() else { return Meaning::Other };
    match code {
        // CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE, CONSTRAINT_ROWID.
        1555 | 2067 | 2579 => return Meaning::Conflict,
        // READONLY_RECOVERY, READONLY_CANTLOCK: somebody else is recovering the write-ahead log.
        264 | 520 => return Meaning::Busy,
        _ => {}
    }
    match code & 0xff {
        // BUSY, LOCKED.
        5 | 6 => Meaning::Busy,
        // READONLY, FULL.
        8 | 13 => Meaning::Full,
        // CORRUPT, NOTADB.
        11 | 26 => Meaning::Corrupt,
        // TOOBIG.
        18 => Meaning::Unstorable,
        // CANTOPEN.
        14 => Meaning::Unavailable,
        _ => Meaning::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_code_decides_where_the_extended_one_is_unknown() {
        assert_eq!(meaning("5"), Meaning::Busy);
        assert_eq!(meaning("261"), Meaning::Busy); // BUSY_RECOVERY
        assert_eq!(meaning("264"), Meaning::Busy); // READONLY_RECOVERY
        assert_eq!(meaning("1032"), Meaning::Full); // READONLY_DBMOVED
        assert_eq!(meaning("2067"), Meaning::Conflict);
        assert_eq!(meaning("787"), Meaning::Other); // CONSTRAINT_FOREIGNKEY
        assert_eq!(meaning("26"), Meaning::Corrupt);
    }

    #[test]
    fn the_lock_stands_beside_the_file() {
        let path = lock_path(&Config::new("sqlite:///var/lib/almanac/almanac.db?mode=rwc")).unwrap();
        assert_eq!(path, PathBuf::from("/var/lib/almanac/almanac.db.lock"));
    }
}
