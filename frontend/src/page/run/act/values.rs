//! Giving a run another rank, or parameters new values.

use leptos::prelude::*;
use serde_json::Value;

use super::dialog::Preview;
use super::{Act, Asked};
use crate::api::operate::{RunOperation, RunOperationInput, RunPriority};
use crate::browser;
use crate::component::reason::ReasonDialog;
use crate::i18n::{Word, lang, text};
use crate::page::run::start::Fields;
use crate::t;

/// The ranks with their levels and words, the most urgent first.
pub(crate) const RANKS: [(RunPriority, &str, Word); 4] = [
    (RunPriority::Urgent, "urgent", text::run_priority_urgent),
    (RunPriority::High, "high", text::run_priority_high),
    (RunPriority::Normal, "normal", text::run_priority_normal),
    (RunPriority::Low, "low", text::run_priority_low),
];

#[component]
pub(super) fn Priority(acts: Asked, close: Callback<()>) -> impl IntoView {
    let chosen = RwSignal::new(RunPriority::High);
    let effect = move || {
        let option = |(rank, wire, label): (RunPriority, &'static str, Word)| {
            view! {
                <label class="opt">
                    <input
                        type="radio"
                        name="priority"
                        value=wire
                        prop:checked=move || chosen.get() == rank
                        on:change=move |_| chosen.set(rank)
                    />
                    <span class="med">{move || label(lang())}</span>
                </label>
            }
        };
        view! {
            <p class="muted">{move || t!(run_priority_text)}</p>
            <div class="col gap-s">{RANKS.into_iter().map(option).collect_view()}</div>
        }
    };
    let send = move |reason| {
        let priority = Some(chosen.get_untracked());
        let operation = RunOperationInput { priority, ..RunOperationInput::plain(RunOperation::SetPriority) };
        acts.operate(&Act::Priority, operation, reason);
    };
    view! {
        <ReasonDialog
            title=Signal::derive(|| t!(run_priority_title).to_owned())
            effect=effect
            confirm=Signal::derive(|| t!(run_priority_do).to_owned())
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(send)
        />
    }
}

#[component]
pub(super) fn Params(acts: Asked, close: Callback<()>) -> impl IntoView {
    let document = acts.run.basis.with_value(|basis| basis.version.spec.clone());
    let params = acts.run.now.with_untracked(|now| now.params.clone());
    let fields = Fields::of(&document, Some(&params));
    let changed = Memo::new(move |_| fields.changed(&params));
    let operation = Signal::derive(move || {
        let values = changed.get()?;
        Some(RunOperationInput {
            params: Some(Value::Object(values)),
            ..RunOperationInput::plain(RunOperation::SetParams)
        })
    });
    let effect = move || {
        view! {
            <p class="muted">{move || t!(run_set_params_text)}</p>
            <crate::page::run::start::FieldList fields />
            <Preview acts operation />
        }
    };
    let send = move |reason| match operation.get_untracked() {
        Some(operation) => acts.operate(&Act::Params, operation, reason),
        None => {
            acts.refusal.set(Some(t!(run_set_params_none).to_owned()));
            browser::focus(".dialog input.inp");
        }
    };
    view! {
        <ReasonDialog
            title=Signal::derive(|| t!(run_set_params_title).to_owned())
            effect=effect
            confirm=Signal::derive(|| t!(run_set_params_do).to_owned())
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(send)
        />
    }
}
