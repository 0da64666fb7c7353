//! Waiting for runs of another workflow: of one business date, or of each date or hour of a window.

use std::ops::Range;

use domain::bizdate::window::{Span, Standpoint};
use domain::error::Lang;
use domain::id::{RunId, WorkflowId};
use domain::run::{Outputs, Reason, RunState, TaskState, Waited};
use domain::workflow::task::{AwaitedRun, OnFailed, Until};
use store::{run, task_run};

use super::child::target;
use super::look::{Seen, Subject};
use crate::Services;
use crate::error::Result;
use crate::run::loaded::parse_json;
use crate::schedule::plan;

/// Where one of the awaited runs is.
enum Found {
    Well(Box<run::Row>),
    Badly(Box<run::Row>),
    NotYet(Option<Box<run::Row>>),
}

/// Looks for the runs; also gives the workflow whose end is of interest.
pub(super) async fn look(services: &Services, subject: &Subject, awaited: &AwaitedRun) -> Result<(Seen, Option<i64>)> {
    let Some(workflow) = target(services, subject, &awaited.workflow).await? else {
        // Somebody may make it yet.
        return Ok((Seen::NotYet(Reason::NoSuchWorkflow { workflow: awaited.workflow.clone() }), None));
    };
    let span = match span(subject, awaited) {
        Ok(span) => span,
        Err(message) => return Ok((Seen::NotYet(Reason::BeyondHorizon { message }), Some(workflow.id))),
    };
    let mut found = Vec::new();
    match span {
        Span::Dates(dates) => {
            for date in dates {
                let (db, date) = (services.store().read(), date.to_string());
                let newest = run::newest_of_date(db, subject.tenant, WorkflowId(workflow.id), &date).await?;
                found.push((date, judge(services, awaited, newest).await?));
            }
        }
        Span::Instants(stretches) => {
            for stretch in stretches {
                let (db, workflow) = (services.store().read(), WorkflowId(workflow.id));
                let newest = run::last_scheduled_in(db, subject.tenant, workflow, &stretch).await?;
                found.push((hour(&stretch), judge(services, awaited, newest).await?));
            }
        }
    }
    Ok((told(awaited, workflow.id, found)?, Some(workflow.id)))
}

/// What the awaited runs together mean.
fn told(awaited: &AwaitedRun, workflow_id: i64, found: Vec<(String, Found)>) -> Result<Seen> {
    let workflow = awaited.workflow.clone();
    let only = found.len() == 1;
    let (mut missing, mut first) = (Vec::new(), None);
    let mut outputs = Outputs::new();
    for (date, found) in found {
        match found {
            Found::Well(row) if only => {
                outputs = parse_json(row.outputs_json.as_deref(), "run", row.id)?.unwrap_or_default();
            }
            Found::Well(_) => {}
            Found::Badly(row) if awaited.on_failed == OnFailed::Fail => {
                let reason = Reason::AwaitedFailed { workflow, date, run: row.id, state: row.state };
                return Ok(Seen::Over(Waited::Failed { reason, retryable: false }));
            }
            Found::Badly(row) => {
                missing.push(date);
                first.get_or_insert(Some(row));
            }
            Found::NotYet(row) => {
                missing.push(date);
                first.get_or_insert(row);
            }
        }
    }
    if missing.is_empty() {
        return Ok(Seen::Over(Waited::Met { outputs, reason: None }));
    }
    let first = first.flatten();
    let (run, state) = (first.as_ref().map(|row| row.id), first.map(|row| row.state));
    Ok(Seen::NotYet(Reason::WaitsForRun { workflow, workflow_id, missing, run, state }))
}

/// Where the newest run of a date is, or the task of it that is waited for.
async fn judge(services: &Services, awaited: &AwaitedRun, row: Option<run::Row>) -> Result<Found> {
    let Some(row) = row.map(Box::new) else { return Ok(Found::NotYet(None)) };
    let (ended, well) = match &awaited.task {
        None => {
            let state = RunState::parse(&row.state).unwrap_or(RunState::Queued);
            (state.is_final(), state == RunState::Succeeded)
        }
        Some(name) => {
            let db = services.store().read();
            let task = task_run::find_by_name(db, row.tenant_id.into(), RunId(row.id), name).await?;
            let state = task.and_then(|task| TaskState::parse(&task.state));
            let run_ended = RunState::parse(&row.state).is_some_and(RunState::is_final);
            (run_ended || state.is_some_and(TaskState::is_final), state == Some(TaskState::Succeeded))
        }
    };
    Ok(match (ended, awaited.until) {
        (true, Until::Ended) => Found::Well(row),
        (true, Until::Succeeded) if well => Found::Well(row),
        (true, Until::Succeeded) => Found::Badly(row),
        (false, _) => Found::NotYet(Some(row)),
    })
}

/// Of which dates or hours there must be runs; what can't be told is said in words.
fn span(subject: &Subject, awaited: &AwaitedRun) -> Result<Span, String> {
    let calendars = &subject.around.calendars;
    let document = &subject.definition.document;
    let named = document.spec.business_date.as_ref();
    let bound = named.and_then(|date| calendars.resolve_text(&date.calendar).ok());
    let zone = plan::zone(calendars, document, subject.fire_ms);
    let from = Standpoint { date: subject.date, at_ms: subject.at_ms, zone, bound: bound.as_ref(), calendars };
    awaited.span(&from).map_err(|error| error.text(Lang::En))
}

fn hour(stretch: &Range<i64>) -> String {
    let at = chrono::DateTime::from_timestamp_millis(stretch.start).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
