//! The frame of all pages of calendars: the list, and what is chosen beside it.

use leptos::prelude::*;
use leptos_router::components::{A, Outlet};

use crate::api::failure::Failure;
use crate::component::pane::{Empty, Failed, SkeletonPane};
use crate::page::calendar::list::CalendarList;
use crate::state::address::use_address;
use crate::state::calendars::use_calendars;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::Load;
use crate::state::scope::use_scope;
use crate::t;

#[derive(Clone, PartialEq)]
enum Pane {
    Pending,
    Failed(Failure),
    Ready,
}

#[component]
pub(crate) fn CalendarFrame() -> impl IntoView {
    let calendars = use_calendars();
    if untrack(|| calendars.is_known()) {
        // They may have changed since they were loaded.
        calendars.reload();
    }
    let pane = Memo::new(move |_| {
        calendars.loader.state.with(|state| match state {
            Load::Pending => Pane::Pending,
            Load::Failed(failure) => Pane::Failed(failure.clone()),
            Load::Ready(_) => Pane::Ready,
        })
    });
    view! {
        <div class="calw">
            <CalendarList />
            <div class="calw__m">
                {move || match pane.get() {
                    Pane::Pending => view! { <SkeletonPane /> }.into_any(),
                    Pane::Ready => view! { <Outlet /> }.into_any(),
                    Pane::Failed(failure) => {
                        let title = Signal::derive(|| t!(error_load_calendars).to_owned());
                        view! { <Failed title failure on_retry=Callback::new(move |()| calendars.reload()) /> }.into_any()
                    }
                }}
            </div>
        </div>
    }
}

/// Leads to the first calendar of the list; there may be none.
#[component]
pub(crate) fn FirstCalendar() -> impl IntoView {
    let (calendars, address, scope) = (use_calendars(), use_address(), use_scope());
    set_crumbs(|| vec![Crumb::area(t!(app_build)), Crumb::here(t!(calendar_title))]);
    let first = Memo::new(move |_| {
        // Before the tenants are known the scope is not either, and the first of all might not be in it.
        let known = scope.is_known().then(|| calendars.book())?;
        known.seen_by(calendars.tenant().as_deref()).next().map(|entry| entry.address().to_owned())
    });
    Effect::new(move |_| {
        if let Some(first) = first.get() {
            address.go_instead(&scope.href(&format!("/calendars/{first}")));
        }
    });
    move || {
        (scope.is_known() && first.get().is_none()).then(|| {
            view! {
                <Empty
                    title=Signal::derive(|| t!(calendar_empty).to_owned())
                    text=Signal::derive(|| t!(calendar_empty_text).to_owned())
                >
                    <div class="row">
                        <A href=move || scope.href("/calendars/new") attr:class="btn btn--primary">
                            {move || t!(calendar_new_derived)}
                        </A>
                    </div>
                </Empty>
            }
        })
    }
}
