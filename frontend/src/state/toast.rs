//! Short notes at the bottom right: what was done, and what failed. At most three; failures stay until dismissed.

use std::sync::LazyLock;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::failure::Failure;

const SHOWN_MS: u32 = 6_000;
const MAX: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toast {
    pub(crate) id: u32,
    pub(crate) failed: bool,
    pub(crate) text: String,
    pub(crate) request_id: Option<String>,
}

/// Global: an answer may arrive after the page that asked has gone.
static TOASTS: LazyLock<ArcRwSignal<Vec<Toast>>> = LazyLock::new(|| ArcRwSignal::new(Vec::new()));

pub(crate) fn toasts() -> Vec<Toast> {
    TOASTS.get()
}

pub(crate) fn dismiss(id: u32) {
    TOASTS.update(|toasts| toasts.retain(|toast| toast.id != id));
}

/// Something was done.
pub(crate) fn done(text: impl Into<String>) {
    show(false, text.into(), None);
}

/// Something was refused, in words.
pub(crate) fn refused(text: impl Into<String>) {
    show(true, text.into(), None);
}

pub(crate) fn failed(failure: &Failure) {
    show(true, failure.in_words(), failure.request_id.clone());
}

fn show(failed: bool, text: String, request_id: Option<String>) {
    let mut id = 0;
    TOASTS.update(|toasts| {
        id = toasts.last().map_or(1, |last| last.id + 1);
        toasts.push(Toast { id, failed, text, request_id });
        if toasts.len() > MAX {
            toasts.remove(0);
        }
    });
    if !failed {
        spawn_local(async move {
            TimeoutFuture::new(SHOWN_MS).await;
            dismiss(id);
        });
    }
}
