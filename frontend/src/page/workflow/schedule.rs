//! When a workflow runs, as a sentence to be filled in, with everything that follows from it beside it. What is
//! changed here is the draft's text, key by key; the tab with the text and this one show the same draft.

mod builder;
mod difference;
mod entries;
mod explain;
mod hint;
mod limit;
mod odd;
mod outlook;
mod sentence;
mod when;
mod written;

use leptos::prelude::*;

use self::builder::Builder;
use self::difference::Differences;
use self::entries::NoSchedule;
use self::explain::Explain;
use self::odd::OddCases;
use self::outlook::Outlook;
use self::when::When;
use crate::api::workflow::Workflow;
use crate::component::problem::Problems;
use crate::icon::Icon;
use crate::page::workflow::draft::{Bar, Conflict, Draft};
use crate::preview;
use crate::state::address::use_address;
use crate::t;

#[component]
pub(crate) fn ScheduleTab(
    workflow: Workflow,
    draft: Draft,
    may_edit: bool,
    saved: Callback<Workflow>,
) -> impl IntoView {
    let builder = Builder::of(&workflow, draft, may_edit);
    let tenant = workflow.tenant.title.clone();
    let is_read = Memo::new(move |_| builder.plan.with(Result::is_ok));
    let has_schedule = Memo::new(move |_| builder.count() > 0);
    view! {
        <Bar draft may_edit tenant saved />
        <Conflict draft />
        <Show when=move || is_read.get() fallback=move || view! { <Unreadable builder /> }>
            <InWords builder />
            <div class="sched">
                <div class="scroll">
                    <Show when=move || has_schedule.get() fallback=move || view! { <NoSchedule builder /> }>
                        <When builder />
                    </Show>
                    <OddCases builder />
                    <OtherProblems builder />
                </div>
                <aside class="sched__p scroll" aria-label=move || t!(schedule_preview)>
                    <Show when=move || has_schedule.get()>
                        <Outlook builder />
                    </Show>
                    <Differences builder />
                    <Show when=move || has_schedule.get()>
                        <Explain builder />
                    </Show>
                </aside>
            </div>
        </Show>
    }
}

/// The schedules as sentences.
#[component]
fn InWords(builder: Builder) -> impl IntoView {
    let words = move || {
        let language = crate::i18n::lang();
        let plan = builder.plan();
        let entries = plan.entries.iter().filter(|entry| entry.enabled);
        let specs: Vec<_> = entries.filter_map(|entry| entry.spec.as_ref()).collect();
        match specs.as_slice() {
            [] if plan.entries.is_empty() => t!(schedule_by_hand).to_owned(),
            [] => t!(schedule_none_fires).to_owned(),
            specs => {
                let sentences = specs.iter().map(|spec| preview::sentence(&spec.describe(language)));
                sentences.collect::<Vec<_>>().join(t!(schedule_sentence_end)) + t!(schedule_sentence_end).trim_end()
            }
        }
    };
    view! {
        <div class="banner banner--info">
            <b class="med nowrap">{move || t!(schedule_in_words)}</b>
            <span data-words="">{words}</span>
        </div>
    }
}

/// The text is no document: it has to be put right as a text.
#[component]
fn Unreadable(builder: Builder) -> impl IntoView {
    let address = use_address();
    let why = move || builder.plan.with(|plan| plan.as_ref().err().cloned().unwrap_or_default());
    view! {
        <div class="banner banner--fail" role="alert">
            <svg class="si si-fail si--l" aria-hidden="true">
                <use_ href=Icon::StateFail.href()></use_>
            </svg>
            <span>{why}</span>
            <button class="btn btn--s push" type="button" on:click=move |_| address.set(&[("tab", Some("yaml".to_owned()))])>
                {move || t!(schedule_to_text)}
            </button>
        </div>
    }
}

/// Problems of the document that stand at none of the fields here: each leads to the text.
#[component]
fn OtherProblems(builder: Builder) -> impl IntoView {
    let address = use_address();
    let problems = Memo::new(move |_| {
        let mut problems = builder.draft.check.problems.get();
        problems.retain(|problem| !builder.is_told(&problem.path));
        problems
    });
    view! {
        <Show when=move || !problems.with(Vec::is_empty)>
            <section class="sblk sblk--flush">
                <div class="sblk__h">
                    <h2>{move || t!(schedule_other_problems)}</h2>
                </div>
                <Problems problems on_go=Callback::new(move |_| address.set(&[("tab", Some("yaml".to_owned()))])) />
            </section>
        </Show>
    }
}
