//! All runs, newest first.

use std::collections::BTreeSet;

use leptos::html::Div;
use leptos::prelude::*;

use crate::component::live::LiveMark;
use crate::component::pane::{Empty, Failed};
use crate::component::run_table::RunTable;
use crate::page::run::bulk::Bulk;
use crate::page::run::feed::{self, RunFeed};
use crate::page::run::filter::{self, Filters};
use crate::page::run::saved::Views;
use crate::state::address::use_address;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::scope::use_scope;
use crate::t;

#[component]
pub(crate) fn RunList() -> impl IntoView {
    let (address, scope) = (use_address(), use_scope());
    set_crumbs(|| vec![Crumb::area(t!(app_operate)), Crumb::here(t!(run_title))]);
    view! {
        // A scope in the address is a tenant only once the tenants are known; before, nothing can be asked.
        <Show when=move || scope.is_known() fallback=|| view! { <Head date=Signal::stored(None::<String>) /> }>
            <Listed address />
        </Show>
    }
    .into_any()
}

#[component]
fn Head(#[prop(into)] date: Signal<Option<String>>) -> impl IntoView {
    view! {
        <div class="phead phead--line">
            <h1>{move || t!(run_title)}</h1>
            <span class="phead__sub">
                {move || match date.get() {
                    Some(date) => t!(run_sub_date, date),
                    None => t!(run_sub_all).to_owned(),
                }}
            </span>
            <div class="phead__r">
                <LiveMark />
            </div>
        </div>
    }
}

#[component]
fn Listed(address: crate::state::address::Address) -> impl IntoView {
    let scope = use_scope();
    let chosen = RwSignal::new(BTreeSet::new());
    let feed = feed::follow(move || filter::asked(address, scope));
    let workflow = Signal::derive(move || {
        let run = feed.rows.with(|rows| rows.first().copied())?;
        Some(run.with(|run| run.workflow.title.clone().unwrap_or_else(|| run.workflow.name.clone())))
    });
    view! {
        <Head date=Signal::derive(move || dates(address)) />
        <Views />
        <Filters workflow />
        <Bulk feed chosen />
        <RunFeedView feed with_workflow=true chosen>
            <Nothing address />
        </RunFeedView>
    }
}

/// The business dates that are filtered for, in words.
fn dates(address: crate::state::address::Address) -> Option<String> {
    let date = address.get("date")?;
    Some(address.get("to").map_or_else(|| date.clone(), |to| format!("{date} – {to}")))
}

/// A feed as a scrolling table with its foot; `children` stand where there is nothing.
#[component]
pub(crate) fn RunFeedView(
    feed: RunFeed,
    with_workflow: bool,
    /// The rows that are chosen, where rows can be.
    #[prop(optional)]
    chosen: Option<RwSignal<BTreeSet<String>>>,
    children: ChildrenFn,
) -> impl IntoView {
    let scope = use_scope();
    let area = NodeRef::<Div>::new();
    let children = StoredValue::new(children);
    // Under the pointer, with the keyboard inside or scrolled down, rows keep their places.
    let busy = RwSignal::new(false);
    let settle = move || {
        let scrolled = area.get_untracked().is_some_and(|area| area.scroll_top() > 4);
        feed.at_rest.set(!busy.get_untracked() && !scrolled);
        if feed.at_rest.get_untracked() && feed.waiting.with_untracked(|waiting| !waiting.is_empty()) {
            feed.show_waiting();
        }
    };
    let enter = move |inside: bool| {
        busy.set(inside);
        settle();
    };
    let is_empty = move || !feed.loading.get() && feed.rows.with(Vec::is_empty) && feed.failure.with(Option::is_none);
    view! {
        <div
            class="scroll"
            node_ref=area
            on:scroll=move |_| settle()
            on:mouseenter=move |_| enter(true)
            on:mouseleave=move |_| enter(false)
            on:focusin=move |_| enter(true)
            on:focusout=move |_| enter(false)
        >
            <Show when=move || feed.waiting.with(|waiting| !waiting.is_empty())>
                <button class="newchip" type="button" on:click=move |_| feed.show_waiting()>
                    {move || t!(run_changes, feed.waiting.with(Vec::len) as i64)}
                    <b>{move || t!(run_show_changes)}</b>
                </button>
            </Show>
            {move || {
                feed.failure
                    .get()
                    .map(|failure| {
                        view! {
                            <Failed
                                title=Signal::derive(|| t!(error_load_runs).to_owned())
                                failure
                                on_retry=Callback::new(move |()| feed.reload())
                            />
                        }
                    })
            }}
            <Show when=is_empty>{children.with_value(|children| children())}</Show>
            <Show when=move || !is_empty() && feed.failure.with(Option::is_none)>
                <RunTable
                    runs=feed.rows
                    chosen
                    loading=feed.loading
                    with_workflow=with_workflow
                    with_tenant=Signal::derive(move || with_workflow && scope.shows_all())
                />
            </Show>
        </div>
        <Foot feed />
    }
}

#[component]
fn Foot(feed: RunFeed) -> impl IntoView {
    let more = move || feed.page.with(|page| page.has_next_page);
    let words = move || {
        let count = feed.rows.with(Vec::len) as i64;
        if more() { t!(run_loaded, count) } else { t!(run_loaded_all, count) }
    };
    view! {
        <div class="foot">
            <span>{move || if feed.loading.get() { t!(app_loading).to_owned() } else { words() }}</span>
            <Show when=more>
                <button class="btn btn--s push" type="button" disabled=move || feed.loading.get() on:click=move |_| feed.load_more()>
                    {move || t!(app_load_more)}
                </button>
            </Show>
        </div>
    }
}

#[component]
fn Nothing(address: crate::state::address::Address) -> impl IntoView {
    let scope = use_scope();
    move || match filter::is_filtered(address) {
        true => view! {
            <Empty
                title=Signal::derive(|| t!(run_filtered).to_owned())
                text=Signal::derive(|| t!(run_filtered_text).to_owned())
            >
                <div class="row">
                    <button class="btn" type="button" on:click=move |_| filter::clear(address)>
                        {move || t!(run_clear_filters)}
                    </button>
                </div>
            </Empty>
        }
        .into_any(),
        false => view! {
            <Empty
                title=Signal::derive(|| t!(run_empty).to_owned())
                text=Signal::derive(|| t!(run_empty_text).to_owned())
            >
                <div class="row">
                    <leptos_router::components::A href=move || scope.href("/workflows") attr:class="btn btn--primary">
                        {move || t!(app_to_workflows)}
                    </leptos_router::components::A>
                </div>
            </Empty>
        }
        .into_any(),
    }
}

/// A run's address as others would open it.
pub(crate) fn link_here() -> String {
    leptos::prelude::window().location().href().unwrap_or_default()
}
