//! One workflow: graph, document, runs, versions.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

use crate::api::client;
use crate::api::run::RunFilter;
use crate::api::session::Permission;
use crate::api::workflow::{IdVariables, Schedule, ScheduleState, Workflow, WorkflowById, WorkflowSwitch};
use crate::api::{global_id, short_id};
use crate::browser;
use crate::component::icon::Ic;
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::component::tabs::{Tab, Tabs};
use crate::i18n::{self, lang};
use crate::icon::Icon;
use crate::page::run::feed;
use crate::page::run::list::RunFeedView;
use crate::page::run::start::{StartDialog, Startable};
use crate::page::workflow::document::Document;
use crate::page::workflow::draft::Draft;
use crate::page::workflow::graph::WorkflowGraph;
use crate::page::workflow::refresh;
use crate::page::workflow::removal::{Deleted, More, Removal};
use crate::page::workflow::row::Owner;
use crate::page::workflow::schedule::ScheduleTab;
use crate::page::workflow::switch::EnabledSwitch;
use crate::page::workflow::versions::VersionList;
use crate::preview;
use crate::state::address::use_address;
use crate::state::calendars::use_calendars;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::{Load, Loader, load};
use crate::state::scope::use_scope;
use crate::t;
use crate::view::schedule::clock;

#[component]
pub(crate) fn WorkflowPage() -> impl IntoView {
    let params = use_params_map();
    let scope = use_scope();
    let short = Memo::new(move |_| params.read().get("workflow").unwrap_or_default());
    let loader = load(
        move || short.get(),
        |short| async move {
            let id = global_id("workflow", &short);
            client::send(WorkflowById::build(IdVariables { id })).await.map(|answer| answer.workflow)
        },
    );
    set_crumbs(move || {
        let list = Crumb::link(t!(workflow_title), scope.href("/workflows"));
        let here = loader.ready().flatten().map_or_else(|| short.get(), |it| it.title.unwrap_or(it.name));
        vec![Crumb::area(t!(app_build)), list, Crumb::here(here)]
    });
    move || match loader.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(error_load_workflow).to_owned());
            view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
        }
        Load::Ready(None) => view! {
            <Empty
                title=Signal::derive(|| t!(error_no_workflow).to_owned())
                text=Signal::derive(|| t!(error_no_run_text).to_owned())
            >
                <div class="row">
                    <A href=move || scope.href("/workflows") attr:class="btn btn--primary">
                        {move || t!(app_to_workflows)}
                    </A>
                </div>
            </Empty>
        }
        .into_any(),
        Load::Ready(Some(workflow)) => view! { <Loaded workflow loader /> }.into_any(),
    }
}

#[component]
fn Loaded(workflow: Workflow, loader: Loader<Option<Workflow>>) -> impl IntoView {
    let address = use_address();
    let tab = Memo::new(move |_| address.get("tab").unwrap_or_else(|| "graph".to_owned()));
    let draft = Draft::of(&workflow);
    let starting = RwSignal::new(false);
    let workflow = StoredValue::new(workflow);
    let schedules = RwSignal::new(workflow.with_value(|it| it.schedules.clone()));
    let edit = Callback::new(move |source: String| {
        draft.propose(source);
        address.set(&[("tab", Some("yaml".to_owned())), ("version", None)]);
    });
    let saved = Callback::new(move |workflow: Workflow| loader.state.set(Load::Ready(Some(workflow))));
    let editor = workflow.with_value(|it| it.viewer_can.contains(&Permission::WorkflowEdit));
    let is_there = workflow.with_value(|it| it.deleted_at.is_none());
    let (may_edit, may_restore) = (editor && is_there, editor && !is_there);
    let removing = RwSignal::new(false);
    let remove = Callback::new(move |()| removing.set(true));
    let startable = move || {
        workflow.with_value(|it| Startable {
            workflow: it.id.clone(),
            title: it.title.clone().unwrap_or_else(|| it.name.clone()),
            document: it.current_version.spec.clone(),
            of_run: None,
        })
    };
    refresh::follow(workflow.with_value(|it| it.id.clone()), schedules);
    view! {
        <Deleted workflow=workflow.get_value() may_restore on_restore=remove />
        <Head
            workflow=workflow.get_value()
            schedules
            tab
            on_run=Callback::new(move |()| starting.set(true))
            on_delete=may_edit.then_some(remove)
        />
        <Facts workflow=workflow.get_value() schedules />
        {move || {
            let it = workflow.get_value();
            match tab.get().as_str() {
                "yaml" => view! { <Document draft may_edit tenant=it.tenant.title saved /> }.into_any(),
                "schedule" => view! { <ScheduleTab workflow=it draft may_edit saved /> }.into_any(),
                "runs" => view! { <Runs workflow=it.id /> }.into_any(),
                "versions" => view! {
                    <VersionList
                        workflow=it.id
                        current=it.current_version.number
                        may_edit
                        on_edit=edit
                    />
                }
                .into_any(),
                _ => view! { <WorkflowGraph version=it.current_version /> }.into_any(),
            }
        }}
        <Show when=move || starting.get()>
            <StartDialog startable=startable() on_close=Callback::new(move |()| starting.set(false)) />
        </Show>
        <Show when=move || removing.get()>
            <Removal
                workflow=workflow.get_value()
                on_close=Callback::new(move |()| removing.set(false))
                on_done=saved
            />
        </Show>
    }
}

#[component]
fn Head(
    workflow: Workflow,
    schedules: RwSignal<Vec<Schedule>>,
    tab: Memo<String>,
    on_run: Callback<()>,
    /// For those who may delete it.
    on_delete: Option<Callback<()>>,
) -> impl IntoView {
    let address = use_address();
    let Workflow { id, name, title, tenant, enabled, viewer_can, deleted_at, .. } = workflow;
    let there = deleted_at.is_none();
    let title = title.unwrap_or_else(|| name.clone());
    let tabs = vec![
        Tab::new("graph", || t!(workflow_tab_graph)),
        Tab::new("yaml", || t!(workflow_tab_yaml)),
        Tab::new("schedule", || t!(schedule_tab))
            .count(move || Some(schedules.with(Vec::len) as i64).filter(|count| *count > 0)),
        Tab::new("runs", || t!(workflow_tab_runs)),
        Tab::new("versions", || t!(workflow_tab_versions)),
    ];
    let choose = Callback::new(move |key: &'static str| {
        address.set(&[("tab", (key != "graph").then(|| key.to_owned())), ("task", None), ("version", None)]);
    });
    let may_start = there && viewer_can.contains(&Permission::RunStart);
    let tenant_title = tenant.title.clone();
    let needs = move || (!may_start).then(|| t!(access_needs_start, &tenant_title));
    let switched = Callback::new(move |switch: WorkflowSwitch| schedules.set(switch.schedules));
    let label = title.clone();
    let scope = use_scope();
    let backfill = format!("/backfills/new?workflow={}", short_id(&id));
    view! {
        <div class="phead edhead">
            <h1 class="clip">{title.clone()}</h1>
            <span class="slug">{name}</span>
            <EnabledSwitch
                workflow=id
                name=title
                tenant=tenant.title
                may=there && viewer_can.contains(&Permission::WorkflowEdit)
                enabled=RwSignal::new(enabled)
                on_switched=switched
            />
            <Tabs tabs chosen=tab on_choose=choose class="tabs--bare" label=Signal::stored(label) />
            <div class="phead__r">
                {may_start
                    .then(|| {
                        view! {
                            <A href=move || scope.href(&backfill) attr:class="btn" attr:data-act="backfill">
                                <Ic icon=Icon::Sync />
                                {move || t!(backfill_of_workflow)}
                            </A>
                        }
                    })}
                <button class="btn btn--primary" type="button" data-act="run" disabled=!may_start title=needs on:click=move |_| on_run.run(())>
                    <Ic icon=Icon::Play />
                    {move || t!(workflow_run)}
                </button>
                {on_delete.map(|on_delete| view! { <More on_delete /> })}
            </div>
        </div>
    }
}

#[component]
fn Facts(workflow: Workflow, schedules: RwSignal<Vec<Schedule>>) -> impl IntoView {
    let Workflow { project, tenant, owner, tags, current_version, .. } = workflow;
    let tenant_id = tenant.id.clone();
    view! {
        <dl class="facts">
            <div>
                <dt>{move || t!(workflow_project)}</dt>
                <dd>{format!("{} / {}", tenant.title, project.title)}</dd>
            </div>
            <div>
                <dt>{move || t!(run_version)}</dt>
                <dd>{format!("v{}", current_version.number)}</dd>
            </div>
            {move || match schedules.get() {
                all if all.is_empty() => view! {
                    <div>
                        <dt>{move || t!(workflow_schedule)}</dt>
                        <dd>{move || t!(workflow_no_schedules)}</dd>
                    </div>
                }
                .into_any(),
                all => {
                    let tenant = StoredValue::new(tenant_id.clone());
                    let fact = |schedule| view! { <ScheduleFact schedule tenant=tenant.get_value() /> };
                    all.into_iter().map(fact).collect_view().into_any()
                }
            }}
            {owner.map(|owner| {
                view! {
                    <div class="lo">
                        <dt>{move || t!(workflow_owner)}</dt>
                        <dd><Owner owner /></dd>
                    </div>
                }
            })}
            {(!tags.is_empty()).then(|| {
                view! {
                    <div class="lo">
                        <dt>{move || t!(workflow_tags)}</dt>
                        <dd class="row row--s">{tags.into_iter().map(|tag| view! { <span class="tag">{tag}</span> }).collect_view()}</dd>
                    </div>
                }
            })}
        </dl>
    }
}

/// So many days before a calendar ends its schedules say so: the first of the server's alarms.
const FIRST_ALARM_DAYS: i32 = 60;

#[component]
fn ScheduleFact(schedule: Schedule, tenant: cynic::Id) -> impl IntoView {
    let Schedule { name, spec, timezone, state, reason, next_fire_at, .. } = schedule;
    let why = reason.clone();
    let (book, rule) = (use_calendars(), spec.clone());
    // Shown from the first alarm on; until then nobody need think of it.
    let soon = move || {
        let (until, days_left) = preview::horizon(&rule, &book.calendars(Some(&tenant)), browser::server_now_ms())?;
        (days_left <= FIRST_ALARM_DAYS).then(|| until.to_string())
    };
    view! {
        <div title=why>
            <dt>
                {name} " · " {timezone.clone()}
            </dt>
            <dd>
                {move || preview::schedule_words(&spec, lang())}
                {move || match (next_fire_at, state) {
                    (Some(at), ScheduleState::Active) => {
                        view! { <span class="dim">" → " {clock::moment(at.0, browser::server_now_ms(), &timezone, None, lang())}</span> }.into_any()
                    }
                    (_, ScheduleState::Held) => {
                        view! { " " <span class="st st--hold small">{t!(workflow_held)}</span> }.into_any()
                    }
                    _ => view! { <span class="dim">" " {t!(workflow_off_since)}</span> }.into_any(),
                }}
                {move || soon().map(|until| {
                    view! {
                        " "
                        <span class="tag tag--risk" title=move || t!(workflow_known_until_hint)>
                            {move || t!(workflow_known_until, &until)}
                        </span>
                    }
                })}
            </dd>
        </div>
    }
}

#[component]
fn Runs(workflow: cynic::Id) -> impl IntoView {
    let short = short_id(&workflow).to_owned();
    let feed = feed::follow(move || {
        i18n::lang();
        RunFilter { workflow: Some(global_id("workflow", &short)), ..RunFilter::default() }
    });
    view! {
        <RunFeedView feed with_workflow=false>
            <Empty
                title=Signal::derive(|| t!(workflow_run_empty).to_owned())
                text=Signal::derive(|| t!(run_empty_text).to_owned())
            />
        </RunFeedView>
    }
}
