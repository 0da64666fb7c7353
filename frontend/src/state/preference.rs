//! What a person chose for this browser: theme, side bar, how logs are shown.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use crate::browser;

/// Below this width the side bar starts collapsed.
const NARROW: f64 = 1440.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
    System,
}

#[derive(Clone, Copy)]
pub(crate) struct Preferences {
    pub(crate) theme: RwSignal<Theme>,
    /// Chosen by hand; otherwise the width decides.
    side: RwSignal<Option<bool>>,
    narrow: RwSignal<bool>,
    /// The page has use for the width: graphs, logs, documents.
    pub(crate) wide_page: RwSignal<bool>,
    pub(crate) log_wrap: RwSignal<bool>,
    pub(crate) log_times: RwSignal<bool>,
}

pub(crate) fn provide_preferences() {
    let theme = match browser::kept("theme").as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    };
    let preferences = Preferences {
        theme: RwSignal::new(theme),
        side: RwSignal::new(browser::kept("side").map(|kept| kept == "mini")),
        narrow: RwSignal::new(browser::width() < NARROW),
        wide_page: RwSignal::new(false),
        log_wrap: RwSignal::new(browser::kept("log.wrap").as_deref() != Some("off")),
        log_times: RwSignal::new(browser::kept("log.times").as_deref() != Some("off")),
    };
    provide_context(preferences);
    Effect::new(move |_| apply_theme(preferences.theme.get()));
    Effect::new(move |_| browser::keep("log.wrap", if preferences.log_wrap.get() { "on" } else { "off" }));
    Effect::new(move |_| browser::keep("log.times", if preferences.log_times.get() { "on" } else { "off" }));
    window_event_listener(leptos::ev::resize, move |_| {
        let narrow = browser::width() < NARROW;
        if preferences.narrow.get_untracked() != narrow {
            preferences.narrow.set(narrow);
        }
    });
    follow_system(preferences.theme);
}

pub(crate) fn use_preferences() -> Preferences {
    expect_context()
}

impl Preferences {
    pub(crate) fn side_is_mini(self) -> bool {
        self.side.get().unwrap_or_else(|| self.narrow.get() || self.wide_page.get())
    }

    pub(crate) fn toggle_side(self) {
        let mini = !untrack(|| self.side_is_mini());
        browser::keep("side", if mini { "mini" } else { "full" });
        self.side.set(Some(mini));
    }

    pub(crate) fn choose_theme(self, theme: Theme) {
        match theme {
            Theme::Light => browser::keep("theme", "light"),
            Theme::Dark => browser::keep("theme", "dark"),
            Theme::System => browser::forget("theme"),
        }
        self.theme.set(theme);
    }

    /// From light to dark or back, starting from what is seen.
    pub(crate) fn flip_theme(self) {
        let dark = match self.theme.get_untracked() {
            Theme::Dark => true,
            Theme::Light => false,
            Theme::System => browser::prefers_dark(),
        };
        self.choose_theme(if dark { Theme::Light } else { Theme::Dark });
    }
}

fn apply_theme(theme: Theme) {
    let dark = theme == Theme::Dark || (theme == Theme::System && browser::prefers_dark());
    browser::set_root_attribute("data-theme", if dark { "dark" } else { "light" });
}

/// The system's own change, at dusk for instance, is followed while nothing else is chosen.
fn follow_system(theme: RwSignal<Theme>) {
    if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") {
        let changed = Closure::<dyn Fn()>::new(move || apply_theme(theme.get_untracked()));
        let _ = query.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
        // It lives as long as the page.
        changed.forget();
    }
}
