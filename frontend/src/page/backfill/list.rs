//! All backfills, newest first.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::backfill::{BackfillConnection, BackfillFilter, BackfillRow, Backfills, BackfillsVariables};
use crate::api::failure::Failure;
use crate::api::run::PageInfo;
use crate::api::{client, short_id};
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::state::clock;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::{first_failure, load, poll};
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
    let pages = RwSignal::new(1);
    let loader = load(
        move || (scope.tenant().map(|tenant| tenant.id.into_inner()), pages.get()),
        |(tenant, pages)| listed(BackfillFilter { tenant: tenant.map(cynic::Id::new) }, pages),
    );
    let last = poll(loader, POLL_MS);
    let failure = first_failure(loader, last);
    let some = Memo::new(move |_| last.with(|last| last.as_ref().map(|list| !list.nodes.is_empty())));
    let more = Memo::new(move |_| last.with(|last| last.as_ref().is_some_and(|list| list.page_info.has_next_page)));
    let rows = Memo::new(move |_| last.get().map(|list| list.nodes).unwrap_or_default());
    view! {
        <div class="scroll">
            {move || match (failure.get(), some.get()) {
                (Some(failure), _) => {
                    let title = Signal::derive(|| t!(backfill_load_failed).to_owned());
                    view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
                }
                (None, None) => view! { <SkeletonPane /> }.into_any(),
                (None, Some(false)) => view! { <Nothing /> }.into_any(),
                (None, Some(true)) => view! { <Table rows /> }.into_any(),
            }}
        </div>
        <Show when=move || more.get()>
            <div class="foot">
                <button class="btn btn--s push" type="button" disabled=move || loader.busy.get() on:click=move |_| pages.update(|pages| *pages += 1)>
                    {move || t!(app_load_more)}
                </button>
            </div>
        </Show>
    }
}

/// The first pages. All that are shown are asked for together: a backfill that is new moves none of the others out of
/// sight between two pages.
async fn listed(filter: BackfillFilter, pages: usize) -> Result<BackfillConnection, Failure> {
    let mut list = BackfillConnection { nodes: Vec::new(), page_info: PageInfo::default() };
    for _ in 0..pages {
        let variables = BackfillsVariables { filter: Some(filter.clone()), after: list.page_info.end_cursor.take() };
        let next = client::send(Backfills::build(variables)).await?.backfills;
        list.nodes.extend(next.nodes);
        list.page_info = next.page_info;
        if !list.page_info.has_next_page {
            break;
        }
    }
    Ok(list)
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
fn Table(rows: Memo<Vec<BackfillRow>>) -> impl IntoView {
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
            <tbody>
                <For each=move || rows.get() key=|row| row.id.inner().to_owned() let:first>
                    <Row rows first />
                </For>
            </tbody>
        </table>
    }
}

/// A row; only what changes of it is drawn again.
#[component]
fn Row(rows: Memo<Vec<BackfillRow>>, first: BackfillRow) -> impl IntoView {
    let scope = use_scope();
    let BackfillRow { id, workflow, from, to, started_by, created_at, reason, .. } = first.clone();
    let path = format!("/backfills/{}", short_id(&id));
    let here = short_id(&id).to_owned();
    let row = Memo::new(move |_| {
        rows.with(|rows| rows.iter().find(|row| row.id == id).cloned()).unwrap_or_else(|| first.clone())
    });
    let state = Memo::new(move |_| row.with(|row| row.state));
    let name = workflow.title.unwrap_or(workflow.name);
    view! {
        <tr data-backfill=here>
            <td>{move || view! { <StateText look=look::backfill(state.get()) /> }}</td>
            <td>
                <A href=move || scope.href(&path) attr:class="name">{name}</A>
            </td>
            <td class="mono">{format!("{from} – {to}")}</td>
            <td><Counts row /></td>
            <td class="dim">{started_by}</td>
            <td class="dim">{move || clock::at_moment(created_at.0)}</td>
            <td class="dim clip">{reason}</td>
        </tr>
    }
}

/// How many dates are done, at work and failed.
#[component]
pub(crate) fn Counts(row: Memo<BackfillRow>) -> impl IntoView {
    let share = |part: i32, total: i32| format!("{:.1}%", f64::from(part) * 100.0 / f64::from(total.max(1)));
    let width = move |part: fn(&BackfillRow) -> i32| move || row.with(|row| share(part(row), row.total));
    let words = move || row.with(|row| format!("{}/{}", row.succeeded + row.skipped, row.total));
    view! {
        <span class="row row--s" role="img" aria-label=words>
            <span class="meter meter--row">
                <i class="m-ok" style:--w=width(|row| row.succeeded + row.skipped)></i>
                <i class="m-run" style:--w=width(|row| row.running)></i>
                <i class="m-fail" style:--w=width(|row| row.failed)></i>
            </span>
            <span class="dim small">{words}</span>
        </span>
    }
}
