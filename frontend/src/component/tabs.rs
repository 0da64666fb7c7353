//! Tabs that are links: the chosen tab stands in the address, so Back undoes it. Arrow keys move between them.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// One tab.
#[derive(Clone)]
pub(crate) struct Tab {
    pub(crate) key: &'static str,
    pub(crate) label: Signal<String>,
    pub(crate) count: Signal<Option<i64>>,
}

impl Tab {
    pub(crate) fn new(key: &'static str, label: impl Fn() -> &'static str + Send + Sync + 'static) -> Self {
        Self { key, label: Signal::derive(move || label().to_owned()), count: Signal::stored(None) }
    }

    pub(crate) fn count(self, count: impl Fn() -> Option<i64> + Send + Sync + 'static) -> Self {
        Self { count: Signal::derive(count), ..self }
    }
}

#[component]
pub(crate) fn Tabs(
    tabs: Vec<Tab>,
    #[prop(into)] chosen: Signal<String>,
    on_choose: Callback<&'static str>,
    #[prop(optional, into)] class: String,
    #[prop(into)] label: Signal<String>,
) -> impl IntoView {
    let tab = move |tab: Tab| {
        let key = tab.key;
        let selected = move || chosen.with(|chosen| chosen == key);
        view! {
            <button
                type="button"
                role="tab"
                data-tab=key
                aria-selected=move || selected().to_string()
                tabindex=move || if selected() { "0" } else { "-1" }
                on:click=move |_| on_choose.run(key)
            >
                {move || tab.label.get()}
                {move || tab.count.get().map(|count| view! { <span class="n">{count}</span> })}
            </button>
        }
    };
    view! {
        <div class=format!("tabs {class}") role="tablist" aria-label=move || label.get() on:keydown=walk>
            {tabs.into_iter().map(tab).collect_view()}
        </div>
    }
}

/// Moves along the tabs with the arrow keys.
fn walk(event: KeyboardEvent) {
    let Some(here) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else { return };
    let next = match event.key().as_str() {
        "ArrowRight" => here.next_element_sibling(),
        "ArrowLeft" => here.previous_element_sibling(),
        _ => return,
    };
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        let _ = next.focus();
        next.click();
    }
}
