//! All backfills, newest first.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::backfill::{BackfillFilter, BackfillRow, Backfills, BackfillsVariables};
use crate::api::{client, short_id};
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::state::clock;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::{Load, load, poll};
use crate::state::scope::use_scope;
use crate::t;
use crate::view::backfill as look;

/// How often the list is asked for again.
const POLL_MS: i64 = 5_000;

#[component]
pub(crate) fn BackfillList() -> impl IntoView {
    let scope = use_scope();
    set_crumbs(|| vec![Crumb::area(t!(app_build)), Crumb::here(t!(backfill_title))]);
    view! {
        <div class="phead phead--line">
            <h1>{move || t!(backfill_title)}</h1>
            <span class="phead__sub">{move || t!(backfill_sub)}</span>
        </div>
        <Show when=move || scope.is_known()>
            <Listed />
        </Show>
    }
    .into_any()
}

#[component]
fn Listed() -> impl IntoView {
    let scope = use_scope();
    let loader = load(
        move || scope.tenant().map(|tenant| tenant.id.into_inner()),
        |tenant| async move {
            let filter = Some(BackfillFilter { tenant: tenant.map(cynic::Id::new) });
            let answer = client::send(Backfills::build(BackfillsVariables { filter, after: None })).await;
            answer.map(|answer| answer.backfills.nodes)
        },
    );
    let last = poll(loader, POLL_MS);
    view! {
        <div class="scroll">
            {move || match (last.get(), loader.state.get()) {
                (Some(rows), _) if rows.is_empty() => view! { <Nothing /> }.into_any(),
                (Some(rows), _) => view! { <Table rows /> }.into_any(),
                (None, Load::Failed(failure)) => {
                    let title = Signal::derive(|| t!(backfill_load_failed).to_owned());
                    view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
                }
                (None, _) => view! { <SkeletonPane /> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Nothing() -> impl IntoView {
    let scope = use_scope();
    view! {
        <Empty
            title=Signal::derive(|| t!(backfill_empty).to_owned())
            text=Signal::derive(|| t!(backfill_empty_text).to_owned())
        >
            <div class="row">
                <A href=move || scope.href("/workflows") attr:class="btn btn--primary">
                    {move || t!(app_to_workflows)}
                </A>
            </div>
        </Empty>
    }
}

#[component]
fn Table(rows: Vec<BackfillRow>) -> impl IntoView {
    view! {
        <table class="tbl tbl--m">
            <thead>
                <tr>
                    <th>{move || t!(backfill_state)}</th>
                    <th>{move || t!(backfill_workflow)}</th>
                    <th>{move || t!(backfill_dates)}</th>
                    <th>{move || t!(backfill_progress)}</th>
                    <th>{move || t!(backfill_started_by)}</th>
                    <th>{move || t!(backfill_started)}</th>
                    <th>{move || t!(backfill_reason)}</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(|row| view! { <Row row /> }).collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Row(row: BackfillRow) -> impl IntoView {
    let scope = use_scope();
    let path = format!("/backfills/{}", short_id(&row.id));
    let name = row.workflow.title.clone().unwrap_or_else(|| row.workflow.name.clone());
    view! {
        <tr data-backfill=short_id(&row.id).to_owned()>
            <td><StateText look=look::backfill(row.state) /></td>
            <td>
                <A href=move || scope.href(&path) attr:class="name">{name}</A>
            </td>
            <td class="mono">{format!("{} – {}", row.from, row.to)}</td>
            <td><Counts row=row.clone() /></td>
            <td class="dim">{row.started_by}</td>
            <td class="dim">{clock::at_moment(row.created_at.0)}</td>
            <td class="dim clip">{row.reason}</td>
        </tr>
    }
}

/// How many dates are done, at work and failed.
#[component]
pub(crate) fn Counts(row: BackfillRow) -> impl IntoView {
    let share = |part: i32| format!("{:.1}%", f64::from(part) * 100.0 / f64::from(row.total.max(1)));
    let done = row.succeeded + row.skipped;
    let words = format!("{done}/{}", row.total);
    let label = words.clone();
    view! {
        <span class="row row--s" role="img" aria-label=label>
            <span class="meter meter--row">
                <i class="m-ok" style:--w=share(done)></i>
                <i class="m-run" style:--w=share(row.running)></i>
                <i class="m-fail" style:--w=share(row.failed)></i>
            </span>
            <span class="dim small">{words}</span>
        </span>
    }
}
