//! Taking nodes out of work and back.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::ClusterNode;
use crate::graphql::{context::Ask as _, error::UserError, id};

/// A node to be taken out of work.
#[derive(Debug, InputObject)]
pub(crate) struct DrainNodeInput {
    id: ID,
    /// Why; audited.
    reason: String,
}

/// What a drain came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum DrainNodeStatus {
    /// It takes nothing new from its next sign of life on.
    Draining,
    /// It drained before; nothing changed.
    AlreadyDraining,
}

/// The node, or why it goes on.
#[derive(Debug, SimpleObject)]
pub(crate) struct DrainNodePayload {
    status: Option<DrainNodeStatus>,
    node: Option<ClusterNode>,
    user_errors: Vec<UserError>,
}

/// A drained node to be put to work again.
#[derive(Debug, InputObject)]
pub(crate) struct ResumeNodeInput {
    id: ID,
    /// Why; audited.
    reason: String,
}

/// What a resumption came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum ResumeNodeStatus {
    /// It takes work from its next sign of life on.
    Resumed,
    /// Nobody had drained it; nothing changed.
    NotDraining,
}

/// The node, or why it stays drained.
#[derive(Debug, SimpleObject)]
pub(crate) struct ResumeNodePayload {
    status: Option<ResumeNodeStatus>,
    node: Option<ClusterNode>,
    user_errors: Vec<UserError>,
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct ClusterMutation;

#[Object]
impl ClusterMutation {
    /// Takes a node out of work: it claims nothing new and ends what it holds, also after a restart, until it is
    /// resumed.
    async fn drain_node(&self, ctx: &Context<'_>, input: DrainNodeInput) -> Result<DrainNodePayload> {
        let drained = async {
            let id = id::node(&input.id, "id")?;
            service::node::drain(ctx.services(), &ctx.op(), id, &input.reason).await
        };
        let (drained, user_errors) = ctx.settle(drained.await)?;
        let (status, node) = drained
            .map(|it| match it.changed {
                true => (DrainNodeStatus::Draining, ClusterNode(it.node)),
                false => (DrainNodeStatus::AlreadyDraining, ClusterNode(it.node)),
            })
            .unzip();
        Ok(DrainNodePayload { status, node, user_errors })
    }

    /// Lets a drained node take work again.
    async fn resume_node(&self, ctx: &Context<'_>, input: ResumeNodeInput) -> Result<ResumeNodePayload> {
        let resumed = async {
            let id = id::node(&input.id, "id")?;
            service::node::resume(ctx.services(), &ctx.op(), id, &input.reason).await
        };
        let (resumed, user_errors) = ctx.settle(resumed.await)?;
        let (status, node) = resumed
            .map(|it| match it.changed {
                true => (ResumeNodeStatus::Resumed, ClusterNode(it.node)),
                false => (ResumeNodeStatus::NotDraining, ClusterNode(it.node)),
            })
            .unzip();
        Ok(ResumeNodePayload { status, node, user_errors })
    }
}
