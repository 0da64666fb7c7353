//! A modal dialog. The browser's own element traps the keyboard and closes on Esc; Ctrl+Enter confirms; the keyboard
//! returns to where it was.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::browser;

#[component]
pub(crate) fn Dialog(
    #[prop(into)] title: Signal<String>,
    /// A glyph before the title.
    #[prop(optional, into)]
    mark: ViewFn,
    on_close: Callback<()>,
    /// Ctrl+Enter and the form's submit.
    on_confirm: Callback<()>,
    /// The buttons and what stands before them.
    #[prop(into)]
    footer: ViewFn,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let opener: StoredValue<Option<HtmlElement>, LocalStorage> = StoredValue::new_local(browser::focused());
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            // It fails only when the element is not in the page, and then nothing is shown anyway.
            let _ = dialog.show_modal();
        }
    });
    on_cleanup(move || {
        // While the dialog is still open the rest of the page can't take the keyboard.
        if let Some(opener) = opener.try_get_value().flatten() {
            request_animation_frame(move || drop(opener.focus()));
        }
    });
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            on_confirm.run(());
        }
    };
    view! {
        <dialog
            class=format!("dialog pop {class}")
            node_ref=dialog
            aria-labelledby="dialog-title"
            on:close=move |_| on_close.run(())
            on:keydown=keys
        >
            <form
                class="col"
                method="dialog"
                on:submit=move |event| {
                    event.prevent_default();
                    on_confirm.run(());
                }
            >
                <div class="dialog__h" id="dialog-title">
                    {mark.run()}
                    {move || title.get()}
                </div>
                <div class="dialog__b">{children()}</div>
                <div class="dialog__f">{footer.run()}</div>
            </form>
        </dialog>
    }
}

/// The two buttons of a dialog.
#[component]
pub(crate) fn DialogButtons(
    #[prop(into)] confirm: Signal<String>,
    #[prop(into)] busy: Signal<bool>,
    on_close: Callback<()>,
    /// In the colour of harm.
    #[prop(optional)]
    danger: bool,
) -> impl IntoView {
    let class = if danger { "btn btn--solid-danger" } else { "btn btn--primary" };
    view! {
        <button class="btn" type="button" on:click=move |_| on_close.run(())>
            {move || crate::t!(app_cancel)}
            <kbd>"Esc"</kbd>
        </button>
        <button class=class type="submit" disabled=move || busy.get() aria-busy=move || busy.get().to_string()>
            {move || confirm.get()}
            <kbd class="kbd-inv">"Ctrl ↵"</kbd>
        </button>
    }
}
