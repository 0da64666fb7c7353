//! Starting and operating backfills.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use service::{
    Error,
    backfill::{Cancel, Row},
};

use super::Backfill;
use super::plan::StartBackfillInput;
use crate::graphql::{context::Ask as _, error::UserError, id};

/// A backfill that is to halt.
#[derive(Debug, InputObject)]
pub(crate) struct PauseBackfillInput {
    id: ID,
    /// Why; audited.
    reason: String,
}

/// A backfill that is to go on.
#[derive(Debug, InputObject)]
pub(crate) struct ResumeBackfillInput {
    id: ID,
    /// Why; audited.
    reason: String,
}

/// A backfill that is to end.
#[derive(Debug, InputObject)]
pub(crate) struct CancelBackfillInput {
    id: ID,
    /// Whether its runs at work are stopped, too; else they go on to their end.
    stop_runs: Option<bool>,
    /// Why; audited.
    reason: String,
}

/// A backfill of which the failed dates are to be done again.
#[derive(Debug, InputObject)]
pub(crate) struct RerunFailedOfBackfillInput {
    id: ID,
    /// Why; audited.
    reason: String,
}

/// A backfill that is to go on otherwise.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateBackfillInput {
    id: ID,
    /// How many runs are at work at once, 1 to 100.
    parallelism: i32,
    /// Why; audited.
    reason: String,
}

/// The backfill afterwards, or why nothing changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct BackfillPayload {
    backfill: Option<Backfill>,
    user_errors: Vec<UserError>,
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct BackfillMutation;

#[Object]
impl BackfillMutation {
    /// Starts a backfill as `planBackfill` tells it now.
    async fn start_backfill(&self, ctx: &Context<'_>, input: StartBackfillInput) -> Result<BackfillPayload> {
        let started = async {
            let ask = input.plan.parse()?;
            service::backfill::start(ctx.services(), &ctx.op(), &ask, &input.reason).await
        };
        settled(ctx, started.await)
    }

    /// Halts a backfill: nothing new starts, what runs goes on.
    async fn pause_backfill(&self, ctx: &Context<'_>, input: PauseBackfillInput) -> Result<BackfillPayload> {
        let done = async {
            let key = id::backfill(&input.id, "id")?;
            service::backfill::pause(ctx.services(), &ctx.op(), key, &input.reason).await
        };
        settled(ctx, done.await)
    }

    /// Lets a paused backfill go on.
    async fn resume_backfill(&self, ctx: &Context<'_>, input: ResumeBackfillInput) -> Result<BackfillPayload> {
        let done = async {
            let key = id::backfill(&input.id, "id")?;
            service::backfill::resume(ctx.services(), &ctx.op(), key, &input.reason).await
        };
        settled(ctx, done.await)
    }

    /// Ends a backfill: what has not started never will.
    async fn cancel_backfill(&self, ctx: &Context<'_>, input: CancelBackfillInput) -> Result<BackfillPayload> {
        let done = async {
            let key = id::backfill(&input.id, "id")?;
            let runs = if input.stop_runs.unwrap_or(false) { Cancel::StopRuns } else { Cancel::KeepRuns };
            service::backfill::cancel(ctx.services(), &ctx.op(), key, runs, &input.reason).await
        };
        settled(ctx, done.await)
    }

    /// Does the failed dates of a backfill again, and those that were given up because of them; of each run only what
    /// did not end well.
    async fn rerun_failed_of_backfill(
        &self,
        ctx: &Context<'_>,
        input: RerunFailedOfBackfillInput,
    ) -> Result<BackfillPayload> {
        let done = async {
            let key = id::backfill(&input.id, "id")?;
            service::backfill::rerun_failed(ctx.services(), &ctx.op(), key, &input.reason).await
        };
        settled(ctx, done.await)
    }

    /// Lets more or fewer runs of a backfill be at work at once.
    async fn update_backfill(&self, ctx: &Context<'_>, input: UpdateBackfillInput) -> Result<BackfillPayload> {
        let done = async {
            let key = id::backfill(&input.id, "id")?;
            service::backfill::set_parallelism(ctx.services(), &ctx.op(), key, input.parallelism, &input.reason).await
        };
        settled(ctx, done.await)
    }
}

fn settled(ctx: &Context<'_>, done: Result<Row, Error>) -> Result<BackfillPayload> {
    let (row, user_errors) = ctx.settle(done)?;
    Ok(BackfillPayload { backfill: row.map(Backfill), user_errors })
}
