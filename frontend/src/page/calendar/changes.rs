//! The revisions of a calendar, newest first.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::calendar::{
    CalendarRevisionConnection, CalendarRevisionState, CalendarUse, Revision, Revisions, RevisionsVariables,
};
use crate::api::client;
use crate::api::failure::Failure;
use crate::api::run::PageInfo;
use crate::browser;
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::i18n::{Lang, lang};
use crate::page::calendar::Shown;
use crate::page::calendar::revision::Detail;
use crate::state::address::use_address;
use crate::state::load::{Load, Loader, load};
use crate::state::{clock, toast};
use crate::t;
use crate::view::calendar::origin;

#[component]
pub(crate) fn Changes(entry: Shown, uses: Loader<Option<CalendarUse>>) -> impl IntoView {
    let loader = load(move || entry.with(|entry| entry.row.id.inner().to_owned()), |id| page(cynic::Id::new(id), None));
    // The calendars are loaded again after each change of one; so are the revisions then.
    Effect::new(move |before: Option<()>| {
        entry.track();
        if before.is_some() {
            loader.reload();
        }
    });
    let touched = StoredValue::new(false);
    let changed = Callback::new(move |()| {
        touched.set_value(true);
        loader.reload();
    });
    // A list drawn anew after a change has none of the buttons that had the keyboard.
    Effect::new(move |_| {
        loader.state.track();
        if touched.get_value() {
            browser::focus_if_lost(".ver[aria-current]");
        }
    });
    move || match loader.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(error_load_changes).to_owned());
            view! { <Failed title failure on_retry=changed /> }.into_any()
        }
        Load::Ready(page) if page.nodes.is_empty() => view! {
            <Empty
                title=Signal::derive(|| t!(calendar_no_revision).to_owned())
                text=Signal::derive(|| t!(calendar_no_active_text).to_owned())
            />
        }
        .into_any(),
        Load::Ready(page) => view! { <Revised entry uses page loader on_changed=changed /> }.into_any(),
    }
}

async fn page(id: cynic::Id, after: Option<String>) -> Result<CalendarRevisionConnection, Failure> {
    let answer = client::send(Revisions::build(RevisionsVariables { id, after })).await?;
    let none = || CalendarRevisionConnection { nodes: Vec::new(), page_info: PageInfo::default() };
    Ok(answer.calendar.map_or_else(none, |calendar| calendar.revisions))
}

#[component]
fn Revised(
    entry: Shown,
    uses: Loader<Option<CalendarUse>>,
    page: CalendarRevisionConnection,
    loader: Loader<CalendarRevisionConnection>,
    on_changed: Callback<()>,
) -> impl IntoView {
    let address = use_address();
    let newest = page.nodes.first().map_or(0, |revision| revision.number);
    let chosen = Memo::new(move |_| address.get("revision").and_then(|it| it.parse().ok()).unwrap_or(newest));
    let more = page.page_info.has_next_page;
    let rows = StoredValue::new(page.nodes);
    view! {
        <div class="versions">
            <div class="versions__l" role="list">
                {rows.get_value().into_iter().map(|revision| view! { <Row revision chosen /> }).collect_view()}
                {more.then(|| view! { <More entry loader /> })}
            </div>
            <div class="versions__d scroll">
                {move || {
                    let found = rows.with_value(|rows| rows.iter().find(|it| it.number == chosen.get()).cloned());
                    match found {
                        Some(revision) => view! { <Detail entry uses revision rows on_changed /> }.into_any(),
                        None => view! { <p class="sheet muted">{move || t!(calendar_no_such_revision)}</p> }.into_any(),
                    }
                }}
            </div>
        </div>
    }
}

#[component]
fn More(entry: Shown, loader: Loader<CalendarRevisionConnection>) -> impl IntoView {
    let load_more = move |_| {
        let after = loader.state.with_untracked(|state| match state {
            Load::Ready(page) => page.page_info.end_cursor.clone(),
            _ => None,
        });
        let id = entry.with_untracked(|entry| entry.row.id.clone());
        spawn_local(async move {
            match page(id, after).await {
                Ok(next) => loader.update(|page| {
                    page.nodes.extend(next.nodes);
                    page.page_info = next.page_info;
                }),
                Err(failure) => toast::failed(&failure),
            }
        });
    };
    view! {
        <button class="btn btn--s versions__m" type="button" on:click=load_more>
            {move || t!(app_load_more)}
        </button>
    }
}

/// The word of a state, and how it is tagged.
pub(crate) fn state_words(state: CalendarRevisionState, lang: Lang) -> (&'static str, &'static str) {
    use crate::i18n::text;
    match state {
        CalendarRevisionState::Draft => (text::calendar_draft(lang), "tag tag--line"),
        CalendarRevisionState::Active => (text::calendar_active(lang), "tag tag--accent"),
        CalendarRevisionState::Superseded => (text::calendar_superseded(lang), "tag"),
        CalendarRevisionState::Discarded => (text::calendar_discarded(lang), "tag"),
    }
}

#[component]
fn Row(revision: Revision, chosen: Memo<i32>) -> impl IntoView {
    let address = use_address();
    let Revision { number, state, note, source, created_at, created_by, .. } = revision;
    let silent = note.is_none() && source.is_none();
    let what = move || note.clone().or_else(|| Some(origin::source(source.as_deref()?, lang())));
    let who = move || origin::author(created_by.as_deref(), lang());
    view! {
        <div role="listitem">
            <button
                class="ver"
                class:is-on=move || chosen.get() == number
                type="button"
                data-revision=number
                aria-current=move || (chosen.get() == number).then_some("true")
                on:click=move |_| address.set(&[("revision", Some(number.to_string()))])
            >
                <span class="ver__n">{number}</span>
                <span class="col grow">
                    <span class="clip" class:dim=silent>
                        {move || what().unwrap_or_else(|| t!(workflow_no_note).to_owned())}
                    </span>
                    <span class="small dim">{move || t!(workflow_version_by, who(), clock::at_moment(created_at.0))}</span>
                </span>
                <span class=move || state_words(state, lang()).1 data-revision-state>{move || state_words(state, lang()).0}</span>
            </button>
        </div>
    }
}
