//! The chosen task beside the graph: its log, its attempts, its command.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use serde_json::Value;

use crate::api::session::Permission;
use crate::api::task::{TaskRun, TaskState};
use crate::component::icon::Ic;
use crate::component::menu::Menu;
use crate::component::state::StateText;
use crate::component::tabs::{Tab, Tabs};
use crate::component::toast::CopyButton;
use crate::icon::Icon;
use crate::page::run::act::{Act, use_acts};
use crate::page::run::attempts::Attempts;
use crate::page::run::task_log::TaskLog;
use crate::preview;
use crate::state::address::use_address;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::t;
use crate::view::state;

#[component]
pub(crate) fn Panel(run: LiveRun, selected: Signal<Option<String>>, on_close: Callback<()>) -> impl IntoView {
    let chosen = Memo::new(move |_| selected.get().and_then(|name| run.task_named(&name).map(|task| (name, task))));
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !crate::browser::is_typing(event.target()) {
            on_close.run(());
        }
    };
    view! {
        <section class="pane pane--l rlog" aria-label=move || t!(run_panel) on:keydown=keys>
            {move || match chosen.get() {
                Some((name, task)) => view! { <Chosen run name task on_close /> }.into_any(),
                None => view! { <p class="hint rlog__hint">{move || t!(run_pick_task)}</p> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Chosen(run: LiveRun, name: String, task: RwSignal<TaskRun>, on_close: Callback<()>) -> impl IntoView {
    let address = use_address();
    let tab = Signal::derive(move || address.get("panel").unwrap_or_else(|| "log".to_owned()));
    let look = Memo::new(move |_| task.with(|task| task.state));
    let kind = task.with_untracked(|task| task.kind.clone());
    let line = move || {
        task.with(|task| match (task.started_at, &task.reason) {
            (_, Some(reason)) => reason.clone(),
            (Some(start), None) => t!(run_task_line, task.attempt, clock::at_secs(start.0)),
            (None, None) => t!(run_not_started).to_owned(),
        })
    };
    let tabs = vec![
        Tab::new("log", || t!(run_log)),
        Tab::new("attempts", || t!(run_attempts)).count(move || Some(i64::from(task.with(|task| task.attempt)))),
        Tab::new("command", || t!(run_command)),
    ];
    let choose =
        Callback::new(move |key: &'static str| address.set(&[("panel", (key != "log").then(|| key.to_owned()))]));
    let named = name.clone();
    let for_label = name.clone();
    view! {
        <div class="pane__h rlog__t">
            <span class="node__i">
                <Ic icon=state::kind(&kind) />
            </span>
            <div class="col grow">
                <span class="row">
                    <b class="mono clip" data-panel-task>{name.clone()}</b>
                    {move || view! { <StateText look=state::task(look.get()) /> }}
                </span>
                <span class="small dim clip" title=line>{line}</span>
            </div>
            <TaskMenu run name=name.clone() state=look />
            <button class="ibtn" type="button" title=move || t!(run_close_panel) aria-label=move || t!(run_close_panel) on:click=move |_| on_close.run(())>
                <Ic icon=Icon::X />
            </button>
        </div>
        <Tabs tabs chosen=tab on_choose=choose label=Signal::stored(for_label) />
        {move || match tab.get().as_str() {
            "attempts" => view! { <Attempts task /> }.into_any(),
            "command" => view! { <Command run name=named.clone() /> }.into_any(),
            _ => view! { <TaskLog task /> }.into_any(),
        }}
    }
}

#[component]
fn TaskMenu(run: LiveRun, name: String, state: Memo<TaskState>) -> impl IntoView {
    let acts = use_acts();
    let may = run.basis.with_value(|basis| basis.viewer_can.contains(&Permission::RunOperate));
    let over = move || run.row.with(|row| row.state.is_final());
    let name = StoredValue::new(name);
    let button = || view! { <Ic icon=Icon::Dots /> };
    let why_not = move || (!may).then(|| run.row.with(|row| t!(access_needs_operate, &row.tenant.title)));
    view! {
        <Menu button=button.into() label=Signal::derive(|| t!(app_more).to_owned()) button_class="ibtn" place="menu-box--right">
            <button
                type="button"
                role="menuitem"
                disabled=move || !may || !over()
                title=why_not
                on:click=move |_| acts.ask(Act::RerunFrom(name.get_value()))
            >
                <Ic icon=Icon::Rerunfrom />
                {move || t!(run_rerun_from)}
            </button>
            <button
                type="button"
                role="menuitem"
                disabled=move || !may || !over()
                title=why_not
                on:click=move |_| acts.ask(Act::RerunOnly(name.get_value()))
            >
                <Ic icon=Icon::Rerun />
                {move || t!(run_rerun_only)}
            </button>
            <Show when=move || state.get() == TaskState::Lost>
                <button
                    type="button"
                    role="menuitem"
                    disabled=!may
                    title=why_not
                    on:click=move |_| acts.ask(Act::Decide(name.get_value()))
                >
                    <Ic icon=Icon::Help />
                    {move || t!(run_decide)}
                </button>
            </Show>
        </Menu>
    }
}

/// What the task runs, as the version's document says it.
#[component]
fn Command(run: LiveRun, name: String) -> impl IntoView {
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
                {setting(text::run_retries, "retries")}
                {setting(text::run_timeout, "timeout")}
                {setting(text::run_on_lost, "on_lost")}
                {setting(text::run_env, "env")}
                {setting(text::run_pool, "worker_pool")}
            </dl>
        </div>
    }
}
