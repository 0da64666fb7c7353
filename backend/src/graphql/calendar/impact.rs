//! What putting a revision in force would change.

use async_graphql::{Context, Enum, Object, Result};
use domain::schedule::impact::{ChangeKind, Dated};

use crate::graphql::{
    context::Ask as _,
    loader::{self, RunKey},
    run::Run,
    scalar::{Date, Instant},
    workflow::Workflow,
};

/// What putting a revision in force would change.
#[derive(Debug, Clone)]
pub(crate) struct CalendarImpact(pub(super) service::calendar::Impact);

/// What putting a revision in force would change.
#[Object]
impl CalendarImpact {
    /// How many schedules were compared.
    async fn schedules(&self) -> i32 {
        i32::try_from(self.0.schedules).unwrap_or(i32::MAX)
    }

    /// Fires that change in the next 400 days, in order; at most 500.
    async fn changes(&self) -> Vec<FireChange> {
        self.0.changes.iter().cloned().map(FireChange).collect()
    }

    /// Whether there are more.
    async fn more(&self) -> bool {
        self.0.more
    }

    /// How many workflows use the calendar that the viewer may not see; 0 for viewers who may not put it in force.
    async fn elsewhere(&self) -> i32 {
        i32::try_from(self.0.elsewhere).unwrap_or(i32::MAX)
    }

    /// Runs made by a schedule that have not begun, and whose fire changes.
    async fn runs(&self, ctx: &Context<'_>) -> Result<Vec<AffectedRun>> {
        let mut runs = Vec::with_capacity(self.0.runs.len());
        for affected in &self.0.runs {
            // A run that the viewer may not see is left out.
            if let Some(row) = loader::look(ctx, RunKey(affected.tenant, affected.run)).await? {
                runs.push(AffectedRun { run: Run(row), affected: affected.clone() });
            }
        }
        Ok(runs)
    }
}

/// What becomes of a fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ChangeKind")]
pub(crate) enum FireChangeKind {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It comes at another instant.
    Moved,
    /// It comes as before, for another business date.
    Redated,
}

/// A fire that changes.
#[derive(Debug, Clone)]
pub(crate) struct FireChange(service::calendar::FireChange);

/// A fire that changes.
#[Object]
impl FireChange {
    async fn workflow(&self) -> Workflow {
        Workflow(self.0.workflow.clone())
    }

    /// The schedule's name.
    async fn schedule(&self) -> &str {
        &self.0.schedule
    }

    async fn kind(&self) -> FireChangeKind {
        self.0.change.kind.into()
    }

    /// The date that the schedule's rule names.
    async fn day(&self) -> Date {
        Date(self.0.change.nominal_date())
    }

    /// When it fires now.
    async fn before(&self) -> Option<Instant> {
        instant(self.0.change.before.as_ref())
    }

    /// When it would fire.
    async fn after(&self) -> Option<Instant> {
        instant(self.0.change.after.as_ref())
    }

    /// For which business date it fires now.
    async fn date_before(&self) -> Option<Date> {
        date(self.0.change.before.as_ref())
    }

    /// For which business date it would fire.
    async fn date_after(&self) -> Option<Date> {
        date(self.0.change.after.as_ref())
    }
}

fn instant(dated: Option<&Dated>) -> Option<Instant> {
    dated.map(|(fire, _)| Instant(fire.instant_ms))
}

fn date(dated: Option<&Dated>) -> Option<Date> {
    dated.and_then(|(_, date)| *date).map(Date)
}

/// What is proposed for a run that has not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum AffectedRunAction {
    /// Stop it: its fire would no longer be.
    Cancel,
    /// Let it go on.
    Keep,
}

/// A run that has not begun, and whose fire changes.
#[derive(Debug, Clone)]
pub(crate) struct AffectedRun {
    run: Run,
    affected: service::calendar::AffectedRun,
}

/// A run that has not begun, and whose fire changes.
#[Object]
impl AffectedRun {
    async fn run(&self) -> Run {
        self.run.clone()
    }

    /// What becomes of its fire.
    async fn reason(&self, ctx: &Context<'_>) -> &str {
        self.affected.reason.get(ctx.lang())
    }

    async fn proposed(&self) -> AffectedRunAction {
        if self.affected.cancel { AffectedRunAction::Cancel } else { AffectedRunAction::Keep }
    }
}
