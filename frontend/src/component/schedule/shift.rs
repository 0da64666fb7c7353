//! By how much a fire is moved away from its day.

use std::sync::Arc;

use domain::calendar::Calendars;
use domain::schedule::{Shift, ShiftUnit};
use leptos::prelude::*;

use super::calendar::resolved;
use super::choice::Entered;
use crate::browser;
use crate::t;

#[component]
pub(crate) fn ShiftChoice(
    calendars: Arc<Calendars>,
    value: Option<Shift>,
    /// Whether the schedule has a calendar whose open days can be counted.
    has_calendar: bool,
    on_change: Callback<Option<Shift>>,
) -> impl IntoView {
    let unit = if has_calendar { ShiftUnit::OpenDays } else { ShiftUnit::Days };
    let of = StoredValue::new(value.as_ref().and_then(|shift| shift.of.as_ref()).map(ToString::to_string));
    let shift = RwSignal::new(value.unwrap_or(Shift { n: 0, unit, of: None }));
    let tell = move || {
        let value = shift.get_untracked();
        // Open days of nothing can't be counted: until a calendar is named the shift is not taken.
        if value.unit == ShiftUnit::Days || value.of.is_some() || has_calendar {
            on_change.run(Some(value).filter(|shift| shift.n != 0));
        }
    };
    let count = move |event: web_sys::Event| {
        if let Ok(n) = browser::input_value(&event).parse::<i64>()
            && n.abs() <= 1_000
        {
            shift.update(|shift| shift.n = n);
            tell();
        }
    };
    let pick_unit = move |event: web_sys::Event| {
        let unit = if event_target_value(&event) == "days" { ShiftUnit::Days } else { ShiftUnit::OpenDays };
        shift.update(|shift| {
            shift.of = shift.of.take().filter(|_| unit == ShiftUnit::OpenDays);
            shift.unit = unit;
        });
        tell();
    };
    let take = Callback::new(move |text: String| {
        let of = if text.is_empty() { None } else { Some(resolved(&calendars, &text)?) };
        shift.update(|shift| shift.of = of);
        tell();
        Ok(())
    });
    let is_open_days = Memo::new(move |_| shift.with(|shift| shift.unit == ShiftUnit::OpenDays));
    view! {
        <div class="fgrid picker__f">
            <label class="field">
                <span class="lbl">{move || t!(schedule_shift_by)}</span>
                <input
                    class="inp"
                    type="number"
                    min="-1000"
                    max="1000"
                    prop:value=move || shift.with(|shift| shift.n.to_string())
                    on:change=count
                />
            </label>
            <label class="field">
                <span class="lbl">{move || t!(schedule_unit)}</span>
                <select class="inp" on:change=pick_unit>
                    <option value="open" selected=move || is_open_days.get()>{move || t!(schedule_unit_open_days)}</option>
                    <option value="days" selected=move || !is_open_days.get()>{move || t!(schedule_unit_days)}</option>
                </select>
            </label>
            <p class="hint full">{move || t!(schedule_shift_hint)}</p>
        </div>
        <Show when=move || is_open_days.get()>
            <Entered
                label=Signal::derive(|| t!(schedule_shift_of).to_owned())
                placeholder="HKEX"
                value=of.get_value().unwrap_or_default()
                take
            />
        </Show>
    }
}
