//! The title of a calendar and whether its activation needs a second person; and taking it out of use.

use cynic::MutationBuilder;
use leptos::prelude::*;

use crate::api::calendar::{
    ArchiveCalendar, ArchiveCalendarInput, ArchiveCalendarVariables, CalendarUse, UpdateCalendar, UpdateCalendarInput,
    UpdateCalendarVariables,
};
use crate::api::client;
use crate::component::reason::ReasonDialog;
use crate::page::calendar::Shown;
use crate::page::calendar::create::Text;
use crate::page::calendar::send::Sending;
use crate::page::calendar::uses::is_unused;
use crate::state::address::use_address;
use crate::state::load::Loader;
use crate::state::scope::use_scope;
use crate::state::toast;
use crate::t;

#[component]
pub(crate) fn SettingsDialog(entry: Shown, on_close: Callback<()>) -> impl IntoView {
    let sending = Sending::new();
    let (title, second) = entry.with_untracked(|entry| (entry.row.title.clone(), entry.row.second_person));
    let (title, second) = (RwSignal::new(title), RwSignal::new(second));
    let confirm = Callback::new(move |reason: String| {
        let input = UpdateCalendarInput {
            id: entry.with_untracked(|entry| entry.row.id.clone()),
            title: Some(title.get_untracked().trim().to_owned()).filter(|title| !title.is_empty()),
            second_person: Some(second.get_untracked()),
            reason: Some(reason),
        };
        let answer = async move {
            let answer = client::send(UpdateCalendar::build(UpdateCalendarVariables { input })).await?.update_calendar;
            Ok((answer.calendar, answer.user_errors))
        };
        sending.send(answer, move |calendar| {
            toast::done(t!(calendar_settings_saved, calendar.name));
            on_close.run(());
        });
    });
    let effect = move || {
        view! {
            <Text id="calendar-title" label=Signal::derive(|| t!(calendar_title_field)) value=title hint=Signal::derive(|| t!(calendar_title_hint)) />
            <label class="opt">
                <input
                    type="checkbox"
                    prop:checked=move || second.get()
                    on:change=move |_| second.update(|second| *second = !*second)
                />
                <span>
                    {move || t!(calendar_wants_second)}
                    <span class="hint block">{move || t!(calendar_second_person_note)}</span>
                </span>
            </label>
        }
    };
    view! {
        <ReasonDialog
            title=Signal::derive(move || entry.with(|entry| t!(calendar_settings_title, entry.row.name.clone())))
            effect
            confirm=Signal::derive(|| t!(calendar_settings_do).to_owned())
            busy=sending.busy
            refusal=sending.refusal
            on_close
            on_confirm=confirm
        />
    }
}

#[component]
pub(crate) fn ArchiveDialog(entry: Shown, uses: Loader<Option<CalendarUse>>, on_close: Callback<()>) -> impl IntoView {
    let (address, scope, sending) = (use_address(), use_scope(), Sending::new());
    let confirm = Callback::new(move |reason: String| {
        let input = ArchiveCalendarInput { id: entry.with_untracked(|entry| entry.row.id.clone()), reason };
        let answer = async move {
            let answer =
                client::send(ArchiveCalendar::build(ArchiveCalendarVariables { input })).await?.archive_calendar;
            Ok((answer.calendar, answer.user_errors))
        };
        sending.send(answer, move |calendar| {
            toast::done(t!(calendar_archived, calendar.name));
            on_close.run(());
            address.go(&untrack(|| scope.href("/calendars")));
        });
    });
    let effect = move || {
        let used = move || uses.ready().flatten().is_some_and(|uses| !is_unused(&uses));
        view! {
            <p class="muted">{move || t!(calendar_archive_text)}</p>
            <Show when=used>
                <p class="note note--risk">{move || t!(calendar_archive_used)}</p>
            </Show>
        }
    };
    view! {
        <ReasonDialog
            title=Signal::derive(move || entry.with(|entry| t!(calendar_archive_title, entry.row.name.clone())))
            effect
            confirm=Signal::derive(|| t!(calendar_archive_do).to_owned())
            danger=true
            busy=sending.busy
            refusal=sending.refusal
            on_close
            on_confirm=confirm
        />
    }
}
