//! Approving or rejecting a task that waits for it.

use leptos::prelude::*;

use super::{Asked, Target};
use crate::api::operate::ApprovalDecision;
use crate::component::reason::ReasonDialog;
use crate::t;

#[component]
pub(super) fn Decide(acts: Asked, close: Callback<()>, target: Target, decision: ApprovalDecision) -> impl IntoView {
    let approves = decision == ApprovalDecision::Approve;
    let effect = move || {
        view! {
            <p class="muted">
                {move || if approves { t!(run_approve_text) } else { t!(run_reject_text) }}
            </p>
        }
    };
    let named = target.name.clone();
    let title = move || if approves { t!(run_approve_title, &named) } else { t!(run_reject_title, &named) };
    view! {
        <ReasonDialog
            title=Signal::derive(title)
            effect=effect
            confirm=Signal::derive(move || if approves { t!(run_approve_do) } else { t!(run_reject_do) }.to_owned())
            danger=!approves
            busy=acts.busy
            refusal=acts.refusal
            on_close=close
            on_confirm=Callback::new(move |reason| acts.approve(target.clone(), decision, reason))
        />
    }
}
