//! What can go wrong in the database, as far as somebody acts on it.
//!
//! An error is judged by its code (SQLSTATE, MySQL number, SQLite result code), never by its message: messages are
//! translated, reworded and differ between engines of one protocol. The codes stand in [`crate::dialect`].

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

use crate::dialect;
use crate::wire::Broken;

/// A failure of the store. "Not found" is no failure: lookups answer `Ok(None)`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique key is taken. The transaction is over (PostgreSQL refuses every further statement in it): return this
    /// error from the closure and read the row in a new transaction.
    #[error("the value is already taken{}", .constraint.as_ref().map(|name| format!(" ({name})")).unwrap_or_default())]
    Conflict {
        /// Name of the key, where the engine tells it (PostgreSQL only): for logs, not for decisions.
        constraint: Option<String>,
    },
    /// The row is no longer as it was read: a guarded write matched nothing.
    #[error("the row has changed since it was read")]
    Stale,
    /// A stored value is not one that this program writes.
    #[error("{table}.{column} of {id} holds a value that this program does not know")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Key of the row.
        id: String,
    },
    /// Deadlock, serialization failure or lock time-out: the whole transaction may be tried again.
    #[error("the database is busy: {0}")]
    Busy(#[source] DbErr),
    /// The database can't be reached or is closing.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] DbErr),
    /// The connection broke during COMMIT: what was written may or may not be there. Read it again by its key.
    #[error("the connection broke while committing, the outcome is unknown: {0}")]
    CommitUnknown(#[source] DbErr),
    /// The database ended a statement because it took too long for a limit that is set there.
    #[error("the database ended a statement that took too long: {0}")]
    Slow(#[source] DbErr),
    /// The database can't store a value: it is too long for its column or its packet, or no text.
    #[error("the database can't store a value: {0}")]
    Unstorable(#[source] DbErr),
    /// No space is left, or the database is read-only.
    #[error("the database can't be written (disk full or read-only): {0}")]
    Full(#[source] DbErr),
    /// The database file or its pages are damaged, or it is no database at all.
    #[error("the database is damaged or not a database: {0}")]
    Corrupt(#[source] DbErr),
    /// A newer program has changed this schema; this one would misread it.
    #[error(
        "the database schema is newer than this program: it has {found}, this program knows up to {known}; \
         start a newer version of Almanac"
    )]
    NewerSchema {
        /// The newest migration recorded in the database.
        found: String,
        /// The newest migration of this program.
        known: String,
    },
    /// The start-up probe found something with which data would be lost or decisions be wrong.
    #[error("this database is refused: {0}")]
    Refused(String),
    /// Anything else: a bug or an unknown oddity of the engine.
    #[error("database error: {0}")]
    Db(#[source] DbErr),
}

/// The store's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Says whether trying the same transaction again can succeed; what [`crate::Store::write`] asks of its errors.
pub trait Retryable {
    /// True only for failures that vanish by themselves, such as a deadlock.
    fn is_retryable(&self) -> bool;
}

impl Retryable for Error {
    fn is_retryable(&self) -> bool {
        matches!(self, Error::Busy(_))
    }
}

impl Error {
    /// A [`Error::Conflict`]?
    pub fn is_conflict(&self) -> bool {
        matches!(self, Error::Conflict { .. })
    }

    /// A [`Error::Stale`]?
    pub fn is_stale(&self) -> bool {
        matches!(self, Error::Stale)
    }

    /// What is wrong, for those who look after the installation: without the driver's words, which may hold addresses
    /// and values and are for the log.
    pub fn summary(&self) -> String {
        let text = match self {
            Error::Busy(_) => "the database is busy: transactions wait for each other",
            Error::Unavailable(_) => "the database can't be reached",
            Error::CommitUnknown(_) => "the connection to the database broke while committing",
            Error::Slow(_) => "the database ends statements that take longer than a limit set there",
            Error::Unstorable(_) => "the database can't store a value; the log says which",
            Error::Full(_) => "the database can't be written: its disk is full, or it is read-only",
            Error::Corrupt(_) => "the database is damaged or not a database",
            Error::Db(_) => "the database refused a statement; the log says why",
            other => return other.to_string(),
        };
        text.to_owned()
    }

    /// A stored value that can't be read back.
    pub fn inconsistent(table: &'static str, column: &'static str, id: impl std::fmt::Display) -> Self {
        Error::Inconsistent { table, column, id: id.to_string() }
    }
}

/// What an engine's error code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Conflict,
    Busy,
    Unavailable,
    Slow,
    Unstorable,
    Full,
    Corrupt,
    Other,
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match meaning(&error) {
            Meaning::Conflict => Error::Conflict { constraint: constraint(&error) },
            Meaning::Busy => Error::Busy(error),
            Meaning::Unavailable => Error::Unavailable(error),
            Meaning::Slow => Error::Slow(error),
            Meaning::Unstorable => Error::Unstorable(error),
            Meaning::Full => Error::Full(error),
            Meaning::Corrupt => Error::Corrupt(error),
            Meaning::Other => Error::Db(error),
        }
    }
}

impl From<sea_orm::sqlx::Error> for Error {
    fn from(error: sea_orm::sqlx::Error) -> Self {
        DbErr::Query(RuntimeErr::SqlxError(std::sync::Arc::new(error))).into()
    }
}

/// The driver's error inside, if it came from a driver.
pub(crate) fn driver_error(error: &DbErr) -> Option<&sea_orm::sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(e))
        | DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e)) => Some(e),
        _ => None,
    }
}

fn meaning(error: &DbErr) -> Meaning {
    use sea_orm::sqlx::Error as Driver;
    if let DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed) = error {
        return Meaning::Unavailable;
    }
    match driver_error(error) {
        // While connecting: whoever answers there is not the database, at the moment.
        Some(Driver::Protocol(_)) if matches!(error, DbErr::Conn(_)) => Meaning::Unavailable,
        Some(Driver::Database(e)) => dialect::meaning(e.as_ref()),
        Some(Driver::AnyDriverError(e)) => e.downcast_ref::<Broken>().map_or(Meaning::Other, |it| it.meaning()),
        Some(Driver::Io(_) | Driver::Tls(_) | Driver::PoolTimedOut | Driver::PoolClosed | Driver::WorkerCrashed) => {
            Meaning::Unavailable
        }
        _ => Meaning::Other,
    }
}

fn constraint(error: &DbErr) -> Option<String> {
    driver_error(error)?.as_database_error()?.constraint().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use sea_orm::sqlx::Error as Driver;

    use super::*;

    #[test]
    fn an_odd_answer_is_an_absent_server_while_connecting_and_a_bug_later() {
        let odd = || RuntimeErr::SqlxError(std::sync::Arc::new(Driver::Protocol("unexpected response".into())));
        assert!(matches!(DbErr::Conn(odd()).into(), Error::Unavailable(_)));
        assert!(matches!(DbErr::Query(odd()).into(), Error::Db(_)));
    }
}
