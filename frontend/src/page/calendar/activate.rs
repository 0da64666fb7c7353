//! Activating a draft: what its days move, which waiting runs stand on a day that changes, and why it is done.

use std::collections::BTreeSet;

use cynic::{MutationBuilder, QueryBuilder};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::calendar::change::{Activate, ActivateCalendarRevisionInput, ActivateVariables};
use crate::api::calendar::{
    AffectedRun, AffectedRunAction, CalendarImpact, CalendarVariables, FireChange, FireChangeKind, Impacts, Revision,
};
use crate::api::{client, run_number, short_id};
use crate::component::pane::{Failed, SkeletonPane};
use crate::component::reason::ReasonDialog;
use crate::icon::Icon;
use crate::page::calendar::Shown;
use crate::page::calendar::send::Sending;
use crate::state::load::{Load, load};
use crate::state::scope::use_scope;
use crate::state::{clock, toast};
use crate::t;

/// Changes that are listed; there may be thousands.
const LISTED: usize = 200;

#[component]
pub(crate) fn ActivateDialog(
    entry: Shown,
    revision: Revision,
    on_close: Callback<()>,
    on_done: Callback<()>,
) -> impl IntoView {
    let sending = Sending::new();
    let (id, number) = (revision.id.clone(), revision.number);
    let calendar = entry.with_untracked(|entry| entry.row.id.clone());
    let impact = load(
        move || (calendar.inner().to_owned(), id.inner().to_owned()),
        |(calendar, id)| async move {
            let variables = CalendarVariables { id: cynic::Id::new(calendar) };
            let drafts = client::send(Impacts::build(variables)).await?.calendar.map(|calendar| calendar.drafts);
            Ok(drafts.unwrap_or_default().into_iter().find(|draft| draft.id.inner() == id).map(|draft| draft.impact))
        },
    );
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
    let effect = move || match impact.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(calendar_no_impact).to_owned());
            view! { <Failed title failure on_retry=Callback::new(move |()| impact.reload()) /> }.into_any()
        }
        Load::Ready(None) => view! { <p class="muted">{move || t!(calendar_no_impact)}</p> }.into_any(),
        Load::Ready(Some(impact)) => view! { <Impact impact cancelled /> }.into_any(),
    };
    let title = move || entry.with(|entry| t!(calendar_activate_title, entry.row.name.clone(), number));
    view! {
        <ReasonDialog
            title=Signal::derive(title)
            effect=move || view! { {effect} }
            confirm=Signal::derive(|| t!(calendar_activate_do).to_owned())
            busy=Signal::derive(move || sending.busy.get() || impact.busy.get())
            refusal=sending.refusal
            wide=true
            on_close
            on_confirm=confirm
        />
    }
}

#[component]
fn Impact(impact: CalendarImpact, cancelled: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let CalendarImpact { schedules, changes, more, elsewhere, runs } = impact;
    let count = |kind: FireChangeKind| changes.iter().filter(|change| change.kind == kind).count() as i64;
    let (added, removed, moved, redated) = (
        count(FireChangeKind::Added),
        count(FireChangeKind::Removed),
        count(FireChangeKind::Moved),
        count(FireChangeKind::Redated),
    );
    let quiet = changes.is_empty() && elsewhere == 0;
    let any = !changes.is_empty();
    view! {
        <p>
            {move || match quiet {
                true if schedules == 0 => t!(calendar_impact_nobody).to_owned(),
                true => t!(calendar_impact_none, i64::from(schedules)),
                false => t!(calendar_impact, i64::from(schedules), added, removed, moved, redated),
            }}
        </p>
        {any.then(|| view! {
            <div class="calimp">
                <table class="tbl tbl--s">
                    <tbody>
                        {changes.into_iter().take(LISTED).map(|change| view! { <ChangeRow change /> }).collect_view()}
                    </tbody>
                </table>
            </div>
        })}
        {more.then(|| view! { <p class="small dim">{move || t!(calendar_impact_more)}</p> })}
        {(elsewhere > 0).then(|| view! {
            <p class="small dim">{move || t!(calendar_impact_elsewhere, i64::from(elsewhere))}</p>
        })}
        {(!runs.is_empty()).then(|| view! { <Runs runs cancelled /> })}
    }
}

#[component]
fn ChangeRow(change: FireChange) -> impl IntoView {
    let FireChange { workflow, schedule, kind, day, before, after, date_before, date_after } = change;
    let (icon, class) = match kind {
        FireChangeKind::Added => (Icon::Plus, "ic ic--s"),
        FireChangeKind::Removed => (Icon::Minus, "ic ic--s"),
        FireChangeKind::Moved | FireChangeKind::Redated => (Icon::Right, "ic ic--s"),
    };
    let words = move || match kind {
        FireChangeKind::Added => t!(calendar_fire_added),
        FireChangeKind::Removed => t!(calendar_fire_removed),
        FireChangeKind::Moved => t!(calendar_fire_moved),
        FireChangeKind::Redated => t!(calendar_fire_redated),
    };
    let turn = move || {
        let at = |at: Option<crate::api::scalar::Instant>| at.map(|at| clock::at_moment(at.0));
        let (was, is) = match kind {
            FireChangeKind::Redated => (date_before.map(|it| it.to_string()), date_after.map(|it| it.to_string())),
            _ => (at(before), at(after)),
        };
        match (was, is) {
            (Some(was), Some(is)) => format!("{was} → {is}"),
            (was, is) => was.or(is).unwrap_or_default(),
        }
    };
    view! {
        <tr>
            <td>{day.to_string()}</td>
            <td>
                <span class="row row--s">
                    <svg class=class aria-hidden="true">
                        <use_ href=icon.href()></use_>
                    </svg>
                    {words}
                </span>
            </td>
            <td>
                <span class="name">{workflow.title.unwrap_or_else(|| workflow.name.clone())}</span>
                " "
                <span class="slug">{schedule}</span>
            </td>
            <td class="muted">{turn}</td>
        </tr>
    }
}

/// Waiting runs, each to be cancelled or kept.
#[component]
fn Runs(runs: Vec<AffectedRun>, cancelled: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let scope = use_scope();
    let row = move |affected: AffectedRun| {
        let AffectedRun { run, reason, .. } = affected;
        let id = run.id.inner().to_owned();
        let key = id.clone();
        let toggle = move |_| {
            cancelled.update(|cancelled| {
                if !cancelled.remove(&id) {
                    cancelled.insert(id.clone());
                }
            });
        };
        let path = format!("/runs/{}", short_id(&run.id));
        let name = run.workflow.title.clone().unwrap_or_else(|| run.workflow.name.clone());
        view! {
            <li class="row">
                <label class="opt grow">
                    <input
                        type="checkbox"
                        prop:checked=move || cancelled.with(|cancelled| cancelled.contains(&key))
                        on:change=toggle
                    />
                    <span>
                        {move || t!(calendar_cancel_run, &name, run.business_date)}
                        <span class="dim">" " {reason}</span>
                    </span>
                </label>
                <A href=move || scope.href(&path) attr:class="link mono small">{run_number(&run.id).to_owned()}</A>
            </li>
        }
    };
    view! {
        <div class="col gap-4">
            <h3>{move || t!(calendar_waiting_runs)}</h3>
            <ul class="col gap-4">{runs.into_iter().map(row).collect_view()}</ul>
        </div>
    }
}
