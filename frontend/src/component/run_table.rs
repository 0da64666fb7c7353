//! Runs as a table: the list of all runs, and those of one workflow.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

use crate::api::run::RunRow;
use crate::api::{run_number, short_id};
use crate::browser;
use crate::component::icon::Ic;
use crate::component::pane::SkeletonRows;
use crate::component::state::{Progress, StateText};
use crate::format;
use crate::i18n::lang;
use crate::page::run::facts::Badges;
use crate::state::clock;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::state;

/// A run of the list, followed by itself: a change repaints its row only.
pub(crate) type RunSignal = RwSignal<RunRow>;

#[component]
pub(crate) fn RunTable(
    #[prop(into)] runs: Signal<Vec<RunSignal>>,
    #[prop(into)] loading: Signal<bool>,
    /// Whether rows name their workflow.
    #[prop(into)]
    with_workflow: Signal<bool>,
    #[prop(into)] with_tenant: Signal<bool>,
    /// The rows that are chosen, by id, where rows can be.
    #[prop(default = None)]
    chosen: Option<RwSignal<BTreeSet<String>>>,
) -> impl IntoView {
    let columns =
        move || 8 + usize::from(chosen.is_some()) + usize::from(with_workflow.get()) + usize::from(with_tenant.get());
    view! {
        <table class="tbl tbl--m tbl--runs" aria-busy=move || loading.get().to_string()>
            <thead>
                <tr>
                    {chosen.map(|chosen| view! { <th class="col-ck"><ChooseAll runs chosen /></th> })}
                    <th>{move || t!(run_state)}</th>
                    <Show when=move || with_workflow.get()>
                        <th>{move || t!(run_workflow)}</th>
                    </Show>
                    <Show when=move || with_tenant.get()>
                        <th class="lo">{move || t!(run_tenant)}</th>
                    </Show>
                    <th>{move || t!(run_business_date)}</th>
                    <th>{move || t!(run_run)}</th>
                    <th>{move || t!(run_trigger)}</th>
                    <th class="num">{move || t!(run_started)}</th>
                    <th class="num">{move || t!(run_duration)}</th>
                    <th>{move || t!(run_tasks)}</th>
                    <th class="num">{move || t!(run_version)}</th>
                </tr>
            </thead>
            <tbody>
                <Show when=move || loading.get() && runs.with(Vec::is_empty)>
                    <SkeletonRows columns=columns() />
                </Show>
                <For each=move || runs.get() key=|run| run.with_untracked(|run| run.id.inner().to_owned()) let:run>
                    <Row run with_workflow with_tenant chosen />
                </For>
            </tbody>
        </table>
    }
}

#[component]
fn Row(
    run: RunSignal,
    with_workflow: Signal<bool>,
    with_tenant: Signal<bool>,
    chosen: Option<RwSignal<BTreeSet<String>>>,
) -> impl IntoView {
    let scope = use_scope();
    let (id, short) = run.with_untracked(|run| (run.id.inner().to_owned(), short_id(&run.id).to_owned()));
    let path = format!("/runs/{short}");
    let href = {
        let path = path.clone();
        Signal::derive(move || scope.href(&path))
    };
    let navigate = use_navigate();
    let open = move |event: leptos::ev::MouseEvent| {
        // Links and their new tabs work by themselves; so does selecting text.
        if !browser::lies_in(event.target(), "a, button, input, label") && !event.ctrl_key() && !event.meta_key() {
            navigate(&href.get_untracked(), leptos_router::NavigateOptions::default());
        }
    };
    let look = Memo::new(move |_| run.with(|run| run.state));
    let number = run.with_untracked(|run| run_number(&run.id).to_owned());
    let (kept, sought) = (id.clone(), id.clone());
    let is_chosen = move || chosen.is_some_and(|chosen| chosen.with(|chosen| chosen.contains(&sought)));
    view! {
        <tr class="is-link" class:is-sel=is_chosen data-run=id on:click=open>
            {chosen.map(|chosen| view! { <td class="col-ck"><Choose id=kept.clone() chosen /></td> })}
            <td title=move || run.with(|run| run.reason.clone())>
                <span class="row row--s">
                    {move || view! { <StateText look=state::run(look.get()) /> }}
                    <Badges run />
                </span>
            </td>
            <Show when=move || with_workflow.get()>
                <td>
                    <A href=move || href.get() attr:class="name">
                        {move || run.with(|run| run.workflow.title.clone().unwrap_or_else(|| run.workflow.name.clone()))}
                    </A>
                    " "
                    <span class="slug">{move || run.with(|run| run.workflow.name.clone())}</span>
                </td>
            </Show>
            <Show when=move || with_tenant.get()>
                <td class="lo">{move || run.with(|run| run.tenant.title.clone())}</td>
            </Show>
            <td>{move || run.with(|run| run.business_date.to_string())}</td>
            <td class="mono muted">
                <A href=move || href.get() attr:title=short>{number}</A>
            </td>
            <td>
                <Trigger run />
            </td>
            <td class="num" title=move || run.with(|run| run.started_at.map(|at| clock::at_full(at.0)))>
                {move || run.with(|run| run.started_at.map_or_else(|| "–".to_owned(), |at| started(at.0)))}
            </td>
            <td class="num">
                <Elapsed run=run />
            </td>
            <td>
                <Progress run=run />
            </td>
            <td class="num dim">{move || run.with(|run| format!("v{}", run.version.number))}</td>
        </tr>
    }
}

/// What began a run, and who.
#[component]
fn Trigger(run: RunSignal) -> impl IntoView {
    view! {
        <span class="row row--s muted">
            {move || {
                let (icon, word) = state::cause(run.with(|run| run.cause), lang());
                let who = run.with(|run| run.schedule_name.clone().or_else(|| run.started_by.clone()));
                view! {
                    <Ic icon size="ic--s" />
                    <span title=who.clone()>{word}</span>
                    <span class="dim lo">{who}</span>
                }
            }}
        </span>
    }
}

/// A row's check box.
#[component]
fn Choose(id: String, chosen: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let (sought, toggled) = (id.clone(), id);
    view! {
        <input
            type="checkbox"
            aria-label=move || t!(run_choose)
            prop:checked=move || chosen.with(|chosen| chosen.contains(&sought))
            on:change=move |event| {
                let on = event_target_checked(&event);
                chosen.update(|chosen| {
                    chosen.remove(&toggled);
                    if on {
                        chosen.insert(toggled.clone());
                    }
                });
            }
        />
    }
}

/// The check box of all rows that are shown.
#[component]
fn ChooseAll(runs: Signal<Vec<RunSignal>>, chosen: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let ids = move || {
        runs.with(|runs| {
            runs.iter().map(|run| run.with_untracked(|run| run.id.inner().to_owned())).collect::<BTreeSet<_>>()
        })
    };
    let all = Memo::new(move |_| {
        let ids = ids();
        !ids.is_empty() && chosen.with(|chosen| ids.is_subset(chosen))
    });
    view! {
        <input
            type="checkbox"
            data-choose-all
            aria-label=move || t!(run_choose_all)
            prop:checked=move || all.get()
            on:change=move |event| {
                let on = event_target_checked(&event);
                chosen.set(if on { untrack(ids) } else { BTreeSet::new() });
            }
        />
    }
}

/// To the second today, to the minute before.
fn started(ms: i64) -> String {
    let now = browser::server_now_ms();
    let today =
        format::civil(ms, browser::offset_min(ms)).date() == format::civil(now, browser::offset_min(now)).date();
    // Follows the language through the weekday's name.
    if today { clock::at_secs(ms) } else { clock::at_moment(ms) }
}

/// How long a run took, or has taken so far.
#[component]
pub(crate) fn Elapsed(run: RunSignal) -> impl IntoView {
    move || {
        run.with(|run| match (run.started_at, run.finished_at) {
            (Some(start), Some(end)) => format::duration(end.0 - start.0),
            (Some(start), None) if !run.state.is_final() => format::duration(clock::now() - start.0),
            _ => "–".to_owned(),
        })
    }
}
