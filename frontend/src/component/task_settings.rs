//! What a task is set to, as the document of its version says it.

use leptos::prelude::*;
use serde_json::Value;

use crate::i18n::{Word, lang, text};
use crate::preview;
use crate::t;

/// The fields that are shown, by their keys in the document: those of all types stand beside each other in a task. What
/// it does comes first, then when, then what happens on trouble.
const SHOWN: [(&str, Word); 21] = [
    ("when", text::run_when),
    ("cases", text::run_cases),
    ("else", text::run_otherwise),
    ("run", text::run_waits_for),
    ("file", text::run_waits_for),
    ("workflow", text::run_workflow),
    ("arguments", text::run_arguments),
    ("business_date", text::run_business_date),
    ("approvers", text::run_approvers),
    ("message", text::run_message),
    ("deadline", text::run_deadline),
    ("for_each", text::run_for_each),
    ("max_parallel", text::run_max_parallel),
    ("retries", text::run_retries),
    ("timeout", text::run_timeout),
    ("on_lost", text::run_on_lost),
    ("params", text::run_params),
    ("env", text::run_env),
    ("limits", text::run_limits),
    ("worker_pool", text::run_pool),
    ("priority", text::run_priority),
];

#[component]
pub(crate) fn TaskSettings(
    /// The part of the document that describes the task.
    spec: Value,
) -> impl IntoView {
    let needs = spec.get("needs").map(preview::readable).filter(|needs| !needs.is_empty());
    let setting = |(key, label): (&str, Word)| {
        let value = spec.get(key).map(preview::readable).filter(|text| !text.is_empty())?;
        Some(view! {
            <dt>{move || label(lang())}</dt>
            <dd class="mono wrap">{value}</dd>
        })
    };
    view! {
        <dl class="kv">
            {needs.map(|needs| view! {
                <dt>{move || t!(run_graph)}</dt>
                <dd class="mono">{move || t!(run_node_needs, &needs)}</dd>
            })}
            {SHOWN.into_iter().map(setting).collect_view()}
        </dl>
    }
}
