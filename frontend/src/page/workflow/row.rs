//! A workflow as a row of the list.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::session::Permission;
use crate::api::short_id;
use crate::api::workflow::{RecentRun, Schedule, ScheduleState, WorkflowRow, WorkflowSwitch};
use crate::browser;
use crate::component::icon::Ic;
use crate::component::recent::Recent;
use crate::component::state::StateText;
use crate::format;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::workflow::switch::EnabledSwitch;
use crate::preview;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::schedule::clock;
use crate::view::state;

#[component]
pub(crate) fn Row(workflow: WorkflowRow, on_run: Callback<cynic::Id>) -> impl IntoView {
    let scope = use_scope();
    // One that is deleted can neither run nor be switched on.
    let there = workflow.deleted_at.is_none();
    let WorkflowRow { id, name, title, owner, tenant, project, enabled, schedules, recent_runs, viewer_can, .. } =
        workflow;
    let path = format!("/workflows/{}", short_id(&id));
    let title = title.unwrap_or_else(|| name.clone());
    let (enabled, schedules) = (RwSignal::new(enabled), RwSignal::new(schedules));
    let may_start = viewer_can.contains(&Permission::RunStart);
    let tenant_title = tenant.title.clone();
    let needs = move || (!may_start).then(|| t!(access_needs_start, &tenant_title));
    let switched = Callback::new(move |switch: WorkflowSwitch| schedules.set(switch.schedules));
    let (heading, tenant_name) = (title.clone(), StoredValue::new(tenant.title.clone()));
    let (for_run, latest) = (id.clone(), recent_runs.first().cloned());
    view! {
        <tr class:is-off=move || !enabled.get() data-workflow=name.clone()>
            <td>
                <A href=move || scope.href(&path) attr:class="name">{heading}</A>
                <div class="slug">{name.clone()}</div>
            </td>
            <td>
                {project.title.clone()}
                <Show when=move || scope.shows_all()>
                    <div class="sub">{tenant_name.get_value()}</div>
                </Show>
            </td>
            <td>
                <div class="row row--s">
                    <Ic icon=Icon::Clock size="ic--s" />
                    <span class="clip wf-sc" title=move || schedules.with(|all| all_words(all))>
                        {move || schedules.with(|all| when_words(all))}
                    </span>
                </div>
            </td>
            <td class="wf-nx">
                <Next schedules enabled latest=latest.clone() />
            </td>
            <td>
                <Recent runs=recent_runs />
            </td>
            <td class="num lo">{latest.and_then(took)}</td>
            <td class="lo">{owner.map(|owner| view! { <Owner owner /> })}</td>
            <td>
                {there.then(|| {
                    view! {
                        <button class="btn btn--s" type="button" data-act="run" disabled=!may_start title=needs on:click=move |_| on_run.run(for_run.clone())>
                            <Ic icon=Icon::Play />
                            {move || t!(workflow_run)}
                        </button>
                    }
                })}
            </td>
            <td>
                {there.then(|| {
                    view! {
                        <EnabledSwitch
                            workflow=id
                            name=title
                            tenant=tenant.title
                            may=viewer_can.contains(&Permission::WorkflowEdit)
                            enabled
                            on_switched=switched
                        />
                    }
                })}
            </td>
        </tr>
    }
}

/// When a workflow runs, in words; several schedules are counted.
pub(crate) fn when_words(schedules: &[Schedule]) -> String {
    match schedules {
        [] => t!(workflow_by_hand).to_owned(),
        [one] => preview::schedule_words(&one.spec, lang()),
        [first, rest @ ..] => format!("{} +{}", preview::schedule_words(&first.spec, lang()), rest.len()),
    }
}

/// Every schedule with its name, a line each.
fn all_words(schedules: &[Schedule]) -> String {
    let line = |schedule: &Schedule| format!("{}: {}", schedule.name, preview::schedule_words(&schedule.spec, lang()));
    schedules.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn took(run: RecentRun) -> Option<String> {
    run.started_at.zip(run.finished_at).map(|(start, end)| format::duration(end.0 - start.0))
}

/// The soonest fire, or why there is none.
#[component]
fn Next(schedules: RwSignal<Vec<Schedule>>, enabled: RwSignal<bool>, latest: Option<RecentRun>) -> impl IntoView {
    let soonest = move || {
        schedules
            .with(|all| all.iter().filter_map(|it| it.next_fire_at.map(|at| (at, it.clone()))).min_by_key(|it| it.0))
    };
    let held = move || {
        schedules.with(|all| {
            all.iter().find(|it| it.state == ScheduleState::Held).map(|it| it.reason.clone().unwrap_or_default())
        })
    };
    let going = latest.filter(|run| !run.state.is_final());
    view! {
        <div class="clip">
            {move || match (&going, soonest()) {
                (Some(run), _) => view! { <StateText look=state::run(run.state) /> }.into_any(),
                (None, Some((at, schedule))) if enabled.get() => {
                    let reader = Some(browser::offset_min(at.0));
                    clock::moment(at.0, browser::server_now_ms(), &schedule.timezone, reader, lang()).into_any()
                }
                (None, _) if schedules.with(Vec::is_empty) => "–".into_any(),
                (None, _) if !enabled.get() => t!(workflow_off_since).into_any(),
                (None, _) => held().map_or_else(|| t!(workflow_not_scheduled).to_owned(), |why| format!("{}: {why}", t!(workflow_held))).into_any(),
            }}
        </div>
        {move || {
            let calendar = schedules.with(|all| all.first().and_then(|it| preview::schedule_calendar(&it.spec)));
            calendar.map(|calendar| view! {
                <div class="sub">
                    <Ic icon=Icon::Cal size="ic--xs" />
                    {calendar}
                </div>
            })
        }}
    }
}

#[component]
pub(crate) fn Owner(owner: String) -> impl IntoView {
    view! {
        <span class="who">
            <span class="avatar" aria-hidden="true">{format::initials(&owner)}</span>
            {owner}
        </span>
    }
}
