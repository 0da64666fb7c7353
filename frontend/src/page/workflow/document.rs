//! The document of a workflow as text: read it, or edit the draft.

use leptos::prelude::*;

use crate::api::workflow::Workflow;
use crate::component::editor::{Caret, Editor};
use crate::component::problem::Problems;
use crate::page::workflow::check::CheckFoot;
use crate::page::workflow::draft::{Bar, Conflict, Draft};

#[component]
pub(crate) fn Document(draft: Draft, may_edit: bool, tenant: String, saved: Callback<Workflow>) -> impl IntoView {
    let (caret, go_to) = (RwSignal::new(Caret::default()), RwSignal::new(None));
    view! {
        <Bar draft may_edit tenant saved />
        <Conflict draft />
        <div class="yedwrap">
            <Editor
                source=draft.source
                read_only=Signal::derive(move || !draft.editing.get())
                problems=draft.check.problems
                caret
                go_to
            />
        </div>
        <Show when=move || !draft.check.is_sound()>
            <Problems problems=draft.check.problems on_go=Callback::new(move |line| go_to.set(Some(line))) />
        </Show>
        <CheckFoot check=draft.check caret />
    }
}
