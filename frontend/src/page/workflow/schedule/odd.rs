//! What happens when things go otherwise: a run is still active, the scheduler was away, the calendar ends.

use domain::schedule::Beyond;
use domain::workflow::spec::{CatchUp, Concurrency, Overlap};
use leptos::prelude::*;

use super::builder::{Builder, FieldProblems};
use crate::api::workflow::ScheduleState;
use crate::browser;
use crate::i18n::lang;
use crate::t;
use crate::view::schedule::{entry, missed};

#[component]
pub(crate) fn OddCases(builder: Builder) -> impl IntoView {
    let has_schedule = Memo::new(move |_| builder.count() > 0);
    view! {
        <section class="sblk">
            <div class="sblk__h">
                <h2>{move || t!(schedule_odd)}</h2>
            </div>
            <div class="fgrid fgrid--3">
                <ActiveRuns builder />
                <CatchingUp builder />
                <Show when=move || has_schedule.get()>
                    <PastHorizon builder />
                </Show>
            </div>
        </section>
    }
}

#[component]
fn ActiveRuns(builder: Builder) -> impl IntoView {
    let limits = Memo::new(move |_| entry::overlap(builder.plan().concurrency));
    let set = move |max_active_runs: Option<u32>, overlap: Overlap| {
        builder.change(|source| entry::set_concurrency(source, Concurrency { max_active_runs, overlap }));
    };
    let choose = move |event: web_sys::Event| {
        let most = limits.get_untracked().0.or(Some(1));
        match event_target_value(&event).as_str() {
            "queue" => set(most, Overlap::Queue),
            "skip" => set(most, Overlap::Skip),
            "cancel" => set(most, Overlap::CancelRunning),
            // Without a limit nothing overlaps.
            _ => set(None, Overlap::Queue),
        }
    };
    let count = move |event: web_sys::Event| {
        if let Ok(most) = browser::input_value(&event).parse::<u32>()
            && (1..=1_000).contains(&most)
        {
            set(Some(most), limits.get_untracked().1);
        }
    };
    let is = move |overlap: Overlap| limits.get().1 == overlap;
    view! {
        <div class="field">
            <label for="overlap">{move || t!(schedule_overlap)}</label>
            <div class="row row--s">
                <select id="overlap" class="inp" disabled=!builder.may_edit on:change=choose>
                    <option value="allow" selected=move || is(Overlap::Allow)>{move || t!(schedule_overlap_allow)}</option>
                    <option value="queue" selected=move || is(Overlap::Queue)>{move || t!(schedule_overlap_queue)}</option>
                    <option value="skip" selected=move || is(Overlap::Skip)>{move || t!(schedule_overlap_skip)}</option>
                    <option value="cancel" selected=move || is(Overlap::CancelRunning)>{move || t!(schedule_overlap_cancel)}</option>
                </select>
                <Show when=move || limits.get().0.is_some()>
                    <input
                        class="inp inp--count"
                        type="number"
                        min="1"
                        max="1000"
                        disabled=!builder.may_edit
                        aria-label=move || t!(schedule_most_active)
                        title=move || t!(schedule_most_active)
                        prop:value=move || limits.get().0.unwrap_or(1).to_string()
                        on:change=count
                    />
                </Show>
            </div>
            <FieldProblems problems=Signal::derive(move || builder.problems(|path| path.starts_with("spec.concurrency"))) />
        </div>
    }
}

#[component]
fn CatchingUp(builder: Builder) -> impl IntoView {
    let policy = Memo::new(move |_| builder.plan().catch_up);
    let choose = move |event: web_sys::Event| {
        let policy = match event_target_value(&event).as_str() {
            "all" => CatchUp::All,
            "none" => CatchUp::None,
            _ => CatchUp::Latest,
        };
        builder.change(|source| entry::set_catch_up(source, policy));
    };
    let option = move |value: &'static str, which: CatchUp, label: fn() -> &'static str| {
        view! { <option value=value selected=move || policy.get() == which>{move || label()}</option> }
    };
    view! {
        <label class="field">
            <span class="lbl">{move || t!(schedule_catch_up)}</span>
            <select class="inp" data-field="catch-up" disabled=!builder.may_edit on:change=choose>
                {option("latest", CatchUp::Latest, || t!(schedule_catch_up_latest))}
                {option("all", CatchUp::All, || t!(schedule_catch_up_all))}
                {option("none", CatchUp::None, || t!(schedule_catch_up_none))}
            </select>
            <span class="hint" data-hint="catch-up">
                {move || consequence(builder, policy.get()).unwrap_or_else(|| missed::policy_words(policy.get(), lang()).to_owned())}
            </span>
            <FieldProblems problems=Signal::derive(move || builder.problems(|path| path.starts_with("spec.catch_up"))) />
        </label>
    }
}

/// What turning the schedule that is shown on again will make up for, when it is paused.
fn consequence(builder: Builder, policy: CatchUp) -> Option<String> {
    let entry = builder.entry()?;
    let (last_ms, is_on) = builder.server.with_value(|(schedules, is_on)| {
        let schedule = schedules.iter().find(|schedule| schedule.name == entry.name)?;
        Some((schedule.last_fire_at?.0, *is_on && schedule.state != ScheduleState::Paused))
    })?;
    if is_on {
        return None;
    }
    let is_same = builder.live.with_value(|live| live.entries.iter().any(|old| old.is_same(&entry)));
    if !is_same {
        return Some(t!(schedule_begins_anew).to_owned());
    }
    let dates = builder.dates().ok()?;
    let times = (last_ms, browser::server_now_ms());
    missed::words(&entry.spec?, policy, &dates, &builder.calendars(), times, lang())
}

#[component]
fn PastHorizon(builder: Builder) -> impl IntoView {
    let beyond = builder.part(|spec| spec.beyond);
    let choose = move |event: web_sys::Event| {
        let beyond = if event_target_value(&event) == "hold" { Beyond::Hold } else { Beyond::AssumeWeekMask };
        builder.update(|spec| spec.beyond = beyond);
    };
    let hint = move || match beyond.get() {
        Beyond::Hold => t!(schedule_beyond_hold_hint),
        Beyond::AssumeWeekMask => t!(schedule_beyond_assume_hint),
    };
    view! {
        <label class="field">
            <span class="lbl">{move || t!(schedule_beyond)}</span>
            <select class="inp" data-field="beyond" disabled=!builder.may_edit on:change=choose>
                <option value="hold" selected=move || beyond.get() == Beyond::Hold>{move || t!(schedule_beyond_hold)}</option>
                <option value="assume" selected=move || beyond.get() == Beyond::AssumeWeekMask>
                    {move || t!(schedule_beyond_assume)}
                </option>
            </select>
            <span class="hint">{hint}</span>
            <FieldProblems problems=Signal::derive(move || builder.problems_at("beyond")) />
        </label>
    }
}
