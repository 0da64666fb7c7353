//! A time zone, found by a part of its name.

use chrono_tz::{TZ_VARIANTS, Tz};
use leptos::prelude::*;

use super::choice::{Choice, Choices};
use crate::browser;
use crate::t;

/// Shown before anything is typed.
const USUAL: [Tz; 7] = [
    Tz::Asia__Shanghai,
    Tz::Asia__Hong_Kong,
    Tz::Asia__Tokyo,
    Tz::Asia__Singapore,
    Tz::Europe__London,
    Tz::America__New_York,
    Tz::UTC,
];

/// More would not be read.
const MOST: usize = 30;

#[component]
pub(crate) fn ZoneChoice(value: Tz, on_change: Callback<Tz>) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let choices = move || {
        let wanted = search.with(|search| search.trim().to_lowercase().replace(' ', "_"));
        let has = |zone: &Tz| zone.name().to_lowercase().contains(&wanted);
        let found: Vec<Tz> = if wanted.is_empty() {
            std::iter::once(value).chain(USUAL.into_iter().filter(|zone| *zone != value)).collect()
        } else {
            TZ_VARIANTS.iter().copied().filter(has).take(MOST).collect()
        };
        found.into_iter().map(|zone| Choice::new(zone.name(), zone.name())).collect::<Vec<_>>()
    };
    let choose = Callback::new(move |name: String| {
        if let Ok(zone) = name.parse() {
            on_change.run(zone);
        }
    });
    view! {
        <input
            class="inp"
            type="search"
            placeholder=move || t!(schedule_zone_search)
            aria-label=move || t!(schedule_zone_search)
            on:input=move |event| search.set(browser::input_value(&event))
        />
        <Choices
            label=Signal::derive(|| t!(schedule_zone).to_owned())
            choices=Signal::derive(choices)
            chosen=Signal::stored(value.name().to_owned())
            on_choose=choose
        />
    }
}
