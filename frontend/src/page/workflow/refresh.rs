//! A workflow's schedules, asked again when the next fire that they tell has come.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::workflow::{IdVariables, Schedule, WorkflowById};
use crate::state::clock;

/// The server takes a moment to fire and to plan the next one.
const GRACE_MS: i64 = 2_000;

/// When it still tells the fire that has come, it is asked again so much later.
const AGAIN_MS: i64 = 15_000;

/// Keeps the schedules of a workflow new for as long as its page is shown.
pub(super) fn follow(workflow: cynic::Id, schedules: RwSignal<Vec<Schedule>>) {
    let soonest =
        Memo::new(move |_| schedules.with(|all| all.iter().filter_map(|it| it.next_fire_at).map(|at| at.0).min()));
    let asked_at = StoredValue::new(0);
    Effect::new(move |_| {
        let Some(due) = soonest.get() else { return };
        let now = clock::now();
        if now < due + GRACE_MS || now < asked_at.get_value() + AGAIN_MS {
            return;
        }
        asked_at.set_value(now);
        let id = workflow.clone();
        spawn_local(async move {
            // What can't be had now is asked again.
            if let Ok(WorkflowById { workflow: Some(workflow) }) =
                client::send(WorkflowById::build(IdVariables { id })).await
            {
                let _ = schedules.try_set(workflow.schedules);
            }
        });
    });
}
