//! The same for many runs of the list: a bar while some are chosen, a dialog with a reason, a result for each.

use std::collections::BTreeSet;

use cynic::MutationBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::failure::refusal;
use crate::api::operate::{
    OperateRuns, OperateRunsInput, OperateRunsVariables, RunOperation, RunOperationInput, RunOutcome,
};
use crate::api::run::{RerunScope, RunRow, RunState};
use crate::api::{client, run_number};
use crate::browser;
use crate::component::dialog::Dialog;
use crate::component::icon::Ic;
use crate::component::reason::ReasonDialog;
use crate::i18n::{Word, lang, text};
use crate::icon::Icon;
use crate::page::run::feed::RunFeed;
use crate::state::toast;
use crate::t;

/// As many as the server takes at once.
const MOST: usize = 200;

/// What can be done to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Many {
    Pause,
    Resume,
    Stop,
    RerunFailed,
}

impl Many {
    const ALL: [Self; 4] = [Self::Pause, Self::Resume, Self::Stop, Self::RerunFailed];

    fn look(self) -> (Icon, &'static str, Word) {
        match self {
            Self::Pause => (Icon::Pause, "pause", text::run_pause),
            Self::Resume => (Icon::Play, "resume", text::run_resume),
            Self::Stop => (Icon::Stop, "stop", text::run_stop),
            Self::RerunFailed => (Icon::Rerun, "rerun-failed", text::run_rerun_failed),
        }
    }

    fn confirm(self) -> Word {
        match self {
            Self::Pause => text::run_pause_do,
            Self::Resume => text::run_resume_do,
            Self::Stop => text::run_stop_do_many,
            Self::RerunFailed => text::run_rerun_do,
        }
    }

    fn title(self, count: i64) -> String {
        match self {
            Self::Pause => t!(run_bulk_pause, count),
            Self::Resume => t!(run_bulk_resume, count),
            Self::Stop => t!(run_bulk_stop, count),
            Self::RerunFailed => t!(run_bulk_rerun, count),
        }
    }

    fn meaning(self) -> Word {
        match self {
            Self::Pause => text::run_pause_text,
            Self::Resume => text::run_resume_text,
            Self::Stop => text::run_stop_text,
            Self::RerunFailed => text::run_rerun_text,
        }
    }

    /// Whether it can change anything about a run as it stands.
    fn fits(self, run: &RunRow) -> bool {
        match self {
            Self::Pause => !run.state.is_final() && run.state != RunState::Paused,
            Self::Resume => run.state == RunState::Paused,
            Self::Stop => !run.state.is_final(),
            // A row does not say which of the failed tasks of a run under way are lost, which a person decides about.
            Self::RerunFailed => match run.state {
                RunState::Failed | RunState::Stopped => true,
                RunState::Queued => false,
                _ => run.task_failed > 0,
            },
        }
    }

    fn operation(self) -> RunOperationInput {
        match self {
            Self::Pause => RunOperationInput::plain(RunOperation::Pause),
            Self::Resume => RunOperationInput::plain(RunOperation::Resume),
            Self::Stop => RunOperationInput::plain(RunOperation::Stop),
            Self::RerunFailed => RunOperationInput::rerun(RerunScope::Failed, None),
        }
    }
}

/// One of the runs with how it went; `None` when it went well.
type Outcome = (String, Option<String>);

#[component]
pub(crate) fn Bulk(feed: RunFeed, chosen: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let act = RwSignal::new(None::<Many>);
    let outcomes = RwSignal::new(None::<Vec<Outcome>>);
    // A run that is not shown any more is not chosen any more.
    let runs = Memo::new(move |_| {
        let chosen = chosen.get();
        let rows = feed.rows.get().into_iter().map(|row| row.get());
        rows.filter(|row| chosen.contains(row.id.inner())).collect::<Vec<RunRow>>()
    });
    let keys = window_event_listener(leptos::ev::keydown, move |event| {
        let typing = browser::is_typing(event.target()) || browser::has_open_dialog();
        if event.key() == "Escape" && !typing && !chosen.with_untracked(BTreeSet::is_empty) {
            chosen.set(BTreeSet::new());
        }
    });
    on_cleanup(move || keys.remove());
    let button = move |many: Many| {
        let (icon, name, label) = many.look();
        let count = Memo::new(move |_| runs.with(|runs| runs.iter().filter(|run| many.fits(run)).count()));
        view! {
            <button
                class="btn btn--s"
                type="button"
                data-bulk=name
                disabled=move || !(1..=MOST).contains(&count.get())
                on:click=move |_| act.set(Some(many))
            >
                <Ic icon />
                {move || label(lang())}
                <span class="dim">{move || count.get()}</span>
            </button>
        }
    };
    view! {
        <Show when=move || runs.with(|runs| !runs.is_empty())>
            <div class="bulk" role="region" aria-label=move || t!(run_bulk)>
                <b>{move || t!(run_bulk_chosen, runs.with(Vec::len) as i64)}</b>
                {Many::ALL.into_iter().map(button).collect_view()}
                <Show when=move || { runs.with(Vec::len) > MOST }>
                    <span class="small tone-risk">{move || t!(run_bulk_most, MOST as i64)}</span>
                </Show>
                <button class="btn btn--s btn--ghost push" type="button" on:click=move |_| chosen.set(BTreeSet::new())>
                    {move || t!(run_bulk_clear)}
                    <kbd>"Esc"</kbd>
                </button>
            </div>
        </Show>
        {move || {
            let many = act.get()?;
            let fitting: Vec<RunRow> = runs.with_untracked(|runs| runs.iter().filter(|run| many.fits(run)).cloned().collect());
            let total = runs.with_untracked(Vec::len);
            let close = Callback::new(move |()| {
                let _ = act.try_set(None);
            });
            Some(view! { <Ask many fitting total chosen outcomes close /> })
        }}
        {move || outcomes.get().map(|list| view! { <Outcomes list on_close=Callback::new(move |()| outcomes.set(None)) /> })}
    }
}

#[component]
fn Ask(
    many: Many,
    fitting: Vec<RunRow>,
    total: usize,
    chosen: RwSignal<BTreeSet<String>>,
    outcomes: RwSignal<Option<Vec<Outcome>>>,
    close: Callback<()>,
) -> impl IntoView {
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let (count, left) = (fitting.len() as i64, (total - fitting.len()) as i64);
    let running: i64 = fitting.iter().map(|run| i64::from(run.task_running)).sum();
    let names = StoredValue::new(fitting.iter().map(name_of).collect::<Vec<_>>());
    let effect = move || {
        view! {
            <p class="muted">{move || many.meaning()(lang())}</p>
            <div class="note note--risk preview" data-preview="effect">
                <ul>
                    <li>{move || t!(run_bulk_effect, count, names.with_value(|names| crate::page::run::act::listed(names)))}</li>
                    {(many == Many::Stop && running > 0).then(|| view! { <li>{move || t!(run_stop_effect, running)}</li> })}
                    {(left > 0).then(|| view! { <li>{move || t!(run_bulk_left, left)}</li> })}
                </ul>
            </div>
        }
    };
    let ids: Vec<cynic::Id> = fitting.iter().map(|run| run.id.clone()).collect();
    let rows = StoredValue::new(fitting);
    let send = move |reason: String| {
        busy.set(true);
        refused.set(None);
        let input = OperateRunsInput { ids: Some(ids.clone()), operation: many.operation(), reason };
        spawn_local(async move {
            let answer = client::send(OperateRuns::build(OperateRunsVariables { input })).await;
            let _ = busy.try_set(false);
            match answer.map(|answer| answer.operate_runs) {
                Err(failure) => drop(refused.try_set(Some(failure.in_words()))),
                Ok(payload) => match refusal(&payload.user_errors) {
                    Some(text) => drop(refused.try_set(Some(text))),
                    None => {
                        let list: Vec<Outcome> = payload
                            .outcomes
                            .iter()
                            .filter_map(|it| rows.try_with_value(|rows| told(rows, it)))
                            .collect();
                        let failed = list.iter().filter(|(_, refused)| refused.is_some()).count();
                        let done = list.len() - failed;
                        if done > 0 {
                            toast::done(t!(run_bulk_done, done as i64));
                        }
                        if failed > 0 {
                            let _ = outcomes.try_set(Some(list));
                        }
                        let _ = chosen.try_set(BTreeSet::new());
                        close.run(());
                    }
                },
            }
        });
    };
    view! {
        <ReasonDialog
            title=Signal::derive(move || many.title(count))
            effect=effect
            confirm=Signal::derive(move || many.confirm()(lang()).to_owned())
            danger=many == Many::Stop
            busy=busy
            refusal=refused
            on_close=close
            on_confirm=Callback::new(send)
        />
    }
}

fn name_of(run: &RunRow) -> String {
    let title = run.workflow.title.clone().unwrap_or_else(|| run.workflow.name.clone());
    format!("{title} {}", run.business_date)
}

fn told(rows: &[RunRow], outcome: &RunOutcome) -> Outcome {
    let run = rows.iter().find(|run| run.id == outcome.id);
    let name = run.map_or_else(
        || run_number(&outcome.id).to_owned(),
        |run| format!("{} · {}", name_of(run), run_number(&run.id)),
    );
    (name, refusal(&outcome.user_errors))
}

/// How it went for each, when it did not go well for all.
#[component]
fn Outcomes(list: Vec<Outcome>, on_close: Callback<()>) -> impl IntoView {
    let row = |(name, refused): Outcome| {
        let class = if refused.is_some() { "tone-fail" } else { "tone-ok" };
        view! {
            <tr>
                <td>{name}</td>
                <td class=format!("wrap {class}")>{move || refused.clone().unwrap_or_else(|| t!(run_bulk_ok).to_owned())}</td>
            </tr>
        }
    };
    view! {
        <Dialog
            title=Signal::derive(|| t!(run_bulk_outcome).to_owned())
            class="dialog--wide"
            on_close
            on_confirm=on_close
            footer=move || {
                view! {
                    <button class="btn btn--primary" type="button" autofocus on:click=move |_| on_close.run(())>
                        {move || t!(app_close)}
                    </button>
                }
            }
        >
            <table class="tbl tbl--m tbl--flush">
                <tbody>{list.into_iter().map(row).collect_view()}</tbody>
            </table>
        </Dialog>
    }
}
