//! What an operator does to a run: each act shows its effect, asks for a reason, waits for the server and says what
//! came of it.

use cynic::MutationBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::failure::{Failure, refusal};
use crate::api::run::{
    RerunRun, RerunRunInput, RerunRunVariables, RerunScope, StopRun, StopRunInput, StopRunStatus, StopRunVariables,
};
use crate::api::task::{LostDecision, ResolveLostTask, ResolveLostTaskInput, ResolveLostTaskVariables};
use crate::component::reason::ReasonDialog;
use crate::page::run::start::{StartDialog, Startable};
use crate::preview;
use crate::state::live_run::LiveRun;
use crate::state::toast;
use crate::t;

/// Names shown in the effect of a rerun before "and n more".
const NAMES_SHOWN: usize = 6;

/// An act that is being asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Stop,
    Again,
    RerunFailed,
    RerunAll,
    RerunFrom(String),
    RerunOnly(String),
    Decide(String),
}

#[derive(Clone, Copy)]
pub(crate) struct Asked {
    run: LiveRun,
    act: RwSignal<Option<Act>>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
    decision: RwSignal<LostDecision>,
}

pub(crate) fn provide_acts(run: LiveRun) -> Asked {
    let asked = Asked {
        run,
        act: RwSignal::new(None),
        busy: RwSignal::new(false),
        refusal: RwSignal::new(None),
        decision: RwSignal::new(LostDecision::Retry),
    };
    provide_context(asked);
    asked
}

pub(crate) fn use_acts() -> Asked {
    expect_context()
}

impl Asked {
    pub(crate) fn ask(self, act: Act) {
        self.refusal.set(None);
        self.busy.set(false);
        self.act.set(Some(act));
    }

    fn close(self) {
        let _ = self.act.try_set(None);
    }

    /// Ends the wait: closes on success, shows a refusal.
    fn finish(self, outcome: Result<Result<String, String>, Failure>) {
        let _ = self.busy.try_set(false);
        match outcome {
            Ok(Ok(done)) => {
                toast::done(done);
                self.close();
            }
            Ok(Err(text)) => drop(self.refusal.try_set(Some(text))),
            Err(failure) => drop(self.refusal.try_set(Some(untrack(|| {
                let (title, why) = (failure.title(), failure.explanation());
                if title == why { title } else { format!("{title}. {why}") }
            })))),
        }
    }

    fn name(self) -> String {
        self.run.row.with_untracked(|row| row.workflow.title.clone().unwrap_or_else(|| row.workflow.name.clone()))
    }

    fn id(self) -> cynic::Id {
        self.run.row.with_untracked(|row| row.id.clone())
    }

    fn stop(self, reason: String) {
        let (name, input) = (self.name(), StopRunInput { id: self.id(), reason });
        self.send(async move {
            let payload = client::send(StopRun::build(StopRunVariables { input })).await?.stop_run;
            Ok(match (payload.status, refusal(&payload.user_errors)) {
                (_, Some(refusal)) => Err(refusal),
                (Some(StopRunStatus::AlreadyFinished), None) => Ok(t!(run_already_finished, name)),
                (_, None) => Ok(t!(run_stopping, name)),
            })
        });
    }

    fn rerun(self, scope: RerunScope, task: Option<String>, reason: String) {
        let (name, input) = (self.name(), RerunRunInput { id: self.id(), scope, task, reason });
        self.send(async move {
            let payload = client::send(RerunRun::build(RerunRunVariables { input })).await?.rerun_run;
            Ok(match refusal(&payload.user_errors) {
                Some(refusal) => Err(refusal),
                None => Ok(t!(run_rerun_started, payload.tasks.len() as i64, name)),
            })
        });
    }

    fn decide(self, task: String, reason: String) {
        let Some(task_run) = self.run.task_named(&task).map(|task| task.with_untracked(|task| task.id.clone())) else {
            return;
        };
        let input = ResolveLostTaskInput { task_run, decision: self.decision.get_untracked(), reason };
        self.send(async move {
            let answer = client::send(ResolveLostTask::build(ResolveLostTaskVariables { input })).await?;
            Ok(match refusal(&answer.resolve_lost_task.user_errors) {
                Some(refusal) => Err(refusal),
                None => Ok(t!(run_lost_done, task)),
            })
        });
    }

    fn send(self, work: impl Future<Output = Result<Result<String, String>, Failure>> + 'static) {
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move { self.finish(work.await) });
    }
}

/// The dialog of the act that is asked about.
#[component]
pub(crate) fn Acts(acts: Asked) -> impl IntoView {
    let close = Callback::new(move |()| acts.close());
    move || {
        let act = acts.act.get()?;
        Some(match act {
            Act::Stop => view! { <Stop acts close /> }.into_any(),
            Act::Again => {
                let run = acts.run.row.get_untracked();
                let startable = acts.run.basis.with_value(|basis| Startable {
                    workflow: run.workflow.id.clone(),
                    title: acts.name(),
                    document: basis.version.spec.clone(),
                    of_run: Some((run, basis.params.clone())),
                });
                view! { <StartDialog startable on_close=close /> }.into_any()
            }
            Act::RerunFailed => view! { <Rerun acts close scope=RerunScope::Failed task=None /> }.into_any(),
            Act::RerunAll => view! { <Rerun acts close scope=RerunScope::All task=None /> }.into_any(),
            Act::RerunFrom(task) => {
                view! { <Rerun acts close scope=RerunScope::FromTask task=Some(task) /> }.into_any()
            }
            Act::RerunOnly(task) => {
                view! { <Rerun acts close scope=RerunScope::OnlyTask task=Some(task) /> }.into_any()
            }
            Act::Decide(task) => view! { <Decide acts close task /> }.into_any(),
        })
    }
}

#[component]
fn Stop(acts: Asked, close: Callback<()>) -> impl IntoView {
    let name = acts.name();
    let running = move || i64::from(acts.run.row.with(|row| row.task_running));
    let effect = move || {
        view! {
            <p class="muted">{move || t!(run_stop_text)}</p>
            <p class="note note--risk">
                {move || match running() {
                    0 => t!(run_stop_none).to_owned(),
                    count => t!(run_stop_effect, count),
                }}
            </p>
        }
    };
    view! {
        <ReasonDialog
            title=Signal::derive(move || t!(run_stop_title, &name))
            effect=effect
            confirm=Signal::derive(|| t!(run_stop_do).to_owned())
            danger=true
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(move |reason| acts.stop(reason))
        />
    }
}

#[component]
fn Rerun(acts: Asked, close: Callback<()>, scope: RerunScope, task: Option<String>) -> impl IntoView {
    let states = acts.run.states();
    let names = acts.run.drawing.with_value(|drawing| preview::rerun_tasks(drawing, &states, scope, task.as_deref()));
    let effect_words = move || {
        let (count, shown) = (names.len(), names.iter().take(NAMES_SHOWN).cloned().collect::<Vec<_>>().join(", "));
        let words = t!(run_rerun_effect, count as i64, shown);
        match count.saturating_sub(NAMES_SHOWN) {
            0 => words,
            more => format!("{words} {}", t!(run_rerun_more, more as i64)),
        }
    };
    let effect_words = StoredValue::new(effect_words);
    let effect = move || {
        view! {
            <p class="muted">{move || t!(run_rerun_text)}</p>
            <p class="note note--risk">{move || effect_words.with_value(|words| words())}</p>
        }
    };
    let named = task.clone();
    let title = move || match (scope, &named) {
        (RerunScope::FromTask, Some(task)) => t!(run_rerun_from_title, task),
        (RerunScope::OnlyTask, Some(task)) => t!(run_rerun_only_title, task),
        (RerunScope::All, _) => t!(run_rerun_all_title).to_owned(),
        _ => t!(run_rerun_failed_title).to_owned(),
    };
    view! {
        <ReasonDialog
            title=Signal::derive(title)
            effect=effect
            confirm=Signal::derive(|| t!(run_rerun_do).to_owned())
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(move |reason| acts.rerun(scope, task.clone(), reason))
        />
    }
}

/// What became of a task whose worker was lost: nobody but a person can say.
#[component]
fn Decide(acts: Asked, close: Callback<()>, task: String) -> impl IntoView {
    use crate::i18n::{Lang, lang, text};
    let choice = move |decision: LostDecision, label: fn(Lang) -> &'static str, note: fn(Lang) -> &'static str| {
        view! {
            <label class="opt">
                <input
                    type="radio"
                    name="decision"
                    prop:checked=move || acts.decision.get() == decision
                    on:change=move |_| acts.decision.set(decision)
                />
                <span>
                    <b class="med">{move || label(lang())}</b>
                    <span class="hint block">{move || note(lang())}</span>
                </span>
            </label>
        }
    };
    let effect = move || {
        view! {
            <p class="muted">{move || t!(run_lost_text)}</p>
            {choice(LostDecision::Retry, text::run_lost_retry, text::run_lost_retry_text)}
            {choice(LostDecision::Fail, text::run_lost_fail, text::run_lost_fail_text)}
            {choice(LostDecision::Succeed, text::run_lost_succeed, text::run_lost_succeed_text)}
        }
    };
    let named = task.clone();
    view! {
        <ReasonDialog
            title=Signal::derive(move || t!(run_lost_title, &named))
            effect=effect
            confirm=Signal::derive(|| t!(run_lost_do).to_owned())
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(move |reason| acts.decide(task.clone(), reason))
        />
    }
}
