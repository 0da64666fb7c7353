//! What is done to a backfill: each act shows its effect, asks for a reason, and says what came of it.

use cynic::MutationBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::backfill::{
    BackfillPayload, BackfillRow, BackfillState, CancelBackfill, CancelBackfillInput, CancelVariables, PauseBackfill,
    PauseBackfillInput, PauseVariables, RerunFailedOfBackfill, RerunFailedOfBackfillInput, RerunFailedVariables,
    ResumeBackfill, ResumeBackfillInput, ResumeVariables, UpdateBackfill, UpdateBackfillInput, UpdateVariables,
};
use crate::api::client;
use crate::api::failure::{Failure, refusal};
use crate::api::session::Permission;
use crate::browser;
use crate::component::icon::Ic;
use crate::component::reason::ReasonDialog;
use crate::i18n::{Lang, Word, lang, text};
use crate::icon::Icon;
use crate::state::toast;
use crate::t;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Pause,
    Resume,
    Cancel,
    RerunFailed,
    Change,
}

impl Act {
    fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Pause => text::backfill_pause(lang),
            Self::Resume => text::backfill_resume(lang),
            Self::Cancel => text::backfill_cancel_do(lang),
            Self::RerunFailed => text::backfill_rerun_failed(lang),
            Self::Change => text::backfill_change_do(lang),
        }
    }

    fn effect(self, lang: Lang) -> &'static str {
        match self {
            Self::Pause => text::backfill_pause_effect(lang),
            Self::Resume => text::backfill_resume_effect(lang),
            Self::Cancel => text::backfill_cancel_effect(lang),
            Self::RerunFailed => text::backfill_rerun_failed_effect(lang),
            Self::Change => text::backfill_parallelism(lang),
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Asked {
    id: StoredValue<cynic::Id>,
    on_change: Callback<()>,
    act: RwSignal<Option<Act>>,
    stop_runs: RwSignal<bool>,
    parallelism: RwSignal<i32>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
}

pub(crate) fn provide_acts(id: cynic::Id, on_change: Callback<()>) -> Asked {
    let asked = Asked {
        id: StoredValue::new(id),
        on_change,
        act: RwSignal::new(None),
        stop_runs: RwSignal::new(false),
        parallelism: RwSignal::new(1),
        busy: RwSignal::new(false),
        refusal: RwSignal::new(None),
    };
    provide_context(asked);
    asked
}

impl Asked {
    fn ask(self, act: Act, parallelism: i32) {
        self.refusal.set(None);
        self.busy.set(false);
        self.stop_runs.set(false);
        self.parallelism.set(parallelism);
        self.act.set(Some(act));
    }

    fn send(self, act: Act, reason: String) {
        let (id, stop_runs, parallelism) =
            (self.id.get_value(), self.stop_runs.get_untracked(), self.parallelism.get_untracked());
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let outcome = done(act, id, reason, (stop_runs, parallelism)).await;
            let _ = self.busy.try_set(false);
            match outcome.map(|payload| refusal(&payload.user_errors)) {
                Ok(None) => {
                    toast::done(t!(backfill_done_toast).to_owned());
                    let _ = self.act.try_set(None);
                    self.on_change.try_run(());
                }
                Ok(Some(text)) => drop(self.refusal.try_set(Some(text))),
                Err(failure) => drop(self.refusal.try_set(Some(failure.in_words()))),
            }
        });
    }
}

async fn done(
    act: Act,
    id: cynic::Id,
    reason: String,
    (stop_runs, parallelism): (bool, i32),
) -> Result<BackfillPayload, Failure> {
    Ok(match act {
        Act::Pause => {
            let input = PauseBackfillInput { id, reason };
            client::send(PauseBackfill::build(PauseVariables { input })).await?.pause_backfill
        }
        Act::Resume => {
            let input = ResumeBackfillInput { id, reason };
            client::send(ResumeBackfill::build(ResumeVariables { input })).await?.resume_backfill
        }
        Act::Cancel => {
            let input = CancelBackfillInput { id, stop_runs: Some(stop_runs), reason };
            client::send(CancelBackfill::build(CancelVariables { input })).await?.cancel_backfill
        }
        Act::RerunFailed => {
            let input = RerunFailedOfBackfillInput { id, reason };
            client::send(RerunFailedOfBackfill::build(RerunFailedVariables { input })).await?.rerun_failed_of_backfill
        }
        Act::Change => {
            let input = UpdateBackfillInput { id, parallelism, reason };
            client::send(UpdateBackfill::build(UpdateVariables { input })).await?.update_backfill
        }
    })
}

/// The buttons that fit the state.
#[component]
pub(crate) fn Buttons(row: Memo<BackfillRow>, may: Vec<Permission>) -> impl IntoView {
    let acts = expect_context::<Asked>();
    let may = may.contains(&Permission::RunOperate);
    let button = move |act: Act, icon: Icon, label: Word| {
        view! {
            <button
                class="btn"
                type="button"
                data-act=format!("{act:?}").to_lowercase()
                disabled=!may
                title=move || (!may).then(|| row.with(|row| t!(access_needs_operate, &row.tenant.title)))
                on:click=move |_| acts.ask(act, row.with_untracked(|row| row.parallelism))
            >
                <Ic icon />
                {move || label(lang())}
            </button>
        }
    };
    let state = Memo::new(move |_| row.with(|row| row.state));
    let repeatable = Memo::new(move |_| row.with(|row| row.failed > 0 && row.state != BackfillState::Cancelling));
    let open = Memo::new(move |_| matches!(state.get(), BackfillState::Running | BackfillState::Paused));
    view! {
        <Show when=move || repeatable.get()>
            {button(Act::RerunFailed, Icon::Rerun, text::backfill_rerun_failed)}
        </Show>
        <Show when=move || open.get()>{button(Act::Change, Icon::Edit, text::backfill_change)}</Show>
        <Show when=move || state.get() == BackfillState::Running>
            {button(Act::Pause, Icon::Pause, text::backfill_pause)}
        </Show>
        <Show when=move || state.get() == BackfillState::Paused>
            {button(Act::Resume, Icon::Play, text::backfill_resume)}
        </Show>
        <Show when=move || open.get()>{button(Act::Cancel, Icon::Stop, text::backfill_cancel)}</Show>
    }
}

/// The dialog of the act that is asked about.
#[component]
pub(crate) fn Acts(acts: Asked) -> impl IntoView {
    move || {
        let act = acts.act.get()?;
        let effect = move || view! { <Effect acts act /> };
        Some(view! {
                   <ReasonDialog
                       title=Signal::derive(move || act.title(lang()).to_owned())
                       effect
                       confirm=Signal::derive(move || act.title(lang()).to_owned())
                       danger=act == Act::Cancel
                       busy=acts.busy
                       refusal=acts.refusal
                       on_close=Callback::new(move |()| {
        let _ = acts.act.try_set(None);
        })
                       on_confirm=Callback::new(move |reason: String| acts.send(act, reason))
                   />
               })
    }
}

#[component]
fn Effect(acts: Asked, act: Act) -> impl IntoView {
    view! {
        <p class="muted">{move || act.effect(lang())}</p>
        {(act == Act::Cancel).then(|| {
            view! {
                <label class="opt">
                    <input
                        type="checkbox"
                        prop:checked=move || acts.stop_runs.get()
                        on:change=move |event| acts.stop_runs.set(event_target_checked(&event))
                    />
                    <span>{move || t!(backfill_cancel_stop)}</span>
                </label>
            }
        })}
        {(act == Act::Change).then(|| {
            view! {
                <input
                    class="inp"
                    type="number"
                    min="1"
                    max="100"
                    aria-label=move || t!(backfill_parallelism)
                    prop:value=move || acts.parallelism.get().to_string()
                    on:input=move |event| {
                        if let Ok(number) = browser::input_value(&event).parse() {
                            acts.parallelism.set(number);
                        }
                    }
                />
            }
        })}
    }
}
