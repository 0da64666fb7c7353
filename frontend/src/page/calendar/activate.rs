//! Activating a draft: what its days move, which waiting runs stand on a day that changes, and why it is done.

use std::collections::BTreeSet;

use cynic::MutationBuilder;
use leptos::prelude::*;

use crate::api::calendar::change::{Activate, ActivateCalendarRevisionInput, ActivateVariables};
use crate::api::calendar::{AffectedRunAction, CalendarUse, Revision};
use crate::api::client;
use crate::component::reason::ReasonDialog;
use crate::page::calendar::Shown;
use crate::page::calendar::impact::{ImpactPane, load_impact};
use crate::page::calendar::send::Sending;
use crate::state::load::Loader;
use crate::state::toast;
use crate::t;

#[component]
pub(crate) fn ActivateDialog(
    entry: Shown,
    revision: Revision,
    uses: Loader<Option<CalendarUse>>,
    on_close: Callback<()>,
    on_done: Callback<()>,
) -> impl IntoView {
    let sending = Sending::new();
    let number = revision.number;
    let impact = load_impact(entry, &revision);
    let cancelled = RwSignal::new(BTreeSet::<String>::new());
    Effect::new(move |_| {
        if let Some(Some(impact)) = impact.ready() {
            let proposed = impact.runs.iter().filter(|affected| affected.proposed == AffectedRunAction::Cancel);
            cancelled.set(proposed.map(|affected| affected.run.id.inner().to_owned()).collect());
        }
    });
    let revision = revision.id;
    let confirm = Callback::new(move |reason: String| {
        let runs: Vec<cynic::Id> = cancelled.get_untracked().into_iter().map(cynic::Id::new).collect();
        let input = ActivateCalendarRevisionInput { revision: revision.clone(), reason, cancel_runs: Some(runs) };
        let answer = async move {
            let answer = client::send(Activate::build(ActivateVariables { input })).await?.activate_calendar_revision;
            Ok((answer.revision, answer.user_errors))
        };
        sending.send(answer, move |made| {
            toast::done(t!(calendar_was_activated, made.number));
            on_done.run(());
        });
    });
    let title = move || entry.with(|entry| t!(calendar_activate_title, entry.row.name.clone(), number));
    view! {
        <ReasonDialog
            title=Signal::derive(title)
            effect=move || view! { <ImpactPane impact uses cancelled /> }
            confirm=Signal::derive(|| t!(calendar_activate_do).to_owned())
            busy=Signal::derive(move || sending.busy.get() || impact.busy.get())
            refusal=sending.refusal
            wide=true
            on_close
            on_confirm=confirm
        />
    }
}
