//! What became of a task whose worker was lost: nobody but a person can say.

use leptos::prelude::*;

use super::{Asked, Target};
use crate::api::task::LostDecision;
use crate::component::reason::ReasonDialog;
use crate::i18n::{Word, lang, text};
use crate::t;

#[component]
pub(super) fn Decide(acts: Asked, close: Callback<()>, target: Target) -> impl IntoView {
    let choice = move |decision: LostDecision, label: Word, note: Word| {
        view! {
            <label class="opt">
                <input
                    type="radio"
                    name="decision"
                    prop:checked=move || acts.decision.get() == decision
                    on:change=move |_| acts.decision.set(decision)
                />
                <span>
                    <b class="med">{move || label(lang())}</b>
                    <span class="hint block">{move || note(lang())}</span>
                </span>
            </label>
        }
    };
    let effect = move || {
        view! {
            <p class="muted">{move || t!(run_lost_text)}</p>
            {choice(LostDecision::Retry, text::run_lost_retry, text::run_lost_retry_text)}
            {choice(LostDecision::Fail, text::run_lost_fail, text::run_lost_fail_text)}
            {choice(LostDecision::Succeed, text::run_lost_succeed, text::run_lost_succeed_text)}
        }
    };
    let named = target.name.clone();
    view! {
        <ReasonDialog
            title=Signal::derive(move || t!(run_lost_title, &named))
            effect=effect
            confirm=Signal::derive(|| t!(run_lost_do).to_owned())
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(move |reason| acts.decide(target.clone(), reason))
        />
    }
}
