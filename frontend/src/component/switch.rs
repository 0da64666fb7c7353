//! On or off, with the wait for the server's answer.

use leptos::prelude::*;

#[component]
pub(crate) fn Switch(
    #[prop(into)] on: Signal<bool>,
    #[prop(into)] label: Signal<String>,
    /// Why it cannot be switched, when it cannot.
    #[prop(into)]
    off_limits: Signal<Option<String>>,
    on_switch: Callback<bool>,
) -> impl IntoView {
    view! {
        <button
            class="sw"
            type="button"
            role="switch"
            aria-checked=move || on.get().to_string()
            aria-label=move || label.get()
            title=move || off_limits.get().unwrap_or_else(|| label.get())
            disabled=move || off_limits.with(Option::is_some)
            on:click=move |event| {
                event.stop_propagation();
                on_switch.run(!on.get_untracked());
            }
        ></button>
    }
}
