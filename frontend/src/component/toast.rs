//! The notes at the bottom right.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::component::icon::Ic;
use crate::icon::Icon;
use crate::state::toast::{self, Toast};
use crate::t;

#[component]
pub(crate) fn Toaster() -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=toast::toasts key=|toast| toast.id let:note>
                <Note note />
            </For>
        </div>
    }
}

#[component]
fn Note(note: Toast) -> impl IntoView {
    let Toast { id, failed, text, request_id } = note;
    let icon = if failed { Icon::StateFail } else { Icon::StateOk };
    let class = if failed { "si si-fail" } else { "si si-ok" };
    view! {
        <div class="toast pop" class:toast--fail=failed>
            <svg class=class aria-hidden="true">
                <use_ href=icon.href()></use_>
            </svg>
            <span class="grow">{text}</span>
            {request_id.map(|request| {
                view! { <CopyButton text=request label=Signal::derive(|| t!(error_request).to_owned()) /> }
            })}
            <button class="ibtn ibtn--s" type="button" aria-label=move || t!(app_dismiss) on:click=move |_| toast::dismiss(id)>
                <Ic icon=Icon::X size="ic--s" />
            </button>
        </div>
    }
}

/// Puts a text on the clipboard and says that it did.
#[component]
pub(crate) fn CopyButton(
    #[prop(into)] text: Signal<String>,
    /// What is copied.
    #[prop(into)]
    label: Signal<String>,
    /// A link: no more than its icon.
    #[prop(optional)]
    link: bool,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        spawn_local(async move {
            let done = browser::copy(text.get_untracked()).await;
            // The button may have gone meanwhile.
            let _ = copied.try_set(done);
        });
    };
    let name = move || format!("{} {}", t!(app_copy), label.get());
    if link {
        return view! {
            <button class="ibtn ibtn--s" type="button" title=move || label.get() aria-label=move || label.get() on:click=copy>
                {move || view! { <Ic icon=if copied.get() { Icon::Check } else { Icon::Link } /> }}
            </button>
        }
        .into_any();
    }
    view! {
        <button class="btn btn--ghost btn--s" type="button" title=move || text.get() aria-label=name on:click=copy>
            <Ic icon=Icon::Copy />
            {move || if copied.get() { t!(app_copied) } else { t!(app_copy) }}
        </button>
    }
    .into_any()
}
