//! The chosen task beside the graph: why it waits, its items, its log, its attempts, its command.

use cynic::QueryBuilder;
use gloo_timers::future::TimeoutFuture;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::failure::Failure;
use crate::api::operate::ApprovalDecision;
use crate::api::task::{ItemById, TaskNow, TaskRun, TaskVariables, TaskWaits};
use crate::api::{client, global_id, short_id};
use crate::component::icon::Ic;
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::component::state::StateText;
use crate::component::tabs::{Tab, Tabs};
use crate::i18n;
use crate::icon::Icon;
use crate::page::run::act::{Act, Target, use_acts};
use crate::page::run::attempts::Attempts;
use crate::page::run::buttons::TaskMenu;
use crate::page::run::command::Command;
use crate::page::run::items::Items;
use crate::page::run::task_log::TaskLog;
use crate::page::run::waits::Reasons;
use crate::preview::plain;
use crate::state::address::use_address;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::t;
use crate::view::state::{self, Look};

/// A task that waits is asked about anew this often: what it waits for may move without it.
const LOOK_EVERY_MS: u32 = 10_000;

#[component]
pub(crate) fn Panel(
    run: LiveRun,
    #[prop(into)] selected: Signal<Option<RwSignal<TaskRun>>>,
    on_close: Callback<()>,
) -> impl IntoView {
    let address = use_address();
    let item = Memo::new(move |_| address.get("item").and_then(|ordinal| ordinal.parse::<i32>().ok()));
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !crate::browser::is_typing(event.target()) {
            match item.get_untracked() {
                Some(_) => address.set(&[("item", None)]),
                None => on_close.run(()),
            }
        }
    };
    view! {
        <section class="pane pane--l rlog" aria-label=move || t!(run_panel) on:keydown=keys>
            {move || match (selected.get(), item.get()) {
                (Some(task), Some(ordinal)) => view! { <Item run task ordinal on_close /> }.into_any(),
                (Some(task), None) => view! { <Chosen run task item=None on_close /> }.into_any(),
                (None, _) => view! { <p class="hint rlog__hint">{move || t!(run_pick_task)}</p> }.into_any(),
            }}
        </section>
    }
}

/// An item of the chosen task. Items are not followed one by one: this one is asked for again when its task changes.
#[component]
fn Item(run: LiveRun, task: RwSignal<TaskRun>, ordinal: i32, on_close: Callback<()>) -> impl IntoView {
    let short = run.row.with_untracked(|row| short_id(&row.id).to_owned());
    let id = global_id("taskRun", &format!("{short}.{ordinal}"));
    let found = RwSignal::new(None::<RwSignal<TaskRun>>);
    // Why there is nothing to show: it could not be loaded, or there is none.
    let (failure, missing) = (RwSignal::new(None::<Failure>), RwSignal::new(false));
    let words = RwSignal::new(String::new());
    let round = RwSignal::new(0_u32);
    Effect::new(move |_| {
        task.track();
        round.track();
        i18n::lang();
        if found.with_untracked(|found| found.is_some_and(|item| item.with_untracked(|item| item.state.is_final()))) {
            return;
        }
        let variables = TaskVariables { id: id.clone() };
        spawn_local(async move {
            let item = match client::send(ItemById::build(variables)).await.map(|answer| answer.task_run) {
                Ok(Some(item)) => item,
                Ok(None) => {
                    let _ = missing.try_set(true);
                    return;
                }
                // What is shown stays.
                Err(why) if found.try_with_untracked(Option::is_none) == Some(true) => return failure.set(Some(why)),
                Err(_) => return,
            };
            let _ = words.try_set(item.item.map(|item| plain(&item)).unwrap_or_default());
            match found.try_get_untracked() {
                Some(Some(signal)) if signal.with_untracked(|old| *old != item.task) => signal.set(item.task),
                Some(None) => found.set(Some(RwSignal::new(item.task))),
                _ => {}
            }
        });
    });
    move || match found.get() {
        Some(task) => view! { <Chosen run task item=Some(words) on_close /> }.into_any(),
        None if missing.get() => view! { <NoItem /> }.into_any(),
        None => match failure.get() {
            Some(failure) => {
                let title = Signal::derive(|| t!(error_load_task).to_owned());
                let on_retry = Callback::new(move |()| round.update(|round| *round += 1));
                view! { <Failed title failure on_retry /> }.into_any()
            }
            None => view! { <SkeletonPane /> }.into_any(),
        },
    }
}

#[component]
fn NoItem() -> impl IntoView {
    let address = use_address();
    view! {
        <Empty
            title=Signal::derive(|| t!(error_no_item).to_owned())
            text=Signal::derive(|| t!(error_no_item_text).to_owned())
        >
            <div class="row">
                <button class="btn btn--primary" type="button" on:click=move |_| address.set(&[("item", None), ("panel", None)])>
                    {move || t!(run_items_back)}
                </button>
            </div>
        </Empty>
    }
}

#[component]
fn Chosen(
    run: LiveRun,
    task: RwSignal<TaskRun>,
    /// Of an item: what it is.
    item: Option<RwSignal<String>>,
    on_close: Callback<()>,
) -> impl IntoView {
    let address = use_address();
    let look = Memo::new(move |_| task.with(state::task_run));
    let has_items = Memo::new(move |_| task.with(|task| task.items.is_some()));
    // What no worker does prints nothing; a list's output is that of its items.
    let prints = task.with_untracked(|task| matches!(task.kind.as_str(), "shell" | "noop"));
    let prints = move || prints && !has_items.get();
    let tab = Signal::derive(move || {
        let first = if has_items.get() { "items" } else { "log" };
        address.get("panel").filter(|tab| tab != "items" || has_items.get()).unwrap_or_else(|| first.to_owned())
    });
    let for_label = task.with_untracked(|task| Target::of(task).name);
    let planned = task.with_untracked(|task| task.name.clone());
    let tabs = move || {
        let count = move || task.with(|task| task.items.map(|items| i64::from(items.total)));
        let tries = move || Some(i64::from(task.with(|task| task.attempt)));
        let items = has_items.get().then(|| Tab::new("items", || t!(run_items)).count(count));
        let rest = [
            Tab::new("log", || t!(run_log)),
            Tab::new("attempts", || t!(run_attempts)).count(tries),
            Tab::new("command", || t!(run_command)),
        ];
        items.into_iter().chain(rest).collect::<Vec<_>>()
    };
    let choose = Callback::new(move |key: &'static str| {
        let first = if has_items.get_untracked() { "items" } else { "log" };
        address.set(&[("panel", (key != first).then(|| key.to_owned()))]);
    });
    view! {
        <Title run task item look on_close />
        <Waits task />
        {move || view! { <Tabs tabs=tabs() chosen=tab on_choose=choose label=Signal::stored(for_label.clone()) /> }}
        {move || match tab.get().as_str() {
            "items" => view! { <Items run task /> }.into_any(),
            "attempts" => view! { <Attempts task /> }.into_any(),
            "command" => view! { <Command run name=planned.clone() /> }.into_any(),
            _ if !prints() => view! { <p class="hint rlog__hint">{move || t!(run_no_log)}</p> }.into_any(),
            _ => view! { <TaskLog task /> }.into_any(),
        }}
    }
}

/// The head of the panel: which task or item it is, and what can be done to it.
#[component]
fn Title(
    run: LiveRun,
    task: RwSignal<TaskRun>,
    item: Option<RwSignal<String>>,
    look: Memo<Look>,
    on_close: Callback<()>,
) -> impl IntoView {
    let address = use_address();
    let (name, kind) = task.with_untracked(|task| (Target::of(task).name, task.kind.clone()));
    let line = move || {
        task.with(|task| match (task.started_at, &task.reason) {
            (_, Some(reason)) => reason.clone(),
            (Some(start), None) => t!(run_task_line, task.attempt, clock::at_secs(start.0)),
            (None, None) => t!(run_not_started).to_owned(),
        })
    };
    view! {
        <div class="pane__h rlog__t">
            {item.map(|_| view! {
                <button class="ibtn" type="button" title=move || t!(run_items_back) aria-label=move || t!(run_items_back) on:click=move |_| address.set(&[("item", None), ("panel", None)])>
                    <Ic icon=Icon::Left />
                </button>
            })}
            <span class="node__i">
                <Ic icon=state::kind(&kind) />
            </span>
            <div class="col grow">
                <span class="row">
                    <b class="mono clip" data-panel-task>{name.clone()}</b>
                    {move || view! { <StateText look=look.get() /> }}
                </span>
                <span class="small dim clip" title=line>
                    {item.map(|words| view! { <span class="mono">{move || words.get()}</span> " · " })}
                    {line}
                </span>
            </div>
            <TaskMenu run task />
            <button class="ibtn" type="button" title=move || t!(run_close_panel) aria-label=move || t!(run_close_panel) on:click=move |_| on_close.run(())>
                <Ic icon=Icon::X />
            </button>
        </div>
    }
}

/// Why the task waits, asked for it alone, and the buttons of whoever may decide.
#[component]
fn Waits(task: RwSignal<TaskRun>) -> impl IntoView {
    let acts = use_acts();
    let now = RwSignal::new(None::<TaskNow>);
    let open = move || !task.with(|task| task.state.is_final() || task.state.is_active());
    Effect::new(move |_| {
        i18n::lang();
        if !open() {
            now.set(None);
            return;
        }
        let id = task.with_untracked(|task| task.id.clone());
        let changed = task.with_untracked(|task| (task.state, task.attempt, task.held));
        spawn_local(async move {
            while task.try_with_untracked(|task| (task.state, task.attempt, task.held)) == Some(changed) {
                if let Ok(answer) = client::send(TaskWaits::build(TaskVariables { id: id.clone() })).await
                    && now.try_with_untracked(|old| *old != answer.task_run) == Some(true)
                {
                    now.set(answer.task_run);
                }
                TimeoutFuture::new(LOOK_EVERY_MS).await;
            }
        });
    });
    let reasons = Signal::derive(move || now.get().map(|now| now.waiting_reasons).unwrap_or_default());
    let decides = move || now.with(|now| now.as_ref().is_some_and(|now| now.viewer_can_decide));
    let ask = move |decision| acts.ask(Act::Approval(task.with_untracked(Target::of), decision));
    view! {
        <Show when=move || reasons.with(|reasons| !reasons.is_empty())>
            <div class="waitbox" data-waits>
                <Reasons reasons />
                <Show when=decides>
                    <div class="row row--s">
                        <button class="btn btn--primary btn--s" type="button" data-act="approve" on:click=move |_| ask(ApprovalDecision::Approve)>
                            <Ic icon=Icon::Approve />
                            {move || t!(run_approve)}
                        </button>
                        <button class="btn btn--s btn--danger" type="button" data-act="reject" on:click=move |_| ask(ApprovalDecision::Reject)>
                            <Ic icon=Icon::X />
                            {move || t!(run_reject)}
                        </button>
                    </div>
                </Show>
            </div>
        </Show>
    }
}
