//! What can be done to a run and to its chosen task: the buttons of the head, the menus, and their keys.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::api::run::RunState;
use crate::api::session::Permission;
use crate::api::task::{TaskRun, TaskState};
use crate::browser;
use crate::component::icon::Ic;
use crate::component::menu::Menu;
use crate::i18n::{Word, lang, text};
use crate::icon::Icon;
use crate::page::run::act::{Act, Asked, Target, use_acts};
use crate::state::address::use_address;
use crate::state::live_run::LiveRun;
use crate::t;

/// What the viewer may do here.
#[derive(Clone, Copy)]
pub(crate) struct Rights {
    pub(crate) operate: bool,
    pub(crate) start: bool,
}

impl Rights {
    pub(crate) fn of(run: LiveRun) -> Self {
        let can = |permission| run.basis.with_value(|basis| basis.viewer_can.contains(&permission));
        Self { operate: can(Permission::RunOperate), start: can(Permission::RunStart) }
    }
}

fn no_operate(run: LiveRun) -> Option<String> {
    (!Rights::of(run).operate).then(|| run.row.with(|row| t!(access_needs_operate, &row.tenant.title)))
}

fn no_start(run: LiveRun) -> Option<String> {
    (!Rights::of(run).start).then(|| run.row.with(|row| t!(access_needs_start, &row.tenant.title)))
}

/// How many tasks did not end well, followed.
fn unwell(run: LiveRun) -> usize {
    run.tasks().iter().filter(|task| task.with(|task| task.state.is_unwell())).count()
}

/// Whether a task may be marked as done or as not needed: it neither ended well nor is at work.
fn may_mark(state: TaskState) -> bool {
    !matches!(state, TaskState::Succeeded | TaskState::Skipped | TaskState::Claimed | TaskState::Running)
}

#[component]
pub(crate) fn Buttons(run: LiveRun, #[prop(into)] chosen: Signal<Option<RwSignal<TaskRun>>>) -> impl IntoView {
    let acts = use_acts();
    let Rights { operate, .. } = Rights::of(run);
    let state = Memo::new(move |_| run.row.with(|row| row.state));
    let failed = Memo::new(move |_| unwell(run));
    let over = move || state.get().is_final();
    let button = move |name: &'static str, icon: Icon, label: Word, act: Act| {
        let act = StoredValue::new(act);
        view! {
            <button
                class="btn"
                type="button"
                data-act=name
                disabled=!operate
                title=move || no_operate(run)
                on:click=move |_| acts.ask(act.get_value())
            >
                <Ic icon />
                {move || label(lang())}
            </button>
        }
    };
    view! {
        <Show when=move || !over()>
            <div class="btn-group">
                {move || match state.get() {
                    RunState::Paused => button("resume", Icon::Play, text::run_resume, Act::Resume),
                    _ => button("pause", Icon::Pause, text::run_pause, Act::Pause),
                }}
                {button("stop", Icon::Stop, text::run_stop, Act::Stop)}
            </div>
        </Show>
        <Show when=move || { failed.get() > 0 }>
            <button
                class="btn btn--primary"
                type="button"
                data-act="rerun-failed"
                disabled=!operate
                title=move || no_operate(run)
                on:click=move |_| acts.ask(Act::RerunFailed)
            >
                <Ic icon=Icon::Rerun />
                {move || t!(run_rerun_failed)}
                <span class="n-inv">{move || failed.get()}</span>
            </button>
        </Show>
        {move || {
            let task = chosen.get()?;
            let markable = Memo::new(move |_| may_mark(task.with(|task| task.state)));
            Some(view! {
                <Show when=move || markable.get()>
                    <div class="btn-group lo">
                        {button("mark", Icon::Check, text::run_mark, Act::MarkDone(task.with_untracked(Target::of)))}
                        {button("skip", Icon::Skip, text::run_skip, Act::Skip(task.with_untracked(Target::of)))}
                    </div>
                </Show>
            })
        }}
        <More run />
    }
}

/// What is done seldom.
#[component]
fn More(run: LiveRun) -> impl IntoView {
    let (acts, address) = (use_acts(), use_address());
    let Rights { operate, start } = Rights::of(run);
    let over = move || run.row.with(|row| row.state.is_final());
    let button = || view! { <Ic icon=Icon::Dots /> };
    view! {
        <Menu button=button.into() label=Signal::derive(|| t!(app_more).to_owned()) button_class="ibtn" place="menu-box--right">
            <button type="button" role="menuitem" data-act="again" disabled=!start title=move || no_start(run) on:click=move |_| acts.ask(Act::Again)>
                <Ic icon=Icon::Play />
                {move || t!(run_again)}
            </button>
            <Entry name="rerun-all" icon=Icon::Rerun label=text::run_rerun_all enabled=operate why=Signal::derive(move || no_operate(run)) on_press=Callback::new(move |()| acts.ask(Act::RerunAll)) />
            <Entry name="rerun-newest" icon=Icon::Up label=text::run_rerun_newest enabled=operate why=Signal::derive(move || no_operate(run)) on_press=Callback::new(move |()| acts.ask(Act::RerunNewest)) />
            <Show when=move || !over()>
                <hr />
                <Entry name="priority" icon=Icon::Updown label=text::run_priority_set enabled=operate why=Signal::derive(move || no_operate(run)) on_press=Callback::new(move |()| acts.ask(Act::Priority)) />
                <Entry name="params" icon=Icon::Edit label=text::run_set_params enabled=operate why=Signal::derive(move || no_operate(run)) on_press=Callback::new(move |()| acts.ask(Act::Params)) />
            </Show>
            <hr />
            <Entry name="compare" icon=Icon::Half label=text::run_compare_open enabled=true why=Signal::stored(None) on_press=Callback::new(move |()| address.set(&[("tab", Some("compare".to_owned()))])) />
        </Menu>
    }
}

/// An entry of a menu.
#[component]
fn Entry(
    name: &'static str,
    icon: Icon,
    label: Word,
    #[prop(into)] enabled: Signal<bool>,
    why: Signal<Option<String>>,
    on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            role="menuitem"
            data-act=name
            disabled=move || !enabled.get()
            title=move || why.get()
            on:click=move |_| on_press.run(())
        >
            <Ic icon />
            {move || label(lang())}
        </button>
    }
}

/// What can be done to a task or an item.
#[component]
pub(crate) fn TaskMenu(run: LiveRun, task: RwSignal<TaskRun>) -> impl IntoView {
    let acts = use_acts();
    let Rights { operate, .. } = Rights::of(run);
    let name = StoredValue::new(task.with_untracked(|task| task.name.clone()));
    let is_item = task.with_untracked(|task| task.item_index.is_some());
    let target = move || task.with_untracked(Target::of);
    let state = Memo::new(move |_| task.with(|task| (task.state, task.held)));
    let waits = move || matches!(state.get().0, TaskState::Pending | TaskState::Ready | TaskState::RetryWait);
    let why = Signal::derive(move || no_operate(run));
    let marks = Signal::derive(move || operate && may_mark(state.get().0));
    let button = || view! { <Ic icon=Icon::Dots /> };
    let ask = move |act: Act| acts.ask(act);
    view! {
        <Menu button=button.into() label=Signal::derive(|| t!(app_more).to_owned()) button_class="ibtn" place="menu-box--right">
            <Show when=move || !is_item>
                <Entry name="rerun-from" icon=Icon::Rerunfrom label=text::run_rerun_from enabled=operate why on_press=Callback::new(move |()| ask(Act::RerunFrom(name.get_value()))) />
                <Entry name="rerun-only" icon=Icon::Rerun label=text::run_rerun_only enabled=operate why on_press=Callback::new(move |()| ask(Act::RerunOnly(name.get_value()))) />
                <hr />
            </Show>
            <Entry name="task-mark" icon=Icon::Check label=text::run_mark enabled=marks why on_press=Callback::new(move |()| ask(Act::MarkDone(target()))) />
            <Entry name="task-skip" icon=Icon::Skip label=text::run_skip enabled=marks why on_press=Callback::new(move |()| ask(Act::Skip(target()))) />
            <Show when=move || state.get().1>
                <Entry name="release" icon=Icon::Play label=text::run_release enabled=operate why on_press=Callback::new(move |()| ask(Act::Release(target()))) />
            </Show>
            <Show when=move || !state.get().1 && waits()>
                <Entry name="hold" icon=Icon::Pause label=text::run_hold enabled=operate why on_press=Callback::new(move |()| ask(Act::Hold(target()))) />
            </Show>
            <Show when=move || state.get().0 == TaskState::Lost>
                <Entry name="decide" icon=Icon::Help label=text::run_decide enabled=operate why on_press=Callback::new(move |()| ask(Act::Decide(target()))) />
            </Show>
        </Menu>
    }
}

/// The keys of the page: single letters, off in fields and while a dialog is open.
pub(crate) fn listen(run: LiveRun, acts: Asked, chosen: Signal<Option<RwSignal<TaskRun>>>) {
    let address = use_address();
    let Rights { operate, .. } = Rights::of(run);
    let handle = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        let held = event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented();
        if held || browser::is_typing(event.target()) || browser::has_open_dialog() {
            return;
        }
        let state = run.row.with_untracked(|row| row.state);
        let task = chosen.get_untracked();
        let act = match event.key().as_str() {
            "p" | "P" if state == RunState::Paused => Some(Act::Resume),
            "p" | "P" if !state.is_final() => Some(Act::Pause),
            "r" if untrack(|| unwell(run)) > 0 => Some(Act::RerunFailed),
            "R" => task.map(|task| Act::RerunFrom(task.with_untracked(|task| task.name.clone()))),
            "m" | "M" => task
                .filter(|task| may_mark(task.with_untracked(|task| task.state)))
                .map(|task| Act::MarkDone(task.with_untracked(Target::of))),
            "l" | "L" => {
                address.set(&[("panel", Some("log".to_owned())), ("tab", None)]);
                None
            }
            _ => None,
        };
        if let Some(act) = act.filter(|_| operate) {
            event.prevent_default();
            acts.ask(act);
        }
    });
    on_cleanup(move || handle.remove());
}
