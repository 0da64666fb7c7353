//! The problems of the document in the editor: checked here while it is written, and by the server when it is saved.

use leptos::prelude::*;

use crate::api::workflow::SpecProblem;
use crate::i18n;
use crate::preview::document;
use crate::state::calendars::use_calendars;
use crate::state::load::debounced;
use crate::t;

/// A pause in typing after which the document is checked.
const CHECK_MS: u32 = 400;

/// The state of a document's check.
#[derive(Clone, Copy)]
pub(crate) struct Check {
    pub(crate) problems: RwSignal<Vec<SpecProblem>>,
    /// The text differs from what was checked.
    pub(crate) pending: RwSignal<bool>,
}

impl Check {
    /// Checks `source` now and after each change, in the chosen language and with the calendars that a tenant sees.
    pub(crate) fn of(source: RwSignal<String>, tenant: Signal<Option<cynic::Id>>) -> Self {
        let check = Self { problems: RwSignal::new(Vec::new()), pending: RwSignal::new(false) };
        let book = use_calendars();
        let known = Signal::derive(move || book.is_known().then(|| book.calendars(tenant.get().as_ref())));
        let run = move |()| {
            let calendars = known.get_untracked();
            let found =
                source.with_untracked(|source| document::problems(source, calendars.as_deref(), i18n::lang_now()));
            check.problems.set(found);
            check.pending.set(false);
        };
        let later = debounced(CHECK_MS, run);
        Effect::new(move |before: Option<()>| {
            source.track();
            known.track();
            i18n::lang();
            if before.is_none() {
                run(());
            } else {
                check.pending.set(true);
                later(());
            }
        });
        check
    }

    /// What the server found beyond that.
    pub(crate) fn add(self, found: Vec<SpecProblem>) {
        if !found.is_empty() {
            self.problems.set(found);
        }
    }

    pub(crate) fn is_sound(self) -> bool {
        self.problems.with(Vec::is_empty)
    }
}

/// The line below the editor.
#[component]
pub(crate) fn CheckFoot(check: Check, caret: RwSignal<crate::component::editor::Caret>) -> impl IntoView {
    let state = move || {
        if check.pending.get() {
            return view! { <span role="status">{t!(editor_checking)}</span> }.into_any();
        }
        let (icon, class, words) = match check.problems.with(Vec::len) {
            0 => (crate::icon::Icon::StateOk, "si si-ok", t!(editor_sound).to_owned()),
            count => (crate::icon::Icon::StateFail, "si si-fail", t!(editor_problems, count as i64)),
        };
        view! {
            <span class="row" role="status">
                <svg class=class aria-hidden="true">
                    <use_ href=icon.href()></use_>
                </svg>
                {words}
            </span>
        }
        .into_any()
    };
    view! {
        <div class="foot">
            {state}
            <span>{move || caret.with(|caret| (caret.line > 0).then(|| t!(editor_place, caret.line, caret.column)))}</span>
            <span class="push dim lo">{move || t!(editor_keys)}</span>
        </div>
    }
}
