//! The head of a calendar: its names, its tabs, the year, and what can be done with it.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::calendar::CalendarKind;
use crate::api::session::Permission;
use crate::component::calendar::YearStepper;
use crate::component::icon::Ic;
use crate::component::menu::Menu;
use crate::component::tabs::{Tab, Tabs};
use crate::icon::Icon;
use crate::page::calendar::{Ask, Shown, lacks};
use crate::state::address::{Address, use_address};
use crate::state::scope::{Scope, use_scope};
use crate::t;

#[component]
pub(crate) fn Head(
    entry: Shown,
    #[prop(into)] tab: Signal<String>,
    year: Memo<i32>,
    /// Without it nothing is offered but looking.
    #[prop(optional)]
    on_ask: Option<Callback<Ask>>,
) -> impl IntoView {
    let (address, scope) = (use_address(), use_scope());
    let choose = Callback::new(move |key: &'static str| open_tab(address, scope, entry, key));
    let derived = untrack(|| entry.with(|entry| entry.is_derived()));
    let mut tabs = vec![Tab::new("year", || t!(calendar_tab_year)), Tab::new("compare", || t!(calendar_tab_compare))];
    if derived {
        tabs.push(Tab::new("edit", || t!(calendar_tab_edit)));
    }
    tabs.push(Tab::new("changes", || t!(calendar_tab_changes)));
    tabs.push(Tab::new("uses", || t!(calendar_tab_uses)));
    let step = Callback::new(move |year: i32| address.set(&[("year", Some(year.to_string()))]));
    let is_yearly = move || matches!(tab.get().as_str(), "year" | "compare" | "edit");
    view! {
        <div class="phead phead--line calhead">
            <h1 class="clip">{move || entry.with(|entry| entry.row.name.clone())}</h1>
            <span class="phead__sub clip">{move || entry.with(|entry| entry.title().map(str::to_owned))}</span>
            {derived.then(|| view! { <span class="tag">{move || t!(calendar_derived)}</span> })}
            <Tabs
                tabs
                chosen=tab
                on_choose=choose
                class="tabs--bare"
                label=Signal::derive(move || entry.with(|entry| entry.row.name.clone()))
            />
            <div class="phead__r">
                <Show when=is_yearly>
                    <YearStepper year on_year=step />
                </Show>
                {on_ask.map(|on_ask| view! { <ImportButton entry on_ask /> })}
                <A href=move || scope.href("/calendars/new") attr:class="btn lo">
                    <Ic icon=Icon::Sigma />
                    {move || t!(calendar_new_derived)}
                </A>
                {on_ask.map(|on_ask| view! { <More entry on_ask /> })}
            </div>
        </div>
    }
}

/// Comparing has an address of its own; the other tabs are those of the calendar.
fn open_tab(address: Address, scope: Scope, entry: Shown, key: &'static str) {
    let (name, own) = entry.with_untracked(|entry| (entry.row.name.clone(), entry.address().to_owned()));
    let year = untrack(|| address.get("year"));
    let year = |joint: char| year.as_ref().map(|year| format!("{joint}year={year}")).unwrap_or_default();
    let target = match key {
        "compare" => format!("/calendars/compare?a={}{}", js_sys::encode_uri_component(&name), year('&')),
        "year" => format!("/calendars/{own}{}", year('?')),
        key => format!("/calendars/{own}?tab={key}{}", year('&')),
    };
    address.go(&untrack(|| scope.href(&target)));
}

#[component]
fn ImportButton(entry: Shown, on_ask: Callback<Ask>) -> impl IntoView {
    let why_not = Signal::derive(move || why_no_import(&entry.read()));
    view! {
        <button
            class="btn"
            type="button"
            data-act="import"
            disabled=move || why_not.with(Option::is_some)
            title=move || why_not.get().unwrap_or_else(|| "I".to_owned())
            on:click=move |_| on_ask.run(Ask::Import)
        >
            <Ic icon=Icon::Ul />
            {move || t!(calendar_import)}
        </button>
    }
}

/// Why no file can be imported into a calendar.
pub(crate) fn why_no_import(entry: &crate::view::calendar::book::Entry) -> Option<String> {
    match entry.row.kind {
        CalendarKind::Base => lacks(entry, Permission::CalendarEdit),
        _ => Some(t!(calendar_import_base_only).to_owned()),
    }
}

#[component]
fn More(entry: Shown, on_ask: Callback<Ask>) -> impl IntoView {
    let button = || view! { <Ic icon=Icon::Dots /> };
    let may = move || entry.with(|entry| entry.row.viewer_can.contains(&Permission::CalendarEdit));
    view! {
        <Show when=may>
            <Menu
                button=button.into()
                label=Signal::derive(|| t!(app_more).to_owned())
                button_class="ibtn"
                place="menu-box--right"
            >
                <button type="button" role="menuitem" data-act="settings" on:click=move |_| on_ask.run(Ask::Settings)>
                    {move || t!(calendar_settings)}
                </button>
                <button type="button" role="menuitem" class="is-danger" on:click=move |_| on_ask.run(Ask::Archive)>
                    {move || t!(calendar_archive)}
                </button>
            </Menu>
        </Show>
    }
}
