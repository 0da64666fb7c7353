//! What is wrong with a run, or why it waits: one banner, the most urgent first.

use leptos::prelude::*;

use crate::api::task::TaskState;
use crate::component::icon::Ic;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::run::act::{Act, Target, use_acts};
use crate::page::run::buttons::Rights;
use crate::page::run::waits::Reasons;
use crate::state::live_run::LiveRun;
use crate::t;
use crate::view::state;

/// The first lost task, the first that waits for approval, the failed ones, and how many are blocked by them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    lost: Option<Target>,
    approval: Option<String>,
    failed: Vec<String>,
    blocked: usize,
}

fn troubled(run: LiveRun) -> Found {
    let mut found = Found::default();
    for task in run.tasks() {
        task.with(|task| match task.state {
            TaskState::Lost if found.lost.is_none() => found.lost = Some(Target::of(task)),
            TaskState::Waiting if task.kind == "approval" && found.approval.is_none() => {
                found.approval = Some(task.name.clone());
            }
            TaskState::Failed | TaskState::TimedOut => found.failed.push(task.name.clone()),
            TaskState::UpstreamFailed => found.blocked += 1,
            _ => {}
        });
    }
    found
}

/// A lost task waits for a person; a failed one blocks others; an approval is asked for; else why the run waits.
#[component]
pub(crate) fn Trouble(run: LiveRun, select: Callback<String>) -> impl IntoView {
    let found = Memo::new(move |_| troubled(run));
    move || {
        let Found { lost, approval, failed, blocked } = found.get();
        match (lost, failed.first().cloned(), approval) {
            (Some(task), ..) => view! { <Lost task /> }.into_any(),
            (None, Some(task), _) => view! { <Failed run task count=failed.len() blocked select /> }.into_any(),
            (None, None, Some(task)) => view! { <Approval task select /> }.into_any(),
            (None, None, None) => view! { <Waits run /> }.into_any(),
        }
    }
}

#[component]
fn Lost(task: Target) -> impl IntoView {
    let acts = use_acts();
    let decide = task.clone();
    view! {
        <div class="banner banner--fail" role="alert">
            <svg class="si si-lost si--l" aria-hidden="true">
                <use_ href=Icon::StateLost.href()></use_>
            </svg>
            <span>{t!(run_banner_lost, task.name)}</span>
            <button class="btn btn--s push" type="button" data-act="decide" on:click=move |_| acts.ask(Act::Decide(decide.clone()))>
                {move || t!(run_decide)}
            </button>
        </div>
    }
}

#[component]
fn Failed(run: LiveRun, task: String, count: usize, blocked: usize, select: Callback<String>) -> impl IntoView {
    let acts = use_acts();
    let (show, from) = (task.clone(), task.clone());
    view! {
        <div class="banner banner--fail" role="alert">
            <svg class="si si-fail si--l" aria-hidden="true">
                <use_ href=Icon::StateFail.href()></use_>
            </svg>
            <span class="clip">
                {t!(run_banner_failed, count as i64, task)} " "
                {(blocked > 0).then(|| t!(run_banner_blocked, blocked as i64))}
            </span>
            <div class="push row row--s">
                {Rights::of(run).operate.then(|| {
                    view! {
                        <button class="btn btn--s" type="button" data-act="banner-rerun" on:click=move |_| acts.ask(Act::RerunFrom(from.clone()))>
                            <Ic icon=Icon::Rerunfrom />
                            {move || t!(run_rerun_from)}
                        </button>
                    }
                })}
                <button class="btn btn--s" type="button" on:click=move |_| select.run(show.clone())>
                    <Ic icon=Icon::Audit />
                    {move || t!(run_show_error)}
                </button>
            </div>
        </div>
    }
}

#[component]
fn Approval(task: String, select: Callback<String>) -> impl IntoView {
    let show = task.clone();
    view! {
        <div class="banner banner--hold" role="status" data-banner="approval">
            <svg class="si si-appr si--l" aria-hidden="true">
                <use_ href=Icon::StateAppr.href()></use_>
            </svg>
            <span class="clip">{t!(run_banner_approval, task)}</span>
            <button class="btn btn--s push" type="button" on:click=move |_| select.run(show.clone())>
                <Ic icon=Icon::Eye />
                {move || t!(run_show_task)}
            </button>
        </div>
    }
}

/// Why the run as a whole waits, or is where it is.
#[component]
fn Waits(run: LiveRun) -> impl IntoView {
    let reasons = Signal::derive(move || run.now.with(|now| now.waiting_reasons.clone()));
    let told = move || run.row.with(|row| row.reason.clone().map(|reason| (row.state, reason)));
    move || match reasons.with(Vec::is_empty) {
        false => view! {
            <div class="banner banner--hold" role="status" data-banner="waits">
                <Reasons reasons />
            </div>
        }
        .into_any(),
        true => told()
            .map(|(state, reason)| {
                view! {
                    <div class="banner banner--info">
                        <Ic icon=Icon::Info />
                        <span>{t!(run_reason_why, state::run(state).label(lang()), reason)}</span>
                    </div>
                }
            })
            .into_any(),
    }
}
