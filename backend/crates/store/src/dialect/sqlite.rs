//! SQLite: one writer connection, several readers, write-ahead log.

use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database};

use super::Pools;
use crate::config::{Config, Durability};
use crate::error::{Meaning, Result};

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

/// A database without a file?
pub(crate) fn is_memory(url: &str) -> bool {
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
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |o| {
            let o = o.foreign_keys(false).busy_timeout(BUSY_TIMEOUT).synchronous(synchronous);
            let o = if memory { o } else { o.journal_mode(SqliteJournalMode::Wal) };
            if read_only { o.pragma("query_only", "ON") } else { o }
        });
    options
}

/// SQLite's extended result codes; the low byte is the primary code.
pub(crate) fn meaning(code: &str) -> Meaning {
    let Ok(code) = code.parse::<i32>() else { return Meaning::Other };
    match code {
        // CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE, CONSTRAINT_ROWID.
        1555 | 2067 | 2579 => return Meaning::Conflict,
        // BUSY_RECOVERY … are BUSY too; READONLY_RECOVERY (264) and READONLY_CANTLOCK (520) come while a WAL is
        // being recovered by somebody else.
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
        // CANTOPEN.
        14 => Meaning::Unavailable,
        _ => Meaning::Other,
    }
}
