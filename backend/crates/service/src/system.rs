//! The installation itself: its database and its nodes.

use domain::access::Permission;

use crate::{Services, authz::Scope, ctx::OpCtx, error::Result, node};

/// What runs here.
#[derive(Debug, Clone)]
pub struct Info {
    /// The database's product and version.
    pub database: String,
    /// What the start-up probe found, for people.
    pub capabilities: serde_json::Value,
    /// The nodes of the cluster.
    pub nodes: Vec<node::Row>,
}

/// What runs here.
///
/// # Errors
/// [`crate::Error::Denied`] without [`Permission::PlatformRead`].
pub async fn info(services: &Services, ctx: &OpCtx) -> Result<Info> {
    ctx.require(services, Permission::PlatformRead, Scope::PLATFORM).await?;
    let nodes = node::list(services, ctx).await?;
    let found = services.store().capabilities();
    let capabilities = serde_json::to_value(found).unwrap_or_default();
    let family = capabilities["family"].as_str().unwrap_or_default();
    let database = format!("{family} {}", found.version);
    Ok(Info { database, capabilities, nodes })
}

/// Whether the database answers and has the schema of this program; for the readiness probe.
///
/// # Errors
/// The database's.
pub async fn ready(services: &Services) -> Result<bool> {
    services.store().ping().await?;
    Ok(services.store().schema().await?.is_current())
}
