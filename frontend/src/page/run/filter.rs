//! The filters of the list of runs. All of them stand in the address.

use chrono::NaiveDate;
use cynic::QueryBuilder;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::run::{RunCause, RunFilter, RunState};
use crate::api::tenant::OpenRuns;
use crate::api::{client, global_id};
use crate::browser;
use crate::component::icon::Ic;
use crate::component::menu::Menu;
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
    let date = |name: &str| address.get(name).and_then(|date| date.parse::<NaiveDate>().ok());
    // With an end the one date is the beginning of a range.
    let (one, from, to) = match (date("date"), date("to")) {
        (Some(from), Some(to)) => (None, Some(from.min(to)), Some(from.max(to))),
        (one, to) => (one.or(to), None, None),
    };
    RunFilter {
        tenant: scope.tenant().map(|tenant| tenant.id),
        project: None,
        workflow: address.get("workflow").map(|short| global_id("workflow", &short)),
        states: chosen_states(address),
        business_date: one,
        business_date_from: from,
        business_date_to: to,
        causes: chosen_causes(address),
        started_by: address.get("by"),
    }
}

fn chosen_states(address: Address) -> Option<Vec<RunState>> {
    let states: Vec<RunState> = address.get("state")?.split(',').filter_map(RunState::from_wire).collect();
    (!states.is_empty()).then_some(states)
}

fn chosen_causes(address: Address) -> Option<Vec<RunCause>> {
    let causes: Vec<RunCause> = address.get("cause")?.split(',').filter_map(RunCause::from_wire).collect();
    (!causes.is_empty()).then_some(causes)
}

/// The parameters of the address that filter.
pub(crate) const NAMES: [&str; 6] = ["workflow", "state", "date", "to", "cause", "by"];

/// Whether anything is filtered.
pub(crate) fn is_filtered(address: Address) -> bool {
    NAMES.into_iter().any(|name| address.get(name).is_some())
}

pub(crate) fn clear(address: Address) {
    address.set(&NAMES.map(|name| (name, None)));
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
    let to = move || address.get("to").unwrap_or_default();
    view! {
        <div class="fbar fbar--wrap" role="group" aria-label=move || t!(run_filter_state)>
            {RunState::ALL.into_iter().map(|state| view! { <StateChip state counts /> }).collect_view()}
            <span class="fbar__r" aria-hidden="true"></span>
            <label class="chip chip--s" class:chip--on=move || !date().is_empty()>
                {move || t!(run_filter_date)}
                <input
                    type="date"
                    prop:value=date
                    on:change=move |event| {
                        let date = browser::input_value(&event).parse::<NaiveDate>().ok();
                        let end = date.and(address.get("to"));
                        address.set(&[("date", date.map(|date| date.to_string())), ("to", end)]);
                    }
                />
                <Show when=move || !date().is_empty()>
                    "–"
                    <input
                        type="date"
                        aria-label=move || t!(run_filter_to)
                        title=move || t!(run_filter_to)
                        prop:value=to
                        on:change=move |event| {
                            let to = browser::input_value(&event).parse::<NaiveDate>().ok();
                            address.set(&[("to", to.map(|to| to.to_string()))]);
                        }
                    />
                </Show>
            </label>
            <CauseChip />
            <label class="chip chip--s" class:chip--on=move || address.get("by").is_some()>
                {move || t!(run_filter_by)}
                <input
                    class="chip__in"
                    data-filter="by"
                    prop:value=move || address.get("by").unwrap_or_default()
                    on:change=move |event| {
                        let name = browser::input_value(&event).trim().to_owned();
                        address.set(&[("by", Some(name))]);
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
fn CauseChip() -> impl IntoView {
    let address = use_address();
    let toggle = move |cause: RunCause| {
        let mut causes = untrack(|| chosen_causes(address)).unwrap_or_default();
        if causes.contains(&cause) {
            causes.retain(|other| *other != cause);
        } else {
            causes.push(cause);
        }
        let wire = causes.iter().map(|cause| cause.wire()).collect::<Vec<_>>().join(",");
        address.set(&[("cause", Some(wire))]);
    };
    let button = move || {
        let words = move || {
            let causes = chosen_causes(address)?;
            Some(causes.into_iter().map(|cause| state::cause(cause, lang()).1).collect::<Vec<_>>().join(", "))
        };
        view! {
            {move || t!(run_trigger)}
            {move || words().map(|words| view! { <b>{words}</b> })}
            <Ic icon=Icon::Down size="ic--xs" />
        }
    };
    let entry = move |cause: RunCause| {
        let on = move || chosen_causes(address).is_some_and(|causes| causes.contains(&cause));
        view! {
            <button
                type="button"
                role="menuitemcheckbox"
                aria-checked=move || on().to_string()
                data-cause=cause.wire()
                on:click=move |_| toggle(cause)
            >
                <span class="menu__c">{move || on().then(|| view! { <Ic icon=Icon::Check size="ic--s" /> })}</span>
                {move || state::cause(cause, lang()).1}
            </button>
        }
    };
    view! {
        <span class="chipmenu" class:chipmenu--on=move || address.get("cause").is_some()>
            <Menu button=button.into() label=Signal::derive(|| t!(run_trigger).to_owned()) button_class="chip chip--s">
                {RunCause::ALL.into_iter().map(entry).collect_view()}
            </Menu>
        </span>
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
