//! Whether what is shown is live, and the banner when it has not been for a while.

use leptos::prelude::*;

use crate::api::socket::{self, Live};
use crate::state::clock;
use crate::t;

/// The mark in page heads.
#[component]
pub(crate) fn LiveMark() -> impl IntoView {
    view! {
        <span
            class=move || if socket::live() == Live::Yes { "live" } else { "live live--stale" }
            role="status"
            data-live=move || (socket::live() == Live::Yes).to_string()
        >
            {move || match socket::live() {
                Live::Yes => t!(app_live).to_owned(),
                Live::Idle => t!(app_connecting).to_owned(),
                Live::No(since) => t!(app_not_live, clock::at_secs(since)),
            }}
        </span>
    }
}

/// Shown above the page after a few seconds without a connection: short losses mend themselves unseen.
#[component]
pub(crate) fn LostBanner() -> impl IntoView {
    const PATIENCE_MS: i64 = 8_000;
    let since = Memo::new(|_| match socket::live() {
        Live::No(since) if clock::now() - since > PATIENCE_MS => Some(since),
        _ => None,
    });
    move || {
        since.get().map(|since| {
            view! {
                <div class="banner banner--risk" role="alert">
                    <svg class="si si-risk si--l" aria-hidden="true">
                        <use_ href=crate::icon::Icon::StateRisk.href()></use_>
                    </svg>
                    <span>{move || t!(app_lost_banner, clock::at_secs(since))}</span>
                    <button class="btn btn--s push" type="button" on:click=|_| socket::reconnect_now()>
                        {move || t!(app_retry_now)}
                    </button>
                </div>
            }
        })
    }
}
