//! What the run has: the values of its parameters, and what it left for others.

use leptos::prelude::*;
use serde_json::Value;

use crate::component::icon::Ic;
use crate::icon::Icon;
use crate::page::run::act::{Act, use_acts};
use crate::page::run::buttons::Rights;
use crate::preview::plain;
use crate::state::live_run::LiveRun;
use crate::t;

fn listed(values: &Value) -> impl IntoView + use<> {
    let line = |(name, value): (&String, &Value)| {
        view! {
            <dt class="mono">{name.clone()}</dt>
            <dd class="mono wrap">{plain(value)}</dd>
        }
    };
    let lines = values.as_object().into_iter().flatten().map(line).collect_view();
    view! { <dl class="kv kv--wide">{lines}</dl> }
}

fn is_empty(values: &Value) -> bool {
    values.as_object().is_none_or(serde_json::Map::is_empty)
}

#[component]
pub(crate) fn Params(run: LiveRun) -> impl IntoView {
    let acts = use_acts();
    let operate = Rights::of(run).operate;
    let over = Memo::new(move |_| run.row.with(|row| row.state.is_final()));
    let none = move || run.now.with(|now| is_empty(&now.params));
    view! {
        <div class="sheet">
            <Show when=none>
                <p class="muted">{move || t!(run_start_no_params)}</p>
            </Show>
            {move || run.now.with(|now| listed(&now.params))}
            <Show when=move || operate && !over.get() && !none()>
                <div class="row">
                    <button class="btn btn--s" type="button" data-act="params" on:click=move |_| acts.ask(Act::Params)>
                        <Ic icon=Icon::Edit />
                        {move || t!(run_set_params)}
                    </button>
                </div>
            </Show>
        </div>
    }
}

#[component]
pub(crate) fn Outputs(run: LiveRun) -> impl IntoView {
    let none = move || run.now.with(|now| now.outputs.as_ref().is_none_or(is_empty));
    view! {
        <div class="sheet">
            <Show when=none>
                <p class="muted">{move || t!(run_no_outputs)}</p>
            </Show>
            {move || run.now.with(|now| now.outputs.as_ref().map(listed))}
        </div>
    }
}
