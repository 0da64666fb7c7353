//! The tasks of a run as a table: the same as graph and time line, for those who read rather than look.

use leptos::prelude::*;

use crate::api::task::TaskRun;
use crate::component::icon::Ic;
use crate::component::state::StateText;
use crate::format;
use crate::i18n::{Lang, lang, text};
use crate::page::run::buttons::TaskMenu;
use crate::page::run::timeline::took_words;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::t;
use crate::view::path::item_words;
use crate::view::state;

/// A task's kind in words.
pub(crate) fn kind_words(kind: &str, lang: Lang) -> String {
    match kind {
        "shell" => text::run_kind_shell(lang).to_owned(),
        "noop" => text::run_kind_noop(lang).to_owned(),
        "switch" => text::run_kind_switch(lang).to_owned(),
        "wait_for" => text::run_kind_wait_for(lang).to_owned(),
        "sub_workflow" => text::run_kind_sub_workflow(lang).to_owned(),
        "approval" => text::run_kind_approval(lang).to_owned(),
        other => other.to_owned(),
    }
}

#[component]
pub(crate) fn Tasks(run: LiveRun) -> impl IntoView {
    let address = crate::state::address::use_address();
    let open = Callback::new(move |task: String| {
        address.set(&[("task", Some(task)), ("tab", None), ("item", None), ("panel", None)]);
    });
    view! {
        <table class="tbl tbl--m">
            <thead>
                <tr>
                    <th>{move || t!(run_task)}</th>
                    <th>{move || t!(run_type)}</th>
                    <th>{move || t!(run_state)}</th>
                    <th class="num">{move || t!(run_try)}</th>
                    <th class="num">{move || t!(run_started)}</th>
                    <th class="num">{move || t!(run_duration)}</th>
                    <th class="num">{move || t!(run_wait)}</th>
                    <th class="num">{move || t!(run_exit)}</th>
                    <th>{move || t!(run_note)}</th>
                    <th class="col-menu">
                        <span class="sr">{move || t!(app_more)}</span>
                    </th>
                </tr>
            </thead>
            <tbody>{run.tasks().into_iter().map(|task| view! { <Row run task open /> }).collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Row(run: LiveRun, task: RwSignal<TaskRun>, open: Callback<String>) -> impl IntoView {
    let (name, kind) = task.with_untracked(|task| (task.name.clone(), task.kind.clone()));
    let look = Memo::new(move |_| task.with(state::task_run));
    let waited = move || {
        task.with(|task| match (task.ready_at, task.started_at) {
            (Some(ready), Some(start)) => format::duration(start.0 - ready.0),
            _ => "–".to_owned(),
        })
    };
    let (icon, target) = (state::kind(&kind), name.clone());
    view! {
        <tr data-task-row=name.clone()>
            <td>
                <button class="name mono" type="button" on:click=move |_| open.run(target.clone())>
                    {name.clone()}
                </button>
            </td>
            <td>
                <span class="row row--s muted">
                    <Ic icon size="ic--s" />
                    {move || kind_words(&kind, lang())}
                </span>
            </td>
            <td>{move || view! { <StateText look=look.get() /> }}</td>
            <td class="num">{move || task.with(|task| task.items.map_or_else(|| task.attempt.to_string(), item_words))}</td>
            <td class="num">
                {move || task.with(|task| task.started_at.map_or_else(|| "–".to_owned(), |at| clock::at_secs(at.0)))}
            </td>
            <td class="num">{move || task.with(took_words)}</td>
            <td class="num">{waited}</td>
            <td class="num">{move || task.with(|task| task.exit_code.map_or_else(|| "–".to_owned(), |code| code.to_string()))}</td>
            <td class="wrap muted">
                {move || task.with(|task| task.overdue_at).map(|at| view! { <span class="tag tag--late" title=clock::at_full(at.0)>{t!(run_overdue_badge)}</span> " " })}
                {move || task.with(|task| task.reason.clone())}
            </td>
            <td>
                <TaskMenu run task />
            </td>
        </tr>
    }
}
