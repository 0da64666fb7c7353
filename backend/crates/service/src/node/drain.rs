//! Taking a node out of work and back: a person's wish, with its reason, audited in the same transaction.

use domain::access::Permission;
use domain::id::{NodeId, TenantId};
use serde_json::json;
use store::{job, node};

use super::{Drain, Node};
use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, Result};

const NOT_FOUND: Error = Error::NotFound { kind: "node" };

/// A node after an act, and whether the act changed anything.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The node now.
    pub node: Node,
    /// False when it was so before.
    pub changed: bool,
}

/// The node of a name, for whoever may see the platform.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`].
pub async fn find(services: &Services, ctx: &OpCtx, name: &str) -> Result<Node> {
    super::list(services, ctx).await?.into_iter().find(|node| node.name == name).ok_or(NOT_FOUND)
}

/// Takes a node out of work: it claims nothing new and ends what it holds, also after a restart, until [`resume`].
///
/// # Errors
/// [`Error::Denied`] without [`Permission::PlatformManage`], [`Error::NotFound`], [`Error::Invalid`] without a reason.
pub async fn drain(services: &Services, ctx: &OpCtx, id: NodeId, why: &str) -> Result<Changed> {
    change(services, ctx, ("node.drain", id, true), why).await
}

/// Lets a drained node take work again.
///
/// # Errors
/// As [`drain`].
pub async fn resume(services: &Services, ctx: &OpCtx, id: NodeId, why: &str) -> Result<Changed> {
    change(services, ctx, ("node.resume", id, false), why).await
}

async fn change(
    services: &Services,
    ctx: &OpCtx,
    (action, id, wished): (&'static str, NodeId, bool),
    why: &str,
) -> Result<Changed> {
    let entry = AuditEntry::new(TenantId::PLATFORM, action, "node").id(id).reason(Some(why.to_owned()));
    audit::attempt(services, ctx, entry.clone(), async {
        ctx.require(services, Permission::PlatformManage, Scope::PLATFORM).await?;
        let reason = Error::reason_given(why)?;
        let before = node::find(services.store().read(), id.0).await?.ok_or(NOT_FOUND)?;
        let since_ms = services.store().db_now_ms();
        let drain = Drain { since_ms, by: ctx.actor.name().to_owned(), reason: reason.to_owned() };
        let drain = wished.then_some(&drain);
        let state = |draining: bool| json!({ "draining": draining });
        let entry = entry.name(&before.name).before(state(before.drain_ms.is_some())).after(state(wished));
        let entry = &entry;
        let written: Result<bool> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    let changed = node::save_drain(tx, id.0, drain).await?;
                    if changed {
                        audit::record(tx, ctx, entry).await?;
                    }
                    Ok(changed)
                })
            })
            .await;
        let changed = written?;
        // The node itself may be this process.
        services.hints().stops.notify_one();
        let row = node::find(services.store().read(), id.0).await?.ok_or(NOT_FOUND)?;
        let held = job::of_node(services.store().read(), row.incarnation).await?.len() as u64;
        Ok(Changed { node: Node::of(row, since_ms, Some(held)), changed })
    })
    .await
}
