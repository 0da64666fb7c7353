//! One run: its head and facts, the live graph, the time line, and the chosen task beside it.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::run::RunDetail;
use crate::api::task::TaskRun;
use crate::api::{global_id, run_number, short_id};
use crate::component::canvas::{Canvas, NodeFace};
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::component::tabs::{Tab, Tabs};
use crate::i18n::{self, lang};
use crate::page::run::act::{self, Acts};
use crate::page::run::facts::{Facts, Head, Params, Trouble};
use crate::page::run::panel::Panel;
use crate::page::run::tasks::Tasks;
use crate::page::run::timeline::{self, Timeline};
use crate::state::address::{Address, use_address};
use crate::state::clock;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::live_run::{self, LiveRun};
use crate::state::load::{Load, load};
use crate::state::scope::use_scope;
use crate::t;
use crate::view::state;

#[component]
pub(crate) fn RunPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("run").unwrap_or_default());
    // Sentences of the server come in the chosen language, so a change of it asks again.
    let loader = load(move || (id.get(), i18n::lang()), |(id, _)| live_run::fetch(global_id("run", &id)));
    let scope = use_scope();
    set_crumbs(move || {
        let list = Crumb::link(t!(run_title), scope.href("/runs"));
        match loader.ready().flatten() {
            Some(detail) => {
                let row = &detail.row;
                let title = row.workflow.title.clone().unwrap_or_else(|| row.workflow.name.clone());
                let workflow = scope.href(&format!("/workflows/{}", short_id(&row.workflow.id)));
                vec![
                    Crumb::area(t!(app_operate)),
                    list,
                    Crumb::link(title, workflow),
                    Crumb::here(format!("T {}", row.business_date)),
                ]
            }
            None => vec![Crumb::area(t!(app_operate)), list, Crumb::here(id.get())],
        }
    });
    move || match loader.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(error_load_run).to_owned());
            view! { <Failed title failure on_retry=Callback::new(move |()| loader.reload()) /> }.into_any()
        }
        Load::Ready(None) => view! {
            <Empty
                title=Signal::derive(|| t!(error_no_run).to_owned())
                text=Signal::derive(|| t!(error_no_run_text).to_owned())
            >
                <div class="row">
                    <leptos_router::components::A href=move || scope.href("/runs") attr:class="btn btn--primary">
                        {move || t!(app_to_runs)}
                    </leptos_router::components::A>
                </div>
            </Empty>
        }
        .into_any(),
        Load::Ready(Some(detail)) => view! { <Live detail /> }.into_any(),
    }
}

#[component]
fn Live(detail: RunDetail) -> impl IntoView {
    let run = LiveRun::follow(detail);
    let address = use_address();
    let acts = act::provide_acts(run);
    let tab = Signal::derive(move || address.get("tab").unwrap_or_else(|| "timeline".to_owned()));
    let first = run.telling_task();
    let selected = Signal::derive(move || address.get("task").or_else(|| first.clone()));
    let open = RwSignal::new(true);
    let select = Callback::new(move |task: String| {
        open.set(true);
        address.set(&[("task", Some(task))]);
    });
    let tabs = move || {
        view! { <RunTabs run tab address /> }
    };
    view! {
        <Head run />
        <Facts run />
        <Trouble run select />
        <Show
            when=move || tab.with(|tab| tab == "timeline")
            fallback=move || {
                view! {
                    {tabs()}
                    <div class="scroll">
                        {move || match tab.get().as_str() {
                            "params" => view! { <Params run /> }.into_any(),
                            _ => view! { <Tasks run /> }.into_any(),
                        }}
                    </div>
                }
            }
        >
            <div class="runsplit" class:runsplit--one=move || !open.get()>
                <div class="col runsplit__l">
                    <section class="pane rdag" aria-label=move || t!(run_graph)>
                        <RunGraph run selected select />
                    </section>
                    <section class="pane pane--t rgantt">
                        {tabs()}
                        <Timeline run selected select />
                    </section>
                </div>
                <Show when=move || open.get()>
                    <Panel run selected on_close=Callback::new(move |()| open.set(false)) />
                </Show>
            </div>
        </Show>
        <Acts acts />
    }
}

#[component]
fn RunTabs(run: LiveRun, tab: Signal<String>, address: Address) -> impl IntoView {
    let count = run.tasks().len() as i64;
    let params = run.basis.with_value(|basis| basis.params.as_object().map_or(0, serde_json::Map::len)) as i64;
    let tabs = vec![
        Tab::new("timeline", || t!(run_timeline)),
        Tab::new("tasks", || t!(run_tasks)).count(move || Some(count)),
        Tab::new("params", || t!(run_params)).count(move || Some(params)),
    ];
    let choose = Callback::new(move |key: &'static str| {
        address.set(&[("tab", (key != "timeline").then(|| key.to_owned()))]);
    });
    view! { <Tabs tabs chosen=tab on_choose=choose label=Signal::derive(move || run.row.with(|row| run_number(&row.id).to_owned())) /> }
}

#[component]
fn RunGraph(run: LiveRun, selected: Signal<Option<String>>, select: Callback<String>) -> impl IntoView {
    let task = move |index: usize| {
        let ordinal = run.drawing.with_value(|drawing| drawing.nodes.get(index).map(|node| node.task.ordinal));
        ordinal.and_then(|ordinal| run.task(ordinal))
    };
    let needs = move |index: usize| {
        run.drawing
            .with_value(|drawing| drawing.nodes.get(index).map(|node| node.task.needs.clone()))
            .unwrap_or_default()
    };
    let face = Callback::new(move |index: usize| match task(index) {
        Some(task) => {
            task.with(|task| NodeFace { look: Some(state::task(task.state)), detail: detail(task, &needs(index)) })
        }
        None => NodeFace { look: None, detail: String::new() },
    });
    let edge_state = Callback::new(move |index: usize| task(index).map(|task| task.with(|task| task.state)));
    view! { <Canvas drawing=run.drawing face edge_state selected on_select=select /> }
}

/// The second line of a node: when and how long, or what it waits for.
fn detail(task: &TaskRun, needs: &[String]) -> String {
    use crate::api::task::TaskState::*;
    let at = |instant: Option<crate::api::scalar::Instant>| {
        instant.map_or_else(String::new, |at| crate::format::clock(at.0, crate::browser::offset_min(at.0)))
    };
    let took = || timeline::took_words(task);
    match task.state {
        Succeeded if task.started_at.is_some() => t!(run_at_done, at(task.started_at), took()),
        Running | Claimed if task.started_at.is_some() => t!(run_at_running, at(task.started_at), took()),
        Failed | TimedOut => match task.exit_code {
            Some(code) => t!(run_at_failed_exit, code, at(task.finished_at), task.attempt),
            None => t!(run_at_failed, task.attempt, at(task.finished_at)),
        },
        RetryWait => t!(run_at_retry, task.retry_at.map_or_else(String::new, |at| clock::at_secs(at.0))),
        Ready => match task.ready_at {
            Some(ready) => t!(run_at_queued, crate::format::duration(clock::now() - ready.0)),
            None => state::task(task.state).label(lang()).to_owned(),
        },
        Pending if task.reason.is_none() && !needs.is_empty() => t!(run_node_needs, needs.join(", ")),
        Pending if task.reason.is_none() => t!(run_node_first).to_owned(),
        _ => task.reason.clone().unwrap_or_else(|| state::task(task.state).label(lang()).to_owned()),
    }
}
