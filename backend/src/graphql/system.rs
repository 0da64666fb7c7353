//! The installation itself.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::id::NodeId;
use service::Error;

use super::{
    context::Ask as _,
    id::GlobalId,
    scalar::{Instant, Json},
};

/// Label of the installation, as configured.
#[derive(Debug, Clone)]
pub(crate) struct Environment(pub(crate) String);

/// A server process of the cluster.
#[derive(Debug, SimpleObject)]
pub(crate) struct ClusterNode {
    id: ID,
    name: String,
    state: String,
    version: String,
    started_at: Instant,
    heartbeat_at: Instant,
}

/// What runs here.
#[derive(Debug, SimpleObject)]
pub(crate) struct SystemInfo {
    version: String,
    /// The database's product and version.
    database: String,
    /// What the start-up probe found.
    capabilities: Json,
    /// Label of the installation.
    environment: String,
    /// The time on the database's clock.
    now: Instant,
    nodes: Vec<ClusterNode>,
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct SystemQuery;

#[Object]
impl SystemQuery {
    /// The installation; null for those who may not see the platform.
    async fn system(&self, ctx: &Context<'_>) -> Result<Option<SystemInfo>> {
        let op = ctx.op();
        let info = match service::system::info(ctx.services(), &op).await {
            Ok(info) => info,
            Err(Error::Denied { .. } | Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(ctx.fail(error)),
        };
        let nodes = info.nodes.into_iter().map(|row| ClusterNode {
            id: GlobalId::Node(NodeId(row.id)).into(),
            name: row.name,
            state: row.state,
            version: row.app_version,
            started_at: Instant(row.started_ms),
            heartbeat_at: Instant(row.heartbeat_ms),
        });
        Ok(Some(SystemInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database: info.database,
            capabilities: Json(info.capabilities),
            environment: ctx.data_unchecked::<Environment>().0.clone(),
            now: Instant(op.now_ms),
            nodes: nodes.collect(),
        }))
    }
}
