//! What happened in a run, in one list: its own instants, the tries of its tasks, and what people did to it.

use std::collections::HashMap;

use domain::access::Permission;
use domain::id::{RunId, TenantId};
use store::{attempt, audit, run, task_run};

use crate::Services;
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::Result;
use crate::run::read::find;

/// Most events of each source; the newest count.
const MOST: u64 = 300;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at_ms: i64,
    /// What.
    pub happened: Happened,
    /// The task run that it is about.
    pub task: Option<task_run::Row>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Happened {
    /// The run was made.
    Made,
    /// It began.
    Began,
    /// It passed its time limit.
    Overdue,
    /// It ended.
    Ended,
    /// A worker took a task.
    Claimed(Box<attempt::Row>),
    /// A try of a task ended.
    Tried(Box<attempt::Row>),
    /// A task that no worker does began.
    TaskBegan,
    /// A task that no worker does ended.
    TaskEnded,
    /// A person or client acted.
    Acted(Box<audit::AuditEvent>),
}

/// What happened in a run, oldest first; the newest 300 of each source, and of items only what did not go well. What people did is there for those who may
/// read the audit trail.
///
/// # Errors
/// As [`find`].
pub async fn events(services: &Services, ctx: &OpCtx, tenant: TenantId, id: RunId) -> Result<Vec<Event>> {
    let run = find(services, ctx, tenant, id).await?;
    let db = services.store().read();
    let items_from = task_run::first_item(db, tenant, id).await?.unwrap_or(i32::MAX);
    let attempts = attempt::newest_of_run(db, (tenant, id), items_from, MOST).await?;
    let planned = task_run::Filter { part: task_run::Part::Planned, ..task_run::Filter::default() };
    let planned = task_run::list(db, (tenant, id), &planned, None, MOST).await?.items;
    let mut tasks: HashMap<i32, task_run::Row> = planned.iter().map(|task| (task.ordinal, task.clone())).collect();
    let mut others: Vec<i32> = attempts.iter().map(|row| row.ordinal).filter(|at| !tasks.contains_key(at)).collect();
    others.sort_unstable();
    others.dedup();
    let others = task_run::get_many(db, tenant, id, &others).await?;
    tasks.extend(others.into_iter().map(|task| (task.ordinal, task)));
    let mut events = of_run(&run);
    for row in attempts {
        let task = tasks.get(&row.ordinal).cloned();
        if let Some(at_ms) = row.finished_ms {
            events.push(Event { at_ms, happened: Happened::Tried(Box::new(row.clone())), task: task.clone() });
        }
        events.push(Event { at_ms: row.claimed_ms, happened: Happened::Claimed(Box::new(row)), task });
    }
    for task in planned.into_iter().filter(|task| task.attempt == 0 || is_unworked(&task.kind)) {
        let of_task = |at_ms: Option<i64>, happened| at_ms.map(|at_ms| (at_ms, happened));
        let instants = [of_task(task.started_ms, Happened::TaskBegan), of_task(task.finished_ms, Happened::TaskEnded)];
        let event = |(at_ms, happened)| Event { at_ms, happened, task: Some(task.clone()) };
        events.extend(instants.into_iter().flatten().map(event));
    }
    if ctx.require(services, Permission::AuditRead, Scope::tenant(tenant)).await.is_ok() {
        let acts = audit::of_object(db, tenant, ("run", &id.to_string()), MOST).await?;
        events.extend(acts.into_iter().map(|act| Event {
            at_ms: act.at_ms,
            happened: Happened::Acted(Box::new(act)),
            task: None,
        }));
    }
    events.sort_by_key(|event| event.at_ms);
    Ok(events)
}

/// Whether tasks of a kind have no tries of their own.
fn is_unworked(kind: &str) -> bool {
    matches!(kind, "switch" | "wait_for" | "sub_workflow" | "approval")
}

fn of_run(run: &run::Row) -> Vec<Event> {
    let of = |at_ms: Option<i64>, happened| at_ms.map(|at_ms| Event { at_ms, happened, task: None });
    let instants = [
        of(Some(run.created_ms), Happened::Made),
        of(run.started_ms, Happened::Began),
        of(run.overdue_ms, Happened::Overdue),
        of(run.finished_ms, Happened::Ended),
    ];
    instants.into_iter().flatten().collect()
}
