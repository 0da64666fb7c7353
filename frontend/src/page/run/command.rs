//! What a task runs, as the version's document says it.

use leptos::prelude::*;
use serde_json::Value;

use crate::component::task_settings::TaskSettings;
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
            <TaskSettings spec />
        </div>
    }
}
