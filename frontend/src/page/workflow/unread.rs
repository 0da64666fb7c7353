//! What was entered into a field of a schedule and doesn't hold. The document can't say it, so it is kept beside the
//! draft: it stands in its field again when the field is shown again, and nothing is saved in its place meanwhile.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::icon::Icon;
use crate::t;

/// A field that takes a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Name,
    Cron,
    Text,
    Cut,
}

/// A text and why it doesn't hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entered {
    pub(crate) text: String,
    pub(crate) why: String,
}

/// By the number of the schedule and the field.
pub(crate) type Texts = BTreeMap<(usize, Field), Entered>;

#[derive(Clone, Copy)]
pub(crate) struct Unread(pub(super) RwSignal<Texts>);

impl Unread {
    pub(crate) fn none() -> Self {
        Self(RwSignal::new(Texts::new()))
    }

    /// Keeps a text with its fault; one without a fault is in the document.
    pub(crate) fn tell(self, index: usize, field: Field, text: String, why: Option<String>) {
        let key = (index, field);
        match why {
            Some(why) => self.0.update(|all| drop(all.insert(key, Entered { text, why }))),
            None if self.0.with_untracked(|all| all.contains_key(&key)) => self.0.update(|all| drop(all.remove(&key))),
            None => {}
        }
    }

    pub(crate) fn of(self, index: usize, field: Field) -> Option<Entered> {
        self.0.with(|all| all.get(&(index, field)).cloned())
    }

    /// A schedule is gone: those after it have other numbers.
    pub(crate) fn remove(self, index: usize) {
        let moved = |(at, field): (usize, Field)| (if at > index { at - 1 } else { at }, field);
        self.0.update(|all| {
            let kept = std::mem::take(all).into_iter().filter(|((at, _), _)| *at != index);
            *all = kept.map(|(key, entered)| (moved(key), entered)).collect();
        });
    }

    pub(crate) fn clear(self) {
        if !self.is_empty() {
            self.0.update(BTreeMap::clear);
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.with(BTreeMap::is_empty)
    }

    /// Why nothing can be saved, if it is so.
    pub(crate) fn reason(self) -> Option<String> {
        self.0.with(|all| all.values().next().map(|Entered { text, why }| t!(schedule_unread, text, why)))
    }
}

/// Says what doesn't hold also where its field isn't shown, and drops it.
#[component]
pub(crate) fn UnreadBanner(unread: Unread) -> impl IntoView {
    move || {
        unread.reason().map(|reason| {
            view! {
                <div class="banner banner--risk" role="status" data-unread="">
                    <svg class="si si-risk si--l" aria-hidden="true">
                        <use_ href=Icon::StateRisk.href()></use_>
                    </svg>
                    <span>{reason}</span>
                    <button class="btn btn--s push" type="button" data-act="drop-unread" on:click=move |_| unread.clear()>
                        {t!(schedule_unread_drop)}
                    </button>
                </div>
            }
        })
    }
}
