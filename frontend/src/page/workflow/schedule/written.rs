//! The schedule as it is written: a cron expression, or the text of the grammar. What holds is taken at once; what
//! doesn't stays in the field with its fault, and the schedule as it was.

use domain::bizdate::SyntaxError;
use domain::cron::Cron;
use domain::schedule::{Clause, ScheduleSpec, When, Written};
use leptos::prelude::*;

use super::builder::{Builder, FieldProblems};
use crate::browser;
use crate::i18n::lang;
use crate::page::workflow::unread::Field;
use crate::preview;
use crate::t;

#[component]
pub(crate) fn CronField(builder: Builder) -> impl IntoView {
    let cron = builder.part(|spec| if let When::Cron(cron) = &spec.when { Some(cron.clone()) } else { None });
    let text = RwSignal::new(String::new());
    let unread = builder.unread(Field::Cron);
    // What was entered stays as it is written as long as it means what the document says, or doesn't hold.
    Effect::new(move |_| {
        let written = cron.get();
        if let Some(entered) = unread.get() {
            text.set(entered);
        } else if text.with_untracked(|text| Cron::parse(text).ok() != written) {
            text.set(written.map(|cron| cron.to_string()).unwrap_or_default());
        }
    });
    let fault = Memo::new(move |_| text.with(|text| Cron::parse(text).err()).map(|error| error.text(lang())));
    let enter = move |event: web_sys::Event| {
        let entered = browser::input_value(&event);
        let Some(spec) = untrack(|| builder.spec()) else { return };
        let meaning = Cron::parse(&entered).map(|cron| ScheduleSpec { when: When::Cron(cron), ..spec });
        text.set(entered.clone());
        builder.enter(Field::Cron, entered, meaning.map_err(|error| error.text(lang())));
    };
    let meaning = move || {
        let words = cron.get().map(|cron| (preview::sentence(&cron.describe(lang())), cron.is_interval()));
        words.map(|(words, interval)| if interval { format!("{words} · {}", t!(schedule_elapsed)) } else { words })
    };
    view! {
        <label class="field cronfield">
            <span class="lbl">{move || t!(schedule_cron_label)}</span>
            <input
                class="inp inp--mono"
                class:inp--err=move || fault.with(Option::is_some)
                data-field="cron"
                spellcheck="false"
                autocomplete="off"
                disabled=!builder.may_edit
                aria-invalid=move || fault.with(Option::is_some).to_string()
                prop:value=move || text.get()
                on:input=enter
            />
            {move || match fault.get() {
                Some(fault) => view! { <span class="hint hint--err" role="alert">{fault}</span> }.into_any(),
                None => view! { <span class="hint">{meaning}</span> }.into_any(),
            }}
        </label>
        <FieldProblems problems=Signal::derive(move || builder.problems_at("cron")) />
    }
}

#[component]
pub(crate) fn TextField(builder: Builder) -> impl IntoView {
    let spec = Memo::new(move |_| builder.spec());
    let text = RwSignal::new(String::new());
    let zone = move || spec.get_untracked().map(|spec| spec.timezone).unwrap_or_default();
    let unread = builder.unread(Field::Text);
    Effect::new(move |_| {
        let written = spec.get();
        if let Some(entered) = unread.get() {
            text.set(entered);
        } else if text.with_untracked(|text| ScheduleSpec::parse(text, zone()).ok() != written) {
            text.set(written.map(|spec| spec.to_string()).unwrap_or_default());
        }
    });
    let fault = Memo::new(move |_| {
        spec.track();
        text.with(|text| ScheduleSpec::parse(text, zone()).err())
    });
    let enter = move |event: web_sys::Event| {
        let entered = browser::input_value(&event);
        let meaning = ScheduleSpec::parse(&entered, zone()).map_err(|error| error.text(lang()));
        text.set(entered.clone());
        builder.enter(Field::Text, entered, meaning);
    };
    let says_zone =
        move |text: &str| Written::read(text, zone()).is_ok_and(|written| written.place(Clause::Timezone).is_some());
    // Which zone holds is to be seen: a text that holds without one gets it when the field is left.
    let complete = move |_| {
        let lacks = text.with_untracked(|text| !says_zone(text)) && fault.with_untracked(Option::is_none);
        if let Some(spec) = spec.get_untracked().filter(|_| lacks && unread.with_untracked(Option::is_none)) {
            text.set(spec.to_string());
        }
    };
    let silent = move || {
        let lacks = fault.with(Option::is_none) && text.with(|text| !says_zone(text));
        let zone = spec.with(|spec| spec.as_ref().map(|spec| spec.timezone.name()))?;
        lacks.then(|| t!(schedule_zone_stays, zone))
    };
    view! {
        <label class="field">
            <span class="lbl">{move || t!(schedule_text_label)}</span>
            <textarea
                class="inp inp--area inp--mono"
                class:inp--err=move || fault.with(Option::is_some)
                data-field="text"
                rows="2"
                spellcheck="false"
                disabled=!builder.may_edit
                aria-invalid=move || fault.with(Option::is_some).to_string()
                prop:value=move || text.get()
                on:input=enter
                on:change=complete
            ></textarea>
        </label>
        {move || fault.get().map(|fault| view! { <Place text=text.get() fault /> })}
        {move || silent().map(|words| view! { <p class="hint hint--warn">{words}</p> })}
        <p class="hint">{move || t!(schedule_text_hint)}</p>
    }
}

/// The text with a mark where it stops holding.
#[component]
fn Place(text: String, fault: SyntaxError) -> impl IntoView {
    let at = text.char_indices().nth(fault.at).map_or(text.len(), |(at, _)| at);
    let end = text[at..].find(char::is_whitespace).map_or(text.len(), |space| at + space);
    let marked = if at == end { "␣".to_owned() } else { text[at..end].to_owned() };
    view! {
        <div role="alert">
            <code class="schedtext">
                {text[..at].to_owned()} <mark>{marked}</mark> {text[end..].to_owned()}
            </code>
            <p class="hint hint--err">{move || fault.text(lang())}</p>
        </div>
    }
}
