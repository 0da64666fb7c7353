//! The cluster's nodes: joining under a name, showing a sign of life, leaving.
//!
//! A name is one process at a time. Joining raises the name's incarnation under the one that was read; the process that
//! had it before is thereby over: its next heartbeat fails, and it stops itself.

use domain::access::Permission;
use store::node;

use crate::Services;
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, Result};

pub use store::node::Row;

/// A node that joined.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Its row.
    pub row: node::Row,
    /// The incarnation that had the name before, whose claims are over.
    pub previous: Option<i64>,
}

/// Takes a name.
///
/// # Errors
/// [`Error::Conflict`] when another process takes the same name at the same time.
pub async fn join(services: &Services, name: &str, app_version: &str, address: Option<String>) -> Result<Joined> {
    let now_ms = services.store().db_now_ms();
    let incarnation = services.store().ids().next();
    let fresh = node::Row {
        id: incarnation,
        name: name.to_owned(),
        incarnation,
        address,
        app_version: app_version.to_owned(),
        state: "active".to_owned(),
        started_ms: now_ms,
        heartbeat_ms: now_ms,
    };
    let fresh = &fresh;
    let joined: Result<Joined, store::Error> = services
        .store()
        .write(|tx| {
            Box::pin(async move {
                match node::find_by_name(tx, &fresh.name).await? {
                    None => {
                        node::insert(tx, fresh.clone()).await?;
                        Ok(Joined { row: fresh.clone(), previous: None })
                    }
                    Some(old) => {
                        let row = node::Row { id: old.id, ..fresh.clone() };
                        node::save(tx, old.incarnation, &row).await?;
                        Ok(Joined { row, previous: Some(old.incarnation) })
                    }
                }
            })
        })
        .await;
    joined.map_err(|error| match error {
        store::Error::Conflict { .. } | store::Error::Stale => Error::Conflict { kind: "node" },
        error => error.into(),
    })
}

/// Writes a sign of life, or another state.
///
/// # Errors
/// [`Error::Conflict`] when another process has the name now: this one must stop.
pub async fn heartbeat(services: &Services, row: &node::Row, state: &str) -> Result<()> {
    let row = node::Row { heartbeat_ms: services.store().db_now_ms(), state: state.to_owned(), ..row.clone() };
    let row = &row;
    let saved: Result<(), store::Error> =
        services.store().write(|tx| Box::pin(node::save(tx, row.incarnation, row))).await;
    saved.map_err(|error| match error {
        store::Error::Stale => Error::Conflict { kind: "node" },
        error => error.into(),
    })
}

/// All nodes, for those who may see the platform.
///
/// # Errors
/// [`Error::Denied`].
pub async fn list(services: &Services, ctx: &OpCtx) -> Result<Vec<node::Row>> {
    ctx.require(services, Permission::PlatformRead, Scope::PLATFORM).await?;
    Ok(node::list(services.store().read(), 200).await?)
}

/// The names of all nodes by incarnation, for the engine's own use.
///
/// # Errors
/// The database's.
pub async fn names(services: &Services) -> Result<Vec<(i64, String)>> {
    let rows = node::list(services.store().read(), 500).await?;
    Ok(rows.into_iter().map(|row| (row.incarnation, row.name)).collect())
}
