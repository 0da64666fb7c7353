//! A part of a sentence that opens what changes it. Esc, a choice or a press elsewhere closes it; the keyboard then
//! returns to the sentence.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};

use crate::component::icon::Ic;
use crate::icon::Icon;

#[component]
pub(crate) fn Picker(
    /// A mark for tests and style.
    name: &'static str,
    /// What is picked, for those who don't see the sentence.
    #[prop(into)]
    label: Signal<String>,
    /// What stands in the sentence.
    #[prop(into)]
    value: Signal<String>,
    #[prop(into)] off: Signal<bool>,
    #[prop(optional)] class: &'static str,
    /// Makes what the button opens; it is given what closes it.
    content: Callback<Callback<()>, AnyView>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let root = NodeRef::<Div>::new();
    let focus = move |selector: &str| {
        let found = root.get_untracked().and_then(|root| root.query_selector(selector).ok().flatten());
        if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    };
    let close = Callback::new(move |()| {
        open.set(false);
        focus(".sent");
    });
    let outside = window_event_listener(leptos::ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        let inside = root.get_untracked().is_some_and(|root| root.contains(target.as_ref()));
        if !inside && open.get_untracked() {
            open.set(false);
        }
    });
    on_cleanup(move || outside.remove());
    let toggle = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            // What is chosen has the keyboard, else the first field.
            request_animation_frame(move || {
                focus(".picker__b button, .picker__b input, .picker__b select");
                focus(".picker__b [aria-checked=true]");
            });
        }
    };
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            close.run(());
        }
    };
    view! {
        <div class="picker" node_ref=root on:keydown=keys>
            <button
                class=format!("sent {class}")
                type="button"
                data-pick=name
                aria-haspopup="dialog"
                aria-expanded=move || open.get().to_string()
                aria-label=move || format!("{}: {}", label.get(), value.get())
                title=move || label.get()
                disabled=move || off.get()
                on:click=toggle
            >
                {move || value.get()}
                <Ic icon=Icon::Down size="ic--xs" />
            </button>
            <Show when=move || open.get()>
                <div class="pop picker__b" role="dialog" aria-label=move || label.get()>
                    {content.run(close)}
                </div>
            </Show>
        </div>
    }
}
