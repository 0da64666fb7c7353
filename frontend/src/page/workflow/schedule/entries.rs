//! Which schedules the workflow has: choosing one, its name and whether it is on, adding and removing.

use leptos::prelude::*;

use super::builder::{Builder, FieldProblems};
use crate::browser;
use crate::component::icon::Ic;
use crate::component::switch::Switch;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::workflow::unread::Field;
use crate::t;
use crate::view::schedule::entry;
use crate::view::schedule::recipe::Recipe;

/// The schedules, to choose from; of the chosen one its name, whether it is on, and its removal.
#[component]
pub(crate) fn Entries(builder: Builder) -> impl IntoView {
    let names = Memo::new(move |_| {
        let plan = builder.plan();
        plan.entries.iter().map(|entry| (entry.name.clone(), entry.enabled)).collect::<Vec<_>>()
    });
    let chosen = Memo::new(move |_| builder.index());
    let chip = move |(index, (name, enabled)): (usize, (String, bool))| {
        let (target, mark) = (name.clone(), name.clone());
        view! {
            <button
                class="chip chip--s"
                type="button"
                data-schedule=mark
                aria-pressed=move || (chosen.get() == index).to_string()
                on:click=move |_| builder.choose(target.clone())
            >
                <b>{name}</b>
                {(!enabled).then(|| view! { <span class="dim">{move || t!(workflow_off_since)}</span> })}
            </button>
        }
    };
    let entry = Memo::new(move |_| builder.entry().map(|entry| (entry.name, entry.enabled)).unwrap_or_default());
    let switch = Callback::new(move |on: bool| {
        let index = untrack(|| builder.index());
        builder.change(|source| entry::enable(source, index, on));
    });
    let remove = move |_| {
        let index = untrack(|| builder.index());
        builder.change(|source| entry::remove(source, index));
        builder.draft.unread.remove(index);
    };
    let off = (!builder.may_edit).then(|| t!(schedule_read_only).to_owned());
    view! {
        <div class="row row--wrap">
            <Show when=move || names.with(|names| names.len() > 1)>
                <div class="row row--s row--wrap" role="group" aria-label=move || t!(schedule_all)>
                    {move || names.get().into_iter().enumerate().map(chip).collect_view()}
                </div>
            </Show>
            <NameField builder />
            <Switch
                on=Signal::derive(move || entry.get().1)
                label=Signal::derive(move || t!(schedule_enable, entry.get().0))
                off_limits=Signal::stored(off)
                on_switch=switch
            />
            <button
                class="ibtn ibtn--s"
                type="button"
                data-act="remove-schedule"
                disabled=!builder.may_edit
                aria-label=move || t!(schedule_remove, entry.get().0)
                title=move || t!(schedule_remove, entry.get().0)
                on:click=remove
            >
                <Ic icon=Icon::Trash size="ic--s" />
            </button>
        </div>
    }
}

#[component]
fn NameField(builder: Builder) -> impl IntoView {
    let name = Memo::new(move |_| builder.entry().map(|entry| entry.name).unwrap_or_default());
    let unread = builder.unread(Field::Name);
    let bad = Memo::new(move |_| unread.with(Option::is_some));
    let rename = move |event: web_sys::Event| {
        let wanted = browser::input_value(&event).trim().to_owned();
        let (plan, index) = untrack(|| (builder.plan(), builder.index()));
        let fits = entry::is_name(&plan, index, &wanted);
        builder.draft.tell(index, Field::Name, wanted.clone(), (!fits).then(|| t!(schedule_name_bad).to_owned()));
        if fits && wanted != name.get_untracked() {
            builder.change(|source| entry::rename(source, index, &wanted));
            builder.choose(wanted);
        }
    };
    view! {
        <label class="row row--s">
            <span class="small dim">{move || t!(schedule_name)}</span>
            <input
                class="inp inp--s inp--name mono"
                class:inp--err=move || bad.get()
                maxlength="63"
                spellcheck="false"
                disabled=!builder.may_edit
                aria-invalid=move || bad.get().to_string()
                prop:value=move || unread.get().unwrap_or_else(|| name.get())
                on:change=rename
            />
        </label>
        {move || bad.get().then(|| view! { <span class="hint hint--err" role="alert">{t!(schedule_name_bad)}</span> })}
        <FieldProblems problems=Signal::derive(move || builder.problems_at("name")) />
    }
}

#[component]
pub(crate) fn AddButton(builder: Builder) -> impl IntoView {
    let add = move |_| add(builder, Recipe::EveryOpenDay);
    view! {
        <button class="btn btn--s" type="button" data-act="add-schedule" disabled=!builder.may_edit on:click=add>
            <Ic icon=Icon::Plus />
            {move || t!(schedule_add)}
        </button>
    }
}

/// Adds a schedule and shows it.
fn add(builder: Builder, recipe: Recipe) {
    let (plan, calendar) = untrack(|| (builder.plan(), builder.usual_calendar()));
    let name = entry::free_name(&plan, recipe.name());
    let mut blank = builder.first_spec();
    if let Some(spec) = plan.entries.iter().find_map(|entry| entry.spec.as_ref()) {
        blank.timezone = spec.timezone;
    }
    let spec = recipe.apply(&blank, &calendar);
    builder.change(|source| entry::add(source, &plan, &name, &spec));
    builder.choose(name);
}

/// The workflow has no schedule: how it starts then, and how it gets one.
#[component]
pub(crate) fn NoSchedule(builder: Builder) -> impl IntoView {
    view! {
        <section class="sblk">
            <div class="sblk__h">
                <h2>{move || t!(schedule_by_hand_title)}</h2>
                <span class="push"></span>
                <AddButton builder />
            </div>
            <p class="muted">{move || t!(schedule_by_hand_text)}</p>
            <RecipeChips builder take=Callback::new(move |recipe| add(builder, recipe)) />
            {move || builder.fault.get().map(|fault| view! { <p class="hint hint--err" role="alert">{fault}</p> })}
        </section>
    }
}

/// Common rules to take one of.
#[component]
pub(crate) fn RecipeChips(builder: Builder, take: Callback<Recipe>) -> impl IntoView {
    let chip = move |recipe: Recipe| {
        view! {
            <button
                class="chip chip--s"
                type="button"
                data-recipe=recipe.name()
                disabled=!builder.may_edit
                on:click=move |_| take.run(recipe)
            >
                {move || recipe.label(lang())}
            </button>
        }
    };
    view! {
        <div class="row row--wrap row--s">
            <span class="small dim">{move || t!(schedule_recipes)}</span>
            {Recipe::ALL.into_iter().map(chip).collect_view()}
        </div>
    }
}
