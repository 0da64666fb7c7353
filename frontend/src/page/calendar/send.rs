//! Sending what a dialog asks for: busy meanwhile, the server's refusal shown in it, and the calendars loaded again when
//! it was done.

use cynic::MutationBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::calendar::change::{SaveCalendarDraftInput, SaveDraft, SaveDraftVariables};
use crate::api::client;
use crate::api::failure::{Failure, refusal};
use crate::api::session::UserError;
use crate::state::address::Address;
use crate::state::calendars::{CalendarBook, use_calendars};
use crate::state::toast;
use crate::t;

#[derive(Clone, Copy)]
pub(crate) struct Sending {
    pub(crate) busy: RwSignal<bool>,
    pub(crate) refusal: RwSignal<Option<String>>,
    calendars: CalendarBook,
}

impl Sending {
    pub(crate) fn new() -> Self {
        Self { busy: RwSignal::new(false), refusal: RwSignal::new(None), calendars: use_calendars() }
    }

    /// Waits for an answer: what was made, or why not.
    pub(crate) fn send<T: 'static>(
        self,
        answer: impl Future<Output = Result<(Option<T>, Vec<UserError>), Failure>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let answer = answer.await;
            // The dialog may have gone; what it asked for was done all the same.
            let gone = self.busy.try_set(false).is_some();
            match answer {
                Ok((Some(made), errors)) => {
                    self.calendars.reload();
                    // It was done, though perhaps not everything that should go with it.
                    if let Some(rest) = refusal(&errors) {
                        toast::refused(rest);
                    }
                    if !gone {
                        done(made);
                    }
                }
                Ok((None, errors)) => {
                    let _ = self.refusal.try_set(Some(refusal(&errors).unwrap_or_default()));
                }
                Err(failure) => toast::failed(&failure),
            }
        });
    }

    /// Saves a draft and leads to it among the changes.
    pub(crate) fn save_draft(self, address: Address, input: SaveCalendarDraftInput, saved: impl FnOnce() + 'static) {
        let answer = async move {
            let answer = client::send(SaveDraft::build(SaveDraftVariables { input })).await?.save_calendar_draft;
            Ok((answer.revision, answer.user_errors))
        };
        self.send(answer, move |revision| {
            toast::done(t!(calendar_draft_saved, revision.number));
            saved();
            let number = Some(revision.number.to_string());
            address.set(&[("tab", Some("changes".to_owned())), ("revision", number), ("expr", None)]);
        });
    }
}
