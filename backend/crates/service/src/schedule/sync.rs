//! Bringing a workflow's schedules in line with its document.

use std::collections::BTreeSet;

use domain::calendar::Calendars;
use domain::id::{TenantId, WorkflowId};
use domain::workflow::{Document, Schedule};
use store::{Tx, schedule, workflow, workflow_calendar};

use crate::Services;
use crate::run::loaded::to_json;
use crate::schedule::plan::{self, Planned};

/// What a save changes of a workflow's schedules, and of what is known of the calendars that it uses.
pub(crate) struct Change {
    tenant: TenantId,
    workflow: WorkflowId,
    /// The calendars that the document names, in capitals.
    calendars: BTreeSet<String>,
    inserted: Vec<schedule::Row>,
    saved: Vec<(i64, schedule::Row)>,
}

impl Change {
    /// Writes it.
    pub(crate) async fn write(&self, tx: &Tx<'_>) -> store::Result<()> {
        workflow_calendar::save(tx, self.tenant, self.workflow, &self.calendars).await?;
        for row in &self.inserted {
            schedule::insert(tx, row.clone()).await?;
        }
        for (revision, row) in &self.saved {
            schedule::save(tx, *revision, row).await?;
        }
        Ok(())
    }
}

/// The schedules that `document` asks for, where `known` are those of the version before. A schedule is the same as
/// long as it has the same name; one that is no longer named ends and keeps its history.
pub(crate) fn sync(
    services: &Services,
    calendars: &Calendars,
    workflow: &workflow::Row,
    document: &Document,
    known: &[schedule::Row],
    now_ms: i64,
) -> Change {
    let mut change = Change {
        tenant: TenantId(workflow.tenant_id),
        workflow: WorkflowId(workflow.id),
        calendars: document.calendar_names(),
        inserted: Vec::new(),
        saved: Vec::new(),
    };
    for spec in &document.spec.schedules {
        let old = known.iter().find(|row| row.name == spec.name);
        // A rule that stays goes on where it was, so that nothing due is lost and a pause is caught up with; a new one
        // begins now, or where the old one was decided ([`super::settle`]).
        let decided_ms = match old.filter(|old| old.state != "ended") {
            Some(old) if old.spec_json == to_json(spec) => old.decided_ms,
            Some(old) => old.decided_ms.max(now_ms),
            None => now_ms,
        };
        let planned = plan::next(calendars, spec, workflow.enabled, decided_ms);
        match old {
            None => change.inserted.push(new_row(services, workflow, spec, planned, decided_ms)),
            Some(old) => {
                let row = with(old, spec, planned, decided_ms);
                if row != *old {
                    change.saved.push((old.revision, row));
                }
            }
        }
    }
    for old in known {
        if document.spec.schedules.iter().all(|spec| spec.name != old.name) && old.state != "ended" {
            let row = schedule::Row { state: "ended".into(), state_reason: None, next_fire_ms: None, ..old.clone() };
            change.saved.push((old.revision, row));
        }
    }
    change
}

/// A schedule's row with its state and next instant.
pub(crate) fn with(old: &schedule::Row, spec: &Schedule, planned: Planned, decided_ms: i64) -> schedule::Row {
    schedule::Row {
        spec_json: to_json(spec),
        next_fire_ms: planned.next_fire_ms,
        decided_ms,
        state: planned.state.to_owned(),
        state_reason: planned.reason.as_ref().map(to_json),
        ..old.clone()
    }
}

fn new_row(
    services: &Services,
    workflow: &workflow::Row,
    spec: &Schedule,
    planned: Planned,
    decided_ms: i64,
) -> schedule::Row {
    let blank = schedule::Row {
        tenant_id: workflow.tenant_id,
        id: services.store().ids().next(),
        workflow_id: workflow.id,
        name: spec.name.clone(),
        spec_json: String::new(),
        next_fire_ms: None,
        last_fire_ms: None,
        decided_ms,
        state: String::new(),
        state_reason: None,
        revision: 1,
    };
    with(&blank, spec, planned, decided_ms)
}
