//! One look at one wait.

use domain::bizdate::BizDate;
use domain::id::{ProjectId, RunId, TenantId};
use domain::run::{Effect, Outputs, Reason, RunEvent, TaskRun, TaskState, Waited};
use domain::workflow::TaskKind;
use domain::workflow::spec::{OnRunTimeout, OnTimeout};
use domain::workflow::task::OnDeadline;
use serde_json::{Map, Value};
use store::wait::{self, Row};

use super::{LIMIT, ORPHAN, child, file, patience, upstream};
use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result};
use crate::run::batch::Batch;
use crate::run::change::change;
use crate::run::loaded::{LoadedRun, to_json};
use crate::run::scope::{Surroundings, render, task_scope};

/// The name of the loop in the audit trail.
const ACTOR: &str = "scheduler";

/// What a look came to.
#[derive(Debug, PartialEq)]
pub(super) enum Seen {
    /// It is not there yet.
    NotYet(Reason),
    /// It is over.
    Over(Waited),
}

/// What the look at a task needs to know; its templates are filled in.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) tenant: TenantId,
    pub(super) project: ProjectId,
    pub(super) run: RunId,
    pub(super) ordinal: i32,
    pub(super) attempt: i32,
    pub(super) date: BizDate,
    pub(super) fire_ms: Option<i64>,
    /// The instant for which the run was scheduled, or that stands for it.
    pub(super) at_ms: i64,
    pub(super) definition: std::sync::Arc<crate::workflow::Definition>,
    pub(super) around: Surroundings,
    pub(super) priority: i32,
    pub(super) kind: TaskKind,
    /// Of a sub-workflow: the values of the other workflow's parameters.
    pub(super) arguments: Map<String, Value>,
    poll_ms: i64,
    patience_ms: Option<i64>,
    on_timeout: OnTimeout,
    begun: bool,
}

/// Looks at a wait, and tells its run what came of it.
///
/// # Errors
/// The database's.
pub(super) async fn look(services: &Services, row: &Row) -> Result<()> {
    match row.kind.as_str() {
        ORPHAN => return child::stop(services, row).await,
        LIMIT => return limit(services, row).await,
        _ => {}
    }
    let subject = match subject(services, row).await {
        Ok(Some(subject)) => subject,
        // The task waits for nothing any more.
        Ok(None) => return forget(services, row).await,
        Err(Error::Invalid(fields)) => {
            let message = fields.iter().map(|it| it.message(domain::error::Lang::En)).collect::<Vec<_>>().join("; ");
            let failed = Waited::Failed { reason: Reason::Template { message }, retryable: false };
            return over(services, row, failed).await;
        }
        Err(Error::NotFound { .. }) => return forget(services, row).await,
        Err(error) => return Err(error),
    };
    let mut row = row.clone();
    if !subject.begun {
        match begin(services, &subject, row).await? {
            Some(begun) => row = begun,
            // Another node looks at it.
            None => return Ok(()),
        }
    }
    let (seen, workflow_id) = match &subject.kind {
        TaskKind::SubWorkflow(sub) => child::look(services, &subject, sub).await?,
        TaskKind::WaitFor(wait) => match (&wait.run, &wait.file) {
            (Some(awaited), _) => upstream::look(services, &subject, awaited).await?,
            (None, Some(awaited)) => (file::look(awaited, &mut row, services.store().db_now_ms()).await, None),
            (None, None) => (Seen::Over(Waited::Met { outputs: Outputs::new(), reason: None }), None),
        },
        TaskKind::Approval(approval) => {
            let (approvers, message) = (approval.approvers.clone(), approval.message.clone());
            (Seen::NotYet(Reason::WaitsForApproval { approvers, message, until_ms: row.deadline_ms }), None)
        }
        _ => (Seen::Over(Waited::Met { outputs: Outputs::new(), reason: None }), None),
    };
    match seen {
        Seen::Over(waited) => over(services, &row, waited).await,
        Seen::NotYet(reason) => not_yet(services, &subject, row, reason, workflow_id).await,
    }
}

/// What is known of a wait's task; nothing when it waits no longer.
async fn subject(services: &Services, row: &Row) -> Result<Option<Subject>> {
    let (tenant, id, ordinal) = wait::key_of(row);
    let read = |run: &LoadedRun| subject_of(run, row, ordinal);
    // Row and run are written together when the wait begins: a run in memory that tells otherwise is out of date.
    if let Some(found) = services.runs().look((tenant, id), read)
        && let Some(subject) = found?
        && subject.begun == row.since_ms.is_some()
    {
        return Ok(Some(subject));
    }
    let run = LoadedRun::load(services, services.store().read(), tenant, id).await?;
    let found = subject_of(&run, row, ordinal);
    if !run.machine.state().is_final() {
        services.runs().put(run);
    }
    found
}

fn subject_of(run: &LoadedRun, row: &Row, ordinal: i32) -> Result<Option<Subject>> {
    let index = ordinal as u32;
    let Some(task_run) = run.machine.tasks().get(ordinal as usize) else { return Ok(None) };
    let begun = match task_run.state {
        TaskState::Waiting if task_run.attempt == row.attempt => true,
        state if state.may_start() && task_run.attempt + 1 == row.attempt => false,
        _ => return Ok(None),
    };
    let Some((_, task)) = run.definition.task(run.machine.planned_index(index)) else { return Ok(None) };
    let scope = task_scope(run, index, task)?;
    let mut kind = task.kind.clone();
    let mut arguments = Map::new();
    let mut poll_ms = domain::workflow::task::WaitFor::DEFAULT_POLL.ms();
    match &mut kind {
        TaskKind::SubWorkflow(sub) => {
            for (name, value) in &sub.arguments {
                let value = domain::param::fill(value, &scope);
                let value =
                    value.map_err(|error| crate::run::scope::unrendered(&format!("arguments.{name}"), &error))?;
                arguments.insert(name.clone(), value);
            }
        }
        TaskKind::WaitFor(wait) => {
            poll_ms = wait.poll().ms();
            if let Some(file) = &mut wait.file {
                file.path = render("file.path", &file.path, &scope)?;
            }
        }
        TaskKind::Approval(approval) => {
            if let Some(message) = &mut approval.message {
                *message = render("message", message, &scope)?;
            }
        }
        _ => {}
    }
    Ok(Some(Subject {
        tenant: run.key().0,
        project: ProjectId(run.row.project_id),
        run: run.key().1,
        ordinal,
        attempt: row.attempt,
        date: scope.date,
        fire_ms: run.row.fire_ms,
        at_ms: run.row.fire_ms.unwrap_or(run.row.created_ms),
        definition: run.definition.clone(),
        around: run.around.clone(),
        priority: run.row.priority,
        patience_ms: patience(&kind, task.timeout.map(domain::workflow::DurationMs::ms)),
        kind,
        arguments,
        poll_ms,
        on_timeout: task.on_timeout,
        begun,
    }))
}

/// Tells the run that its task waits from now on; gives the row as it is then, or nothing when somebody else told it.
async fn begin(services: &Services, subject: &Subject, row: Row) -> Result<Option<Row>> {
    let now_ms = services.store().db_now_ms();
    let ctx = OpCtx::system(ACTOR, now_ms);
    let begun = Row {
        since_ms: Some(now_ms),
        deadline_ms: subject.patience_ms.map(|patience_ms| now_ms + patience_ms),
        due_ms: now_ms,
        ..row.clone()
    };
    let task = row.ordinal as u32;
    let decide = |run: &mut LoadedRun, batch: &mut Batch| {
        let event = RunEvent::WaitBegun { task, attempt: row.attempt };
        let effects = run.step(event, now_ms).map_err(crate::run::refused)?;
        batch.save_wait(row.revision, begun.clone());
        Ok(((), effects))
    };
    match change(services, &ctx, (subject.tenant, subject.run), &decide, None).await {
        Ok(_) => Ok(Some(Row { revision: row.revision + 1, ..begun })),
        Err(Error::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tells the run that a wait is over; the row goes.
async fn over(services: &Services, row: &Row, waited: Waited) -> Result<()> {
    let now_ms = services.store().db_now_ms();
    let ctx = OpCtx::system(ACTOR, now_ms);
    let (tenant, id, ordinal) = wait::key_of(row);
    let random = services.store().chance().fraction();
    let (task, attempt) = (ordinal as u32, row.attempt);
    let decide = |run: &mut LoadedRun, batch: &mut Batch| -> Result<((), Vec<Effect>)> {
        let mut effects = Vec::new();
        let waits = |it: &TaskRun| it.state == TaskState::Waiting && it.attempt == attempt;
        if !run.machine.tasks().get(ordinal as usize).is_some_and(waits) {
            let event = RunEvent::WaitBegun { task, attempt };
            effects.extend(run.step(event, now_ms).map_err(crate::run::refused)?);
        }
        let event = RunEvent::Waited { task, attempt, waited: waited.clone(), random };
        effects.extend(run.step(event, now_ms).map_err(crate::run::refused)?);
        batch.end_look(row.clone());
        Ok(((), effects))
    };
    match change(services, &ctx, (tenant, id), &decide, None).await {
        // Somebody else told it, or the task is over: the next look forgets the row.
        Err(Error::Conflict { .. } | Error::Store(store::Error::Stale) | Error::NotFound { .. }) => Ok(()),
        other => other.map(|_| ()),
    }
}

/// It is not there yet: the time may be up; otherwise it is looked for again later.
async fn not_yet(
    services: &Services,
    subject: &Subject,
    row: Row,
    reason: Reason,
    workflow_id: Option<i64>,
) -> Result<()> {
    let now_ms = services.store().db_now_ms();
    let late = row.deadline_ms.is_some_and(|deadline_ms| deadline_ms <= now_ms);
    let after_ms = subject.patience_ms.unwrap_or_default();
    if late {
        let ended = match (&subject.kind, subject.on_timeout) {
            (TaskKind::Approval(approval), _) if approval.on_deadline == OnDeadline::Approve => {
                Some(Waited::Met { outputs: Outputs::new(), reason: Some(Reason::NotDecided { approved: true }) })
            }
            (TaskKind::Approval(_), _) => {
                Some(Waited::Failed { reason: Reason::NotDecided { approved: false }, retryable: false })
            }
            (_, OnTimeout::Fail) => Some(Waited::TimedOut { after_ms }),
            (_, OnTimeout::Skip) => Some(Waited::Skipped { reason: Reason::TimedOut { after_ms } }),
            (_, OnTimeout::Warn) => None,
        };
        match ended {
            Some(waited) => {
                child::orphan_if_any(services, &row).await?;
                return over(services, &row, waited).await;
            }
            None => warn(services, &row).await?,
        }
    }
    let deadline_ms = row.deadline_ms.filter(|_| !late);
    let poll = now_ms + subject.poll_ms;
    let due_ms = match &subject.kind {
        // Nobody's look brings an approval nearer.
        TaskKind::Approval(_) => deadline_ms.unwrap_or(i64::MAX),
        _ => deadline_ms.map_or(poll, |deadline_ms| poll.min(deadline_ms)),
    };
    let seen_json = Some(to_json(&reason));
    let next =
        Row { due_ms, deadline_ms, workflow_id, seen_json: file::remembered(&subject.kind, &row, seen_json), ..row };
    let (revision, next) = (next.revision, &next);
    let saved: Result<bool, store::Error> =
        services.store().write(|tx| Box::pin(async move { wait::save(tx, revision, next).await })).await;
    // When somebody else looked meanwhile, that is as good.
    saved?;
    Ok(())
}

/// Marks a task whose time is up but that waits on.
async fn warn(services: &Services, row: &Row) -> Result<()> {
    let now_ms = services.store().db_now_ms();
    let (tenant, id, ordinal) = wait::key_of(row);
    let event = RunEvent::Overdue { task: ordinal as u32, epoch: row.attempt.into() };
    let decide =
        |run: &mut LoadedRun, _: &mut Batch| Ok(((), run.step(event.clone(), now_ms).map_err(crate::run::refused)?));
    change(services, &OpCtx::system(ACTOR, now_ms), (tenant, id), &decide, None).await?;
    Ok(())
}

/// The time limit of a run is up.
async fn limit(services: &Services, row: &Row) -> Result<()> {
    let now_ms = services.store().db_now_ms();
    let key = wait::key_of(row);
    let decide = |run: &mut LoadedRun, batch: &mut Batch| {
        let spec = &run.definition.document.spec;
        let after_ms = spec.timeout.map(domain::workflow::DurationMs::ms).unwrap_or_default();
        let fails = spec.on_timeout == OnRunTimeout::Fail;
        batch.end_look(row.clone());
        let event = RunEvent::RunOverdue { after_ms, fails };
        Ok(((), run.step(event, now_ms).map_err(crate::run::refused)?))
    };
    match change(services, &OpCtx::system(ACTOR, now_ms), (key.0, key.1), &decide, None).await {
        Err(Error::Refused { .. } | Error::NotFound { .. }) => forget(services, row).await,
        // It has another limit now, or somebody else told it.
        Err(Error::Conflict { .. } | Error::Store(store::Error::Stale)) => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Deletes the row of a task that waits for nothing any more, unless it waits anew meanwhile.
async fn forget(services: &Services, row: &Row) -> Result<()> {
    let ctx = OpCtx::system(ACTOR, services.store().db_now_ms());
    let (tenant, id, ordinal) = wait::key_of(row);
    let decide = |run: &mut LoadedRun, batch: &mut Batch| {
        if ordinal == wait::OF_RUN || subject_of(run, row, ordinal).is_ok_and(|subject| subject.is_none()) {
            batch.end_look(row.clone());
        }
        Ok(((), Vec::new()))
    };
    match change(services, &ctx, (tenant, id), &decide, None).await {
        Err(Error::NotFound { .. }) => {
            let gone: Result<bool, store::Error> =
                services.store().write(|tx| Box::pin(async move { wait::end(tx, row).await })).await;
            gone?;
            Ok(())
        }
        Err(Error::Conflict { .. } | Error::Store(store::Error::Stale)) => Ok(()),
        other => other.map(|_| ()),
    }
}
