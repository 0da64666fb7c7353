//! A workflow's document being edited: one draft for all tabs, saved on top of the version that it began from, so that
//! what somebody else saved meanwhile is never overwritten unseen.

use cynic::{MutationBuilder, QueryBuilder};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::failure::refusal;
use crate::api::workflow::{
    IdVariables, UpdateWorkflow, UpdateWorkflowInput, UpdateWorkflowVariables, Workflow, WorkflowById,
};
use crate::browser;
use crate::component::dialog::Dialog;
use crate::component::icon::Ic;
use crate::icon::Icon;
use crate::page::workflow::check::Check;
use crate::page::workflow::kept::{self, Kept};
use crate::page::workflow::unread::{Field, Unread, UnreadBanner};
use crate::page::workflow::versions::Difference;
use crate::state::toast;
use crate::t;

/// A document being edited.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    id: StoredValue<cynic::Id>,
    pub(crate) source: RwSignal<String>,
    /// What the draft began from.
    pub(crate) base: RwSignal<(i32, String)>,
    pub(crate) editing: RwSignal<bool>,
    busy: RwSignal<bool>,
    note: RwSignal<String>,
    /// What somebody else saved meanwhile.
    theirs: RwSignal<Option<(i32, String)>>,
    pub(crate) check: Check,
    /// What was entered and is not in the text.
    pub(crate) unread: Unread,
}

impl Draft {
    /// Begins with the version that stands, or goes on with the draft that was kept when the page was left. The
    /// browser asks before it closes over unsaved changes.
    pub(crate) fn of(workflow: &Workflow) -> Self {
        let version = &workflow.current_version;
        let source = RwSignal::new(version.source.clone());
        let draft = Self {
            id: StoredValue::new(workflow.id.clone()),
            source,
            base: RwSignal::new((version.number, version.source.clone())),
            editing: RwSignal::new(false),
            busy: RwSignal::new(false),
            note: RwSignal::new(String::new()),
            theirs: RwSignal::new(None),
            check: Check::of(source, Signal::stored(Some(workflow.tenant.id.clone()))),
            unread: Unread::none(),
        };
        draft.resume(workflow);
        warn_before_leaving(draft);
        on_cleanup(move || draft.keep());
        draft
    }

    /// Goes on with what was left unsaved; a version that was saved meanwhile is theirs.
    fn resume(self, workflow: &Workflow) {
        let Some(Kept { source, base, note, unread }) = kept::take(&workflow.id) else { return };
        let now = &workflow.current_version;
        if source == now.source && unread.is_empty() {
            return;
        }
        if base.0 != now.number {
            self.theirs.set(Some((now.number, now.source.clone())));
        }
        self.base.set(base);
        self.source.set(source);
        self.note.set(note);
        self.unread.0.set(unread);
        self.editing.set(true);
        toast::done(t!(workflow_resumed));
    }

    /// Keeps what is unsaved for when the page is opened again.
    fn keep(self) {
        let (source, base) = (self.source.get_untracked(), self.base.get_untracked());
        let unread = self.unread.0.get_untracked();
        if self.editing.get_untracked() && (source != base.1 || !unread.is_empty()) {
            let note = self.note.get_untracked();
            self.id.with_value(|id| kept::keep(id, Kept { source, base, note, unread }));
        }
    }

    /// Goes on with another text.
    pub(crate) fn propose(self, source: String) {
        self.editing.set(true);
        self.source.set(source);
    }

    /// Keeps what was entered and doesn't hold; without a reason it holds.
    pub(crate) fn tell(self, index: usize, field: Field, text: String, why: Option<String>) {
        if why.is_some() {
            self.editing.set(true);
        }
        self.unread.tell(index, field, text, why);
    }

    pub(crate) fn is_changed(self) -> bool {
        !self.unread.is_empty() || self.source.with(|source| self.base.with(|(_, base)| source != base))
    }

    fn discard(self) {
        let (_, source) = self.base.get_untracked();
        self.source.set(source);
        self.unread.clear();
        self.theirs.set(None);
        self.note.set(String::new());
        self.editing.set(false);
    }

    /// Takes their version as the base; the text stays.
    fn rebase(self) {
        if let Some(theirs) = self.theirs.get_untracked() {
            self.base.set(theirs);
            self.theirs.set(None);
        }
    }

    fn save(self, saved: Callback<Workflow>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let input = UpdateWorkflowInput {
            id: self.id.get_value(),
            source: self.source.get_untracked(),
            base_version: self.base.with_untracked(|(number, _)| *number),
            note: Some(self.note.get_untracked().trim().to_owned()).filter(|note| !note.is_empty()),
        };
        spawn_local(async move {
            let answer = client::send(UpdateWorkflow::build(UpdateWorkflowVariables { input })).await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            let payload = match answer {
                Ok(answer) => answer.update_workflow,
                Err(failure) => return toast::failed(&failure),
            };
            let conflict = payload.user_errors.iter().any(|error| error.code == "CONFLICT");
            self.check.add(payload.problems);
            match payload.workflow {
                Some(workflow) if payload.user_errors.is_empty() => {
                    // Nothing is left to keep when the page begins anew with it.
                    self.editing.set(false);
                    toast::done(t!(workflow_saved, workflow.current_version.number));
                    saved.run(workflow);
                }
                _ if conflict => self.learn_theirs().await,
                _ => {
                    if let Some(text) = refusal(&payload.user_errors) {
                        toast::refused(text);
                    }
                }
            }
        });
    }

    async fn learn_theirs(self) {
        match client::send(WorkflowById::build(IdVariables { id: self.id.get_value() })).await {
            Ok(WorkflowById { workflow: Some(workflow) }) => {
                let version = workflow.current_version;
                let _ = self.theirs.try_set(Some((version.number, version.source)));
            }
            Ok(_) => toast::refused(t!(error_no_workflow)),
            Err(failure) => toast::failed(&failure),
        }
    }
}

/// What the draft began from, and the ways to leave it.
#[component]
pub(crate) fn Bar(draft: Draft, may_edit: bool, tenant: String, saved: Callback<Workflow>) -> impl IntoView {
    let asking = RwSignal::new(false);
    let leave = move |_| {
        if untrack(|| draft.is_changed()) {
            asking.set(true);
        } else {
            draft.discard();
        }
    };
    let next = move || draft.base.with(|(number, _)| number + 1);
    let off = move || {
        draft.busy.get()
            || !draft.is_changed()
            || !draft.unread.is_empty()
            || !draft.check.is_sound()
            || draft.theirs.with(Option::is_some)
    };
    let why_off = move || match (draft.is_changed(), draft.check.is_sound()) {
        (false, _) => Some(t!(workflow_unchanged).to_owned()),
        (true, false) => Some(t!(editor_cannot_save).to_owned()),
        (true, true) => draft.unread.reason(),
    };
    let needs = move || (!may_edit).then(|| t!(access_needs_edit, &tenant));
    view! {
        <div class="fbar">
            <span class="dim small">{move || t!(workflow_based_on, draft.base.with(|(number, _)| *number))}</span>
            <Show when=move || draft.is_changed()>
                <span class="st st--hold small">{move || t!(workflow_draft)}</span>
            </Show>
            <span class="push"></span>
            <Show
                when=move || draft.editing.get()
                fallback=move || {
                    view! {
                        <button class="btn btn--s" type="button" data-act="edit" disabled=!may_edit title=needs.clone() on:click=move |_| draft.editing.set(true)>
                            <Ic icon=Icon::Edit />
                            {move || t!(workflow_edit)}
                        </button>
                    }
                }
            >
                <input
                    class="inp inp--s inp--note"
                    maxlength="500"
                    placeholder=move || t!(workflow_note)
                    aria-label=move || t!(workflow_note)
                    title=move || t!(workflow_note_hint)
                    prop:value=move || draft.note.get()
                    on:input=move |event| draft.note.set(browser::input_value(&event))
                />
                <button class="btn btn--s" type="button" on:click=leave>
                    {move || if draft.is_changed() { t!(workflow_discard) } else { t!(workflow_view) }}
                </button>
                <button class="btn btn--s btn--primary" type="button" data-act="save" disabled=off title=why_off on:click=move |_| draft.save(saved)>
                    <Ic icon=Icon::Save />
                    {move || t!(workflow_save, next())}
                </button>
            </Show>
        </div>
        <UnreadBanner unread=draft.unread />
        <Show when=move || asking.get()>
            <DiscardDialog draft on_close=Callback::new(move |()| asking.set(false)) />
        </Show>
    }
}

#[component]
fn DiscardDialog(draft: Draft, on_close: Callback<()>) -> impl IntoView {
    let discard = Callback::new(move |()| {
        draft.discard();
        on_close.run(());
    });
    view! {
        <Dialog
            title=Signal::derive(|| t!(workflow_leave_title).to_owned())
            on_close
            on_confirm=discard
            footer=move || {
                view! {
                    <button class="btn" type="button" autofocus on:click=move |_| on_close.run(())>
                        {move || t!(workflow_keep)}
                    </button>
                    <button class="btn btn--danger" type="submit">{move || t!(workflow_discard_do)}</button>
                }
            }
        >
            <p class="muted">{move || t!(workflow_leave_text, draft.base.with(|(number, _)| *number))}</p>
        </Dialog>
    }
}

/// Somebody saved first: nothing is lost on either side.
#[component]
pub(crate) fn Conflict(draft: Draft) -> impl IntoView {
    let comparing = RwSignal::new(false);
    let close = Callback::new(move |()| comparing.set(false));
    move || {
        draft.theirs.get().map(|(number, theirs)| {
            let theirs = StoredValue::new(theirs);
            view! {
                <div class="banner banner--risk" role="alert">
                    <svg class="si si-risk si--l" aria-hidden="true">
                        <use_ href=Icon::StateRisk.href()></use_>
                    </svg>
                    <span>{move || t!(workflow_conflict, number)}</span>
                    <div class="push row">
                        <button class="btn btn--s" type="button" on:click=move |_| comparing.set(true)>
                            {move || t!(workflow_compare)}
                        </button>
                        <button class="btn btn--s" type="button" on:click=move |_| draft.rebase()>
                            {move || t!(workflow_rebase, number)}
                        </button>
                    </div>
                </div>
                <Show when=move || comparing.get()>
                    <Dialog
                        title=Signal::derive(move || t!(workflow_compare_title, number))
                        class="dialog--wide"
                        on_close=close
                        on_confirm=close
                        footer=move || {
                            view! {
                                <button class="btn" type="button" on:click=move |_| close.run(())>
                                    {move || t!(app_close)}
                                </button>
                            }
                        }
                    >
                        <Difference old=theirs.get_value() new=draft.source.get_untracked() />
                    </Dialog>
                </Show>
            }
        })
    }
}

/// The browser asks before the page is closed or reloaded over unsaved changes.
fn warn_before_leaving(draft: Draft) {
    let handle = window_event_listener(leptos::ev::beforeunload, move |event| {
        if draft.editing.get_untracked() && untrack(|| draft.is_changed()) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}
