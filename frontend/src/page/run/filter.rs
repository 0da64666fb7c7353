//! The filters of the list of runs. All of them stand in the address.

use chrono::NaiveDate;
use cynic::QueryBuilder;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::run::{RunFilter, RunState};
use crate::api::tenant::OpenRuns;
use crate::api::{client, global_id};
use crate::browser;
use crate::component::icon::Ic;
use crate::component::state::Glyph;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::state::address::{Address, use_address};
use crate::state::scope::{Scope, use_scope};
use crate::t;
use crate::view::state;

/// The counts of open runs are asked for this often while the list is open.
const COUNT_EVERY_MS: u32 = 10_000;

/// What the address asks for.
pub(crate) fn asked(address: Address, scope: Scope) -> RunFilter {
    RunFilter {
        tenant: scope.tenant().map(|tenant| tenant.id),
        project: None,
        workflow: address.get("workflow").map(|short| global_id("workflow", &short)),
        states: chosen_states(address),
        business_date: address.get("date").and_then(|date| date.parse().ok()),
    }
}

fn chosen_states(address: Address) -> Option<Vec<RunState>> {
    let states: Vec<RunState> = address.get("state")?.split(',').filter_map(RunState::from_wire).collect();
    (!states.is_empty()).then_some(states)
}

/// Whether anything is filtered.
pub(crate) fn is_filtered(address: Address) -> bool {
    ["workflow", "state", "date"].into_iter().any(|name| address.get(name).is_some())
}

pub(crate) fn clear(address: Address) {
    address.set(&[("workflow", None), ("state", None), ("date", None)]);
}

#[component]
pub(crate) fn Filters(
    /// The title of the workflow that is filtered for, once it is known.
    #[prop(into)]
    workflow: Signal<Option<String>>,
) -> impl IntoView {
    let address = use_address();
    let counts = open_counts();
    let date = move || address.get("date").unwrap_or_default();
    view! {
        <div class="fbar" role="group" aria-label=move || t!(run_filter_state)>
            {RunState::ALL.into_iter().filter(met).map(|state| view! { <StateChip state counts /> }).collect_view()}
            <span class="fbar__r" aria-hidden="true"></span>
            <label class="chip chip--s" class:chip--on=move || !date().is_empty()>
                {move || t!(run_filter_date)}
                <input
                    type="date"
                    prop:value=date
                    on:change=move |event| {
                        let date = browser::input_value(&event).parse::<NaiveDate>().ok();
                        address.set(&[("date", date.map(|date| date.to_string()))]);
                    }
                />
            </label>
            <Show when=move || address.get("workflow").is_some()>
                <button class="chip chip--s chip--on" type="button" on:click=move |_| address.set(&[("workflow", None)])>
                    {move || t!(run_filter_workflow)}
                    <b>{move || workflow.get().or_else(|| address.get("workflow"))}</b>
                    <Ic icon=Icon::X size="ic--xs" />
                </button>
            </Show>
            <Show when=move || is_filtered(address)>
                <button class="btn btn--ghost btn--s" type="button" on:click=move |_| clear(address)>
                    {move || t!(run_clear_filters)}
                </button>
            </Show>
        </div>
    }
}

#[component]
fn StateChip(state: RunState, counts: Signal<Vec<(RunState, i64)>>) -> impl IntoView {
    let address = use_address();
    let look = state::run(state);
    let chosen = move || chosen_states(address).is_some_and(|states| states.contains(&state));
    let toggle = move |_| {
        let mut states = untrack(|| chosen_states(address)).unwrap_or_default();
        if states.contains(&state) {
            states.retain(|other| *other != state);
        } else {
            states.push(state);
        }
        let wire = states.iter().map(|state| state.wire()).collect::<Vec<_>>().join(",");
        address.set(&[("state", Some(wire))]);
    };
    let count = move || counts.get().into_iter().find(|(other, _)| *other == state).map(|(_, count)| count);
    view! {
        <button
            class=format!("chip chip--s {}", look.st())
            class:chip--on=chosen
            type="button"
            aria-pressed=move || chosen().to_string()
            data-filter=state.wire()
            on:click=toggle
        >
            <Glyph look />
            {move || look.label(lang())}
            {move || count().filter(|count| *count > 0).map(|count| view! { <b>{count}</b> })}
        </button>
    }
}

/// Open runs by state within the scope. They are few and counted by the server from its hot tables, so asking is cheap;
/// finished ones are not counted at all.
fn open_counts() -> Signal<Vec<(RunState, i64)>> {
    let scope = use_scope();
    let all = RwSignal::new(Vec::new());
    spawn_local(async move {
        loop {
            if let Ok(OpenRuns { tenants }) = client::send(OpenRuns::build(())).await
                && all.try_set(tenants.nodes).is_some()
            {
                return;
            }
            TimeoutFuture::new(COUNT_EVERY_MS).await;
            if all.is_disposed() {
                return;
            }
        }
    });
    Signal::derive(move || {
        let slug = scope.slug();
        let mut sums: Vec<(RunState, i64)> = Vec::new();
        all.with(|tenants| {
            let within = tenants.iter().filter(|tenant| slug.as_ref().is_none_or(|slug| tenant.slug == *slug));
            for count in within.flat_map(|tenant| &tenant.open_runs) {
                match sums.iter_mut().find(|(state, _)| *state == count.state) {
                    Some((_, sum)) => *sum += i64::from(count.count),
                    None => sums.push((count.state, i64::from(count.count))),
                }
            }
        });
        sums
    })
}

/// Whether a run can come to be in a state: nothing pauses, skips or asks for approval yet.
fn met(state: &RunState) -> bool {
    !matches!(state, RunState::Paused | RunState::WaitingApproval | RunState::Skipped)
}
