//! One calendar: its year, its expression, its revisions, what uses it. What is asked for by a button or a key opens a
//! dialog over whichever tab is shown.

use std::sync::Arc;

use cynic::QueryBuilder;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

use crate::api::calendar::{CalendarUse, CalendarVariables, Uses};
use crate::api::client;
use crate::browser;
use crate::component::pane::Empty;
use crate::page::calendar::bring::ImportDialog;
use crate::page::calendar::changes::Changes;
use crate::page::calendar::derived::EditDerived;
use crate::page::calendar::emergency::{ChangeDayDialog, RestoreDayDialog};
use crate::page::calendar::head::{Head, why_no_import};
use crate::page::calendar::settings::{ArchiveDialog, SettingsDialog};
use crate::page::calendar::uses::UsesTab;
use crate::page::calendar::year::YearTab;
use crate::page::calendar::{Ask, Shown, year_of};
use crate::state::address::use_address;
use crate::state::calendars::{today, use_calendars};
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::{Loader, load};
use crate::state::scope::use_scope;
use crate::t;
use crate::view::calendar::book::Entry;

#[component]
pub(crate) fn CalendarPage() -> impl IntoView {
    let (params, calendars, scope) = (use_params_map(), use_calendars(), use_scope());
    let short = Memo::new(move |_| params.read().get("calendar").unwrap_or_default());
    let found = Signal::derive(move || {
        let short = short.get();
        calendars.book().find(&short, calendars.tenant().as_deref()).cloned()
    });
    // The page is drawn anew for another calendar, not for each change of this one.
    let id = Memo::new(move |_| found.get().map(|entry| entry.row.id.inner().to_owned()));
    set_crumbs(move || {
        let here = found.get().map_or_else(|| short.get(), |entry| entry.row.name.clone());
        vec![Crumb::area(t!(app_build)), Crumb::link(t!(calendar_title), scope.href("/calendars")), Crumb::here(here)]
    });
    move || match id.get().and_then(|_| found.get_untracked()) {
        Some(entry) => view! { <Loaded entry=latest(found, entry) /> }.into_any(),
        None => view! {
            <Empty
                title=Signal::derive(|| t!(error_no_calendar).to_owned())
                text=Signal::derive(|| t!(error_no_run_text).to_owned())
            >
                <div class="row">
                    <A href=move || scope.href("/calendars") attr:class="btn btn--primary">
                        {move || t!(app_to_calendars)}
                    </A>
                </div>
            </Empty>
        }
        .into_any(),
    }
}

/// The calendar as it is now; the last known while another page is being drawn.
pub(crate) fn latest(found: Signal<Option<Arc<Entry>>>, first: Arc<Entry>) -> Shown {
    let id = first.row.id.clone();
    let memo = Memo::new_with_compare(
        move |last: Option<&Arc<Entry>>| {
            let same = found.get().filter(|entry| entry.row.id == id);
            same.unwrap_or_else(|| last.cloned().unwrap_or_else(|| Arc::clone(&first)))
        },
        |before, after| !matches!((before, after), (Some(before), Some(after)) if Arc::ptr_eq(before, after)),
    );
    memo.into()
}

#[component]
fn Loaded(entry: Shown) -> impl IntoView {
    let address = use_address();
    let year = year_of(address);
    let tab = Memo::new(move |_| address.get("tab").unwrap_or_else(|| "year".to_owned()));
    let asking = RwSignal::new(None::<Ask>);
    let ask = Callback::new(move |ask: Ask| asking.set(Some(ask)));
    let uses = load(
        move || entry.with(|entry| entry.row.id.inner().to_owned()),
        |id| async move {
            let variables = CalendarVariables { id: cynic::Id::new(id) };
            client::send(Uses::build(variables)).await.map(|answer| answer.calendar.map(|calendar| calendar.used_by))
        },
    );
    listen(entry, ask);
    view! {
        <Head entry tab year on_ask=ask />
        {move || match tab.get().as_str() {
            "changes" => view! { <Changes entry uses /> }.into_any(),
            "uses" => view! { <UsesTab uses /> }.into_any(),
            "edit" => view! { <EditDerived entry year /> }.into_any(),
            _ => view! { <YearTab entry year uses on_ask=ask /> }.into_any(),
        }}
        {move || asking.get().map(|ask| view! { <Asked entry ask asking uses /> })}
    }
}

#[component]
fn Asked(entry: Shown, ask: Ask, asking: RwSignal<Option<Ask>>, uses: Loader<Option<CalendarUse>>) -> impl IntoView {
    let close = Callback::new(move |()| {
        // The page may have gone with what was asked for.
        let _ = asking.try_set(None);
    });
    match ask {
        Ask::Import => view! { <ImportDialog entry on_close=close /> }.into_any(),
        Ask::ChangeDay(day) => view! { <ChangeDayDialog entry day uses on_close=close /> }.into_any(),
        Ask::RestoreDay(day) => view! { <RestoreDayDialog entry day uses on_close=close /> }.into_any(),
        Ask::Settings => view! { <SettingsDialog entry on_close=close /> }.into_any(),
        Ask::Archive => view! { <ArchiveDialog entry uses on_close=close /> }.into_any(),
    }
}

/// The keys of the page: today, compare, import.
fn listen(entry: Shown, ask: Callback<Ask>) {
    let (address, scope) = (use_address(), use_scope());
    let handle = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        if modified || event.default_prevented() || browser::is_typing(event.target()) || browser::has_open_dialog() {
            return;
        }
        match event.key().as_str() {
            "t" => {
                let day = entry.with_untracked(|entry| today(entry.calendar()));
                address.set(&[("tab", None), ("year", None), ("day", Some(day.to_string()))]);
                // Another year or tab is drawn first.
                request_animation_frame(move || browser::focus(&format!("[data-day='{day}']")));
            }
            "c" => {
                let name = entry.with_untracked(|entry| entry.row.name.clone());
                let target = format!("/calendars/compare?a={}", js_sys::encode_uri_component(&name));
                address.go(&untrack(|| scope.href(&target)));
            }
            "i" if entry.with_untracked(|entry| why_no_import(entry).is_none()) => ask.run(Ask::Import),
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
}
