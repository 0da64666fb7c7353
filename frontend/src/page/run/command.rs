//! What a task runs, as the version's document says it.

use leptos::prelude::*;
use serde_json::Value;

use crate::component::toast::CopyButton;
use crate::preview;
use crate::state::live_run::LiveRun;
use crate::t;

/// What the task runs, as the version's document says it.
#[component]
pub(crate) fn Command(run: LiveRun, name: String) -> impl IntoView {
    let spec =
        run.basis.with_value(|basis| preview::task_spec(&basis.version.spec, &name).cloned()).unwrap_or(Value::Null);
    let version = run.basis.with_value(|basis| basis.version.number);
    let script = spec.get("script").and_then(Value::as_str).map(str::to_owned);
    let needs = spec.get("needs").and_then(Value::as_array).map_or_else(Vec::new, Clone::clone);
    let needs = needs.iter().map(preview::plain).collect::<Vec<_>>().join(", ");
    let setting = |label: fn(crate::i18n::Lang) -> &'static str, key: &str| {
        let value = spec.get(key).filter(|value| !value.is_null()).map(preview::plain).filter(|text| !text.is_empty());
        value.map(|value| {
            view! {
                <dt>{move || label(crate::i18n::lang())}</dt>
                <dd class="mono wrap">{value}</dd>
            }
        })
    };
    use crate::i18n::text;
    view! {
        <div class="sheet scroll">
            {match script {
                Some(script) => {
                    let copied = script.clone();
                    view! {
                        <div class="row">
                            <span class="hint">{move || t!(run_template_note, version)}</span>
                            <span class="push">
                                <CopyButton text=copied label=Signal::derive(|| t!(run_command).to_owned()) />
                            </span>
                        </div>
                        <pre class="code codebox">{script}</pre>
                    }
                    .into_any()
                }
                None => view! { <p class="muted">{move || t!(run_no_command)}</p> }.into_any(),
            }}
            <dl class="kv">
                {(!needs.is_empty()).then(|| view! {
                    <dt>{move || t!(run_graph)}</dt>
                    <dd class="mono">{move || t!(run_node_needs, &needs)}</dd>
                })}
                {setting(text::run_for_each, "for_each")}
                {setting(text::run_max_parallel, "max_parallel")}
                {setting(text::run_waits_for, "wait_for")}
                {setting(text::run_workflow, "sub_workflow")}
                {setting(text::run_approvers, "approvers")}
                {setting(text::run_retries, "retries")}
                {setting(text::run_timeout, "timeout")}
                {setting(text::run_on_lost, "on_lost")}
                {setting(text::run_env, "env")}
                {setting(text::run_pool, "worker_pool")}
            </dl>
        </div>
    }
}
