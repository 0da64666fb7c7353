//! The calendars that the viewer may see, loaded once and shared by all pages. Until they are there, and when they can't
//! be had, names mean the calendars that come with the program.

use std::sync::Arc;

use cynic::QueryBuilder;
use domain::bizdate::BizDate;
use domain::calendar::{Calendar, Calendars};
use leptos::prelude::*;

use crate::api::calendar::{self, CalendarRow};
use crate::api::client;
use crate::state::load::{Load, Loader, load};
use crate::state::scope::{Scope, use_scope};
use crate::view::calendar::book::Book;
use crate::{browser, format, i18n};

#[derive(Clone, Copy)]
pub(crate) struct CalendarBook {
    pub(crate) loader: Loader<Vec<CalendarRow>>,
    book: Memo<Arc<Book>>,
    scope: Scope,
}

/// Must be called where the scope is provided.
pub(crate) fn provide_calendars() {
    let loader =
        load(|| (), |()| async { client::send(calendar::Calendars::build(())).await.map(|answer| answer.calendars) });
    Effect::new(move |before: Option<()>| {
        // Titles come in the language asked for; what is there stays meanwhile.
        i18n::lang();
        if before.is_some() {
            loader.reload();
        }
    });
    let book = Memo::new_with_compare(
        move |_| Arc::new(loader.ready().map(Book::of).unwrap_or_default()),
        |before, after| !matches!((before, after), (Some(before), Some(after)) if Arc::ptr_eq(before, after)),
    );
    provide_context(CalendarBook { loader, book, scope: use_scope() });
}

pub(crate) fn use_calendars() -> CalendarBook {
    expect_context()
}

impl CalendarBook {
    /// Everything that is known, followed.
    pub(crate) fn book(self) -> Arc<Book> {
        self.book.get()
    }

    /// Whether the server's calendars are there: only then does an unknown name not exist.
    pub(crate) fn is_known(self) -> bool {
        self.loader.state.with(|state| matches!(state, Load::Ready(_)))
    }

    /// What names mean to a tenant, followed; without one, to the chosen scope.
    pub(crate) fn calendars(self, tenant: Option<&cynic::Id>) -> Arc<Calendars> {
        let chosen = tenant.is_none().then(|| self.tenant()).flatten();
        self.book().calendars(tenant.map(cynic::Id::inner).or(chosen.as_deref()))
    }

    /// The tenant of the scope.
    pub(crate) fn tenant(self) -> Option<String> {
        self.scope.tenant().map(|tenant| tenant.id.into_inner())
    }

    /// The working days that explain a calendar's closed weekends.
    pub(crate) fn companion(self, calendar: &Calendar) -> Option<Calendar> {
        crate::view::calendar::companion(calendar, self.calendars(None).get("CN_WORKDAY").ok())
    }

    /// After a change, and when a page of calendars is opened.
    pub(crate) fn reload(self) {
        self.loader.reload();
    }
}

/// Today on the clock of a calendar, else here. Not followed: a page that stays open over midnight is not rebuilt.
pub(crate) fn today(calendar: Option<&Calendar>) -> BizDate {
    let now = browser::server_now_ms();
    let here = || BizDate::from_naive(format::civil(now, browser::offset_min(now)).date()).unwrap_or(BizDate::MAX);
    calendar.and_then(|calendar| crate::view::calendar::today_of(calendar, now)).unwrap_or_else(here)
}
