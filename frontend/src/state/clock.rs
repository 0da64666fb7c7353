//! Now, as a signal: one timer for all that shows elapsed time.

use std::sync::LazyLock;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::{browser, format};

static NOW: LazyLock<ArcRwSignal<i64>> = LazyLock::new(|| {
    spawn_local(async {
        loop {
            // To the full second, so that the clock does not skip one now and then.
            TimeoutFuture::new(1000 - (browser::server_now_ms() % 1000) as u32).await;
            NOW.set(browser::server_now_ms());
        }
    });
    ArcRwSignal::new(browser::server_now_ms())
});

/// The server's time, following every second.
pub(crate) fn now() -> i64 {
    NOW.get()
}

/// The server's time to the millisecond, followed every second: for what must not lag behind events.
pub(crate) fn now_exact() -> i64 {
    NOW.track();
    browser::server_now_ms()
}

/// `06:42:18` of an instant, here.
pub(crate) fn at_secs(ms: i64) -> String {
    format::clock_secs(ms, browser::offset_min(ms))
}

/// `2026-11-21 06:42:18` of an instant, here.
pub(crate) fn at_full(ms: i64) -> String {
    format::full(ms, browser::offset_min(ms))
}

/// An instant as near to now as it is, here and in the chosen language.
pub(crate) fn at_moment(ms: i64) -> String {
    format::moment(ms, browser::server_now_ms(), browser::offset_min(ms), crate::i18n::lang())
}
