//! One of several, each a line; and a text that has to hold.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser;
use crate::component::icon::Ic;
use crate::icon::Icon;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) key: String,
    pub(crate) label: String,
    /// What else is to be known of it.
    pub(crate) hint: String,
}

impl Choice {
    pub(crate) fn new(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into(), hint: String::new() }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

/// One of several; arrow keys move between them.
#[component]
pub(crate) fn Choices(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    #[prop(into)] chosen: Signal<String>,
    on_choose: Callback<String>,
) -> impl IntoView {
    let line = move |choice: Choice| {
        let Choice { key, label, hint } = choice;
        let (mine, picked) = (key.clone(), key.clone());
        let is_chosen = Memo::new(move |_| chosen.with(|chosen| *chosen == mine));
        view! {
            <button
                type="button"
                role="radio"
                data-choice=key
                aria-checked=move || is_chosen.get().to_string()
                on:click=move |_| on_choose.run(picked.clone())
            >
                <span class="choice__c">{move || is_chosen.get().then(|| view! { <Ic icon=Icon::Check /> })}</span>
                <span>{label}</span>
                <span class="push small dim">{hint}</span>
            </button>
        }
    };
    view! {
        <div class="choices" role="radiogroup" aria-label=move || label.get() on:keydown=walk>
            {move || choices.get().into_iter().map(line).collect_view()}
        </div>
    }
}

/// Moves along the lines with the arrow keys.
fn walk(event: KeyboardEvent) {
    let Some(here) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else { return };
    let next = match event.key().as_str() {
        "ArrowDown" => here.next_element_sibling(),
        "ArrowUp" => here.previous_element_sibling(),
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        let _ = next.focus();
    }
}

/// A text that is taken when it holds, and otherwise says why not.
#[component]
pub(crate) fn Entered(
    #[prop(into)] label: Signal<String>,
    #[prop(optional)] placeholder: &'static str,
    value: String,
    /// Takes the text, or says what is wrong with it.
    take: Callback<String, Result<(), String>>,
) -> impl IntoView {
    let text = RwSignal::new(value);
    let fault = RwSignal::new(None::<String>);
    let done = move || {
        let outcome = take.run(text.get_untracked().trim().to_owned());
        // What took the text may have closed the field.
        let _ = fault.try_set(outcome.err());
    };
    view! {
        <label class="field picker__f">
            <span class="lbl">{move || label.get()}</span>
            <input
                class="inp inp--mono"
                class:inp--err=move || fault.with(Option::is_some)
                placeholder=placeholder
                spellcheck="false"
                autocomplete="off"
                prop:value=move || text.get()
                aria-invalid=move || fault.with(Option::is_some).to_string()
                on:input=move |event| text.set(browser::input_value(&event))
                on:change=move |_| done()
            />
            {move || fault.get().map(|fault| view! { <span class="hint hint--err" role="alert">{fault}</span> })}
        </label>
    }
}
