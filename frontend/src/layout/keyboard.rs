//! Keys that work on every page. Single letters are off in fields and while a dialog is open.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::browser;
use crate::state::preference::use_preferences;
use crate::state::scope::use_scope;

/// `G` waits this long for its second key.
const CHORD_MS: i64 = 1_200;

pub(crate) fn listen(help: RwSignal<bool>) {
    let (preferences, scope, navigate) = (use_preferences(), use_scope(), use_navigate());
    let chord = StoredValue::new(0_i64);
    let handle = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
            return;
        }
        if browser::is_typing(event.target()) || browser::has_open_dialog() {
            return;
        }
        let second = browser::now_ms() - chord.get_value() < CHORD_MS;
        chord.set_value(0);
        let go = |path: &str| {
            // So that the page does not take the second key for one of its own.
            event.prevent_default();
            navigate(&untrack(|| scope.href(path)), NavigateOptions::default());
        };
        match (event.key().as_str(), second) {
            ("r" | "R", true) => go("/runs"),
            ("m" | "M", true) => go("/monitoring/scheduler"),
            ("w" | "W", true) => go("/workflows"),
            ("c" | "C", true) => go("/calendars"),
            ("b" | "B", true) => go("/backfills"),
            ("g" | "G", _) => chord.set_value(browser::now_ms()),
            ("/", _) => {
                event.prevent_default();
                browser::focus("[data-search]");
            }
            ("?", _) => help.set(true),
            ("[", _) => preferences.toggle_side(),
            ("D", _) if event.shift_key() => preferences.flip_theme(),
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
}
