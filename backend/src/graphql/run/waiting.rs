//! Why something waits: typed, with what it waits for linked.

use async_graphql::{Context, Enum, Object, Result};
use domain::id::{RunId, TenantId, WorkflowId};
use domain::run::Reason;

use crate::graphql::{
    context::Ask as _,
    loader::{self, RunKey, WorkflowKey},
    run::Run,
    scalar::Instant,
    workflow::Workflow,
};

/// For what something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum WaitingKind {
    /// For other tasks of its run.
    Tasks,
    /// For its items.
    Items,
    /// For a place among the active runs of its workflow.
    Slot,
    /// For a worker to take it.
    Worker,
    /// For a worker of its pool to become free.
    PoolFull,
    /// For a node that serves its pool.
    NoWorker,
    /// For slots of a limit.
    Limit,
    /// For its department to run fewer tasks.
    Quota,
    /// For its next try.
    Retry,
    /// For a person who holds it, or paused its run.
    Hold,
    /// For a person to decide about lost work.
    Lost,
    /// For a person's approval.
    Approval,
    /// For a run that it started.
    Child,
    /// For runs of another workflow.
    Upstream,
    /// For a file.
    File,
    /// For days that a calendar does not know yet.
    Calendar,
    /// For nothing but its turn, which comes at once.
    Starting,
}

/// A reason to wait.
#[derive(Debug)]
pub(crate) struct WaitingReason {
    tenant: TenantId,
    reason: Reason,
}

impl WaitingReason {
    pub(crate) const fn new(tenant: TenantId, reason: Reason) -> Self {
        Self { tenant, reason }
    }
}

/// A reason to wait.
#[Object]
impl WaitingReason {
    /// For what.
    async fn kind(&self) -> WaitingKind {
        match &self.reason {
            Reason::WaitsForTasks { .. } | Reason::WaitsForEnd => WaitingKind::Tasks,
            Reason::WaitsForItems { .. } => WaitingKind::Items,
            Reason::WaitsForSlot { .. } => WaitingKind::Slot,
            Reason::WaitsForWorker { .. } => WaitingKind::Worker,
            Reason::PoolFull { .. } => WaitingKind::PoolFull,
            Reason::NoWorker { .. } => WaitingKind::NoWorker,
            Reason::WaitsForLimit { .. } | Reason::LimitMissing { .. } => WaitingKind::Limit,
            Reason::WaitsForQuota { .. } => WaitingKind::Quota,
            Reason::WaitsForRetry { .. } => WaitingKind::Retry,
            Reason::RunPaused | Reason::HeldBy { .. } | Reason::ByPerson { .. } => WaitingKind::Hold,
            Reason::WorkerLost { .. } => WaitingKind::Lost,
            Reason::WaitsForApproval { .. } => WaitingKind::Approval,
            Reason::WaitsForChild { .. } => WaitingKind::Child,
            Reason::WaitsForRun { .. } | Reason::NoSuchWorkflow { .. } => WaitingKind::Upstream,
            Reason::WaitsForFile { .. } | Reason::FileUnreadable { .. } => WaitingKind::File,
            Reason::BeyondHorizon { .. } => WaitingKind::Calendar,
            _ => WaitingKind::Starting,
        }
    }

    /// In a sentence of the asked language.
    async fn text(&self, ctx: &Context<'_>) -> String {
        self.reason.text(ctx.lang())
    }

    /// The run that is waited for, when there is one and the viewer may see it.
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        let id = match &self.reason {
            Reason::WaitsForChild { run, .. } | Reason::WaitsForRun { run: Some(run), .. } => *run,
            _ => return Ok(None),
        };
        Ok(loader::look(ctx, RunKey(self.tenant, RunId(id))).await?.map(Run))
    }

    /// The workflow whose run is waited for.
    async fn workflow(&self, ctx: &Context<'_>) -> Result<Option<Workflow>> {
        let Reason::WaitsForRun { workflow_id, .. } = &self.reason else { return Ok(None) };
        Ok(loader::look(ctx, WorkflowKey(self.tenant, WorkflowId(*workflow_id))).await?.map(Workflow))
    }

    /// The tasks of the same run that are waited for.
    async fn tasks(&self) -> &[String] {
        match &self.reason {
            Reason::WaitsForTasks { tasks } => tasks,
            _ => &[],
        }
    }

    /// The worker pool in which it waits.
    async fn pool(&self) -> Option<&str> {
        match &self.reason {
            Reason::WaitsForWorker { pool, .. } | Reason::PoolFull { pool, .. } | Reason::NoWorker { pool } => {
                Some(pool)
            }
            _ => None,
        }
    }

    /// The limit whose slots it waits for, by its name.
    async fn limit(&self) -> Option<&str> {
        match &self.reason {
            Reason::WaitsForLimit { name, .. } | Reason::LimitMissing { name } => Some(name),
            _ => None,
        }
    }

    /// When it goes on by itself, or the time it has is up.
    async fn at(&self) -> Option<Instant> {
        match &self.reason {
            Reason::WaitsForRetry { at_ms } => Some(Instant(*at_ms)),
            Reason::WaitsForApproval { until_ms, .. } => until_ms.map(Instant),
            _ => None,
        }
    }

    /// What a person is asked who may approve.
    async fn message(&self) -> Option<&str> {
        match &self.reason {
            Reason::WaitsForApproval { message, .. } => message.as_deref(),
            _ => None,
        }
    }
}
