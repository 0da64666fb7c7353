//! A dialog that does something to a run and asks why; the reason is kept in the audit log.

use leptos::html::Textarea;
use leptos::prelude::*;

use crate::browser;
use crate::component::dialog::{Dialog, DialogButtons};
use crate::t;

#[component]
pub(crate) fn ReasonDialog(
    #[prop(into)] title: Signal<String>,
    /// The effect, in numbers where there are any.
    #[prop(into)]
    effect: ViewFn,
    #[prop(into)] confirm: Signal<String>,
    #[prop(optional)] danger: bool,
    /// For effects that take a table to say.
    #[prop(optional)]
    wide: bool,
    #[prop(into)] busy: Signal<bool>,
    /// The server's refusal.
    #[prop(into)]
    refusal: Signal<Option<String>>,
    on_close: Callback<()>,
    on_confirm: Callback<String>,
) -> impl IntoView {
    let reason = RwSignal::new(String::new());
    let missing = RwSignal::new(false);
    let field = NodeRef::<Textarea>::new();
    let submit = Callback::new(move |()| {
        let text = reason.with_untracked(|reason| reason.trim().to_owned());
        missing.set(text.is_empty());
        if text.is_empty() {
            if let Some(field) = field.get_untracked() {
                let _ = field.focus();
            }
        } else if !busy.get_untracked() {
            on_confirm.run(text);
        }
    });
    view! {
        <Dialog
            title
            class=if wide { "dialog--wide" } else { "" }
            on_close
            on_confirm=submit
            footer=move || view! { <DialogButtons confirm busy on_close danger /> }
        >
            {effect.run()}
            <div class="field">
                <label for="reason">
                    {move || t!(app_reason)} <span class="req" aria-hidden="true">"*"</span>
                </label>
                <textarea
                    id="reason"
                    class="inp inp--area"
                    class:inp--err=move || missing.get()
                    node_ref=field
                    rows="3"
                    required
                    autofocus
                    maxlength="1000"
                    aria-describedby="reason-hint"
                    aria-invalid=move || missing.get().to_string()
                    on:input=move |event| {
                        reason.set(browser::input_value(&event));
                        missing.set(false);
                    }
                ></textarea>
                <span id="reason-hint" class="hint" class:hint--err=move || missing.get()>
                    {move || if missing.get() { t!(app_reason_missing) } else { t!(app_reason_hint) }}
                </span>
            </div>
            <Refusal refusal />
        </Dialog>
    }
}

/// What the server answered instead of doing it.
#[component]
pub(crate) fn Refusal(#[prop(into)] refusal: Signal<Option<String>>) -> impl IntoView {
    move || {
        refusal.get().map(|text| {
            view! {
                <p class="note note--fail" role="alert">
                    <svg class="si si-fail si--l" aria-hidden="true">
                        <use_ href=crate::icon::Icon::StateFail.href()></use_>
                    </svg>
                    <span>{text}</span>
                </p>
            }
        })
    }
}
