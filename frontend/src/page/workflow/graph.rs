//! A version's graph, and what the chosen task is.

use leptos::prelude::*;

use crate::api::workflow::Version;
use crate::component::canvas::{Canvas, NodeFace};
use crate::component::icon::Ic;
use crate::component::task_settings::TaskSettings;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::run::tasks::kind_words;
use crate::preview;
use crate::state::address::use_address;
use crate::t;
use crate::view::graph::draw;
use crate::view::state;

#[component]
pub(crate) fn WorkflowGraph(version: Version) -> impl IntoView {
    let address = use_address();
    let drawing = StoredValue::new(draw(&version.graph.tasks).unwrap_or_default());
    let face = Callback::new(move |index: usize| {
        let detail = drawing.with_value(|drawing| drawing.nodes.get(index).map(|node| node.task.clone()));
        let detail = detail.map(|task| task.title.unwrap_or_else(|| kind_words(&task.kind, lang())));
        NodeFace { detail: detail.unwrap_or_default(), ..NodeFace::default() }
    });
    let selected = Signal::derive(move || address.get("task"));
    let select = Callback::new(move |task: String| address.set(&[("task", Some(task))]));
    let version = StoredValue::new(version);
    view! {
        <div class="runsplit" class:runsplit--one=move || selected.with(Option::is_none)>
            <section class="pane rdag rdag--full" aria-label=move || t!(workflow_tab_graph)>
                <Canvas drawing face edge_state=Callback::new(|_| None) selected on_select=select />
            </section>
            {move || {
                selected
                    .get()
                    .map(|name| {
                        view! {
                            <TaskSheet version=version.get_value() name on_close=Callback::new(move |()| address.set(&[("task", None)])) />
                        }
                    })
            }}
        </div>
    }
}

#[component]
fn TaskSheet(version: Version, name: String, on_close: Callback<()>) -> impl IntoView {
    let task = version.graph.tasks.iter().find(|task| task.name == name).cloned();
    let spec = preview::task_spec(&version.spec, &name).cloned().unwrap_or_default();
    let script = spec.get("script").and_then(serde_json::Value::as_str).map(str::to_owned);
    let kind = task.as_ref().map(|task| task.kind.clone()).unwrap_or_default();
    let close = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            on_close.run(());
        }
    };
    view! {
        <section class="pane pane--l rlog" aria-label=move || t!(run_panel) on:keydown=close>
            <div class="pane__h rlog__t">
                <span class="node__i">
                    <Ic icon=state::kind(&kind) />
                </span>
                <div class="col grow">
                    <b class="mono clip">{name.clone()}</b>
                    <span class="small dim">{move || kind_words(&kind, lang())}</span>
                </div>
                <button class="ibtn" type="button" title=move || t!(run_close_panel) aria-label=move || t!(run_close_panel) on:click=move |_| on_close.run(())>
                    <Ic icon=Icon::X />
                </button>
            </div>
            <hr class="rule" />
            <div class="sheet scroll">
                {script.map(|script| view! { <pre class="code codebox">{script}</pre> })}
                <TaskSettings spec />
            </div>
        </section>
    }
}
