//! What happened in a run, newest first: its own instants, the tries of its tasks, what people did.

use cynic::QueryBuilder;
use leptos::prelude::*;

use crate::api::client;
use crate::api::look::{EventTask, LookVariables, RunEvent, RunEventKind, RunEvents, told_state};
use crate::component::icon::Ic;
use crate::component::pane::{Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::i18n::{self, lang};
use crate::icon::Icon;
use crate::state::address::use_address;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::state::load::{Load, load};
use crate::t;
use crate::view::state;

#[component]
pub(crate) fn Events(run: LiveRun) -> impl IntoView {
    // A change of the run's counts or state tells that something happened.
    let key = Memo::new(move |_| {
        run.row.with(|row| {
            (row.id.clone(), row.state, row.generation, row.task_succeeded, row.task_failed, row.task_running)
        })
    });
    let loader = load(
        move || (key.get().0, i18n::lang()),
        |(id, _)| async move {
            let answer = client::send(RunEvents::build(LookVariables { id })).await?;
            Ok(answer.run.map(|run| run.events).unwrap_or_default())
        },
    );
    Effect::new(move |before: Option<()>| {
        key.track();
        if before.is_some() {
            loader.reload();
        }
    });
    move || match loader.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(error_load_run).to_owned());
            view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
        }
        Load::Ready(events) => view! {
            <table class="tbl tbl--m" data-events>
                <thead>
                    <tr>
                        <th>{move || t!(run_event_time)}</th>
                        <th>{move || t!(run_event)}</th>
                        <th>{move || t!(run_task)}</th>
                        <th>{move || t!(run_note)}</th>
                    </tr>
                </thead>
                <tbody>{events.into_iter().rev().map(|event| view! { <One event /> }).collect_view()}</tbody>
            </table>
        }
        .into_any(),
    }
}

/// The icon and words of an event.
fn words(event: &RunEvent) -> (Icon, String) {
    let attempt = event.attempt.as_ref();
    let (number, node) = (attempt.map_or(0, |it| it.number), attempt.map(|it| it.node.clone()).unwrap_or_default());
    match event.kind {
        RunEventKind::Made => (Icon::Plus, t!(run_event_made).to_owned()),
        RunEventKind::Began => (Icon::Play, t!(run_event_began).to_owned()),
        RunEventKind::Overdue => (Icon::StateTimeout, t!(run_event_overdue).to_owned()),
        RunEventKind::Ended => (Icon::Stop, t!(run_event_ended).to_owned()),
        RunEventKind::Claimed => (Icon::Cog, t!(run_event_claimed, number, node)),
        RunEventKind::Tried => (Icon::Check, t!(run_event_tried, number)),
        RunEventKind::TaskBegan => (Icon::Clock, t!(run_event_task_began).to_owned()),
        RunEventKind::TaskEnded => (Icon::Check, t!(run_event_task_ended).to_owned()),
        RunEventKind::Acted => {
            let who = event.actor.clone().unwrap_or_default();
            let what = act_words(event.action.as_deref().unwrap_or_default());
            (Icon::Users, t!(run_event_acted, who, what))
        }
    }
}

/// What a person did, by the action of the audit trail.
fn act_words(action: &str) -> String {
    let words = match action {
        "run.start" => t!(run_acted_start),
        "run.stop" => t!(run_acted_stop),
        "run.pause" => t!(run_acted_pause),
        "run.resume" => t!(run_acted_resume),
        "run.rerun" => t!(run_acted_rerun),
        "run.set_priority" => t!(run_acted_priority),
        "run.set_params" => t!(run_acted_params),
        "task.hold" => t!(run_acted_hold),
        "task.release" => t!(run_acted_release),
        "task.mark_succeeded" => t!(run_acted_mark),
        "task.skip" => t!(run_acted_skip),
        "task.resolve_lost" => t!(run_acted_lost),
        "task.approve" => t!(run_acted_approve),
        "task.reject" => t!(run_acted_reject),
        other => other,
    };
    words.to_owned()
}

#[component]
fn One(event: RunEvent) -> impl IntoView {
    let address = use_address();
    let (icon, text) = words(&event);
    let refused = event.result.as_deref().is_some_and(|result| result != "succeeded");
    let told = told_state(&event);
    let look = told.map(state::attempt).or_else(|| {
        let task = event.task_run.as_ref().filter(|_| event.kind == RunEventKind::TaskEnded)?;
        Some(state::task(task.state))
    });
    let at = event.at.0;
    view! {
        <tr data-event>
            <td class="num-l" title=clock::at_full(at)>{move || clock::at_secs(at)}</td>
            <td>
                <span class="row row--s">
                    <Ic icon size="ic--s" />
                    {text}
                    {look.map(|look| view! { <StateText look /> })}
                    {refused.then(|| view! { <span class="tag tag--risk">{move || t!(run_event_refused)}</span> })}
                </span>
            </td>
            <td>
                {event.task_run.map(|EventTask { name, item_index, .. }| {
                    let label = item_index.map_or_else(|| name.clone(), |index| format!("{name}[{index}]"));
                    view! {
                        <button class="name mono" type="button" on:click=move |_| address.set(&[("task", Some(name.clone())), ("tab", None)])>
                            {label}
                        </button>
                    }
                })}
            </td>
            <td class="wrap muted" lang=move || i18n::tag(lang())>{event.reason}</td>
        </tr>
    }
}
