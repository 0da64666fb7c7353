//! Starting, stopping and repeating runs.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use service::{
    Error,
    ctx::Channel,
    error::Text,
    run::{Cause, NewRun, Operated, Operation},
};

use crate::graphql::{
    context::Ask as _,
    error::UserError,
    id,
    run::Run,
    scalar::{Date, Json},
};

/// A run to be started.
#[derive(Debug, InputObject)]
pub(crate) struct StartRunInput {
    workflow: ID,
    /// The date the data is about; the workflow's rule decides when absent.
    business_date: Option<Date>,
    /// Values of parameters by name.
    params: Option<Json>,
    /// The same key for the same workflow gives the same run, so that a request can be sent again.
    idempotency_key: Option<String>,
    /// Why; audited.
    reason: Option<String>,
    /// Its rank among waiting work; the workflow's when absent.
    priority: Option<RunPriority>,
    /// Only walk the DAG: conditions and branches are decided, no task's work is done.
    dry_run: Option<bool>,
}

/// The run, or why there is none.
#[derive(Debug, SimpleObject)]
pub(crate) struct StartRunPayload {
    run: Option<Run>,
    user_errors: Vec<UserError>,
}

/// A run to be stopped.
#[derive(Debug, InputObject)]
pub(crate) struct StopRunInput {
    id: ID,
    /// Why; audited.
    reason: String,
}

/// What a stop came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum StopRunStatus {
    /// Its tasks are being ended.
    Stopping,
    /// It had ended before; nothing changed.
    AlreadyFinished,
}

/// The run, or why it goes on.
#[derive(Debug, SimpleObject)]
pub(crate) struct StopRunPayload {
    status: Option<StopRunStatus>,
    run: Option<Run>,
    user_errors: Vec<UserError>,
}

/// The rank of a run among waiting work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::workflow::Priority")]
pub(crate) enum RunPriority {
    /// As if it had come an hour later.
    Low,
    /// In the order in which work comes.
    Normal,
    /// As if it had waited an hour longer.
    High,
    /// As if it had waited a day longer.
    Urgent,
}

/// Which tasks of a run are done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RerunScope {
    /// Those that ended badly, and what comes after them.
    Failed,
    /// One task and what comes after it.
    FromTask,
    /// One task alone.
    OnlyTask,
    /// All.
    All,
    /// All, as a new run of the workflow's newest version for the same business date and parameters.
    NewestVersion,
}

/// A run to be repeated.
#[derive(Debug, InputObject)]
pub(crate) struct RerunRunInput {
    id: ID,
    scope: RerunScope,
    /// Name of the task for FROM_TASK and ONLY_TASK.
    task: Option<String>,
    /// Why; audited.
    reason: String,
}

/// The run under its next generation, or why it stays.
#[derive(Debug, SimpleObject)]
pub(crate) struct RerunRunPayload {
    run: Option<Run>,
    /// The tasks that run again.
    tasks: Vec<String>,
    user_errors: Vec<UserError>,
}

pub(crate) fn params(params: Option<Json>) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
    match params.map(|params| params.0) {
        None | Some(serde_json::Value::Null) => Ok(serde_json::Map::new()),
        Some(serde_json::Value::Object(params)) => Ok(params),
        Some(_) => {
            let text = Text::new("Parameters are an object of values by name.", "参数应为“名称: 值”的对象。");
            Err(Error::invalid("params", text))
        }
    }
}

pub(super) fn scope(scope: RerunScope, task: Option<String>) -> Result<domain::run::RerunScope, Error> {
    let task = || {
        let text = Text::new("Name the task.", "请指定任务名称。");
        task.filter(|name| !name.is_empty()).ok_or_else(|| Error::invalid("task", text))
    };
    Ok(match scope {
        RerunScope::Failed => domain::run::RerunScope::Failed,
        RerunScope::FromTask => domain::run::RerunScope::From(task()?),
        RerunScope::OnlyTask => domain::run::RerunScope::Only(task()?),
        RerunScope::All | RerunScope::NewestVersion => domain::run::RerunScope::All,
    })
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct RunMutation;

#[Object]
impl RunMutation {
    /// Starts a run of a workflow's current version.
    async fn start_run(&self, ctx: &Context<'_>, input: StartRunInput) -> Result<StartRunPayload> {
        let op = ctx.op();
        let started = async {
            let (tenant, workflow) = id::workflow(&input.workflow, "workflow")?;
            let new = NewRun {
                tenant,
                workflow,
                business_date: input.business_date.map(|date| date.0),
                params: params(input.params)?,
                idempotency_key: input.idempotency_key,
                reason: input.reason,
                cause: if op.channel == Channel::Ui { Cause::Manual } else { Cause::Api },
                priority: input.priority.map(Into::into),
                dry_run: input.dry_run.unwrap_or(false),
                version: None,
            };
            service::run::start(ctx.services(), &op, new).await
        };
        let (run, user_errors) = ctx.settle(started.await)?;
        Ok(StartRunPayload { run: run.map(Run), user_errors })
    }

    /// Stops a run: waiting tasks at once, running ones by TERM, then KILL.
    async fn stop_run(&self, ctx: &Context<'_>, input: StopRunInput) -> Result<StopRunPayload> {
        let stopped = async {
            let (tenant, id) = id::run(&input.id, "id")?;
            service::run::operate(ctx.services(), &ctx.op(), (tenant, id), &Operation::Stop, &input.reason).await
        };
        let (stopped, user_errors) = ctx.settle(stopped.await)?;
        let (status, run) = match stopped {
            Some(Operated::Done(done)) => (Some(StopRunStatus::Stopping), Some(Run(done.run))),
            Some(Operated::AlreadyFinished(row)) => (Some(StopRunStatus::AlreadyFinished), Some(Run(row))),
            None => (None, None),
        };
        Ok(StopRunPayload { status, run, user_errors })
    }

    /// Does a run, or a part of it, again under a new generation. What is under way is left alone.
    async fn rerun_run(&self, ctx: &Context<'_>, input: RerunRunInput) -> Result<RerunRunPayload> {
        let again = async {
            let (tenant, id) = id::run(&input.id, "id")?;
            let (services, op) = (ctx.services(), ctx.op());
            if input.scope == RerunScope::NewestVersion {
                let row = service::run::rerun_newest(services, &op, (tenant, id), &input.reason).await?;
                return Ok((row, Vec::new()));
            }
            let operation = Operation::Rerun(scope(input.scope, input.task)?);
            match service::run::operate(services, &op, (tenant, id), &operation, &input.reason).await? {
                Operated::Done(done) => Ok((done.run, done.again)),
                Operated::AlreadyFinished(row) => Ok((row, Vec::new())),
            }
        };
        let (again, user_errors) = ctx.settle(again.await)?;
        let (run, tasks) = again.map(|(row, tasks)| (Run(row), tasks)).unzip();
        Ok(RerunRunPayload { run, tasks: tasks.unwrap_or_default(), user_errors })
    }
}
