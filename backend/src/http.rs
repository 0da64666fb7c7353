//! The web server: routes, the layers around them, listening and stopping.

pub(crate) mod caller;
pub(crate) mod error;
pub mod health;
mod metrics;
mod observe;
pub mod request_id;
mod router;
pub mod server;
pub(crate) mod spa;

use std::{fmt, sync::Arc};

use service::Services;
use tokio_util::sync::CancellationToken;

use crate::{auth::gate::Gate, config::Config, graphql::ApiSchema};
use health::Readiness;

pub(crate) use router::router;

/// A gauge that is read when `/metrics` is asked for.
#[derive(Debug, Clone)]
pub struct LiveGauge {
    /// Its name.
    pub name: &'static str,
    /// What it tells.
    pub help: &'static str,
    /// Labels in braces, and the value.
    pub samples: Vec<(String, f64)>,
}

/// What the engine tells when it is asked.
pub(crate) type Gauges = Arc<dyn Fn() -> Vec<LiveGauge> + Send + Sync>;

/// What handlers share; cheap to clone.
#[derive(Clone)]
pub(crate) struct HttpState {
    pub(crate) config: Arc<Config>,
    pub(crate) services: Services,
    pub(crate) gate: Gate,
    pub(crate) schema: ApiSchema,
    pub(crate) readiness: Readiness,
    pub(crate) gauges: Gauges,
    pub(crate) shutdown: CancellationToken,
}

impl fmt::Debug for HttpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpState").finish_non_exhaustive()
    }
}
