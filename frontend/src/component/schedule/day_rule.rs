//! Which days a rule names.

use chrono::Weekday;
use domain::bizdate::Period;
use domain::schedule::{DayKind, Rule};
use leptos::prelude::*;

use super::choice::{Choice, Choices};
use crate::browser;
use crate::format;
use crate::i18n::lang;
use crate::t;

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

const PERIODS: [Period; 6] = [Period::Week, Period::TenDay, Period::Month, Period::Quarter, Period::Half, Period::Year];

/// The kinds of rules.
fn key(rule: &Rule) -> &'static str {
    match rule {
        Rule::EveryDay => "day",
        Rule::EveryOpenDay => "open",
        Rule::Weekdays(_) => "week",
        Rule::Ordinal { .. } => "nth",
        Rule::EveryOpenDays(_) => "step",
    }
}

/// The first rule of a kind.
fn of_key(key: &str) -> Rule {
    match key {
        "day" => Rule::EveryDay,
        "week" => Rule::Weekdays(vec![Weekday::Fri]),
        "nth" => Rule::Ordinal { n: -1, of: DayKind::OpenDay, period: Period::Month },
        "step" => Rule::EveryOpenDays(2),
        _ => Rule::EveryOpenDay,
    }
}

#[component]
pub(crate) fn DayRuleChoice(value: Rule, on_change: Callback<Rule>, close: Callback<()>) -> impl IntoView {
    let rule = RwSignal::new(value);
    let change = Callback::new(move |new: Rule| {
        rule.set(new.clone());
        on_change.run(new);
    });
    let choices = || {
        [
            ("open", t!(schedule_every_open_day)),
            ("day", t!(schedule_every_day)),
            ("week", t!(schedule_certain_weekdays)),
            ("nth", t!(schedule_nth_of_period)),
            ("step", t!(schedule_every_so_many)),
        ]
        .map(|(key, label)| Choice::new(key, label))
        .to_vec()
    };
    let choose = Callback::new(move |chosen: String| {
        if rule.with_untracked(key) != chosen {
            change.run(of_key(&chosen));
        }
        // These have nothing more to say.
        if matches!(chosen.as_str(), "open" | "day") {
            close.run(());
        }
    });
    let kind = Memo::new(move |_| rule.with(key));
    view! {
        <Choices
            label=Signal::derive(|| t!(schedule_days_label).to_owned())
            choices=Signal::derive(choices)
            chosen=Signal::derive(move || kind.get().to_owned())
            on_choose=choose
        />
        {move || match kind.get() {
            "week" => view! { <Weekdays rule change /> }.into_any(),
            "nth" => view! { <Nth rule change /> }.into_any(),
            "step" => view! { <Steps rule change /> }.into_any(),
            _ => ().into_any(),
        }}
    }
}

#[component]
fn Weekdays(rule: RwSignal<Rule>, change: Callback<Rule>) -> impl IntoView {
    let has = move |day: Weekday| rule.with(|rule| matches!(rule, Rule::Weekdays(days) if days.contains(&day)));
    let toggle = move |day: Weekday| {
        let chosen: Vec<Weekday> =
            WEEK.into_iter().filter(|other| untrack(|| has(*other)) != (*other == day)).collect();
        // The last day stays: a rule names at least one.
        if !chosen.is_empty() {
            change.run(Rule::Weekdays(chosen));
        }
    };
    let chip = move |day: Weekday| {
        view! {
            <button class="chip chip--s" type="button" aria-pressed=move || has(day).to_string() on:click=move |_| toggle(day)>
                {move || format::weekday(day, lang())}
            </button>
        }
    };
    view! {
        <div class="row row--s row--wrap picker__f" role="group" aria-label=move || t!(schedule_certain_weekdays)>
            {WEEK.into_iter().map(chip).collect_view()}
        </div>
    }
}

/// The n-th day of a kind in each period.
#[component]
fn Nth(rule: RwSignal<Rule>, change: Callback<Rule>) -> impl IntoView {
    let parts = move || match rule.get() {
        Rule::Ordinal { n, of, period } => (n, of, period),
        _ => (-1, DayKind::OpenDay, Period::Month),
    };
    let count = move |event: web_sys::Event| {
        let (n, of, period) = untrack(parts);
        if let Ok(count) = browser::input_value(&event).parse::<i32>()
            && count > 0
        {
            change.run(Rule::Ordinal { n: count * n.signum(), of, period });
        }
    };
    let side = move |event: web_sys::Event| {
        let (n, of, period) = untrack(parts);
        let sign = if event_target_value(&event) == "end" { -1 } else { 1 };
        change.run(Rule::Ordinal { n: n.abs() * sign, of, period });
    };
    view! {
        <div class="fgrid picker__f">
            <label class="field">
                <span class="lbl">{move || t!(schedule_number)}</span>
                <input class="inp" type="number" min="1" max="366" prop:value=move || parts().0.abs().to_string() on:change=count />
            </label>
            <label class="field">
                <span class="lbl">{move || t!(schedule_counted_from)}</span>
                <select class="inp" on:change=side>
                    <option value="begin" selected=move || parts().0.is_positive()>{move || t!(schedule_from_begin)}</option>
                    <option value="end" selected=move || parts().0.is_negative()>{move || t!(schedule_from_end)}</option>
                </select>
            </label>
            <KindAndPeriod parts=Signal::derive(parts) change />
        </div>
    }
}

#[component]
fn KindAndPeriod(parts: Signal<(i32, DayKind, Period)>, change: Callback<Rule>) -> impl IntoView {
    let kind = move |event: web_sys::Event| {
        let (n, _, period) = parts.get_untracked();
        let of = match event_target_value(&event).as_str() {
            "day" => DayKind::Day,
            "open" => DayKind::OpenDay,
            weekday => weekday.parse().map_or(DayKind::OpenDay, DayKind::Weekday),
        };
        change.run(Rule::Ordinal { n, of, period });
    };
    let within = move |event: web_sys::Event| {
        let (n, of, _) = parts.get_untracked();
        if let Ok(period) = event_target_value(&event).parse() {
            change.run(Rule::Ordinal { n, of, period });
        }
    };
    let is_of = move |of: DayKind| parts.get().1 == of;
    let weekday = move |day: Weekday| {
        view! {
            <option value=day.to_string() selected=move || is_of(DayKind::Weekday(day))>
                {move || format::weekday(day, lang())}
            </option>
        }
    };
    let period = move |period: Period| {
        view! {
            <option value=period.to_string() selected=move || parts.get().2 == period>
                {move || period.text(lang())}
            </option>
        }
    };
    view! {
        <label class="field">
            <span class="lbl">{move || t!(schedule_kind)}</span>
            <select class="inp" on:change=kind>
                <option value="open" selected=move || is_of(DayKind::OpenDay)>{move || t!(schedule_kind_open_day)}</option>
                <option value="day" selected=move || is_of(DayKind::Day)>{move || t!(schedule_kind_day)}</option>
                {WEEK.into_iter().map(weekday).collect_view()}
            </select>
        </label>
        <label class="field">
            <span class="lbl">{move || t!(schedule_period)}</span>
            <select class="inp" on:change=within>
                {PERIODS.into_iter().map(period).collect_view()}
            </select>
        </label>
    }
}

/// Every n-th open day.
#[component]
fn Steps(rule: RwSignal<Rule>, change: Callback<Rule>) -> impl IntoView {
    let count = move || if let Rule::EveryOpenDays(n) = rule.get() { n } else { 2 };
    let set = move |event: web_sys::Event| {
        if let Ok(n) = browser::input_value(&event).parse::<u32>()
            && (1..=366).contains(&n)
        {
            change.run(Rule::EveryOpenDays(n));
        }
    };
    view! {
        <label class="field picker__f">
            <span class="lbl">{move || t!(schedule_number)}</span>
            <input class="inp" type="number" min="1" max="366" prop:value=move || count().to_string() on:change=set />
            <span class="hint">{move || t!(schedule_steps_hint)}</span>
        </label>
    }
}
