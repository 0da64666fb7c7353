//! One backfill: how far it is, what can be done to it, and its dates.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

use crate::api::backfill::{
    BackfillById, BackfillDetail, BackfillOrder, BackfillRow, BackfillVariables, BackfillVersion,
};
use crate::api::{client, global_id, short_id};
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::i18n;
use crate::page::backfill::act::{Acts, Buttons, provide_acts};
use crate::page::backfill::grid::Grid;
use crate::page::backfill::items::Items;
use crate::page::backfill::list::Counts;
use crate::state::address::use_address;
use crate::state::clock;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::{first_failure, load, poll};
use crate::state::scope::use_scope;
use crate::t;
use crate::view::backfill as look;

/// How often it is asked for again.
const POLL_MS: i64 = 2_000;

#[component]
pub(crate) fn BackfillPage() -> impl IntoView {
    let (params, address, scope) = (use_params_map(), use_address(), use_scope());
    let id = Memo::new(move |_| params.read().get("backfill").unwrap_or_default());
    let loader = load(
        move || (id.get(), address.get("after"), i18n::lang()),
        |(id, after, _)| async move {
            let variables = BackfillVariables { id: global_id("backfill", &id), after };
            client::send(BackfillById::build(variables)).await.map(|answer| answer.backfill)
        },
    );
    let last = poll(loader, POLL_MS);
    let acts = provide_acts(global_id("backfill", &id.get_untracked()), Callback::new(move |()| loader.reload()));
    set_crumbs(move || {
        let list = Crumb::link(t!(backfill_title), scope.href("/backfills"));
        let here = last.get().flatten().map(|it| name(&it));
        vec![Crumb::area(t!(app_build)), list, Crumb::here(here.unwrap_or_else(|| id.get()))]
    });
    // What is drawn stays while it is loaded again; its parts follow by themselves.
    let failure = first_failure(loader, last);
    let there = Memo::new(move |_| last.with(|last| last.as_ref().map(Option::is_some)));
    view! {
        {move || match (failure.get(), there.get()) {
            (Some(failure), _) => {
                let title = Signal::derive(|| t!(backfill_load_one_failed).to_owned());
                view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
            }
            (None, None) => view! { <SkeletonPane /> }.into_any(),
            (None, Some(false)) => view! { <Missing /> }.into_any(),
            (None, Some(true)) => last.get_untracked().flatten().map(|first| view! { <Shown first last /> }).into_any(),
        }}
        <Acts acts />
    }
}

fn name(detail: &BackfillDetail) -> String {
    let workflow = &detail.row.workflow;
    workflow.title.clone().unwrap_or_else(|| workflow.name.clone())
}

#[component]
fn Missing() -> impl IntoView {
    let scope = use_scope();
    view! {
        <Empty
            title=Signal::derive(|| t!(backfill_none).to_owned())
            text=Signal::derive(|| t!(backfill_none_text).to_owned())
        >
            <div class="row">
                <A href=move || scope.href("/backfills") attr:class="btn btn--primary">
                    {move || t!(backfill_to_list)}
                </A>
            </div>
        </Empty>
    }
}

#[component]
fn Shown(first: BackfillDetail, last: Memo<Option<Option<BackfillDetail>>>) -> impl IntoView {
    let kept = first.clone();
    let detail = Memo::new(move |_| last.get().flatten().unwrap_or_else(|| kept.clone()));
    let row = Memo::new(move |_| detail.with(|it| it.row.clone()));
    let state = Memo::new(move |_| row.with(|row| row.state));
    let by = Memo::new(move |_| detail.with(|it| it.state_by.clone().zip(it.state_reason.clone())));
    let items = Memo::new(move |_| detail.with(|it| it.items.clone()));
    view! {
        <div class="phead phead--line">
            <h1 class="clip">{name(&first)}</h1>
            <span class="phead__sub mono">{format!("{} – {}", first.row.from, first.row.to)}</span>
            {move || view! { <StateText look=look::backfill(state.get()) pill=true /> }}
            <div class="phead__r">
                <Buttons row may=first.viewer_can.clone() />
            </div>
        </div>
        <Facts detail=first now=row />
        {move || by.get().map(|(who, why)| view! { <p class="note">{t!(backfill_by, &who, &why)}</p> })}
        <Grid items />
        <Items items />
    }
}

/// What a backfill is; what changes of it is read from `now`.
#[component]
fn Facts(detail: BackfillDetail, now: Memo<BackfillRow>) -> impl IntoView {
    let scope = use_scope();
    let parallelism = Memo::new(move |_| now.with(|row| row.parallelism));
    let created = detail.row.created_at.0;
    let row = detail.row;
    let path = format!("/workflows/{}", short_id(&row.workflow.id));
    let workflow = row.workflow.name.clone();
    let below = detail.downstream.iter().map(|it| it.name.clone()).collect::<Vec<_>>().join(", ");
    let order = row.order;
    let version = detail.version;
    view! {
        <dl class="facts">
            <div>
                <dt>{move || t!(backfill_progress)}</dt>
                <dd><Counts row=now /></dd>
            </div>
            <div>
                <dt>{move || t!(backfill_workflow)}</dt>
                <dd>
                    <A href=move || scope.href(&path)>{workflow}</A>
                    {(!below.is_empty()).then(|| view! { <span class="dim">{format!(" → {below}")}</span> })}
                </dd>
            </div>
            <div>
                <dt>{move || t!(backfill_calendar)}</dt>
                <dd class="mono">{row.calendar}</dd>
            </div>
            <div>
                <dt>{move || t!(backfill_order)}</dt>
                <dd>{move || if order == BackfillOrder::Forward { t!(backfill_forward) } else { t!(backfill_backward) }}</dd>
            </div>
            <div>
                <dt>{move || t!(backfill_parallelism)}</dt>
                <dd>{move || parallelism.get()}</dd>
            </div>
            <div>
                <dt>{move || t!(backfill_version)}</dt>
                <dd>{move || if version == BackfillVersion::Newest { t!(backfill_newest) } else { t!(backfill_original) }}</dd>
            </div>
            <div>
                <dt>{move || t!(backfill_started_by)}</dt>
                <dd>{row.started_by} " " <span class="dim">{move || clock::at_moment(created)}</span></dd>
            </div>
            <div class="lo">
                <dt>{move || t!(backfill_reason)}</dt>
                <dd class="clip">{row.reason}</dd>
            </div>
        </dl>
    }
}
