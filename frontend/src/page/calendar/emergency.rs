//! Changing a single day by hand, at once and with a reason, and taking that back. Both say beforehand what follows.

use cynic::MutationBuilder;
use domain::bizdate::BizDate;
use domain::calendar::{Base, TimeOfDay};
use leptos::prelude::*;

use crate::api::calendar::CalendarUse;
use crate::api::calendar::change::{
    ClearCalendarDayInput, ClearDay, ClearDayVariables, OverrideCalendarDayInput, OverrideDay, OverrideDayVariables,
};
use crate::api::client;
use crate::browser;
use crate::component::reason::ReasonDialog;
use crate::i18n::lang;
use crate::page::calendar::Shown;
use crate::page::calendar::day::listed;
use crate::page::calendar::fires::TouchedFires;
use crate::page::calendar::send::Sending;
use crate::state::calendars::{CalendarBook, use_calendars};
use crate::state::load::Loader;
use crate::state::toast;
use crate::t;
use crate::view::calendar::emergency::{self, Wish};
use crate::view::calendar::{book::Entry, dated};

#[component]
pub(crate) fn ChangeDayDialog(
    entry: Shown,
    day: BizDate,
    uses: Loader<Option<CalendarUse>>,
    on_close: Callback<()>,
) -> impl IntoView {
    let (sending, calendars) = (Sending::new(), use_calendars());
    let open_now = entry.with_untracked(|entry| entry.days().is_open(day).unwrap_or(false));
    let wish = RwSignal::new(if open_now { Wish::Closed } else { Wish::Open });
    let session = entry.with_untracked(|entry| listed(entry).map(|base| base.definition().session)).unwrap_or_default();
    // When a half day ends nobody but the viewer can say.
    let opens = RwSignal::new(session.open.map(|at| at.to_string()).unwrap_or_default());
    let closes = RwSignal::new(String::new());
    let times = move || (opens.read().parse::<TimeOfDay>().ok(), closes.read().parse::<TimeOfDay>().ok());
    let after = Signal::derive(move || {
        let rule = wish.get().rule(day, times(), "");
        entry.with(|entry| listed(entry).and_then(|base| emergency::changed(&base, day, Some(rule))))
    });
    let follows = Signal::derive(move || consequences(calendars, &entry.get(), after.get(), day));
    let confirm = Callback::new(move |reason: String| {
        let wish = wish.get_untracked();
        let half = wish == Wish::Half;
        if half && !matches!(untrack(times), (Some(_), Some(_))) {
            return;
        }
        let time = |at: RwSignal<String>| at.get_untracked().parse::<TimeOfDay>().ok().map(|at| at.to_string());
        let input = OverrideCalendarDayInput {
            calendar: entry.with_untracked(|entry| entry.row.id.clone()),
            date: day.naive(),
            open: wish != Wish::Closed,
            half: Some(half),
            opens_at: half.then(|| time(opens)).flatten(),
            closes_at: half.then(|| time(closes)).flatten(),
            reason,
            cancel_runs: None,
        };
        let answer = async move {
            let answer = client::send(OverrideDay::build(OverrideDayVariables { input })).await?.override_calendar_day;
            Ok((answer.calendar, answer.user_errors))
        };
        sending.send(answer, move |calendar| {
            toast::done(t!(calendar_day_changed, calendar.name, day));
            on_close.run(());
        });
    });
    let effect = move || {
        view! {
            <Wishes entry wish />
            <Show when=move || wish.get() == Wish::Half>
                <div class="fgrid">
                    <Time id="opens" label=Signal::derive(|| t!(calendar_opens)) value=opens />
                    <Time id="closes" label=Signal::derive(|| t!(calendar_closes)) value=closes />
                </div>
            </Show>
            <Follows follows after day uses />
        }
    };
    let title = move || entry.with(|entry| t!(calendar_change_title, entry.row.name.clone(), dated(day, lang())));
    view! {
        <ReasonDialog
            title=Signal::derive(title)
            effect=effect
            confirm=Signal::derive(|| t!(calendar_change_do).to_owned())
            danger=true
            busy=sending.busy
            refusal=sending.refusal
            on_close
            on_confirm=confirm
        />
    }
}

#[component]
fn Wishes(entry: Shown, wish: RwSignal<Wish>) -> impl IntoView {
    let option = move |choice: Wish| {
        let words = move || choice.text(entry.with(|entry| entry.wording()), lang());
        view! {
            <label class="opt">
                <input
                    type="radio"
                    name="wish"
                    prop:checked=move || wish.get() == choice
                    on:change=move |_| wish.set(choice)
                />
                <span>{words}</span>
            </label>
        }
    };
    view! {
        <fieldset class="opts">
            <legend class="sr">{move || t!(calendar_day_is)}</legend>
            {Wish::ALL.map(option).into_iter().collect_view()}
        </fieldset>
    }
}

#[component]
fn Time(id: &'static str, label: Signal<&'static str>, value: RwSignal<String>) -> impl IntoView {
    let wrong = move || value.with(|text| text.parse::<TimeOfDay>().is_err());
    view! {
        <div class="field">
            <label for=id>{move || label.get()}</label>
            <input
                id=id
                class="inp"
                class:inp--err=wrong
                inputmode="numeric"
                maxlength="5"
                placeholder="09:30"
                autocomplete="off"
                required
                aria-invalid=move || wrong().to_string()
                prop:value=move || value.get()
                on:input=move |event| value.set(browser::input_value(&event))
            />
            <Show when=wrong>
                <span class="hint hint--err">{move || t!(calendar_time_rule)}</span>
            </Show>
        </div>
    }
}

/// What the calendar with another base means for the day and for what rests on it.
fn consequences(calendars: CalendarBook, entry: &Entry, after: Option<Base>, day: BizDate) -> Vec<String> {
    let Some(after) = after else { return Vec::new() };
    let book = calendars.book();
    let tenant = entry.row.tenant.as_ref().map(|tenant| tenant.id.inner());
    let derived: Vec<String> =
        book.seen_by(tenant).filter(|other| other.is_derived()).map(|other| other.row.name.clone()).collect();
    emergency::consequences(&book.calendars_of(entry), after, day, &derived, lang())
}

#[component]
fn Follows(
    follows: Signal<Vec<String>>,
    after: Signal<Option<Base>>,
    day: BizDate,
    uses: Loader<Option<CalendarUse>>,
) -> impl IntoView {
    let line = |words: String| view! { <li>{words}</li> };
    view! {
        <div class="note">
            <ul class="col gap-4" data-follows>
                {move || follows.get().into_iter().map(line).collect_view()}
                <TouchedFires after day uses />
            </ul>
        </div>
    }
}

#[component]
pub(crate) fn RestoreDayDialog(
    entry: Shown,
    day: BizDate,
    uses: Loader<Option<CalendarUse>>,
    on_close: Callback<()>,
) -> impl IntoView {
    let (sending, calendars) = (Sending::new(), use_calendars());
    let after =
        Signal::derive(move || entry.with(|entry| listed(entry).and_then(|base| emergency::changed(&base, day, None))));
    let follows = Signal::derive(move || consequences(calendars, &entry.get(), after.get(), day));
    let confirm = Callback::new(move |reason: String| {
        let calendar = entry.with_untracked(|entry| entry.row.id.clone());
        let input = ClearCalendarDayInput { calendar, date: day.naive(), reason };
        let answer = async move {
            let answer = client::send(ClearDay::build(ClearDayVariables { input })).await?.clear_calendar_day;
            Ok((answer.calendar, answer.user_errors))
        };
        sending.send(answer, move |calendar| {
            toast::done(t!(calendar_day_restored, calendar.name, day));
            on_close.run(());
        });
    });
    let title = move || entry.with(|entry| t!(calendar_restore_title, entry.row.name.clone(), dated(day, lang())));
    view! {
        <ReasonDialog
            title=Signal::derive(title)
            effect=move || view! { <Follows follows after day uses /> }
            confirm=Signal::derive(|| t!(calendar_restore_do).to_owned())
            busy=sending.busy
            refusal=sending.refusal
            on_close
            on_confirm=confirm
        />
    }
}
