//! The installation itself.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::{
    context::Ask as _,
    scalar::{Instant, Json},
};

/// Label of the installation, as configured.
#[derive(Debug, Clone)]
pub(crate) struct Environment(pub(crate) String);

/// What runs here.
#[derive(Debug, SimpleObject)]
pub(crate) struct SystemInfo {
    /// The program's version; null for those who have not signed in.
    version: Option<String>,
    /// The database's product and version; null for those who may not see the platform.
    database: Option<String>,
    /// What the start-up probe found; null for those who may not see the platform.
    capabilities: Option<Json>,
    /// Label of the installation.
    environment: String,
    /// The time on the database's clock.
    now: Instant,
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct SystemQuery;

#[Object]
impl SystemQuery {
    /// The installation, as far as the viewer may see it.
    async fn system(&self, ctx: &Context<'_>) -> Result<SystemInfo> {
        let op = ctx.op();
        let info = match service::system::info(ctx.services(), &op).await {
            Ok(info) => Some(info),
            Err(error) if error.is_fault() => return Err(ctx.fail(error)),
            Err(_) => None,
        };
        let (database, capabilities) = info.map(|info| (info.database, Json(info.capabilities))).unzip();
        Ok(SystemInfo {
            version: op.session_id.map(|_| env!("CARGO_PKG_VERSION").to_owned()),
            database,
            capabilities,
            environment: ctx.data_unchecked::<Environment>().0.clone(),
            now: Instant(op.now_ms),
        })
    }
}
