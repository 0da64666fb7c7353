//! Calendars: the list at the left, and beside it one calendar, a comparison, or an expression.

use std::sync::Arc;

use leptos::prelude::*;

use crate::api::session::Permission;
use crate::i18n::{self, text};
use crate::state::address::Address;
use crate::state::calendars::today;
use crate::view::calendar::book::Entry;

mod activate;
mod bring;
pub(crate) mod changes;
pub(crate) mod compare;
mod create;
mod day;
pub(crate) mod derived;
pub(crate) mod detail;
mod difference;
mod emergency;
mod expression;
mod fires;
pub(crate) mod frame;
mod head;
mod impact;
mod imported;
mod list;
mod revision;
mod send;
mod settings;
mod sides;
mod stale;
mod tokens;
mod uses;
mod year;

/// A calendar of the page, as it is now.
pub(crate) type Shown = Signal<Arc<Entry>>;

/// What a button asks for; each is answered by a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Import,
    ChangeDay(domain::bizdate::BizDate),
    RestoreDay(domain::bizdate::BizDate),
    Settings,
    Archive,
}

/// The year in the address: its own parameter, else that of the chosen day, else this year.
pub(crate) fn year_of(address: Address) -> Memo<i32> {
    Memo::new(move |_| {
        let year = address.get("year").and_then(|year| year.parse().ok());
        let day = || Some(address.get("day")?.parse::<domain::bizdate::BizDate>().ok()?.year());
        year.filter(|year| (1900..2300).contains(year)).or_else(day).unwrap_or_else(|| today(None).year())
    })
}

/// Why the viewer may not do something with a calendar.
pub(crate) fn lacks(entry: &Entry, permission: Permission) -> Option<String> {
    if entry.row.viewer_can.contains(&permission) {
        return None;
    }
    let lang = i18n::lang();
    let place =
        entry.row.tenant.as_ref().map_or_else(|| text::access_firm(lang).to_owned(), |tenant| tenant.title.clone());
    Some(match permission {
        Permission::CalendarActivate => text::access_needs_calendar_activate(lang, place),
        _ => text::access_needs_calendar_edit(lang, place),
    })
}
