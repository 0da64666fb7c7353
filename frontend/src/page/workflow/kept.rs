//! Drafts whose page was left: they are there again when the page is opened again, until this tab is closed or
//! somebody else signs in. The browser asks before it closes over one.

use std::cell::RefCell;
use std::collections::HashMap;

use leptos::prelude::*;

use super::unread::Texts;
use crate::state::session;

/// The text of a draft and the version that it began from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) source: String,
    pub(super) base: (i32, String),
    pub(super) note: String,
    pub(super) unread: Texts,
}

#[derive(Default)]
struct Drafts {
    /// Whose they are.
    owner: Option<String>,
    by_workflow: HashMap<String, Kept>,
    is_guarded: bool,
}

thread_local! {
    static DRAFTS: RefCell<Drafts> = RefCell::default();
}

fn with<R>(act: impl FnOnce(&mut Drafts) -> R) -> R {
    let viewer = untrack(session::viewer).map(|viewer| viewer.account.id.into_inner());
    DRAFTS.with_borrow_mut(|drafts| {
        // A session that ended and begins again with the same person finds them still.
        if viewer.is_some() && drafts.owner != viewer {
            drafts.owner = viewer;
            drafts.by_workflow.clear();
        }
        act(drafts)
    })
}

/// Keeps the draft of a workflow.
pub(super) fn keep(workflow: &cynic::Id, draft: Kept) {
    let guard = with(|drafts| {
        drafts.by_workflow.insert(workflow.inner().to_owned(), draft);
        !std::mem::replace(&mut drafts.is_guarded, true)
    });
    if guard {
        // For as long as the application runs.
        let _ = window_event_listener(leptos::ev::beforeunload, |event| {
            if with(|drafts| !drafts.by_workflow.is_empty()) {
                event.prevent_default();
            }
        });
    }
}

/// Takes the draft of a workflow back.
pub(super) fn take(workflow: &cynic::Id) -> Option<Kept> {
    with(|drafts| drafts.by_workflow.remove(workflow.inner()))
}
