//! What happened in a run.

use async_graphql::{Context, Enum, Object, Result};
use service::run::{Event, Happened};

use crate::graphql::{
    run::told,
    scalar::Instant,
    task::{Attempt, TaskRun},
};

/// What kind of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RunEventKind {
    /// The run was made.
    Made,
    /// It began.
    Began,
    /// It passed its time limit.
    Overdue,
    /// It ended.
    Ended,
    /// A worker took a task.
    Claimed,
    /// A try of a task ended.
    Tried,
    /// A task that no worker does began.
    TaskBegan,
    /// A task that no worker does ended.
    TaskEnded,
    /// A person or client acted.
    Acted,
}

/// Something that happened in a run.
#[derive(Debug, Clone)]
pub(crate) struct RunEvent(pub(crate) Event);

/// Something that happened in a run.
#[Object]
impl RunEvent {
    async fn at(&self) -> Instant {
        Instant(self.0.at_ms)
    }

    async fn kind(&self) -> RunEventKind {
        match &self.0.happened {
            Happened::Made => RunEventKind::Made,
            Happened::Began => RunEventKind::Began,
            Happened::Overdue => RunEventKind::Overdue,
            Happened::Ended => RunEventKind::Ended,
            Happened::Claimed(_) => RunEventKind::Claimed,
            Happened::Tried(_) => RunEventKind::Tried,
            Happened::TaskBegan => RunEventKind::TaskBegan,
            Happened::TaskEnded => RunEventKind::TaskEnded,
            Happened::Acted(_) => RunEventKind::Acted,
        }
    }

    /// The task run that it is about.
    async fn task_run(&self) -> Option<TaskRun> {
        self.0.task.clone().map(TaskRun)
    }

    /// The try that it is about.
    async fn attempt(&self) -> Option<Attempt> {
        match &self.0.happened {
            Happened::Claimed(row) | Happened::Tried(row) => Some(Attempt((**row).clone())),
            _ => None,
        }
    }

    /// Who acted.
    async fn actor(&self) -> Option<&str> {
        self.act().map(|act| act.actor_name.as_str())
    }

    /// What was done, as `object.verb`.
    async fn action(&self) -> Option<&str> {
        self.act().map(|act| act.action.as_str())
    }

    /// succeeded, denied or failed, of an act.
    async fn result(&self) -> Option<&str> {
        self.act().map(|act| act.result.as_str())
    }

    /// Why: in the words of the person who acted, or why a try or task ended so.
    async fn reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(match &self.0.happened {
            Happened::Acted(act) => act.reason.clone(),
            Happened::Tried(row) => told(ctx, row.reason_json.as_deref()),
            Happened::TaskEnded => told(ctx, self.0.task.as_ref().and_then(|task| task.reason_json.as_deref())),
            _ => None,
        })
    }
}

impl RunEvent {
    const fn act(&self) -> Option<&service::audit::AuditEvent> {
        match &self.0.happened {
            Happened::Acted(act) => Some(act),
            _ => None,
        }
    }
}
