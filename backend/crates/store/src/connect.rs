//! Opening a store: reach the database, open its pools, probe it, look at its schema, take an id tag.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::DatabaseConnection;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::clock::DbClock;
use crate::config::{Config, Executed, Observer};
use crate::dialect::{self, Engine, Pools};
use crate::error::{Error, Result};
use crate::ids::IdGen;
use crate::reader::Reader;
use crate::tag::Holder;
use crate::tx::Writer;
use crate::{Inner, Store, probe};

/// Longest pause between two tries to reach the database.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Longest time that one try may take: a firewall may swallow the packets.
const ONE_TRY: Duration = Duration::from_secs(10);

impl Store {
    /// Connects to the database; while it can't be reached, tries again for as long as `config.patience` says.
    ///
    /// An empty or older schema is no error: see [`Store::migrate`]. Until the schema is complete, no ids can be made.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it can't be reached, [`Error::Refused`] when the probe finds that data would be
    /// lost or another server uses the same file, [`Error::NewerSchema`], [`Error::Corrupt`], [`Error::Full`].
    pub async fn connect(config: &Config) -> Result<Self> {
        let engine = Engine::of_url(&config.url)?;
        let config = Config { url: dialect::driver_url(&config.url), ..config.clone() };
        reach(engine, &config).await?;
        let lock = if engine == Engine::Sqlite { dialect::lock(&config)? } else { None };
        let Pools { mut reader, mut writer } = engine.open(&config).await?;

        let local = config.clock.clone();
        let clock = if engine.clock().is_some() { DbClock::remote(local) } else { DbClock::embedded(local) };
        let capabilities = probe::probe(engine, &writer, &clock, &config).await?;
        tracing::info!(
            engine = ?capabilities.family,
            version = capabilities.version,
            clock_offset_ms = capabilities.clock_offset_ms,
            "database opened"
        );
        if let Some(observer) = &config.observer {
            observe(&mut reader, observer.clone());
            observe(&mut writer, observer.clone());
        }
        let inner = Inner {
            engine,
            reader: Reader { pool: reader, wire: None },
            writer: Writer {
                pool: writer,
                wire: None,
                chance: config.chance.clone(),
                permits: Arc::new(Semaphore::new(transactions(config.max_connections))),
                patience: config.acquire_timeout,
            },
            ids: IdGen::new(clock.clone()),
            holder: Holder::new(&config.chance),
            clock,
            capabilities,
            max_clock_offset: config.max_clock_offset,
            _keep: (lock, config.keep.clone()),
        };
        let store = Store { inner: Arc::new(inner) };
        if store.schema().await?.is_current() {
            store.take_id_tag().await?;
        }
        Ok(store)
    }
}

/// How many transactions may be open at once over so many connections.
fn transactions(connections: u32) -> usize {
    connections.saturating_sub((connections / 4).max(1)).max(1) as usize
}

async fn reach(engine: Engine, config: &Config) -> Result<()> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(200);
    loop {
        let error = match tokio::time::timeout(ONE_TRY, engine.reach(config)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error @ Error::Unavailable(_))) => error,
            Ok(Err(error)) => return Err(error),
            Err(_) => Error::from(sea_orm::sqlx::Error::PoolTimedOut),
        };
        let waited = begun.elapsed();
        if waited >= config.patience {
            return Err(error);
        }
        tracing::warn!(%error, waited_secs = waited.as_secs(), "the database can't be reached, trying again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn observe(pool: &mut DatabaseConnection, observer: Observer) {
    pool.set_metric_callback(move |info| {
        let values = info.statement.values.as_ref().map_or(&[][..], |values| values.0.as_slice());
        let (sql, elapsed, failed) = (info.statement.sql.as_str(), info.elapsed, info.failed);
        observer.observe(&Executed { sql, elapsed, failed, values });
    });
}
