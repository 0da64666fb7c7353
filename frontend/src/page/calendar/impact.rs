//! What activating a draft moves: fires that appear, vanish, move or change their date, and runs that wait on such a day.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::calendar::{
    AffectedRun, CalendarImpact, CalendarUse, CalendarVariables, FireChange, FireChangeKind, Impacts, Revision,
};
use crate::api::scalar::Instant;
use crate::api::{client, run_number, short_id};
use crate::component::pane::{Failed, SkeletonPane};
use crate::icon::Icon;
use crate::page::calendar::{Shown, fires};
use crate::state::clock;
use crate::state::load::{Load, Loader, load};
use crate::state::scope::use_scope;
use crate::t;

/// Changes that are listed; there may be thousands.
const LISTED: usize = 200;

/// What the server foretells of a draft; none when it is a draft no more.
pub(crate) fn load_impact(entry: Shown, revision: &Revision) -> Loader<Option<CalendarImpact>> {
    let calendar = entry.with_untracked(|entry| entry.row.id.clone());
    let id = revision.id.clone();
    load(
        move || (calendar.inner().to_owned(), id.inner().to_owned()),
        |(calendar, id)| async move {
            let variables = CalendarVariables { id: cynic::Id::new(calendar) };
            let drafts = client::send(Impacts::build(variables)).await?.calendar.map(|calendar| calendar.drafts);
            Ok(drafts.unwrap_or_default().into_iter().find(|draft| draft.id.inner() == id).map(|draft| draft.impact))
        },
    )
}

/// What is foretold, once it is there; with the runs to cancel, those that wait can be chosen.
#[component]
pub(crate) fn ImpactPane(
    impact: Loader<Option<CalendarImpact>>,
    uses: Loader<Option<CalendarUse>>,
    #[prop(optional, into)] cancelled: Option<RwSignal<BTreeSet<String>>>,
) -> impl IntoView {
    move || match impact.state.get() {
        Load::Pending => view! { <SkeletonPane /> }.into_any(),
        Load::Failed(failure) => {
            let title = Signal::derive(|| t!(calendar_no_impact).to_owned());
            view! { <Failed title failure on_retry=Callback::new(move |()| impact.reload()) /> }.into_any()
        }
        Load::Ready(None) => view! { <p class="muted">{move || t!(calendar_no_impact)}</p> }.into_any(),
        Load::Ready(Some(impact)) => view! { <Impact impact uses cancelled /> }.into_any(),
    }
}

/// The same among the changes, before anybody activates: its author and those who may not can look, too.
#[component]
pub(crate) fn Foretold(
    entry: Shown,
    revision: StoredValue<Revision>,
    uses: Loader<Option<CalendarUse>>,
) -> impl IntoView {
    let impact = revision.with_value(|revision| load_impact(entry, revision));
    view! {
        <section class="col" data-impact>
            <h2>{move || t!(calendar_impact_title)}</h2>
            <ImpactPane impact uses />
        </section>
    }
}

#[component]
fn Impact(
    impact: CalendarImpact,
    uses: Loader<Option<CalendarUse>>,
    cancelled: Option<RwSignal<BTreeSet<String>>>,
) -> impl IntoView {
    let CalendarImpact { schedules, changes, more, elsewhere, runs } = impact;
    let count = |kind: FireChangeKind| changes.iter().filter(|change| change.kind == kind).count() as i64;
    let (added, removed, moved, redated) = (
        count(FireChangeKind::Added),
        count(FireChangeKind::Removed),
        count(FireChangeKind::Moved),
        count(FireChangeKind::Redated),
    );
    let any = !changes.is_empty();
    // Of what is not shared nothing is known but that it is there.
    let told = schedules > 0 || elsewhere == 0;
    view! {
        {told.then(|| view! {
            <p>
                {move || match any {
                    false if schedules == 0 => t!(calendar_impact_nobody).to_owned(),
                    false => t!(calendar_impact_none, i64::from(schedules)),
                    true => t!(calendar_impact, i64::from(schedules), added, removed, moved, redated),
                }}
            </p>
        })}
        {any.then(|| view! {
            <div class="calimp">
                <table class="tbl tbl--s">
                    <tbody>
                        {changes.into_iter().take(LISTED).map(|change| view! { <ChangeRow change uses /> }).collect_view()}
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
fn ChangeRow(change: FireChange, uses: Loader<Option<CalendarUse>>) -> impl IntoView {
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
    let (id, named) = (workflow.id.clone(), schedule.clone());
    let zone = Memo::new(move |_| uses.ready().flatten().and_then(|uses| zone_of(&uses, &id, &named)));
    let turn = move || {
        let at = |at: Option<Instant>| {
            at.map(|at| zone.get().map_or_else(|| clock::at_moment(at.0), |zone| fires::on_clock(at.0, zone)))
        };
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

/// The zone of a schedule, among the workflows that use the calendar.
fn zone_of(uses: &CalendarUse, workflow: &cynic::Id, schedule: &str) -> Option<Tz> {
    let workflow = uses.workflows.iter().find(|it| it.id == *workflow)?;
    workflow.schedules.iter().find(|it| it.name == schedule)?.timezone.parse().ok()
}

/// Waiting runs, each to be cancelled or kept; only told without the choice.
#[component]
fn Runs(runs: Vec<AffectedRun>, cancelled: Option<RwSignal<BTreeSet<String>>>) -> impl IntoView {
    let scope = use_scope();
    let row = move |affected: AffectedRun| {
        let AffectedRun { run, reason, .. } = affected;
        let id = run.id.inner().to_owned();
        let path = format!("/runs/{}", short_id(&run.id));
        let name = run.workflow.title.clone().unwrap_or_else(|| run.workflow.name.clone());
        view! {
            <li class="row">
                <label class="opt grow">
                    {cancelled.map(|cancelled| view! { <Choice id cancelled /> })}
                    <span>
                        {move || match cancelled.is_some() {
                            true => t!(calendar_cancel_run, &name, run.business_date),
                            false => t!(calendar_because, &name, run.business_date),
                        }}
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

#[component]
fn Choice(id: String, cancelled: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let key = id.clone();
    let toggle = move |_| {
        cancelled.update(|cancelled| {
            if !cancelled.remove(&id) {
                cancelled.insert(id.clone());
            }
        });
    };
    view! {
        <input
            type="checkbox"
            prop:checked=move || cancelled.with(|cancelled| cancelled.contains(&key))
            on:change=toggle
        />
    }
}
