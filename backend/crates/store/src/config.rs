//! What a store is connected with.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::Value;

use crate::chance::Chance;
use crate::clock::Clock;

/// How to reach the database and how to behave there.
#[derive(Clone)]
pub struct Config {
    /// `sqlite://path?mode=rwc`, `sqlite::memory:`, `postgres://user:password@host/db` or `mysql://user:password@host/db`.
    pub url: String,
    /// Most connections open at once (PostgreSQL, MySQL). SQLite has one writer and four readers whatever stands here.
    pub max_connections: u32,
    /// How long a caller waits for a free connection before it is told that the database is unavailable.
    pub acquire_timeout: Duration,
    /// How long to keep trying when the database can't be reached at start. Zero: one try.
    pub patience: Duration,
    /// Who else may use a SQLite file meanwhile.
    pub sharing: Sharing,
    /// What a commit promises.
    pub durability: Durability,
    /// Largest distance between the clocks of this machine and of the database. `None`: not measured, for tests that
    /// turn the clock by hand.
    pub max_clock_offset: Option<Duration>,
    /// The local clock.
    pub clock: Clock,
    /// Where random numbers come from.
    pub chance: Chance,
    /// Called after each statement.
    pub observer: Option<Observer>,
    /// Something that must live as long as the store, such as the folder of a throw-away database.
    #[doc(hidden)]
    pub keep: Option<Arc<dyn Any + Send + Sync>>,
}

impl Config {
    /// The defaults for a server.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 16,
            acquire_timeout: Duration::from_secs(10),
            patience: Duration::ZERO,
            sharing: Sharing::Exclusive,
            durability: Durability::Full,
            // The database's clock counts; but people compare its times with those of their own machines.
            max_clock_offset: Some(Duration::from_secs(2)),
            clock: Clock::system(),
            chance: Chance::system(),
            observer: None,
            keep: None,
        }
    }
}

impl std::fmt::Debug for Config {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("max_connections", &self.max_connections)
            .field("sharing", &self.sharing)
            .field("durability", &self.durability)
            .finish_non_exhaustive()
    }
}

/// Who may use a SQLite file at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Only this process: a server. Another one that asks for the same is refused.
    Exclusive,
    /// Beside a server: a short-lived command.
    Shared,
}

/// What a commit promises (SQLite; servers have their own settings).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It survives a power cut.
    Full,
    /// It may be lost; for tests on throw-away files.
    None,
}

/// A statement that was executed.
#[derive(Debug)]
pub struct Executed<'a> {
    /// Its text, with placeholders.
    pub sql: &'a str,
    /// How long it took, the network included.
    pub elapsed: Duration,
    /// Whether it failed.
    pub failed: bool,
    /// What stood for its placeholders: for the lint of the tests, never for a log.
    pub(crate) values: &'a [Value],
}

/// A function called after each statement: metrics, the lint of the tests.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Executed<'_>) + Send + Sync>);

impl Observer {
    /// An observer that calls the given function; it must not block.
    pub fn new(observe: impl Fn(&Executed<'_>) + Send + Sync + 'static) -> Self {
        Observer(Arc::new(observe))
    }

    pub(crate) fn observe(&self, executed: &Executed<'_>) {
        (self.0)(executed);
    }
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}
