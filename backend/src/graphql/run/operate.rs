//! What people do to runs and their tasks while these are under way.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::run::Mark;
use service::Error;
use service::run::{Approval, Operated, Operation};

use crate::graphql::{
    context::Ask as _,
    error::UserError,
    id,
    run::{
        Run,
        mutation::{RunPriority, params},
    },
    scalar::Json,
    task::TaskRun,
};

/// What is done to a run for nothing but a reason.
macro_rules! reason_inputs {
    ($($(#[$doc:meta])* $input:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, InputObject)]
        pub(crate) struct $input {
            id: ID,
            /// Why; audited.
            reason: String,
        }
    )+};
}

reason_inputs! {
    /// A run to be halted.
    PauseRunInput;
    /// A run that is to go on.
    ResumeRunInput;
    /// A task, by its task run, that is not to start.
    HoldTaskInput;
    /// A held task, by its task run, that may start.
    ReleaseTaskInput;
}

macro_rules! payloads {
    ($($payload:ident: $field:ident $type:ident;)+) => {$(
        /// The object afterwards, or why nothing changed.
        #[derive(Debug, SimpleObject)]
        pub(crate) struct $payload {
            $field: Option<$type>,
            user_errors: Vec<UserError>,
        }

        impl From<(Option<$type>, Vec<UserError>)> for $payload {
            fn from(($field, user_errors): (Option<$type>, Vec<UserError>)) -> Self {
                Self { $field, user_errors }
            }
        }
    )+};
}

payloads! {
    PauseRunPayload: run Run;
    ResumeRunPayload: run Run;
    SetRunPriorityPayload: run Run;
    SetRunParamsPayload: run Run;
    HoldTaskPayload: task_run TaskRun;
    ReleaseTaskPayload: task_run TaskRun;
    MarkTaskPayload: task_run TaskRun;
    ResolveLostTaskPayload: task_run TaskRun;
    DecideApprovalPayload: task_run TaskRun;
}

/// Another rank for a run.
#[derive(Debug, InputObject)]
pub(crate) struct SetRunPriorityInput {
    id: ID,
    priority: RunPriority,
    /// Why; audited.
    reason: String,
}

/// New values for parameters of a run.
#[derive(Debug, InputObject)]
pub(crate) struct SetRunParamsInput {
    id: ID,
    /// Values by name; parameters that are not named keep theirs.
    params: Json,
    /// Why; audited.
    reason: String,
}

/// As what a task counts from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Mark")]
pub(crate) enum TaskMark {
    /// Its work is done.
    Succeeded,
    /// Its work is not needed.
    Skipped,
}

/// A task that is to count otherwise.
#[derive(Debug, InputObject)]
pub(crate) struct MarkTaskInput {
    task_run: ID,
    mark: TaskMark,
    /// Why; audited.
    reason: String,
}

/// What a person decides about a task whose worker was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::run::LostDecision")]
pub(crate) enum LostDecision {
    /// The work is to be done again.
    Retry,
    /// The work was not done.
    Fail,
    /// The work was done; the person vouches for it.
    Succeed,
}

/// A decision about a lost task.
#[derive(Debug, InputObject)]
pub(crate) struct ResolveLostTaskInput {
    task_run: ID,
    decision: LostDecision,
    /// Why; audited.
    reason: String,
}

/// What a person decides about a task that waits for approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Approval")]
pub(crate) enum ApprovalDecision {
    /// The task has succeeded.
    Approve,
    /// The task has failed.
    Reject,
}

/// A decision about a task that waits for approval.
#[derive(Debug, InputObject)]
pub(crate) struct DecideApprovalInput {
    task_run: ID,
    decision: ApprovalDecision,
    /// Why; audited.
    reason: String,
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct OperateMutation;

#[Object]
impl OperateMutation {
    /// Halts a run: what runs goes on, nothing new starts.
    async fn pause_run(&self, ctx: &Context<'_>, input: PauseRunInput) -> Result<PauseRunPayload> {
        on_run(ctx, &input.id, Ok(Operation::Pause), &input.reason).await.map(Into::into)
    }

    /// Lets a paused run go on.
    async fn resume_run(&self, ctx: &Context<'_>, input: ResumeRunInput) -> Result<ResumeRunPayload> {
        on_run(ctx, &input.id, Ok(Operation::Resume), &input.reason).await.map(Into::into)
    }

    /// Gives a run another rank among waiting work.
    async fn set_run_priority(&self, ctx: &Context<'_>, input: SetRunPriorityInput) -> Result<SetRunPriorityPayload> {
        on_run(ctx, &input.id, Ok(Operation::SetPriority(input.priority.into())), &input.reason).await.map(Into::into)
    }

    /// Gives parameters of a run new values, for all that has not started yet.
    async fn set_run_params(&self, ctx: &Context<'_>, input: SetRunParamsInput) -> Result<SetRunParamsPayload> {
        let operation = params(Some(input.params)).map(Operation::SetParams);
        on_run(ctx, &input.id, operation, &input.reason).await.map(Into::into)
    }

    /// Keeps a task from starting.
    async fn hold_task(&self, ctx: &Context<'_>, input: HoldTaskInput) -> Result<HoldTaskPayload> {
        on_task(ctx, &input.id, Operation::Hold, &input.reason).await.map(Into::into)
    }

    /// Lets a held task start when its turn comes.
    async fn release_task(&self, ctx: &Context<'_>, input: ReleaseTaskInput) -> Result<ReleaseTaskPayload> {
        on_task(ctx, &input.id, Operation::Release, &input.reason).await.map(Into::into)
    }

    /// Lets a task count as done or as not needed; those after it go on.
    async fn mark_task(&self, ctx: &Context<'_>, input: MarkTaskInput) -> Result<MarkTaskPayload> {
        let mark = input.mark.into();
        on_task(ctx, &input.task_run, |ordinal| Operation::Mark(ordinal, mark), &input.reason).await.map(Into::into)
    }

    /// Decides about a task whose worker was lost.
    async fn resolve_lost_task(
        &self,
        ctx: &Context<'_>,
        input: ResolveLostTaskInput,
    ) -> Result<ResolveLostTaskPayload> {
        let decision = input.decision.into();
        on_task(ctx, &input.task_run, |ordinal| Operation::ResolveLost(ordinal, decision), &input.reason)
            .await
            .map(Into::into)
    }

    /// Approves or rejects a task that waits for it; for those whom the task names.
    async fn decide_approval(&self, ctx: &Context<'_>, input: DecideApprovalInput) -> Result<DecideApprovalPayload> {
        let decided = async {
            let (services, op) = (ctx.services(), ctx.op());
            let (tenant, run, ordinal) = id::task_run(&input.task_run, "taskRun")?;
            let decision = input.decision.into();
            service::run::decide(services, &op, (tenant, run), ordinal, decision, &input.reason).await?;
            service::run::find_task(services, &op, tenant, run, ordinal).await
        };
        let (task_run, user_errors) = ctx.settle(decided.await)?;
        Ok((task_run.map(TaskRun), user_errors).into())
    }
}

async fn on_run(
    ctx: &Context<'_>,
    run: &ID,
    operation: Result<Operation, Error>,
    reason: &str,
) -> Result<(Option<Run>, Vec<UserError>)> {
    let done = async {
        let (tenant, id) = id::run(run, "id")?;
        match service::run::operate(ctx.services(), &ctx.op(), (tenant, id), &operation?, reason).await? {
            Operated::Done(done) => Ok(done.run),
            Operated::AlreadyFinished(row) => Ok(row),
        }
    };
    let (run, user_errors) = ctx.settle(done.await)?;
    Ok((run.map(Run), user_errors))
}

async fn on_task(
    ctx: &Context<'_>,
    task_run: &ID,
    operation: impl FnOnce(i32) -> Operation,
    reason: &str,
) -> Result<(Option<TaskRun>, Vec<UserError>)> {
    let done = async {
        let (services, op) = (ctx.services(), ctx.op());
        let (tenant, run, ordinal) = id::task_run(task_run, "taskRun")?;
        service::run::operate(services, &op, (tenant, run), &operation(ordinal), reason).await?;
        service::run::find_task(services, &op, tenant, run, ordinal).await
    };
    let (task_run, user_errors) = ctx.settle(done.await)?;
    Ok((task_run.map(TaskRun), user_errors))
}
