//! The installation itself: its database.

use domain::access::Permission;

use crate::{Services, authz::Scope, ctx::OpCtx, error::Result};

/// What runs here.
#[derive(Debug, Clone)]
pub struct Info {
    /// The database's product and version.
    pub database: String,
    /// What the start-up probe found, for people.
    pub capabilities: serde_json::Value,
}

/// What runs here.
///
/// # Errors
/// [`crate::Error::Denied`] without [`Permission::PlatformRead`].
pub async fn info(services: &Services, ctx: &OpCtx) -> Result<Info> {
    ctx.require(services, Permission::PlatformRead, Scope::PLATFORM).await?;
    let found = services.store().capabilities();
    let capabilities = serde_json::to_value(found).unwrap_or_default();
    let family = capabilities["family"].as_str().unwrap_or_default();
    let database = format!("{family} {}", found.version);
    Ok(Info { database, capabilities })
}

/// How the database's schema and this program fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// They are of one version.
    Current,
    /// The schema lacks something.
    Older,
    /// A newer program has been here: nodes are being brought to its version one by one, and this one's turn comes.
    Newer,
}

/// Whether the database answers, and how its schema fits this program; for the readiness probe.
///
/// # Errors
/// The database's.
pub async fn fit(services: &Services) -> Result<Fit> {
    services.store().ping().await?;
    match services.store().schema().await {
        Ok(schema) if schema.is_current() => Ok(Fit::Current),
        Ok(_) => Ok(Fit::Older),
        Err(store::Error::NewerSchema { .. }) => Ok(Fit::Newer),
        Err(error) => Err(error.into()),
    }
}
