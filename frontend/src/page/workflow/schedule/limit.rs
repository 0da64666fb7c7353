//! From when until when the schedule holds, and where its day ends.

use domain::bizdate::BizDate;
use domain::schedule::{CutSide, DayCut};
use leptos::prelude::*;

use super::builder::{Builder, FieldProblems};
use crate::browser;
use crate::component::schedule::times::parse_time;
use crate::page::workflow::unread::Field;
use crate::t;

#[component]
pub(crate) fn Limits(builder: Builder) -> impl IntoView {
    let from = builder.part(|spec| spec.from);
    let until = builder.part(|spec| spec.until);
    let date = |event: &web_sys::Event| browser::input_value(event).parse::<BizDate>().ok();
    let text = |date: Option<BizDate>| date.map(|date| date.to_string()).unwrap_or_default();
    view! {
        <div class="fgrid fgrid--3">
            <label class="field">
                <span class="lbl">{move || t!(schedule_from)}</span>
                <input
                    class="inp"
                    type="date"
                    disabled=!builder.may_edit
                    prop:value=move || text(from.get())
                    on:change=move |event| builder.update(|spec| spec.from = date(&event))
                />
                <FieldProblems problems=Signal::derive(move || builder.problems_at("from")) />
            </label>
            <label class="field">
                <span class="lbl">{move || t!(schedule_until)}</span>
                <input
                    class="inp"
                    type="date"
                    disabled=!builder.may_edit
                    prop:value=move || text(until.get())
                    on:change=move |event| builder.update(|spec| spec.until = date(&event))
                />
                <FieldProblems problems=Signal::derive(move || builder.problems_at("until")) />
            </label>
            <Cut builder />
        </div>
    }
}

/// Where the day ends: the small hours may belong to the day before, the night to the next open day.
#[component]
fn Cut(builder: Builder) -> impl IntoView {
    let cut = builder.part(|spec| spec.day_cut);
    let unread = builder.unread(Field::Cut);
    let bad = move || unread.with(Option::is_some);
    let tell = move |text: String, why: Option<String>| {
        builder.draft.tell(untrack(|| builder.index()), Field::Cut, text, why);
    };
    let set_side = move |event: web_sys::Event| {
        let at = |hour: u32| crate::view::schedule::recipe::time(hour, 0);
        let old = cut.get_untracked();
        let new = match event_target_value(&event).as_str() {
            "before" => Some(DayCut { at: old.map_or(at(6), |cut| cut.at), side: CutSide::Previous }),
            "next" => Some(DayCut { at: old.map_or(at(21), |cut| cut.at), side: CutSide::Next }),
            _ => None,
        };
        tell(String::new(), None);
        builder.update(|spec| spec.day_cut = new);
    };
    let set_time = move |event: web_sys::Event| {
        let entered = browser::input_value(&event);
        let at = parse_time(&entered);
        tell(entered, at.is_none().then(|| t!(schedule_time_bad).to_owned()));
        if let (Some(at), Some(DayCut { side, .. })) = (at, cut.get_untracked()) {
            builder.update(|spec| spec.day_cut = Some(DayCut { at, side }));
        }
    };
    let has_side = move |side: CutSide| cut.get().is_some_and(|cut| cut.side == side);
    view! {
        <div class="field">
            <label for="day-cut">{move || t!(schedule_cut)}</label>
            <div class="row row--s">
                <select id="day-cut" class="inp" disabled=!builder.may_edit on:change=set_side>
                    <option value="" selected=move || cut.get().is_none()>{move || t!(schedule_cut_midnight)}</option>
                    <option value="before" selected=move || has_side(CutSide::Previous)>{move || t!(schedule_cut_before)}</option>
                    <option value="next" selected=move || has_side(CutSide::Next)>{move || t!(schedule_cut_next)}</option>
                </select>
                <Show when=move || cut.get().is_some()>
                    <input
                        class="inp inp--time"
                        class:inp--err=bad
                        inputmode="numeric"
                        maxlength="8"
                        disabled=!builder.may_edit
                        aria-label=move || t!(schedule_cut_time)
                        aria-invalid=move || bad().to_string()
                        prop:value=move || unread.get().or_else(|| cut.get().map(|cut| cut.at.to_string())).unwrap_or_default()
                        on:change=set_time
                    />
                </Show>
            </div>
            <FieldProblems problems=Signal::derive(move || builder.problems_at("day_cut")) />
        </div>
    }
}
