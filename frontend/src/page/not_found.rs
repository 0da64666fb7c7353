//! An address that leads nowhere.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use crate::component::pane::Empty;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::t;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    set_crumbs(|| vec![Crumb::here(t!(app_not_found))]);
    view! { <Lost /> }.into_any()
}

/// Outside of the frame, where there is no top bar.
#[component]
pub(crate) fn NotFoundAlone() -> impl IntoView {
    view! {
        <main class="page page--alone">
            <Lost />
        </main>
    }
    .into_any()
}

#[component]
fn Lost() -> impl IntoView {
    let location = use_location();
    view! {
        <Empty
            title=Signal::derive(|| t!(app_not_found).to_owned())
            text=Signal::derive(move || t!(app_not_found_text, location.pathname.get()))
        >
            <div class="row">
                <A href="/runs" attr:class="btn btn--primary">{move || t!(app_to_runs)}</A>
                <A href="/workflows" attr:class="btn">{move || t!(app_to_workflows)}</A>
            </div>
        </Empty>
    }
}
