//! The times of day of a rule.

use domain::calendar::TimeOfDay;
use leptos::prelude::*;

use crate::browser;
use crate::component::icon::Ic;
use crate::icon::Icon;
use crate::t;

/// As many as a schedule takes.
const MOST: usize = 96;

/// Reads a time as it is typed, also with a full-width colon.
pub(crate) fn parse_time(text: &str) -> Option<TimeOfDay> {
    text.trim().replace('：', ":").parse().ok()
}

#[component]
pub(crate) fn Times(value: Vec<TimeOfDay>, on_change: Callback<Vec<TimeOfDay>>) -> impl IntoView {
    let texts = RwSignal::new(value.iter().map(ToString::to_string).collect::<Vec<String>>());
    let count = Memo::new(move |_| texts.with(Vec::len));
    // A text that is no time yet is kept in its field and left out of the schedule.
    let tell = Callback::new(move |()| {
        let mut times: Vec<TimeOfDay> =
            texts.with_untracked(|all| all.iter().filter_map(|it| parse_time(it)).collect());
        times.sort_unstable();
        times.dedup();
        if !times.is_empty() {
            on_change.run(times);
        }
    });
    let is_full = move || count.get() >= MOST;
    view! {
        <div class="col gap-4 picker__f">
            {move || (0..count.get()).map(|index| view! { <Line texts index tell /> }).collect_view()}
            <button
                class="btn btn--s"
                type="button"
                data-act="add-time"
                disabled=is_full
                on:click=move |_| texts.update(|texts| texts.push(String::new()))
            >
                <Ic icon=Icon::Plus />
                {move || t!(schedule_time_add)}
            </button>
        </div>
    }
}

#[component]
fn Line(texts: RwSignal<Vec<String>>, index: usize, tell: Callback<()>) -> impl IntoView {
    let text = move || texts.with(|texts| texts.get(index).cloned().unwrap_or_default());
    let bad = Memo::new(move |_| parse_time(&text()).is_none());
    let enter = move |event: web_sys::Event| {
        let entered = browser::input_value(&event);
        texts.update(|texts| {
            if let Some(text) = texts.get_mut(index) {
                *text = entered;
            }
        });
        tell.run(());
    };
    let remove = move |_| {
        texts.update(|texts| drop(texts.remove(index)));
        tell.run(());
    };
    view! {
        <div class="row row--s">
            <input
                class="inp inp--time"
                class:inp--err=move || bad.get()
                inputmode="numeric"
                maxlength="8"
                placeholder="18:00"
                aria-label=move || t!(schedule_time, index + 1)
                aria-invalid=move || bad.get().to_string()
                prop:value=text
                on:input=enter
            />
            <button
                class="ibtn ibtn--s"
                type="button"
                aria-label=move || t!(schedule_time_remove, text())
                disabled=move || texts.with(Vec::len) == 1
                on:click=remove
            >
                <Ic icon=Icon::X size="ic--s" />
            </button>
            {move || bad.get().then(|| view! { <span class="small hint--err">{t!(schedule_time_bad)}</span> })}
        </div>
    }
}
