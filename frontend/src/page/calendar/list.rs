//! The list of calendars: those that list their days, and those derived from others, each with its days of the year.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use crate::api::session::Permission;
use crate::browser;
use crate::component::icon::Ic;
use crate::component::menu::Menu;
use crate::component::pane::SkeletonPane;
use crate::icon::Icon;
use crate::page::calendar::create::CreateDialog;
use crate::page::calendar::year_of;
use crate::state::address::use_address;
use crate::state::calendars::use_calendars;
use crate::state::load::Load;
use crate::state::scope::{Scope, use_scope};
use crate::state::session;
use crate::t;
use crate::view::calendar::book::Entry;
use crate::view::calendar::{derive, facts};

#[component]
pub(crate) fn CalendarList() -> impl IntoView {
    let calendars = use_calendars();
    let search = RwSignal::new(String::new());
    let seen = move || -> Vec<Arc<Entry>> {
        let words = search.with(|words| words.trim().to_lowercase());
        let matches = |entry: &Arc<Entry>| {
            entry.row.name.to_lowercase().contains(&words) || entry.row.title.to_lowercase().contains(&words)
        };
        calendars.book().seen_by(calendars.tenant().as_deref()).filter(|entry| matches(entry)).cloned().collect()
    };
    let group = move |derived: bool| {
        let rows: Vec<_> = seen().into_iter().filter(|entry| entry.is_derived() == derived).collect();
        let name = if derived { t!(calendar_derived) } else { t!(calendar_base) };
        (!rows.is_empty()).then(|| {
            view! {
                <h3 class="clist__g">{name}</h3>
                <ul>{rows.into_iter().map(|entry| view! { <Row entry /> }).collect_view()}</ul>
            }
        })
    };
    view! {
        <aside class="clist" aria-label=move || t!(calendar_title)>
            <div class="pane__h">
                <h2>{move || t!(calendar_title)}</h2>
                <NewMenu />
            </div>
            <div class="clist__s">
                <input
                    class="inp inp--s"
                    type="search"
                    data-search
                    placeholder=move || t!(calendar_search)
                    aria-label=move || t!(calendar_search)
                    on:input=move |event| search.set(browser::input_value(&event))
                />
            </div>
            <Show when=move || calendars.loader.state.with(|state| matches!(state, Load::Pending))>
                <SkeletonPane />
            </Show>
            <Show when=move || calendars.is_known()>
                {move || group(false)}
                {move || group(true)}
                {move || {
                    let words = search.get();
                    (!words.is_empty() && seen().is_empty())
                        .then(|| view! { <p class="clist__n dim small">{t!(calendar_nothing_found, words)}</p> })
                }}
            </Show>
        </aside>
    }
}

/// Whether the viewer may make calendars, for the firm or for a tenant of the scope.
pub(crate) fn may_create(scope: Scope) -> bool {
    session::viewer().is_some_and(|viewer| viewer.platform_can.contains(&Permission::CalendarEdit))
        || scope.tenants().iter().any(|tenant| {
            scope.slug().is_none_or(|slug| slug == tenant.slug) && tenant.viewer_can.contains(&Permission::CalendarEdit)
        })
}

#[component]
fn NewMenu() -> impl IntoView {
    let (scope, address) = (use_scope(), use_address());
    let creating = RwSignal::new(false);
    let may = Memo::new(move |_| may_create(scope));
    let button = || view! { <Ic icon=Icon::Plus /> };
    view! {
        <span class="push">
            <Show when=move || may.get()>
                <Menu
                    button=button.into()
                    label=Signal::derive(|| t!(calendar_new).to_owned())
                    button_class="ibtn ibtn--s"
                    place="menu-box--right"
                >
                    <button type="button" role="menuitem" on:click=move |_| address.go(&scope.href("/calendars/new"))>
                        <Ic icon=Icon::Sigma size="ic--s" />
                        {move || t!(calendar_new_derived)}
                    </button>
                    <button type="button" role="menuitem" on:click=move |_| creating.set(true)>
                        <Ic icon=Icon::Cal size="ic--s" />
                        {move || t!(calendar_new_base)}
                    </button>
                </Menu>
            </Show>
        </span>
        <Show when=move || creating.get()>
            <CreateDialog derived=None on_close=Callback::new(move |()| creating.set(false)) />
        </Show>
    }
}

#[component]
fn Row(entry: Arc<Entry>) -> impl IntoView {
    let (scope, address, location) = (use_scope(), use_address(), use_location());
    let year = year_of(address);
    let path = format!("/calendars/{}", entry.address());
    let href = {
        let path = path.clone();
        move || match address.get("year") {
            Some(year) => scope.href(&format!("{path}?year={year}")),
            None => scope.href(&path),
        }
    };
    let compared = entry.row.name.clone();
    let here = move || {
        location.pathname.with(|now| *now == path)
            || (location.pathname.get() == "/calendars/compare"
                && address.get("a").is_some_and(|a| a.eq_ignore_ascii_case(&compared)))
    };
    let warned = Arc::clone(&entry);
    let warning = move || warning(&warned);
    let below = match &entry.expression {
        Some(expression) => view! { <span class="cl__t mono">{derive::short(expression)}</span> }.into_any(),
        None => view! { <span class="cl__t">{entry.title().map(str::to_owned)}</span> }.into_any(),
    };
    let calendar = entry.calendar().cloned();
    let count = move || calendar.as_ref().map(|calendar| facts::number(facts::open_days(calendar, year.get())));
    let current = here.clone();
    let (name, title) = (entry.row.name.clone(), entry.row.title.clone());
    let key = name.clone();
    let tenant = entry.row.tenant.as_ref().map(|tenant| tenant.title.clone());
    let tenant =
        move || tenant.clone().filter(|_| scope.shows_all()).map(|it| view! { <span class="tag clip">{it}</span> });
    view! {
        <li>
            <A
                href=href
                attr:class=move || if here() { "cl is-on" } else { "cl" }
                attr:aria-current=move || current().then_some("page")
                attr:data-calendar=key
                attr:title=title
            >
                <span class="row row--s">
                    <span class="name clip">{name}</span>
                    {move || warning().map(|words| view! {
                        <span class="cl__w" title=words.clone() role="img" aria-label=words>
                            <svg class="si si-risk" aria-hidden="true">
                                <use_ href=Icon::StateRisk.href()></use_>
                            </svg>
                        </span>
                    })}
                    {tenant}
                    <span class="push small dim">{count}</span>
                </span>
                {below}
            </A>
        </li>
    }
}

/// Why a calendar wants somebody's attention: its days run out, or can't be had.
fn warning(entry: &Entry) -> Option<String> {
    if let Err(why) = &entry.active {
        return Some(t!(calendar_list_broken, why.text(crate::i18n::lang())));
    }
    let until = entry.row.known_until?;
    let stage = match (entry.row.days_left, entry.row.alarm_days) {
        (Some(left), _) if left < 0 => t!(calendar_stage_over).to_owned(),
        (_, Some(days)) if days > 0 => t!(calendar_stage, i64::from(days)),
        _ => return None,
    };
    Some(t!(calendar_list_warning, until, stage))
}
