//! The frame itself. It stands only while somebody is signed in; otherwise it sends to the sign-in page, which returns
//! to the asked address.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_navigate};

use crate::component::live::LostBanner;
use crate::component::pane::Failed;
use crate::layout::help::Help;
use crate::layout::keyboard;
use crate::layout::side::Side;
use crate::layout::top::Top;
use crate::state::calendars::provide_calendars;
use crate::state::crumb::provide_crumbs;
use crate::state::preference::use_preferences;
use crate::state::scope::provide_scope;
use crate::state::session::{self, Session};
use crate::t;

#[component]
pub(crate) fn Shell() -> impl IntoView {
    send_strangers_away();
    // Whether to draw, apart from who it is: a renewed viewer must not rebuild the page.
    let inside = Memo::new(|_| matches!(session::session(), Session::SignedIn(viewer) if !viewer.must_change_password));
    let unreachable = Memo::new(|_| match session::session() {
        Session::Unreachable(failure) => Some(failure),
        _ => None,
    });
    move || {
        match (inside.get(), unreachable.get()) {
        (true, _) => view! { <Frame /> }.into_any(),
        (false, Some(failure)) => view! {
            <main class="page page--alone">
                <Failed title=Signal::derive(|| t!(error_offline).to_owned()) failure on_retry=Callback::new(|()| session::resume()) />
            </main>
        }
        .into_any(),
        (false, None) => view! { <div class="boot" role="status" aria-label=move || t!(app_loading)></div> }.into_any(),
    }
    }
}

/// To the sign-in page, which keeps the asked address.
fn send_strangers_away() {
    let (navigate, location) = (use_navigate(), use_location());
    Effect::new(move |_| {
        let away = match session::session() {
            Session::Nobody { .. } => true,
            Session::SignedIn(viewer) => viewer.must_change_password,
            _ => false,
        };
        if away {
            let asked = format!("{}{}", location.pathname.get_untracked(), location.search.get_untracked().prefix());
            let next = js_sys::encode_uri_component(&asked);
            navigate(
                &format!("/signin?next={next}"),
                leptos_router::NavigateOptions { replace: true, ..Default::default() },
            );
        }
    });
}

/// The query of an address with its question mark.
trait Prefix {
    fn prefix(&self) -> String;
}

impl Prefix for String {
    fn prefix(&self) -> String {
        if self.is_empty() || self.starts_with('?') { self.clone() } else { format!("?{self}") }
    }
}

#[component]
fn Frame() -> impl IntoView {
    provide_scope();
    provide_calendars();
    provide_crumbs();
    let help = RwSignal::new(false);
    keyboard::listen(help);
    let (preferences, location) = (use_preferences(), use_location());
    Effect::new(move |_| {
        let deep = location.pathname.with(|path| {
            // Calendars are one page whatever is chosen in it, and so is what monitoring shows.
            let flat = path.starts_with("/calendars/") || path.starts_with("/monitoring/");
            path.split('/').filter(|part| !part.is_empty()).count() > 1 && !flat
        });
        preferences.wide_page.set(deep);
    });
    view! {
        <a class="skip" href="#main">{move || t!(app_skip_link)}</a>
        <div class="app" class:app--mini=move || preferences.side_is_mini()>
            <Side />
            <div class="main">
                <Top help />
                <LostBanner />
                <main id="main" class="page page--fix" tabindex="-1">
                    <Outlet />
                </main>
            </div>
        </div>
        <Show when=move || help.get()>
            <Help on_close=Callback::new(move |()| help.set(false)) />
        </Show>
    }
}
