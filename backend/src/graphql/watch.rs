//! Waiting for a change: a hint of this process makes it quick, looking every second makes it sure.

use std::time::Duration;

use async_graphql::{Context, Error};
use domain::id::{RunId, TenantId};
use service::Services;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{context::Operation, error};

/// The longest time between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// The shortest: a run of many tasks changes more often than anybody can see.
const REST: Duration = Duration::from_millis(100);

/// Watches one run, or all of them.
pub(crate) struct Watch {
    hints: Receiver<(TenantId, RunId)>,
    only: Option<(TenantId, RunId)>,
    /// The live operation's own way to its services and its actor's rights.
    pub(crate) operation: Operation,
}

impl Watch {
    /// Watches from now on. Begin before the first look, so that nothing falls between the two.
    pub(crate) fn new(ctx: &Context<'_>, only: Option<(TenantId, RunId)>) -> Self {
        let operation = ctx.data_unchecked::<Operation>().clone();
        Self { hints: operation.services.hints().runs(), only, operation }
    }

    /// The use cases.
    pub(crate) fn services(&self) -> &Services {
        &self.operation.services
    }

    /// Waits until it is worth looking again.
    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(REST).await;
        let hint = async {
            loop {
                match self.hints.recv().await {
                    Ok(key) if self.only.is_none_or(|only| only == key) => return,
                    Ok(_) => {}
                    // So many changes that some were dropped: one of them may be ours.
                    Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // Time running out is the guarantee, not a failure.
        let _ = tokio::time::timeout(LOOK, hint).await;
    }

    /// The answer to a failed look: `None` to look again later, when the failure may pass by itself.
    pub(crate) fn outcome(&self, failure: &service::Error) -> Option<Error> {
        if failure.is_fault() {
            tracing::warn!(%failure, "a live operation could not look; it tries again");
            return None;
        }
        Some(error::of_service(failure, self.operation.lang))
    }
}
