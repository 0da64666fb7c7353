//! The schedule that is shown: as a sentence, as cron, or as text.

use domain::schedule::{Rule, ScheduleSpec, When as Days};
use leptos::prelude::*;

use super::builder::{Builder, FieldProblems};
use super::entries::{AddButton, Entries, RecipeChips};
use super::hint::Hint;
use super::limit::Limits;
use super::sentence::Sentence;
use super::written::{CronField, TextField};
use crate::browser;
use crate::page::workflow::unread::Field;
use crate::t;
use crate::view::schedule::nearest;
use crate::view::schedule::recipe::Recipe;

/// How the schedule is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Rule,
    Cron,
    Text,
}

#[component]
pub(crate) fn When(builder: Builder) -> impl IntoView {
    // A text that doesn't hold is to be seen again.
    let as_text = RwSignal::new(untrack(|| builder.unread(Field::Text).get().is_some()));
    let is_read = Memo::new(move |_| builder.spec().is_some());
    let is_cron = builder.part(|spec| matches!(spec.when, Days::Cron(_)));
    let form = Memo::new(move |_| match (as_text.get(), is_cron.get()) {
        (true, _) => Form::Text,
        (false, true) => Form::Cron,
        (false, false) => Form::Rule,
    });
    view! {
        <section class="sblk" data-form="when">
            <div class="sblk__h">
                <h2>{move || t!(schedule_when)}</h2>
                <Forms builder form as_text />
                <span class="push small dim">{move || t!(schedule_of, builder.index() + 1, builder.count())}</span>
                <AddButton builder />
            </div>
            <Entries builder />
            <Show when=move || is_read.get() fallback=move || view! { <Faulty builder /> }>
                {move || match form.get() {
                    Form::Text => view! { <TextField builder /> }.into_any(),
                    Form::Cron => view! { <CronField builder /> }.into_any(),
                    Form::Rule => ().into_any(),
                }}
                <Show when=move || form.get() != Form::Text>
                    <Sentence builder is_cron />
                    <Hint builder />
                    <Recipes builder />
                    <Limits builder />
                </Show>
            </Show>
            <FieldProblems problems=Signal::derive(move || builder.problems_of_entry()) />
            {move || builder.fault.get().map(|fault| view! { <p class="hint hint--err" role="alert">{fault}</p> })}
        </section>
    }
}

/// The switch between the forms. Going from one kind of days to the other and back brings the first back.
#[component]
fn Forms(builder: Builder, form: Memo<Form>, as_text: RwSignal<bool>) -> impl IntoView {
    let left: StoredValue<Option<(usize, ScheduleSpec)>> = StoredValue::new(None);
    let to = move |wanted: Form| {
        let (index, now) = untrack(|| (builder.index(), form.get()));
        as_text.set(wanted == Form::Text);
        let Some(spec) = untrack(|| builder.spec()) else { return };
        let is_cron = matches!(spec.when, Days::Cron(_));
        if wanted == Form::Text || now == wanted || is_cron == (wanted == Form::Cron) {
            return;
        }
        let before = left.get_value().filter(|(of, _)| *of == index).map(|(_, spec)| spec);
        left.set_value(Some((index, spec.clone())));
        let kept = before.filter(|before| matches!(before.when, Days::Cron(_)) != is_cron);
        builder.set(kept.unwrap_or_else(|| if is_cron { as_rule(builder, &spec) } else { as_cron(&spec) }));
    };
    // Who may not change the schedule sees it in the form it has, and as text.
    let is_cron = builder.part(|spec| matches!(spec.when, Days::Cron(_)));
    let may_show = move |which: Form| builder.may_edit || which == Form::Text || is_cron.get() == (which == Form::Cron);
    let button = move |which: Form, label: fn() -> &'static str| {
        view! {
            <button
                type="button"
                aria-pressed=move || (form.get() == which).to_string()
                disabled=move || !may_show(which)
                on:click=move |_| to(which)
            >
                {move || label()}
            </button>
        }
    };
    view! {
        <div class="seg seg--s" role="group" aria-label=move || t!(schedule_form)>
            {button(Form::Rule, || t!(schedule_form_rule))}
            {button(Form::Cron, || t!(schedule_form_cron))}
            {button(Form::Text, || t!(schedule_form_text))}
        </div>
    }
}

fn as_cron(spec: &ScheduleSpec) -> ScheduleSpec {
    let usual = || "0 18 * * *".parse().expect("the expression holds");
    nearest::as_cron(spec, nearest::cron(spec).unwrap_or_else(usual))
}

fn as_rule(builder: Builder, spec: &ScheduleSpec) -> ScheduleSpec {
    let rule = if spec.calendar.is_some() { Rule::EveryOpenDay } else { Rule::EveryDay };
    let times = nearest::times(spec, &builder.calendars(), browser::server_now_ms());
    ScheduleSpec { when: Days::Rule(rule), times, ..spec.clone() }
}

/// Rules that many workflows have.
#[component]
fn Recipes(builder: Builder) -> impl IntoView {
    let take = move |recipe: Recipe| {
        let calendar = untrack(|| builder.usual_calendar());
        builder.update(|spec| {
            // The times of a cron expression come along.
            spec.times = nearest::times(spec, &builder.calendars(), browser::server_now_ms());
            *spec = recipe.apply(spec, &calendar);
        });
    };
    view! { <RecipeChips builder take=Callback::new(take) /> }
}

/// The entry doesn't hold: what is wrong with it, and a rule in its place.
#[component]
fn Faulty(builder: Builder) -> impl IntoView {
    let replace = move |_| {
        let calendar = untrack(|| builder.usual_calendar());
        builder.set(Recipe::EveryOpenDay.apply(&builder.first_spec(), &calendar));
    };
    let path = move || format!("spec.schedules[{}]", builder.index());
    view! {
        <FieldProblems problems=Signal::derive(move || {
            let path = path();
            builder.problems(|at| at.starts_with(&format!("{path}.")))
        }) />
        <div class="row">
            <span class="muted">{move || t!(schedule_faulty)}</span>
            <button class="btn btn--s" type="button" disabled=!builder.may_edit on:click=replace>
                {move || t!(schedule_replace)}
            </button>
        </div>
    }
}
