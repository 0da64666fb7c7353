//! The states of a pane that has nothing to show: loading, failed, empty.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::failure::Failure;
use crate::component::icon::Ic;
use crate::component::toast::CopyButton;
use crate::icon::Icon;
use crate::state::clock;
use crate::t;

/// Seconds until a load that failed for a passing reason is tried again.
const RETRY_SECS: i64 = 10;

/// What could not be loaded, why, and what to do.
#[component]
pub(crate) fn Failed(#[prop(into)] title: Signal<String>, failure: Failure, on_retry: Callback<()>) -> impl IntoView {
    let left = RwSignal::new(failure.is_passing().then_some(RETRY_SECS));
    if failure.is_passing() {
        spawn_local(async move {
            loop {
                TimeoutFuture::new(1000).await;
                let Some(Some(secs)) = left.try_get_untracked() else { return };
                if secs <= 1 {
                    on_retry.run(());
                    return;
                }
                left.set(Some(secs - 1));
            }
        });
    }
    let failure = StoredValue::new(failure);
    view! {
        <div class="empty" role="alert">
            <div class="empty__c">
                <h2 class="row">
                    <svg class="si si-fail si--l" aria-hidden="true">
                        <use_ href=Icon::StateFail.href()></use_>
                    </svg>
                    {move || title.get()}
                </h2>
                <p class="muted">{move || failure.with_value(Failure::in_words)}</p>
                <div class="row">
                    <button class="btn btn--primary" type="button" on:click=move |_| on_retry.run(())>
                        <Ic icon=Icon::Rerun />
                        {move || t!(error_retry)}
                    </button>
                    <span class="push dim small">{move || left.get().map(|secs| t!(error_retry_in, secs))}</span>
                </div>
                <Details failure=failure.get_value() />
            </div>
        </div>
    }
}

/// What the platform team needs to find the failure.
#[component]
fn Details(failure: Failure) -> impl IntoView {
    let code = match &failure.kind {
        crate::api::failure::Kind::Api(code) => code.clone(),
        crate::api::failure::Kind::Server(status) => format!("HTTP {status}"),
        crate::api::failure::Kind::Offline => "OFFLINE".to_owned(),
        crate::api::failure::Kind::Unreadable => "UNREADABLE".to_owned(),
    };
    let Failure { message, request_id, at_ms, .. } = failure;
    view! {
        <details class="edet">
            <summary>{move || t!(error_details)}</summary>
            <dl class="kv mono">
                <dt>{move || t!(error_code)}</dt>
                <dd>{code}</dd>
                {request_id.map(|request| {
                    view! {
                        <dt>{move || t!(error_request)}</dt>
                        <dd class="row">
                            <span>{request.clone()}</span>
                            <CopyButton text=request label=Signal::derive(|| t!(error_request).to_owned()) />
                        </dd>
                    }
                })}
                <dt>{move || t!(error_when)}</dt>
                <dd>{clock::at_full(at_ms)}</dd>
                <dt>{move || t!(error_message)}</dt>
                <dd class="wrap">{message}</dd>
            </dl>
        </details>
    }
}

/// Nothing to show, and the next step.
#[component]
pub(crate) fn Empty(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] text: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <div class="empty__c">
                <h2>{move || title.get()}</h2>
                <p class="muted">{move || text.get()}</p>
                {children.map(|children| children())}
            </div>
        </div>
    }
}

/// The rows of a table that is being loaded. They appear after 200 ms only, by the style sheet.
#[component]
pub(crate) fn SkeletonRows(columns: usize, #[prop(default = 12)] rows: usize) -> impl IntoView {
    // Widths vary as text would; the same on every draw.
    let width = |row: usize, column: usize| format!("{}px", 36 + (row * 37 + column * 53) % 84);
    let cells = move |row: usize| {
        (0..columns)
            .map(|column| view! { <td><span class="skel" style:--w=width(row, column)></span></td> })
            .collect_view()
    };
    (0..rows).map(move |row| view! { <tr class="skel-row" aria-hidden="true">{cells(row)}</tr> }).collect_view()
}

/// A pane that is being loaded.
#[component]
pub(crate) fn SkeletonPane() -> impl IntoView {
    let line = |width: usize| view! { <span class="skel" style:--w=format!("{width}%")></span> };
    view! {
        <div class="skel-pane" role="status" aria-label=move || t!(app_loading)>
            {[38, 72, 64, 80, 52, 68].into_iter().map(line).collect_view()}
        </div>
    }
}
