//! The nodes as a table; a row chooses what is shown below.

use leptos::prelude::*;

use crate::api::cluster::{ClusterNode, ClusterNodeState};
use crate::api::session::Permission;
use crate::browser;
use crate::component::icon::Ic;
use crate::component::state::{Glyph, StateText};
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::monitoring::act::{Act, use_acts};
use crate::page::monitoring::figures::Slots;
use crate::page::monitoring::scheduler::NodeList;
use crate::state::{clock, session};
use crate::t;
use crate::view::cluster::{age, is_there, loops, node as look, slots};

#[component]
pub(crate) fn Nodes(nodes: NodeList, chosen: Memo<Option<String>>, on_choose: Callback<String>) -> impl IntoView {
    let names = Memo::new(move |_| nodes.with(|nodes| nodes.iter().map(|it| it.name.clone()).collect::<Vec<_>>()));
    // Who is not told of the platform has no use for empty columns.
    let whole = Memo::new(move |_| nodes.with(|nodes| nodes.iter().any(|it| it.held_count.is_some())));
    view! {
        <table class="tbl tbl--m">
            <thead>
                <tr>
                    <th>{move || t!(cluster_state)}</th>
                    <th>{move || t!(cluster_node)}</th>
                    <th>{move || t!(cluster_version)}</th>
                    <th>{move || t!(cluster_slots)}</th>
                    <Show when=move || whole.get()>
                        <th class="num">{move || t!(cluster_holds)}</th>
                        <th>{move || t!(cluster_loops)}</th>
                    </Show>
                    <th class="num">{move || t!(cluster_heartbeat)}</th>
                    <th class="num">{move || t!(cluster_up_for)}</th>
                    <Show when=move || whole.get()>
                        <th>{move || t!(cluster_address)}</th>
                    </Show>
                    <th class="num">{move || t!(cluster_act)}</th>
                </tr>
            </thead>
            <tbody>
                <For each=move || names.get() key=Clone::clone let:name>
                    <Row nodes name whole chosen on_choose />
                </For>
            </tbody>
        </table>
    }
}

/// A row; each cell follows what it shows by itself, so that the keyboard stays where it is while the figures change.
#[component]
fn Row(
    nodes: NodeList,
    name: String,
    whole: Memo<bool>,
    chosen: Memo<Option<String>>,
    on_choose: Callback<String>,
) -> impl IntoView {
    let key = name.clone();
    let node = Memo::new(move |_| nodes.with(|nodes| nodes.iter().find(|it| it.name == key).cloned()));
    let here = name.clone();
    let selected = Memo::new(move |_| chosen.with(|chosen| chosen.as_ref() == Some(&here)));
    let (click, press, of_row, shown) = (name.clone(), name.clone(), name.clone(), name.clone());
    let click = move |event: leptos::ev::MouseEvent| {
        if !browser::lies_in(event.target(), "a, button") {
            on_choose.run(click.clone());
        }
    };
    let state = Memo::new(move |_| node.with(|node| node.as_ref().map(|node| node.state)));
    let drained = Memo::new(move |_| node.with(|node| node.as_ref().is_some_and(|node| node.drain.is_some())));
    view! {
        <tr class="is-link" class:is-sel=move || selected.get() data-node=of_row on:click=click>
            <td>{move || state.get().map(|state| view! { <StateText look=look(state) /> })}</td>
            <td>
                <button
                    class="name mono"
                    type="button"
                    aria-pressed=move || selected.get().to_string()
                    on:click=move |_| on_choose.run(press.clone())
                >
                    {shown}
                </button>
            </td>
            <td class="dim">{move || node.get().map(|node| node.app_version)}</td>
            <td>
                <InUse node />
            </td>
            <Show when=move || whole.get()>
                <td class="num">{move || node.get().and_then(|node| node.held_count)}</td>
                <td>
                    {move || {
                        let (health, words) = loops(&node.get()?, lang())?;
                        Some(view! {
                            <span class=health.look().st()>
                                <Glyph look=health.look() />
                                {words}
                            </span>
                        })
                    }}
                </td>
            </Show>
            <Times node />
            <Show when=move || whole.get()>
                <Address node />
            </Show>
            <td class="num">
                <Button name drained />
            </td>
        </tr>
    }
}

type Shown = Memo<Option<ClusterNode>>;

/// The slots of all pools together; each pool by itself in the title.
#[component]
fn InUse(node: Shown) -> impl IntoView {
    move || {
        let node = node.get()?;
        if !is_there(&node) {
            return Some(view! { <span class="dim">"–"</span> }.into_any());
        }
        let (busy, all) = slots(&node);
        let pools: Vec<_> = node.pools.iter().map(|it| t!(cluster_slots_pool, &it.name, it.busy, it.slots)).collect();
        Some(view! { <Slots busy slots=all title=pools.join("\n") /> }.into_any())
    }
}

/// Since the last sign of life, and since the start.
#[component]
fn Times(node: Shown) -> impl IntoView {
    let heartbeat = Memo::new(move |_| node.with(|node| node.as_ref().map(|node| node.heartbeat_at.0)));
    let started = Memo::new(move |_| node.with(|node| node.as_ref().map(|node| node.started_at.0)));
    let silent =
        Memo::new(move |_| node.with(|node| node.as_ref().is_some_and(|node| node.state == ClusterNodeState::Silent)));
    let up = Memo::new(move |_| node.with(|node| node.as_ref().is_some_and(is_there)));
    let since = |ms: i64| age(clock::now(), ms);
    view! {
        <td class="num" class:tone-fail=move || silent.get() title=move || heartbeat.get().map(clock::at_full)>
            {move || heartbeat.get().map(|ms| t!(cluster_ago, since(ms)))}
        </td>
        <td class="num dim" title=move || started.get().map(clock::at_full)>
            {move || if up.get() { started.get().map(since) } else { Some("–".to_owned()) }}
        </td>
    }
}

#[component]
fn Address(node: Shown) -> impl IntoView {
    let machine = move || {
        let node = node.get()?;
        node.host.as_ref().zip(node.pid).map(|(host, pid)| t!(cluster_process, host, pid))
    };
    view! {
        <td class="mono dim" title=machine>
            {move || node.get().and_then(|node| node.address)}
        </td>
    }
}

/// Takes the node out of work, or back.
#[component]
fn Button(name: String, drained: Memo<bool>) -> impl IntoView {
    let acts = use_acts();
    let may = session::viewer().is_some_and(|viewer| viewer.platform_can.contains(&Permission::PlatformManage));
    let why = move || (!may).then(|| t!(cluster_needs_manage));
    let label = move || if drained.get() { t!(cluster_resume) } else { t!(cluster_drain) };
    let ask = move |_| {
        let name = name.clone();
        acts.ask(if drained.get_untracked() { Act::Resume(name) } else { Act::Drain(name) });
    };
    view! {
        <button
            class="btn btn--s"
            type="button"
            data-act=move || if drained.get() { "resume" } else { "drain" }
            disabled=!may
            title=why
            on:click=ask
        >
            {move || view! { <Ic icon=if drained.get() { Icon::Play } else { Icon::Pause } size="ic--s" /> }}
            {label}
        </button>
    }
}
