//! One run: its head and facts, the live graph, the time line, and the chosen task beside it.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::run::RunDetail;
use crate::api::{global_id, run_number, short_id};
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::component::tabs::{Tab, Tabs};
use crate::i18n;
use crate::page::run::act::{self, Acts};
use crate::page::run::buttons;
use crate::page::run::compare::Compare;
use crate::page::run::events::Events;
use crate::page::run::facts::{Facts, Head};
use crate::page::run::graph::RunGraph;
use crate::page::run::panel::Panel;
use crate::page::run::related::Related;
use crate::page::run::tasks::Tasks;
use crate::page::run::timeline::Timeline;
use crate::page::run::trouble::Trouble;
use crate::page::run::values::{Outputs, Params};
use crate::state::address::{Address, use_address};
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::live_run::{self, LiveRun};
use crate::state::load::{Load, load};
use crate::state::scope::use_scope;
use crate::t;

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
    let chosen = Signal::from(Memo::new(move |_| selected.with(|name| run.task_named(name.as_ref()?))));
    let open = RwSignal::new(true);
    let select = Callback::new(move |task: String| {
        open.set(true);
        address.set(&[("task", Some(task)), ("item", None), ("panel", None)]);
    });
    buttons::listen(run, acts, chosen);
    let tabs = move || {
        view! { <RunTabs run tab address /> }
    };
    view! {
        <Head run chosen />
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
                            "outputs" => view! { <Outputs run /> }.into_any(),
                            "events" => view! { <Events run /> }.into_any(),
                            "related" => view! { <Related run /> }.into_any(),
                            "compare" => view! { <Compare run /> }.into_any(),
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
                    <Panel run selected=chosen on_close=Callback::new(move |()| open.set(false)) />
                </Show>
            </div>
        </Show>
        <Acts acts />
    }
}

#[component]
fn RunTabs(run: LiveRun, tab: Signal<String>, address: Address) -> impl IntoView {
    let count = run.tasks().len() as i64;
    let entries = |value: &serde_json::Value| value.as_object().map_or(0, serde_json::Map::len) as i64;
    let params = move || run.now.with(|now| entries(&now.params));
    let outputs = move || run.now.with(|now| now.outputs.as_ref().map(entries));
    let tabs = vec![
        Tab::new("timeline", || t!(run_timeline)),
        Tab::new("tasks", || t!(run_tasks)).count(move || Some(count)),
        Tab::new("params", || t!(run_params)).count(move || Some(params())),
        Tab::new("outputs", || t!(run_outputs)).count(outputs),
        Tab::new("events", || t!(run_events)),
        Tab::new("compare", || t!(run_compare)),
        Tab::new("related", || t!(run_related)),
    ];
    let choose = Callback::new(move |key: &'static str| {
        address.set(&[("tab", (key != "timeline").then(|| key.to_owned()))]);
    });
    view! { <Tabs tabs chosen=tab on_choose=choose label=Signal::derive(move || run.row.with(|row| run_number(&row.id).to_owned())) /> }
}
