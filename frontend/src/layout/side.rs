//! The side bar: what there is, and for whom it is shown.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use crate::api::client;
use crate::api::cluster::{ClusterNodeState, ClusterStates, NodeStates};
use crate::component::icon::{Ic, Mark};
use crate::icon::Icon;
use crate::layout::account::Account;
use crate::layout::tenant::TenantSwitch;
use crate::state::load::{load, poll};
use crate::state::preference::use_preferences;
use crate::state::scope::use_scope;
use crate::state::session;
use crate::t;

/// How often the number of nodes is asked for again.
const POLL_MS: i64 = 30_000;

#[component]
pub(crate) fn Side() -> impl IntoView {
    let scope = use_scope();
    view! {
        <aside class="side">
            <A href=move || scope.href("/runs") attr:class="side__brand" attr:aria-label=move || t!(app_name)>
                <Mark />
                <span class="side__word">{move || t!(app_name)}</span>
                {move || session::system().map(|system| view! { <Environment name=system.environment /> })}
            </A>
            <TenantSwitch />
            <nav class="nav" aria-label=move || t!(app_main_nav)>
                <div class="nav__g">{move || t!(app_operate)}</div>
                <Entry path="/runs" icon=Icon::Runs label=Signal::derive(|| t!(app_runs)) key="R" />
                <Entry path="/monitoring" icon=Icon::Pulse label=Signal::derive(|| t!(cluster_monitoring)) key="M" />
                <span class="nav__gap"></span>
                <div class="nav__g">{move || t!(app_build)}</div>
                <Entry path="/workflows" icon=Icon::Flow label=Signal::derive(|| t!(app_workflows)) key="W" />
                <Entry path="/calendars" icon=Icon::Cal label=Signal::derive(|| t!(app_calendars)) key="C" />
                <Entry path="/backfills" icon=Icon::Sync label=Signal::derive(|| t!(backfill_title)) key="B" />
            </nav>
            <div class="side__foot">
                <System />
                <Account />
            </div>
        </aside>
    }
}

/// Where this installation stands; anything but production looks different.
#[component]
pub(crate) fn Environment(name: String) -> impl IntoView {
    let production = name.to_ascii_lowercase().starts_with("prod");
    view! {
        <span class="env" class:env--test=!production>
            {name.to_uppercase()}
        </span>
    }
}

#[component]
fn Entry(path: &'static str, icon: Icon, label: Signal<&'static str>, key: &'static str) -> impl IntoView {
    let scope = use_scope();
    let location = use_location();
    let here = move || location.pathname.with(|now| now == path || now.starts_with(&format!("{path}/")));
    view! {
        <A
            href=move || scope.href(path)
            attr:aria-current=move || here().then_some("page")
            attr:title=move || format!("{} (G {key})", label.get())
        >
            <Ic icon />
            <span>{move || label.get()}</span>
        </A>
    }
}

/// How many nodes are up, for those who may know.
#[component]
fn System() -> impl IntoView {
    let preferences = use_preferences();
    let cluster = load(|| (), |()| async { client::send(ClusterStates::build(())).await.map(|answer| answer.cluster) });
    let cluster = poll(cluster, POLL_MS);
    let line = move || {
        cluster.get().flatten().map(|NodeStates { nodes }| {
            // Who signed off is not missed.
            let all = nodes.iter().filter(|node| node.state != ClusterNodeState::Gone).count();
            let up = nodes.iter().filter(|node| node.state == ClusterNodeState::Active).count();
            let (icon, class) = if up == all { (Icon::StateOk, "si si-ok") } else { (Icon::StateRisk, "si si-risk") };
            let words = move || if up == all { t!(app_node_count, up as i64) } else { t!(app_node_down, up, all) };
            view! {
                <svg class=class aria-hidden="true">
                    <use_ href=icon.href()></use_>
                </svg>
                <span title=words>{words}</span>
            }
        })
    };
    let label = move || if preferences.side_is_mini() { t!(app_side_expand) } else { t!(app_side_collapse) };
    view! {
        <div class="side__sys">
            {line}
            <button
                class="ibtn ibtn--s push"
                type="button"
                title=move || format!("{} [", label())
                aria-label=label
                on:click=move |_| preferences.toggle_side()
            >
                <Ic icon=Icon::Panel />
            </button>
        </div>
    }
}
