//! A year of days to look at and walk through, its legend, and how far a calendar is published.

use std::sync::Arc;

use domain::bizdate::BizDate;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::component::icon::Ic;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::t;
use crate::view::calendar::horizon::Bar;
use crate::view::calendar::year::{self, Cell, Month, Step};

/// Days that stand out in a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) today: Option<BizDate>,
    /// The business date.
    pub(crate) current: Option<BizDate>,
}

/// A day was chosen, by the mouse or by walking there with the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) day: BizDate,
    pub(crate) walked: bool,
}

/// Twelve months. One listener serves all days; one of them is in the order of Tab, the arrows lead to the others.
#[component]
pub(crate) fn YearGrid(
    #[prop(into)] months: Signal<Arc<Vec<Month>>>,
    #[prop(into)] marked: Signal<Marked>,
    #[prop(into)] chosen: Signal<Option<BizDate>>,
    /// Lower rows.
    #[prop(optional)]
    small: bool,
    on_choose: Callback<Chosen>,
) -> impl IntoView {
    let root = NodeRef::<Div>::new();
    let click = move |event: MouseEvent| {
        if let Some(day) = day_of(event.target()) {
            on_choose.run(Chosen { day, walked: false });
        }
    };
    let keys = move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        let step = Step::of_key(&event.key()).filter(|_| !modified);
        if let (Some(day), Some(step)) = (day_of(event.target()), step) {
            event.prevent_default();
            let day = step.from(day);
            on_choose.run(Chosen { day, walked: true });
            // Another year is drawn first.
            request_animation_frame(move || focus_day(root, day));
        }
    };
    // Where Tab enters the grid: the chosen day, else today, else the first.
    let entrance = Memo::new(move |_| {
        months.with(|months| {
            let shown = |day: &BizDate| {
                months.iter().any(|month| month.cells.first().is_some_and(|cell| cell.date.year() == day.year()))
            };
            let preferred = chosen.get().filter(&shown).or_else(|| marked.get().today.filter(&shown));
            preferred.or_else(|| Some(months.first()?.cells.first()?.date))
        })
    });
    view! {
        <div class="yr" class:yr--s=small node_ref=root on:click=click on:keydown=keys>
            {move || {
                let marked = marked.get();
                months.get().iter().map(|month| month_table(month, marked, chosen, entrance)).collect_view()
            }}
        </div>
    }
}

fn month_table(
    month: &Month,
    marked: Marked,
    chosen: Signal<Option<BizDate>>,
    entrance: Memo<Option<BizDate>>,
) -> impl IntoView + use<> {
    const WEEK: usize = 7;
    let places = std::iter::repeat_n(None, month.lead).chain(month.cells.iter().map(Some)).collect::<Vec<_>>();
    let row = |week: &[Option<&Cell>]| {
        let cells = week.iter().map(|place| match place {
            Some(cell) => view! { <td role="gridcell">{day_button(cell, marked, chosen, entrance)}</td> }.into_any(),
            None => view! { <td></td> }.into_any(),
        });
        view! { <tr>{cells.collect_view()}</tr> }
    };
    let heads = year::heads(lang()).map(|(short, long)| view! { <th abbr=long title=long scope="col">{short}</th> });
    view! {
        <table class="mo" role="grid" aria-label=month.name>
            <caption>
                <b>{month.name}</b>
                <span>{month.note.clone()}</span>
            </caption>
            <thead>
                <tr>{heads.into_iter().collect_view()}</tr>
            </thead>
            <tbody>{places.chunks(WEEK).map(row).collect_view()}</tbody>
        </table>
    }
}

fn day_button(
    cell: &Cell,
    marked: Marked,
    chosen: Signal<Option<BizDate>>,
    entrance: Memo<Option<BizDate>>,
) -> impl IntoView + use<> {
    let date = cell.date;
    let is_today = marked.today == Some(date);
    let class = match (marked.current == Some(date), is_today) {
        (true, _) => format!("{} is-t", cell.class),
        (_, true) => format!("{} is-now", cell.class),
        _ => cell.class.to_owned(),
    };
    let mark = cell.mark.map(|mark| view! { <sup>{mark}</sup> });
    view! {
        <button
            class=class
            class:is-sel=move || chosen.get() == Some(date)
            type="button"
            data-day=date.to_string()
            title=cell.title.clone()
            aria-label=cell.title.clone()
            aria-current=is_today.then_some("date")
            tabindex=move || if entrance.get() == Some(date) { "0" } else { "-1" }
        >
            {date.day()}
            {mark}
        </button>
    }
}

fn day_of(target: Option<web_sys::EventTarget>) -> Option<BizDate> {
    let element = target?.dyn_into::<web_sys::Element>().ok()?;
    element.closest("[data-day]").ok().flatten()?.get_attribute("data-day")?.parse().ok()
}

fn focus_day(root: NodeRef<Div>, day: BizDate) {
    let found =
        root.get_untracked().and_then(|root| root.query_selector(&format!("[data-day='{day}']")).ok().flatten());
    if let Some(button) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        let _ = button.focus();
    }
}

/// What the looks of the days mean.
#[component]
pub(crate) fn Legend(
    /// The style of a sample, its sign, and its meaning.
    #[prop(into)]
    entries: Signal<Vec<(&'static str, Option<&'static str>, String)>>,
) -> impl IntoView {
    let entry = |(class, mark, words): (&'static str, Option<&'static str>, String)| {
        view! {
            <span>
                <i class=class aria-hidden="true">
                    "8"
                    {mark.map(|mark| view! { <sup>{mark}</sup> })}
                </i>
                {words}
            </span>
        }
    };
    view! { <div class="callg">{move || entries.get().into_iter().map(entry).collect_view()}</div> }
}

/// How far the days are published.
#[component]
pub(crate) fn Horizon(
    #[prop(into)] bar: Signal<Option<Bar>>,
    #[prop(into)] words: Signal<String>,
    /// One of the stages of the alarm has begun.
    #[prop(into)]
    alarm: Signal<bool>,
) -> impl IntoView {
    let place = |percent: f64| format!("{percent:.2}%");
    let drawn = move |bar: Bar| {
        let tick = |(at, name): (f64, String)| view! { <u style:--x=place(at)>{name}</u> };
        view! {
            <i class="hz__pub" style:--x=place(bar.from) style:--w=place(bar.width)></i>
            {bar.now.map(|now| view! { <i class="hz__now" style:--x=place(now)></i> })}
            {bar.ticks.into_iter().map(tick).collect_view()}
        }
    };
    view! {
        <div class="hz">
            <div class="hz__bar" role="img" aria-label=move || words.get()>{move || bar.get().map(drawn)}</div>
            {move || match alarm.get() {
                true => view! {
                    <span class="st st--risk">
                        <svg class="si si-risk" aria-hidden="true">
                            <use_ href=Icon::StateRisk.href()></use_>
                        </svg>
                        {words.get()}
                    </span>
                }
                .into_any(),
                false => view! { <span class="dim">{words.get()}</span> }.into_any(),
            }}
        </div>
    }
}

/// The year, and the years beside it.
#[component]
pub(crate) fn YearStepper(#[prop(into)] year: Signal<i32>, on_year: Callback<i32>) -> impl IntoView {
    let step = move |by: i32, icon: Icon, name: &'static str| {
        let to = move || (year.get() + by).to_string();
        view! {
            <button
                class="ibtn"
                type="button"
                data-act=name
                title=to
                aria-label=move || t!(calendar_go_year, to())
                on:click=move |_| on_year.run(year.get_untracked() + by)
            >
                <Ic icon />
            </button>
        }
    };
    view! {
        <div class="row row--s">
            {step(-1, Icon::Left, "year-before")}
            <b class="med calyear" aria-live="polite">{move || year.get()}</b>
            {step(1, Icon::Right, "year-after")}
        </div>
    }
}
