//! A button that opens a menu. Esc, a choice or a press elsewhere closes it; arrow keys move within.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};

#[component]
pub(crate) fn Menu(
    /// What stands on the button.
    button: ViewFn,
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] button_class: String,
    /// Where the menu opens: `menu-box--up`, `menu-box--right`, both or none.
    #[prop(optional)]
    place: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let root = NodeRef::<Div>::new();
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
            request_animation_frame(move || move_focus(root, None));
        }
    };
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" if open.get_untracked() => {
            event.stop_propagation();
            open.set(false);
            if let Some(button) = root.get_untracked().and_then(|root| root.query_selector("button").ok().flatten())
                && let Ok(button) = button.dyn_into::<HtmlElement>()
            {
                let _ = button.focus();
            }
        }
        "ArrowDown" | "ArrowUp" if open.get_untracked() => {
            event.prevent_default();
            move_focus(root, Some(event.key() == "ArrowDown"));
        }
        _ => {}
    };
    view! {
        <div class="menu-box" node_ref=root on:keydown=keys>
            <button
                class=button_class
                type="button"
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                aria-label=move || label.get()
                title=move || label.get()
                on:click=toggle
            >
                {button.run()}
            </button>
            <Show when=move || open.get()>
                <div class=format!("menu pop {place}") role="menu" on:click=move |_| open.set(false)>
                    {children()}
                </div>
            </Show>
        </div>
    }
}

/// To the first entry, or on from the one that has the keyboard.
fn move_focus(root: NodeRef<Div>, down: Option<bool>) {
    let Some(root) = root.get_untracked() else { return };
    let Ok(entries) = root.query_selector_all("[role^=menuitem]:not(:disabled)") else { return };
    let active = document().active_element();
    let here = (0..entries.length()).find(|at| entries.get(*at).as_ref() == active.as_ref().map(AsRef::as_ref));
    let next = match (here, down) {
        (Some(here), Some(true)) => (here + 1) % entries.length(),
        (Some(here), Some(false)) => (here + entries.length() - 1) % entries.length(),
        _ => 0,
    };
    if let Some(entry) = entries.get(next).and_then(|entry| entry.dyn_into::<HtmlElement>().ok()) {
        let _ = entry.focus();
    }
}
