//! Deleting a workflow and restoring a deleted one: the entry in its head, the banner that says it is deleted, and the
//! dialog that says what it does and asks for a reason.

use cynic::{MutationBuilder, QueryBuilder};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::failure::{Failure, refusal};
use crate::api::run::{RunFilter, RunState, Runs, RunsVariables};
use crate::api::session::{Permission, UserError};
use crate::api::workflow::{
    DeleteWorkflow, DeleteWorkflowInput, DeleteWorkflowVariables, RestoreWorkflow, RestoreWorkflowInput,
    RestoreWorkflowVariables, Schedule, ScheduleState, Workflow,
};
use crate::component::icon::Ic;
use crate::component::menu::Menu;
use crate::component::reason::ReasonDialog;
use crate::icon::Icon;
use crate::state::load::load;
use crate::state::{clock, toast};
use crate::t;

/// What is done seldom.
#[component]
pub(crate) fn More(on_delete: Callback<()>) -> impl IntoView {
    let button = || view! { <Ic icon=Icon::Dots /> };
    view! {
        <Menu button=button.into() label=Signal::derive(|| t!(app_more).to_owned()) button_class="ibtn" place="menu-box--right">
            <button type="button" role="menuitem" data-act="delete" on:click=move |_| on_delete.run(())>
                <Ic icon=Icon::Trash />
                {move || t!(workflow_delete)}
            </button>
        </Menu>
    }
}

/// Says that it is deleted, when it is.
#[component]
pub(crate) fn Deleted(workflow: Workflow, may_restore: bool, on_restore: Callback<()>) -> impl IntoView {
    let Workflow { deleted_at, deleted_by, deletion_reason, .. } = workflow;
    deleted_at.map(move |at| {
        let who = deleted_by.unwrap_or_else(|| "–".to_owned());
        view! {
            <div class="banner banner--hold" role="status" data-deleted="">
                <span class="grow wrap">
                    {move || t!(workflow_deleted, clock::at_moment(at.0), &who)} " " <b>{deletion_reason}</b>
                    <span class="block">{move || t!(workflow_deleted_text)}</span>
                </span>
                {may_restore.then(|| {
                    view! {
                        <button class="btn btn--s push" type="button" data-act="restore" on:click=move |_| on_restore.run(())>
                            {move || t!(workflow_undelete)}
                        </button>
                    }
                })}
            </div>
        }
    })
}

/// Deletes a workflow that is there, and restores one that is not.
#[component]
pub(crate) fn Removal(workflow: Workflow, on_close: Callback<()>, on_done: Callback<Workflow>) -> impl IntoView {
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let stop_runs = RwSignal::new(false);
    let is_there = workflow.deleted_at.is_none();
    let name = workflow.title.clone().unwrap_or_else(|| workflow.name.clone());
    let (id, named) = (workflow.id.clone(), name.clone());
    let send = move |reason: String| {
        busy.set(true);
        refused.set(None);
        let (id, name, stop) = (id.clone(), named.clone(), stop_runs.get_untracked());
        spawn_local(async move {
            let outcome = if is_there { delete(id, stop, reason, name).await } else { restore(id, reason, name).await };
            let _ = busy.try_set(false);
            match outcome {
                Ok(Ok((workflow, done))) => {
                    toast::done(done);
                    on_close.try_run(());
                    on_done.try_run(workflow);
                }
                Ok(Err(text)) => drop(refused.try_set(Some(text))),
                Err(failure) => drop(refused.try_set(Some(failure.in_words()))),
            }
        });
    };
    let effect = move || match is_there {
        true => view! { <Effect workflow=workflow.clone() stop_runs /> }.into_any(),
        false => view! { <p class="muted">{move || t!(workflow_undelete_text)}</p> }.into_any(),
    };
    let title = move || if is_there { t!(workflow_delete_title, &name) } else { t!(workflow_undelete_title, &name) };
    let confirm = move || if is_there { t!(workflow_delete_do) } else { t!(workflow_undelete_do) };
    view! {
        <ReasonDialog
            title=Signal::derive(title)
            effect
            confirm=Signal::derive(move || confirm().to_owned())
            danger=is_there
            busy
            refusal=refused
            on_close
            on_confirm=Callback::new(send)
        />
    }
}

/// The workflow afterwards and what is told of it, or the refusal.
type Outcome = Result<Result<(Workflow, String), String>, Failure>;

fn outcome(workflow: Option<Workflow>, errors: &[UserError], done: String) -> Outcome {
    Ok(match (workflow, refusal(errors)) {
        (Some(workflow), None) => Ok((workflow, done)),
        (_, text) => Err(text.unwrap_or_default()),
    })
}

async fn delete(id: cynic::Id, stop: bool, reason: String, name: String) -> Outcome {
    let input = DeleteWorkflowInput { id, stop_runs: Some(stop), reason };
    let payload = client::send(DeleteWorkflow::build(DeleteWorkflowVariables { input })).await?.delete_workflow;
    let done = match payload.stopped_runs {
        0 => t!(workflow_delete_done, name),
        count => t!(workflow_delete_stopped, name, i64::from(count)),
    };
    outcome(payload.workflow, &payload.user_errors, done)
}

async fn restore(id: cynic::Id, reason: String, name: String) -> Outcome {
    let input = RestoreWorkflowInput { id, reason };
    let payload = client::send(RestoreWorkflow::build(RestoreWorkflowVariables { input })).await?.restore_workflow;
    outcome(payload.workflow, &payload.user_errors, t!(workflow_undelete_done, name))
}

/// What a deletion does, with the schedules that end and the runs that stand in its way.
#[component]
fn Effect(workflow: Workflow, stop_runs: RwSignal<bool>) -> impl IntoView {
    let going = |schedule: &&Schedule| schedule.state != ScheduleState::Ended;
    let schedules = workflow.schedules.iter().filter(going).count() as i64;
    let may_stop = workflow.viewer_can.contains(&Permission::RunOperate);
    let tenant = workflow.tenant.title.clone();
    let open = load(move || workflow.id.clone(), unfinished);
    let runs = move || match open.ready()? {
        (0, _) => None,
        (count, false) => Some(t!(workflow_delete_runs, count)),
        (count, true) => Some(t!(workflow_delete_runs_many, count)),
    };
    view! {
        <p class="muted">{move || t!(workflow_delete_text)}</p>
        {(schedules > 0).then(|| view! { <p class="note note--risk">{move || t!(workflow_delete_schedules, schedules)}</p> })}
        {move || runs().map(|words| view! { <p class="note note--risk" data-preview="runs">{words}</p> })}
        <label class="opt" title=move || (!may_stop).then(|| t!(access_needs_operate, &tenant))>
            <input
                type="checkbox"
                data-stop-runs
                disabled=!may_stop
                prop:checked=move || stop_runs.get()
                on:change=move |event| stop_runs.set(event_target_checked(&event))
            />
            <span>{move || t!(workflow_delete_stop)}</span>
        </label>
    }
}

/// How many of its runs have not ended, and whether there are more than were counted.
async fn unfinished(workflow: cynic::Id) -> Result<(i64, bool), Failure> {
    let states = RunState::ALL.into_iter().filter(|state| !state.is_final()).collect();
    let filter = RunFilter { workflow: Some(workflow), states: Some(states), ..RunFilter::default() };
    let runs = client::send(Runs::build(RunsVariables { filter: Some(filter), after: None })).await?.runs;
    Ok((runs.nodes.len() as i64, runs.page_info.has_next_page))
}
