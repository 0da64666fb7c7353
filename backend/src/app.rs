//! Puts the parts together: store, services, engine, router. The one place that knows them all.
//!
//! Order of starting: data directory and signing key, database, schema, services, built-in calendars, first
//! administrator, engine, router.
//! Stopping goes the other way: requests first, then the engine, which may still write, then the database.

mod engine;
mod status;

use std::{fs::DirBuilder, io, os::unix::fs::DirBuilderExt as _, path::PathBuf, sync::Arc};

use ::engine::EngineHandle;
use axum::Router;
use service::{ServiceConfig, Services, account::Issued, retention, session};
use store::{Clock, Store};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{
        cookie::CookiePolicy,
        gate::Gate,
        key::{KeyError, SigningKey},
        token::TokenKey,
    },
    config::{Config, whole_days},
    graphql,
    http::{self, HttpState},
};

/// The server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory can't be used.
    #[error("the data directory {}: {source}", path.display())]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process works in the data directory.
    #[error("another Almanac server works in the data directory {}", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The signing key can't be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database can't be reached or is refused.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// A part could not be started.
    #[error("{0}")]
    Service(#[from] service::Error),
    /// This machine can't run tasks.
    #[error("tasks can't be run on this machine: {0}")]
    Host(#[source] io::Error),
}

/// A server without its sockets: what `serve` listens with and what tests call directly.
pub struct App {
    /// Everything that can be asked over HTTP.
    pub router: Router,
    /// The use cases.
    pub services: Services,
    /// Cancel it to end live connections and make `/readyz` say so.
    pub shutdown: CancellationToken,
    /// The first administrator, when this start made it; the password is nowhere else.
    pub first_administrator: Option<Issued>,
    engine: engine::EngineSlot,
    store: Store,
    config: Arc<Config>,
}

impl App {
    /// Builds and starts everything but the listening.
    ///
    /// # Errors
    /// When a part can't be started; nothing is left running then.
    pub async fn build(config: Config) -> Result<Self, StartError> {
        Self::build_at(config, Clock::system()).await
    }

    /// The same with another clock, for tests.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn build_at(config: Config, clock: Clock) -> Result<Self, StartError> {
        prepare_data_dir(&config)?;
        let key = SigningKey::load_or_create(&config.general.data_dir.join("jwt.key"))?;
        let store = Store::connect(&store_config(&config, clock)).await?;
        let applied = store.migrate().await?;
        if !applied.is_empty() {
            tracing::info!(migrations = applied.len(), newest = applied.last(), "brought the schema up to date");
        }
        let services = Services::new(store.clone(), service_config(&config))?;
        service::calendar::seed(&services, services.clock().now_ms()).await?;
        let first_administrator = service::account::bootstrap(&services, services.clock().now_ms()).await?;
        let engine = engine::start(&config, &services).await?;
        let shutdown = CancellationToken::new();
        let config = Arc::new(config);
        let cookies = CookiePolicy { secure: config.http.public_url.is_https() };
        let gate = Gate::new(services.clone(), TokenKey::new(&key, config.auth.access_ttl), cookies);
        let router = http::router(HttpState {
            schema: graphql::schema(&config, gate.clone()),
            readiness: status::readiness(&services, &engine),
            gauges: status::gauges(&engine),
            config: config.clone(),
            services: services.clone(),
            gate,
            shutdown: shutdown.clone(),
        });
        Ok(Self { router, services, shutdown, first_administrator, engine, store, config })
    }

    /// Resolves when this process must end because another one has its node's name.
    pub async fn replaced(&self) {
        match self.engine.look(EngineHandle::over) {
            Some(over) => over.await,
            None => std::future::pending().await,
        }
    }

    /// Stops everything: live connections, then the engine with the attempts it runs, then the database.
    pub async fn stop(self) {
        self.shutdown.cancel();
        if let Some(engine) = self.engine.take() {
            engine.stop(self.config.engine.stop_grace).await;
        }
        if let Err(error) = self.store.close().await {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
    }
}

/// What the configuration asks of the database.
pub(crate) fn store_config(config: &Config, clock: Clock) -> store::Config {
    store::Config {
        max_connections: config.database.max_connections,
        patience: config.database.connect_patience,
        clock,
        ..store::Config::new(config.database_url())
    }
}

/// What the configuration asks of the use cases.
pub(crate) fn service_config(config: &Config) -> ServiceConfig {
    let ms = |duration: std::time::Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let session = session::Limits {
        idle_ms: ms(config.auth.session_idle),
        absolute_ms: ms(config.auth.session_max),
        ..session::Limits::default()
    };
    let retention = retention::Defaults {
        runs_days: whole_days(config.retention.runs),
        logs_days: whole_days(config.retention.logs),
        fires_days: whole_days(config.retention.schedule_fires),
        audit_days: whole_days(config.retention.audit),
    };
    ServiceConfig { session, retention, ..ServiceConfig::default() }
}

/// Only the server's user reads what is in the data directory: a database, a key, the work of tasks.
pub(crate) fn prepare_data_dir(config: &Config) -> Result<(), StartError> {
    let path = &config.general.data_dir;
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| StartError::DataDir { path: path.clone(), source })
}
