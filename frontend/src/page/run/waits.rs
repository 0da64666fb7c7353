//! Why something waits: each reason in words, with links to what it waits for.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::run::{RunRef, WaitingKind, WaitingReason};
use crate::api::{run_number, short_id};
use crate::component::icon::Ic;
use crate::component::state::Glyph;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::state::clock;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::state;

/// The icon of a reason.
fn icon(kind: WaitingKind) -> Icon {
    match kind {
        WaitingKind::Tasks | WaitingKind::Items => Icon::Flow,
        WaitingKind::Slot
        | WaitingKind::Worker
        | WaitingKind::PoolFull
        | WaitingKind::NoWorker
        | WaitingKind::Limit
        | WaitingKind::Quota => Icon::StateQueue,
        WaitingKind::Retry => Icon::StateRetry,
        WaitingKind::Hold => Icon::StateHold,
        WaitingKind::Lost => Icon::StateLost,
        WaitingKind::Approval => Icon::StateAppr,
        WaitingKind::Child => Icon::Sub,
        WaitingKind::Upstream => Icon::Runs,
        WaitingKind::File => Icon::File,
        WaitingKind::Calendar => Icon::Cal,
        WaitingKind::Starting => Icon::Clock,
    }
}

#[component]
pub(crate) fn Reasons(#[prop(into)] reasons: Signal<Vec<WaitingReason>>) -> impl IntoView {
    view! {
        <ul class="waits" aria-label=move || t!(run_waits)>
            {move || reasons.get().into_iter().map(|reason| view! { <One reason /> }).collect_view()}
        </ul>
    }
}

#[component]
fn One(reason: WaitingReason) -> impl IntoView {
    let scope = use_scope();
    let WaitingReason { kind, text, run, workflow, at, message, .. } = reason;
    // A run names its workflow already.
    let workflow = workflow.filter(|_| run.is_none());
    view! {
        <li>
            <Ic icon=icon(kind) size="ic--s" />
            <span>
                {text}
                {message.map(|message| view! { <q class="waits__q">{message}</q> })}
                {at.map(|at| view! { " " <span class="dim" title=clock::at_full(at.0)>{move || t!(run_waits_until, clock::at_moment(at.0))}</span> })}
                {run.map(|run| view! { " " <RunLink run /> })}
                {workflow
                    .map(|workflow| {
                        let path = format!("/workflows/{}", short_id(&workflow.id));
                        view! {
                            " "
                            <A href=move || scope.href(&path) attr:class="link">
                                {workflow.title.clone().unwrap_or_else(|| workflow.name.clone())}
                            </A>
                        }
                    })}
            </span>
        </li>
    }
}

/// A run by its workflow, business date and number, with its state.
#[component]
pub(crate) fn RunLink(run: RunRef) -> impl IntoView {
    let scope = use_scope();
    let path = format!("/runs/{}", short_id(&run.id));
    let title = run.workflow.title.clone().unwrap_or_else(|| run.workflow.name.clone());
    let look = state::run(run.state);
    let number = run_number(&run.id).to_owned();
    let words = format!("{title} · {}", run.business_date);
    view! {
        <A href=move || scope.href(&path) attr:class="link runlink" attr:title=number>
            <Glyph look />
            <span class="sr">{move || look.label(lang())}</span>
            {words}
        </A>
    }
}
