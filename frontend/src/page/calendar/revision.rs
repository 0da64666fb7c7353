//! One revision: its state and origin, what it changes, and for a draft the ways on: activate it, or discard it.

use cynic::MutationBuilder;
use leptos::prelude::*;

use crate::api::calendar::change::{
    DiscardCalendarDraftInput, DiscardDraft, DiscardDraftVariables, SaveCalendarDraftInput,
};
use crate::api::calendar::{CalendarRevisionState, CalendarUse, Revision};
use crate::api::client;
use crate::api::session::Permission;
use crate::component::icon::Ic;
use crate::component::reason::ReasonDialog;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::calendar::activate::ActivateDialog;
use crate::page::calendar::changes::state_words;
use crate::page::calendar::difference::Differences;
use crate::page::calendar::impact::Foretold;
use crate::page::calendar::send::Sending;
use crate::page::calendar::stale::{Stale, stale};
use crate::page::calendar::{Shown, lacks};
use crate::state::address::use_address;
use crate::state::load::Loader;
use crate::state::{clock, session, toast};
use crate::t;
use crate::view::calendar::origin;

#[component]
pub(crate) fn Detail(
    entry: Shown,
    uses: Loader<Option<CalendarUse>>,
    revision: Revision,
    rows: StoredValue<Vec<Revision>>,
    on_changed: Callback<()>,
) -> impl IntoView {
    let revision = StoredValue::new(revision);
    let before = revision.with_value(|revision| rows.with_value(|rows| predecessor(rows, revision).cloned()));
    let title = before.as_ref().map(|before| before.number);
    let is_draft = revision.with_value(|revision| revision.state == CalendarRevisionState::Draft);
    view! {
        <Bar entry uses revision before=title on_changed />
        {move || stale(entry, revision).map(|why| view! { <Stale entry revision rows why /> })}
        <div class="sheet">
            <About revision />
            <Differences entry revision before />
            {is_draft.then(|| view! { <Foretold entry revision uses /> })}
        </div>
    }
}

/// What a revision is compared with: a draft with what is in force, another with the one it took over from.
fn predecessor<'a>(rows: &'a [Revision], revision: &Revision) -> Option<&'a Revision> {
    let active = || rows.iter().find(|row| row.state == CalendarRevisionState::Active);
    let based = || rows.iter().find(|row| Some(row.number) == revision.based_on);
    match revision.state {
        CalendarRevisionState::Draft => active().or_else(based),
        _ => based().or_else(|| rows.iter().find(|row| row.number < revision.number && row.activated_at.is_some())),
    }
}

#[component]
fn Bar(
    entry: Shown,
    uses: Loader<Option<CalendarUse>>,
    revision: StoredValue<Revision>,
    before: Option<i32>,
    on_changed: Callback<()>,
) -> impl IntoView {
    let asking = RwSignal::new(None::<bool>);
    let close = Callback::new(move |()| {
        let _ = asking.try_set(None);
    });
    let done = Callback::new(move |()| {
        close.run(());
        on_changed.run(());
    });
    let (number, state) = revision.with_value(|revision| (revision.number, revision.state));
    let words = move || match before {
        Some(before) => t!(calendar_against, number, before),
        None => t!(calendar_revision, number),
    };
    let is_draft = state == CalendarRevisionState::Draft;
    let needs_edit = move || entry.with(|entry| lacks(entry, Permission::CalendarEdit));
    let barred = Signal::derive(move || barred(entry, revision));
    let off = Signal::derive(move || barred.get().or_else(|| stale(entry, revision)));
    view! {
        <div class="fbar">
            <span class="dim small">{words}</span>
            <span class="push"></span>
            {is_draft.then(|| view! {
                <button
                    class="btn btn--s"
                    type="button"
                    data-act="discard"
                    disabled=move || needs_edit().is_some()
                    title=needs_edit
                    on:click=move |_| asking.set(Some(false))
                >
                    {move || t!(calendar_discard)}
                </button>
                <button
                    class="btn btn--s btn--primary"
                    type="button"
                    data-act="activate"
                    disabled=move || off.with(Option::is_some)
                    title=move || off.get()
                    on:click=move |_| asking.set(Some(true))
                >
                    <Ic icon=Icon::Check />
                    {move || t!(calendar_activate)}
                </button>
            })}
            {(!is_draft && state != CalendarRevisionState::Active).then(|| view! { <Reuse entry revision /> })}
        </div>
        {move || barred.get().filter(|_| is_draft).map(|why| view! {
            <div class="banner banner--hold">
                <Ic icon=Icon::Lock />
                <span>{why}</span>
            </div>
        })}
        {move || asking.get().map(|activate| match activate {
            true => view! { <ActivateDialog entry uses revision=revision.get_value() on_close=close on_done=done /> }.into_any(),
            false => view! { <DiscardDialog revision on_close=close on_done=done /> }.into_any(),
        })}
    }
}

/// Why the viewer may not activate a draft: the right, or being its author where a second person must look.
fn barred(entry: Shown, revision: StoredValue<Revision>) -> Option<String> {
    let entry = entry.get();
    let own = revision.with_value(|revision| {
        let author = revision.created_by.as_deref()?;
        let account = session::viewer()?.account;
        Some(author == account.username || author == account.display_name)
    });
    match lacks(&entry, Permission::CalendarActivate) {
        Some(why) => Some(why),
        None if entry.row.second_person && own == Some(true) => Some(t!(calendar_second_person).to_owned()),
        None => None,
    }
}

/// Makes a draft of an old revision.
#[component]
fn Reuse(entry: Shown, revision: StoredValue<Revision>) -> impl IntoView {
    let (address, sending) = (use_address(), Sending::new());
    let needs = move || entry.with(|entry| lacks(entry, Permission::CalendarEdit));
    let save = move |_| {
        let (number, definition) = revision.with_value(|revision| (revision.number, revision.definition.clone()));
        let input = entry.with_untracked(|entry| SaveCalendarDraftInput {
            calendar: entry.row.id.clone(),
            definition,
            based_on: entry.row.active.as_ref().map(|active| active.number),
            source: None,
            note: Some(t!(calendar_as_revision, number)),
        });
        sending.save_draft(address, input, || {});
    };
    view! {
        <button class="btn btn--s" type="button" disabled=move || needs().is_some() title=needs on:click=save>
            {move || t!(calendar_reuse)}
        </button>
    }
}

#[component]
fn About(revision: StoredValue<Revision>) -> impl IntoView {
    let Revision { state, source, note, based_on, created_at, created_by, activated_at, activated_by, reason, .. } =
        revision.get_value();
    // What is said when the draft is given up, or put in force; a day changed by hand has it for its note as well.
    let reason = reason.filter(|reason| note.as_ref() != Some(reason));
    let line = |words: &'static str, value: String| {
        view! {
            <dt>{words}</dt>
            <dd>{value}</dd>
        }
    };
    move || {
        let who = |name: &Option<String>| origin::author(name.as_deref(), lang());
        let (word, class) = state_words(state, lang());
        let ended = match state {
            CalendarRevisionState::Discarded => t!(calendar_given_up),
            _ => t!(calendar_activated),
        };
        view! {
            <dl class="kv">
                <dt>{t!(calendar_state)}</dt>
                <dd><span class=class>{word}</span></dd>
                {line(t!(calendar_written), t!(workflow_version_by, who(&created_by), clock::at_full(created_at.0)))}
                {activated_at.map(|at| line(ended, t!(workflow_version_by, who(&activated_by), clock::at_full(at.0))))}
                {source.as_deref().map(|source| line(t!(calendar_source), origin::source(source, lang())))}
                {reason.clone().map(|reason| line(t!(calendar_reason), reason))}
                {note.clone().map(|note| line(t!(calendar_note), note))}
                {based_on.map(|number| line(t!(calendar_based_on), number.to_string()))}
            </dl>
        }
    }
}

#[component]
fn DiscardDialog(revision: StoredValue<Revision>, on_close: Callback<()>, on_done: Callback<()>) -> impl IntoView {
    let sending = Sending::new();
    let number = revision.with_value(|revision| revision.number);
    let confirm = Callback::new(move |reason: String| {
        let input =
            DiscardCalendarDraftInput { revision: revision.with_value(|it| it.id.clone()), reason: Some(reason) };
        let answer = async move {
            let answer =
                client::send(DiscardDraft::build(DiscardDraftVariables { input })).await?.discard_calendar_draft;
            Ok((answer.revision, answer.user_errors))
        };
        sending.send(answer, move |made| {
            toast::done(t!(calendar_was_discarded, made.number));
            on_done.run(());
        });
    });
    view! {
        <ReasonDialog
            title=Signal::derive(move || t!(calendar_discard_title, number))
            effect=|| view! { <p class="muted">{move || t!(calendar_discard_text)}</p> }
            confirm=Signal::derive(|| t!(calendar_discard_do).to_owned())
            danger=true
            busy=sending.busy
            refusal=sending.refusal
            on_close
            on_confirm=confirm
        />
    }
}
