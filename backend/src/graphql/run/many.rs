//! The same operation on many runs, and what an operation would do.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::run::Mark;
use service::Error;
use service::error::Text;
use service::run::{Operated, Operation, Which};

use crate::graphql::{
    context::Ask as _,
    error::UserError,
    id,
    run::{
        Run, RunState,
        mutation::{RerunScope, RunPriority, params, scope},
        query::RunFilter,
    },
    scalar::Json,
};

/// Something that is done to a run or to one of its tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RunOperation {
    /// End it.
    Stop,
    /// Halt it; what runs goes on.
    Pause,
    /// Let it go on.
    Resume,
    /// Do it, or a part of it, again; with a scope.
    Rerun,
    /// Give it another rank; with a priority.
    SetPriority,
    /// Give parameters new values; with parameters.
    SetParams,
    /// Keep a task from starting; with a task run.
    HoldTask,
    /// Let a held task start; with a task run.
    ReleaseTask,
    /// Let a task count as done; with a task run.
    MarkTaskSucceeded,
    /// Let a task count as not needed; with a task run.
    MarkTaskSkipped,
}

/// An operation with what it needs.
#[derive(Debug, InputObject)]
pub(crate) struct RunOperationInput {
    operation: RunOperation,
    /// For RERUN; those that failed when absent.
    scope: Option<RerunScope>,
    /// For RERUN from or of a single task: its name.
    task: Option<String>,
    priority: Option<RunPriority>,
    params: Option<Json>,
    /// For operations on a task.
    task_run: Option<ID>,
}

impl RunOperationInput {
    fn parse(self) -> Result<Operation, Error> {
        let task = || {
            let text = Text::new("Name the task run.", "请指定任务实例。");
            let id = self.task_run.as_ref().ok_or_else(|| Error::invalid("taskRun", text))?;
            id::task_run(id, "taskRun").map(|(_, _, ordinal)| ordinal)
        };
        Ok(match self.operation {
            RunOperation::Stop => Operation::Stop,
            RunOperation::Pause => Operation::Pause,
            RunOperation::Resume => Operation::Resume,
            RunOperation::Rerun => Operation::Rerun(scope(self.scope.unwrap_or(RerunScope::Failed), self.task)?),
            RunOperation::SetPriority => {
                let text = Text::new("Name the priority.", "请指定优先级。");
                let priority = self.priority.ok_or_else(|| Error::invalid("priority", text))?;
                Operation::SetPriority(priority.into())
            }
            RunOperation::SetParams => Operation::SetParams(params(self.params)?),
            RunOperation::HoldTask => Operation::Hold(task()?),
            RunOperation::ReleaseTask => Operation::Release(task()?),
            RunOperation::MarkTaskSucceeded => Operation::Mark(task()?, Mark::Succeeded),
            RunOperation::MarkTaskSkipped => Operation::Mark(task()?, Mark::Skipped),
        })
    }
}

/// What an operation would do to a run.
#[derive(Debug, SimpleObject)]
pub(crate) struct OperationPreview {
    /// Tasks that would run, again or for the first time, now or after others.
    runs: Vec<String>,
    /// Tasks that would be ended while they are at work.
    stops: Vec<String>,
    /// Tasks that would not start any more.
    drops: Vec<String>,
    /// The run's state afterwards.
    state: RunState,
}

/// The preview, or why the operation can't be done.
#[derive(Debug, SimpleObject)]
pub(crate) struct PreviewOperationPayload {
    preview: Option<OperationPreview>,
    user_errors: Vec<UserError>,
}

/// Runs to which the same is to be done: these, or those of a filter.
#[derive(Debug, InputObject)]
pub(crate) struct OperateRunsInput {
    /// At most 200 runs.
    ids: Option<Vec<ID>>,
    /// All runs that match, the newest 200 of them.
    filter: Option<RunFilter>,
    operation: RunOperationInput,
    /// Why; audited for each run.
    reason: String,
}

/// What became of one of the runs.
#[derive(Debug, SimpleObject)]
pub(crate) struct RunOutcome {
    /// The run's id.
    id: ID,
    /// The run afterwards, when it was done.
    run: Option<Run>,
    /// Whether anything changed.
    changed: bool,
    user_errors: Vec<UserError>,
}

/// What became of all of them.
#[derive(Debug, SimpleObject)]
pub(crate) struct OperateRunsPayload {
    outcomes: Vec<RunOutcome>,
    /// Whether more runs match than were tried.
    more: bool,
    user_errors: Vec<UserError>,
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct PreviewQuery;

#[Object]
impl PreviewQuery {
    /// What an operation would do to a run; nothing is changed.
    async fn preview_operation(
        &self,
        ctx: &Context<'_>,
        run: ID,
        operation: RunOperationInput,
    ) -> Result<PreviewOperationPayload> {
        let found = async {
            let (tenant, id) = id::run(&run, "run")?;
            service::run::preview(ctx.services(), &ctx.op(), (tenant, id), &operation.parse()?).await
        };
        let (found, user_errors) = ctx.settle(found.await)?;
        let preview = found.map(|found| OperationPreview {
            runs: found.runs,
            stops: found.stops,
            drops: found.drops,
            state: found.state.into(),
        });
        Ok(PreviewOperationPayload { preview, user_errors })
    }
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct ManyMutation;

#[Object]
impl ManyMutation {
    /// Does the same to many runs, each by itself, with a result for each.
    async fn operate_runs(&self, ctx: &Context<'_>, input: OperateRunsInput) -> Result<OperateRunsPayload> {
        let done = async {
            let which = match (input.ids, input.filter) {
                (Some(ids), None) => Which::Ids(ids.iter().map(|run| id::run(run, "ids")).collect::<Result<_, _>>()?),
                (None, Some(filter)) => Which::Filter(Box::new(filter.parse()?)),
                _ => {
                    let text = Text::new("Name the runs, or give a filter.", "请指定实例或筛选条件（二选一）。");
                    return Err(Error::invalid("ids", text));
                }
            };
            let operation = input.operation.parse()?;
            service::run::operate_many(ctx.services(), &ctx.op(), &which, &operation, &input.reason).await
        };
        let (done, user_errors) = ctx.settle(done.await)?;
        let Some(done) = done else {
            return Ok(OperateRunsPayload { outcomes: Vec::new(), more: false, user_errors });
        };
        let mut outcomes = Vec::new();
        for outcome in done.outcomes {
            let id = crate::graphql::id::GlobalId::Run(outcome.run.0, outcome.run.1).into();
            let (result, user_errors) = ctx.settle(outcome.result)?;
            let (run, changed) = match result {
                Some(Operated::Done(done)) => (Some(Run(done.run)), true),
                Some(Operated::AlreadyFinished(row)) => (Some(Run(row)), false),
                None => (None, false),
            };
            outcomes.push(RunOutcome { id, run, changed, user_errors });
        }
        Ok(OperateRunsPayload { outcomes, more: done.more, user_errors })
    }
}
