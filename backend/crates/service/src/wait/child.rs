//! A run that a task starts and waits for.
//!
//! One run for each task run, whatever the attempt: its idempotency key is made of the task. When the task is tried
//! again or done again, that run is done again: what did not end well of it, or all when it had ended well.
//! `parent_attempt` of its row tells for which attempt it last began, so that a look after a crash starts nothing twice.

use domain::id::{RunId, WorkflowId};
use domain::run::{Act, Outputs, Reason, RerunScope, RunState, Waited};
use domain::workflow::Priority;
use domain::workflow::task::SubWorkflow;
use store::wait::{self, Row};
use store::{run, workflow};

use super::look::{Seen, Subject};
use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result};
use crate::run::batch::Batch;
use crate::run::change::change;
use crate::run::loaded::{LoadedRun, parse_json};
use crate::run::{Cause, NewRun};

/// The name of the loop in the audit trail.
const ACTOR: &str = "scheduler";

/// How deep runs may start each other.
const MOST_LEVELS: u32 = 16;

/// Looks how the task's run is, and starts it when it is not there; also gives the workflow whose end is of interest.
pub(super) async fn look(services: &Services, subject: &Subject, sub: &SubWorkflow) -> Result<(Seen, Option<i64>)> {
    let begun = |child: &run::Row| child.parent_attempt.is_some_and(|attempt| attempt >= subject.attempt);
    let child = match find(services, subject).await? {
        Some(child) if begun(&child) => child,
        before => {
            let Some(target) = target(services, subject, &sub.workflow).await? else {
                let reason = Reason::NoSuchWorkflow { workflow: sub.workflow.clone() };
                return Ok((Seen::Over(Waited::Failed { reason, retryable: true }), None));
            };
            match before.filter(|child| child.workflow_id == target.id) {
                Some(child) => begin_again(services, subject, child).await?,
                // There is none, or its workflow was deleted and another one has the name now.
                None => match start(services, subject, sub, &target).await? {
                    Ok(child) => child,
                    Err(seen) => return Ok((seen, None)),
                },
            }
        }
    };
    let (workflow, run) = (sub.workflow.clone(), child.id);
    let state = RunState::parse(&child.state).unwrap_or(RunState::Queued);
    let seen = match state {
        RunState::Succeeded => {
            let outputs: Outputs = parse_json(child.outputs_json.as_deref(), "run", child.id)?.unwrap_or_default();
            Seen::Over(Waited::Met { outputs, reason: None })
        }
        state if state.is_final() => {
            let reason = Reason::ChildEnded { workflow, run, state: state.as_str().to_owned() };
            Seen::Over(Waited::Failed { reason, retryable: true })
        }
        _ => Seen::NotYet(Reason::WaitsForChild { workflow, run }),
    };
    Ok((seen, Some(child.workflow_id)))
}

/// The workflow that a task names, by its name in the same project or as project/name.
pub(super) async fn target(services: &Services, subject: &Subject, name: &str) -> Result<Option<workflow::Row>> {
    let db = services.store().read();
    let (project, name) = match name.split_once('/') {
        Some((slug, name)) => match store::project::find_by_slug(db, subject.tenant, slug).await? {
            Some(project) => (project.id, name),
            None => return Ok(None),
        },
        None => (subject.project, name),
    };
    Ok(workflow::find_by_name(db, subject.tenant, project, name).await?.filter(|row| row.archived_ms.is_none()))
}

async fn find(services: &Services, subject: &Subject) -> Result<Option<run::Row>> {
    let db = services.store().read();
    Ok(run::children_of_task(db, subject.tenant, subject.run, subject.ordinal).await?.pop())
}

/// Whether a run of a workflow under this one would be one under itself, or too deep.
async fn circles(services: &Services, subject: &Subject, target: WorkflowId) -> Result<bool> {
    let mut next = Some(subject.run.0);
    for _ in 0..MOST_LEVELS {
        let Some(id) = next else { return Ok(false) };
        let Some(above) = run::find(services.store().read(), subject.tenant, RunId(id)).await? else {
            return Ok(false);
        };
        if above.workflow_id == target.0 {
            return Ok(true);
        }
        next = above.parent_run_id;
    }
    Ok(next.is_some())
}

async fn start(
    services: &Services,
    subject: &Subject,
    sub: &SubWorkflow,
    target: &workflow::Row,
) -> Result<Result<run::Row, Seen>> {
    if circles(services, subject, WorkflowId(target.id)).await? {
        let reason = Reason::StartsItself { workflow: sub.workflow.clone(), most: MOST_LEVELS };
        return Ok(Err(Seen::Over(Waited::Failed { reason, retryable: false })));
    }
    let business_date = match business_date(subject, sub) {
        Ok(date) => date,
        Err(message) => return Ok(Err(Seen::NotYet(Reason::BeyondHorizon { message }))),
    };
    let new = NewRun {
        tenant: subject.tenant,
        workflow: WorkflowId(target.id),
        business_date: Some(business_date),
        params: subject.arguments.clone(),
        idempotency_key: Some(format!("task:{}:{}", subject.run, subject.ordinal)),
        reason: None,
        cause: Cause::Task { run: subject.run, ordinal: subject.ordinal, attempt: subject.attempt },
        priority: Priority::of_level(subject.priority),
        dry_run: false,
        version: None,
    };
    let ctx = OpCtx::system(ACTOR, services.store().db_now_ms());
    match crate::run::start(services, &ctx, new).await {
        Ok(child) => Ok(Ok(child)),
        Err(error) if error.is_fault() => Err(error),
        Err(error) => {
            let message = error.message(domain::error::Lang::En);
            Ok(Err(Seen::Over(Waited::Failed { reason: Reason::Template { message }, retryable: false })))
        }
    }
}

fn business_date(subject: &Subject, sub: &SubWorkflow) -> Result<domain::bizdate::BizDate, String> {
    let Some(expr) = sub.to_expr() else { return Ok(subject.date) };
    let calendars = &subject.around.calendars;
    let named = subject.definition.document.spec.business_date.as_ref();
    let bound = named.and_then(|date| calendars.resolve_text(&date.calendar).ok());
    let date = expr.evaluate(subject.date, bound.as_ref(), calendars);
    date.map_err(|error| error.text(domain::error::Lang::En))
}

/// Does the run again for a newer attempt, unless it is still at work: then it is waited for as it is. One that is being
/// stopped is done again when that is over.
async fn begin_again(services: &Services, subject: &Subject, child: run::Row) -> Result<run::Row> {
    let ctx = OpCtx::system(ACTOR, services.store().db_now_ms());
    let attempt = subject.attempt;
    let decide = |run: &mut LoadedRun, batch: &mut Batch| {
        let known = run.row.parent_attempt.is_some_and(|known| known >= attempt);
        let stopping = run.machine.stop_requested() && !run.machine.state().is_final();
        if known || stopping {
            return Ok(((), Vec::new()));
        }
        run.row.parent_attempt = Some(attempt);
        let scope = match run.machine.state() {
            RunState::Succeeded => RerunScope::All,
            state if state.is_final() => RerunScope::Failed,
            _ => return Ok(((), Vec::new())),
        };
        let again = run.rerun(&scope, ctx.now_ms).or_else(|_| run.rerun(&RerunScope::All, ctx.now_ms));
        let Ok((_, mut effects)) = again else { return Ok(((), Vec::new())) };
        if run.machine.state() == RunState::Queued && run.definition.max_active_runs().is_none() {
            effects.extend(run.begin(batch, ctx.now_ms).map_err(crate::run::refused)?);
        }
        run.wait_for_place();
        Ok(((), effects))
    };
    let (run, ()) = change(services, &ctx, (subject.tenant, RunId(child.id)), &decide, None).await?;
    Ok(run.row)
}

/// The time of a task is up: the run that it started is to stop. What remembers it is the task's row, which goes only
/// when the run has been told.
pub(super) async fn orphan_if_any(services: &Services, row: &Row) -> Result<()> {
    if row.kind == "sub_workflow" {
        stop_children(services, row).await?;
    }
    Ok(())
}

/// The task waits no longer: the run that it started is stopped, and then the row goes.
pub(super) async fn stop(services: &Services, row: &Row) -> Result<()> {
    // Another node may have done it since, and the task may wait anew.
    if wait::find(services.store().read(), wait::key_of(row)).await?.as_ref() != Some(row) {
        return Ok(());
    }
    stop_children(services, row).await?;
    let gone: Result<bool, store::Error> =
        services.store().write(|tx| Box::pin(async move { wait::end(tx, row).await })).await;
    gone?;
    Ok(())
}

/// Stops what the attempt of a wait started, unless it is at work for a later attempt by now.
async fn stop_children(services: &Services, row: &Row) -> Result<()> {
    let (tenant, run, ordinal) = wait::key_of(row);
    let ctx = OpCtx::system(ACTOR, services.store().db_now_ms());
    for child in run::children_of_task(services.store().read(), tenant, run, ordinal).await? {
        let decide = |run: &mut LoadedRun, _: &mut Batch| {
            let later = run.row.parent_attempt.is_some_and(|attempt| attempt > row.attempt);
            if later || run.machine.state().is_final() {
                return Ok(((), Vec::new()));
            }
            let reason = Reason::ParentEnded { run: run.row.parent_run_id.unwrap_or_default() };
            Ok(((), run.act(Act::Stop { reason }, ctx.now_ms).map_err(crate::run::refused)?))
        };
        match change(services, &ctx, (tenant, RunId(child.id)), &decide, None).await {
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
