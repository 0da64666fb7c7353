//! The cluster: all nodes as a list, and below it one of them with its loops and what it holds.

use cynic::QueryBuilder;
use leptos::prelude::*;

use crate::api::client;
use crate::api::cluster::{ClusterNode, ClusterNodes};
use crate::browser;
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::page::monitoring::act::{self, Acts};
use crate::page::monitoring::figures::Figures;
use crate::page::monitoring::held::Held;
use crate::page::monitoring::loops::{Drained, Loops};
use crate::page::monitoring::nodes::Nodes;
use crate::state::address::use_address;
use crate::state::clock;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::{Load, first_failure, load, poll};
use crate::t;
use crate::view::cluster::chosen;

/// How often the nodes are asked for: as often as they give a sign of life.
pub(crate) const POLL_MS: i64 = 3_000;

/// All nodes as they were last told.
pub(crate) type NodeList = Signal<Vec<ClusterNode>>;

#[component]
pub(crate) fn SchedulerPage() -> impl IntoView {
    set_crumbs(|| {
        vec![Crumb::area(t!(app_operate)), Crumb::area(t!(cluster_monitoring)), Crumb::here(t!(cluster_title))]
    });
    let loader = load(|| (), |()| async { client::send(ClusterNodes::build(())).await.map(|answer| answer.cluster) });
    let last = poll(loader, POLL_MS);
    // When what is shown was told; a failed load leaves it behind.
    let told = RwSignal::new(browser::server_now_ms());
    Effect::new(move |_| {
        if matches!(loader.state.get(), Load::Ready(_)) && !loader.busy.get() {
            told.set(browser::server_now_ms());
        }
    });
    let stale = Memo::new(move |_| matches!(loader.state.get(), Load::Failed(_)));
    let failure = first_failure(loader, last);
    let there = Memo::new(move |_| last.with(|last| last.as_ref().map(Option::is_some)));
    let nodes = Signal::derive(move || last.get().flatten().map(|cluster| cluster.nodes).unwrap_or_default());
    view! {
        <div class="phead phead--line">
            <h1>{move || t!(cluster_title)}</h1>
            <span class="phead__sub clip">{move || t!(cluster_sub)}</span>
            <div class="phead__r">
                <span class=move || if stale.get() { "live live--stale" } else { "live" } role="status">
                    {move || {
                        if stale.get() {
                            t!(cluster_stale, clock::at_secs(told.get()))
                        } else {
                            t!(cluster_live, POLL_MS / 1_000)
                        }
                    }}
                </span>
            </div>
        </div>
        {move || match (failure.get(), there.get()) {
            (Some(failure), _) => view! {
                <Failed
                    title=Signal::derive(|| t!(cluster_load).to_owned())
                    failure
                    on_retry=Callback::new(move |()| loader.reload())
                />
            }
            .into_any(),
            (None, None) => view! { <SkeletonPane /> }.into_any(),
            (None, Some(false)) => view! {
                <Empty
                    title=Signal::derive(|| t!(cluster_empty).to_owned())
                    text=Signal::derive(|| t!(cluster_empty_text).to_owned())
                />
            }
            .into_any(),
            (None, Some(true)) => view! { <Cluster nodes on_change=Callback::new(move |()| loader.reload()) /> }.into_any(),
        }}
    }
}

#[component]
fn Cluster(nodes: NodeList, on_change: Callback<()>) -> impl IntoView {
    let address = use_address();
    let acts = act::provide_acts(nodes, on_change);
    let asked = Memo::new(move |_| address.get("node"));
    let shown = Memo::new(move |_| nodes.with(|nodes| chosen(nodes, asked.get().as_deref()).cloned()));
    let name = Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|node| node.name.clone())));
    // Those who may not see the platform are not told of loops.
    let inside = Memo::new(move |_| shown.with(|shown| shown.as_ref().is_some_and(|node| node.held_count.is_some())));
    let choose = Callback::new(move |name: String| address.replace(&[("node", Some(name))]));
    view! {
        <Figures nodes />
        <div class="clus">
            <section class="pane clus__n" aria-label=move || t!(cluster_nodes)>
                <div class="scroll">
                    <Nodes nodes chosen=name on_choose=choose />
                </div>
            </section>
            <section class="pane pane--t clus__d" aria-label=move || name.get()>
                <Drained node=shown />
                <div class="clus__s" class:clus__s--one=move || !inside.get()>
                    <Show when=move || inside.get()>
                        <Loops node=shown />
                    </Show>
                    <Held node=name />
                </div>
            </section>
        </div>
        <Acts acts />
    }
}
