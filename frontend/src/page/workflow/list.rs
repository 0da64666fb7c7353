//! All workflows: when each runs, how its last runs went.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::api::client;
use crate::api::workflow::{
    IdVariables, WorkflowById, WorkflowConnection, WorkflowFilter, Workflows, WorkflowsVariables,
};
use crate::browser;
use crate::component::icon::Ic;
use crate::component::pane::{Empty, Failed, SkeletonRows};
use crate::i18n;
use crate::icon::Icon;
use crate::page::run::start::{StartDialog, Startable};
use crate::page::workflow::row::Row;
use crate::state::address::{Address, use_address};
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::{Load, Loader, debounced, load};
use crate::state::scope::{Scope, use_scope};
use crate::state::toast;
use crate::t;

/// A pause in typing after which the search is asked.
const SEARCH_MS: u32 = 250;

#[component]
pub(crate) fn WorkflowList() -> impl IntoView {
    let (address, scope) = (use_address(), use_scope());
    set_crumbs(|| vec![Crumb::area(t!(app_build)), Crumb::here(t!(workflow_title))]);
    view! {
        <div class="phead phead--line">
            <h1>{move || t!(workflow_title)}</h1>
            <div class="phead__r">
                <NewButton />
            </div>
        </div>
        <Show when=move || scope.is_known()>
            <Listed address />
        </Show>
    }
    .into_any()
}

#[component]
fn NewButton() -> impl IntoView {
    let scope = use_scope();
    move || match scope.editable_projects().is_empty() {
        false => view! {
            <A href=move || scope.href("/workflows/new") attr:class="btn btn--primary">
                <Ic icon=Icon::Plus />
                {move || t!(workflow_new)}
            </A>
        }
        .into_any(),
        true => view! {
            <button class="btn" type="button" disabled title=move || t!(access_needs_edit_any)>
                <Ic icon=Icon::Plus />
                {move || t!(workflow_new)}
            </button>
        }
        .into_any(),
    }
}

#[component]
fn Listed(address: Address) -> impl IntoView {
    let scope = use_scope();
    let loader = load(move || (asked(address, scope), i18n::lang()), |(filter, _)| page(filter, None));
    let starting = RwSignal::new(None::<Startable>);
    let run = Callback::new(move |id: cynic::Id| ask_to_start(id, starting));
    let search = debounced(SEARCH_MS, move |words: String| address.replace(&[("q", Some(words))]));
    view! {
        <div class="fbar">
            <div class="inp inp--search">
                <Ic icon=Icon::Search size="ic--s" />
                <input
                    type="search"
                    data-search
                    placeholder=move || t!(workflow_search)
                    aria-label=move || t!(workflow_search)
                    prop:value=move || address.get("q").unwrap_or_default()
                    on:input=move |event| search(browser::input_value(&event))
                />
                <kbd>"/"</kbd>
            </div>
            <button
                class="chip chip--s"
                class:chip--on=move || deleted(address)
                type="button"
                aria-pressed=move || deleted(address).to_string()
                data-filter="deleted"
                on:click=move |_| address.set(&[("deleted", (!untrack(|| deleted(address))).then(|| "1".to_owned()))])
            >
                <Ic icon=Icon::Trash size="ic--xs" />
                {move || t!(workflow_deleted_only)}
            </button>
            <span class="push dim small" role="status">
                {move || loader.ready().map(|page| t!(workflow_loaded, page.nodes.len() as i64))}
            </span>
        </div>
        <div class="scroll">
            {move || match loader.state.get() {
                Load::Failed(failure) => {
                    let title = Signal::derive(|| t!(error_load_workflows).to_owned());
                    view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
                }
                Load::Ready(page) if page.nodes.is_empty() => view! { <Nothing address /> }.into_any(),
                Load::Ready(page) => view! { <Table page=Some(page) run /> }.into_any(),
                Load::Pending => view! { <Table page=None run /> }.into_any(),
            }}
        </div>
        <Foot loader address />
        {move || {
            starting
                .get()
                .map(|startable| {
                    view! { <StartDialog startable on_close=Callback::new(move |()| starting.set(None)) /> }
                })
        }}
    }
}

/// What the address asks for.
fn asked(address: Address, scope: Scope) -> WorkflowFilter {
    WorkflowFilter {
        tenant: scope.tenant().map(|tenant| tenant.id),
        project: None,
        search: address.get("q"),
        deleted: deleted(address).then_some(true),
    }
}

/// Whether those that are deleted are shown, instead of the others.
fn deleted(address: Address) -> bool {
    address.get("deleted").is_some()
}

async fn page(
    filter: WorkflowFilter,
    after: Option<String>,
) -> Result<WorkflowConnection, crate::api::failure::Failure> {
    let variables = WorkflowsVariables { filter: Some(filter), after };
    client::send(Workflows::build(variables)).await.map(|answer| answer.workflows)
}

/// The parameters stand in the version's document, which the list does not carry.
fn ask_to_start(id: cynic::Id, starting: RwSignal<Option<Startable>>) {
    spawn_local(async move {
        match client::send(WorkflowById::build(IdVariables { id })).await {
            Ok(WorkflowById { workflow: Some(workflow) }) => {
                let _ = starting.try_set(Some(Startable {
                    title: workflow.title.unwrap_or(workflow.name),
                    workflow: workflow.id,
                    document: workflow.current_version.spec,
                    of_run: None,
                }));
            }
            Ok(_) => toast::refused(t!(error_no_workflow)),
            Err(failure) => toast::failed(&failure),
        }
    });
}

#[component]
fn Table(page: Option<WorkflowConnection>, run: Callback<cynic::Id>) -> impl IntoView {
    let loading = page.is_none();
    let rows = page.map(|page| page.nodes).unwrap_or_default();
    view! {
        <table class="tbl tbl--wf" aria-busy=loading.to_string()>
            <thead>
                <tr>
                    <th>{move || t!(workflow_name)}</th>
                    <th>{move || t!(workflow_project)}</th>
                    <th>{move || t!(workflow_runs_when)}</th>
                    <th>{move || t!(workflow_next_fire)}</th>
                    <th>{move || t!(workflow_recent)}</th>
                    <th class="num lo">{move || t!(workflow_typical)}</th>
                    <th class="lo">{move || t!(workflow_owner)}</th>
                    <th>
                        <span class="sr">{move || t!(workflow_run)}</span>
                    </th>
                    <th>{move || t!(workflow_on)}</th>
                </tr>
            </thead>
            <tbody>
                {loading.then(|| view! { <SkeletonRows columns=9 /> })}
                {rows.into_iter().map(|workflow| view! { <Row workflow on_run=run /> }).collect_view()}
            </tbody>
        </table>
    }
}

#[component]
fn Foot(loader: Loader<WorkflowConnection>, address: Address) -> impl IntoView {
    let scope = use_scope();
    let more = move || loader.state.with(|state| matches!(state, Load::Ready(page) if page.page_info.has_next_page));
    let busy = RwSignal::new(false);
    let load_more = move |_| {
        let after = loader.state.with_untracked(|state| match state {
            Load::Ready(page) => page.page_info.end_cursor.clone(),
            _ => None,
        });
        let filter = untrack(|| asked(address, scope));
        busy.set(true);
        spawn_local(async move {
            let answer = page(filter, after).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(next) => loader.update(|page| {
                    page.nodes.extend(next.nodes);
                    page.page_info = next.page_info;
                }),
                Err(failure) => toast::failed(&failure),
            }
        });
    };
    view! {
        <div class="foot">
            <span>{move || t!(workflow_bars_note)}</span>
            <Show when=more>
                <button class="btn btn--s push" type="button" disabled=move || busy.get() on:click=load_more>
                    {move || t!(app_load_more)}
                </button>
            </Show>
        </div>
    }
}

#[component]
fn Nothing(address: Address) -> impl IntoView {
    let scope = use_scope();
    move || match (address.get("q"), deleted(address)) {
        (None, true) => view! {
            <Empty
                title=Signal::derive(move || t!(workflow_deleted_none, scope.label()))
                text=Signal::derive(String::new)
            >
                <div class="row">
                    <button class="btn" type="button" on:click=move |_| address.set(&[("deleted", None)])>
                        {move || t!(workflow_to_others)}
                    </button>
                </div>
            </Empty>
        }
        .into_any(),
        (Some(search), gone) => view! {
            <Empty
                title=Signal::derive(move || {
                    if gone { t!(workflow_deleted_filtered, &search) } else { t!(workflow_filtered, &search) }
                })
                text=Signal::derive(String::new)
            >
                <div class="row">
                    <button class="btn" type="button" on:click=move |_| address.set(&[("q", None)])>
                        {move || t!(app_clear)}
                    </button>
                </div>
            </Empty>
        }
        .into_any(),
        (None, false) => view! {
            <Empty
                title=Signal::derive(move || t!(workflow_empty, scope.label()))
                text=Signal::derive(|| t!(workflow_empty_text).to_owned())
            >
                <div class="eopts">
                    <div class="eopt">
                        <Ic icon=Icon::Edit />
                        <div class="grow">
                            <h3>{move || t!(workflow_empty_write)}</h3>
                            <p class="muted">{move || t!(workflow_empty_write_text)}</p>
                        </div>
                        <NewButton />
                    </div>
                    <div class="eopt">
                        <Ic icon=Icon::Term />
                        <div class="grow">
                            <h3>{move || t!(workflow_empty_apply)}</h3>
                            <p class="muted">{move || t!(workflow_empty_apply_text)}</p>
                        </div>
                    </div>
                </div>
            </Empty>
        }
        .into_any(),
    }
}
