//! The head of a run: state, name, what can be done, the strip of facts, and what is wrong.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::backfill::BackfillSpan;
use crate::api::run::{RunBasis, RunRef, RunRow, UsedRevision};
use crate::api::task::TaskRun;
use crate::api::{run_number, short_id};
use crate::component::icon::Ic;
use crate::component::live::LiveMark;
use crate::component::run_table::Elapsed;
use crate::component::state::{Progress, StateText};
use crate::component::toast::CopyButton;
use crate::i18n::{Word, lang, text};
use crate::icon::Icon;
use crate::page::run::buttons::Buttons;
use crate::page::run::list::link_here;
use crate::page::run::waits::RunLink;
use crate::preview::plain;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::state;

#[component]
pub(crate) fn Head(run: LiveRun, #[prop(into)] chosen: Signal<Option<RwSignal<TaskRun>>>) -> impl IntoView {
    let row = run.row;
    let look = Memo::new(move |_| row.with(|row| row.state));
    view! {
        <div class="phead runhead">
            {move || view! { <StateText look=state::run(look.get()) pill=true /> }}
            <h1 class="clip">
                {move || row.with(|row| row.workflow.title.clone().unwrap_or_else(|| row.workflow.name.clone()))}
            </h1>
            <span class="slug">{move || row.with(|row| row.workflow.name.clone())}</span>
            <span class="mono dim" data-run-number>
                {move || row.with(|row| run_number(&row.id).to_owned())}
            </span>
            <CopyButton
                text=Signal::derive(link_here)
                label=Signal::derive(|| t!(app_copy_link).to_owned()) link=true
            />
            <Badges run=row />
            <div class="phead__r">
                <Show
                    when=move || !look.get().is_final()
                    fallback=move || {
                        move || {
                            row.with(|row| row.finished_at)
                                .map(|at| view! { <span class="small dim">{move || t!(run_ended, clock::at_moment(at.0))}</span> })
                        }
                    }
                >
                    <LiveMark />
                </Show>
                <Buttons run chosen />
            </div>
        </div>
    }
}

/// What sets a run apart: that it only tries, and that it takes too long.
#[component]
pub(crate) fn Badges(#[prop(into)] run: Signal<RunRow>) -> impl IntoView {
    let dry = move || run.with(|run| run.dry_run);
    let overdue = move || run.with(|run| run.overdue_at);
    view! {
        <Show when=dry>
            <span class="tag tag--line" title=move || t!(run_dry_run_hint) data-badge="dry">
                {move || t!(run_dry_run_badge)}
            </span>
        </Show>
        {move || {
            overdue().map(|at| {
                view! {
                    <span class="tag tag--late" title=move || clock::at_full(at.0) data-badge="overdue">
                        <svg class="si si-timeout" aria-hidden="true">
                            <use_ href=Icon::StateTimeout.href()></use_>
                        </svg>
                        {move || t!(run_overdue_badge)}
                    </span>
                }
            })
        }}
    }
}

/// The word of a rank that is not the usual one.
fn rank_words(level: i32) -> Option<&'static str> {
    match level {
        i32::MIN..20 => Some(t!(run_priority_low)),
        20 => None,
        21..=30 => Some(t!(run_priority_high)),
        _ => Some(t!(run_priority_urgent)),
    }
}

#[component]
pub(crate) fn Facts(run: LiveRun) -> impl IntoView {
    let (row, scope) = (run.row, use_scope());
    let over = Memo::new(move |_| row.with(|row| row.state.is_final()));
    let started = move || row.with(|row| row.started_at.map_or_else(|| "–".to_owned(), |at| clock::at_moment(at.0)));
    view! {
        <dl class="facts">
            <div>
                <dt>{move || t!(run_business_date)}</dt>
                <dd>
                    <b>{move || row.with(|row| row.business_date.to_string())}</b>
                </dd>
            </div>
            <Basis run />
            <Calendars run />
            <div>
                <dt>{move || t!(run_trigger)}</dt>
                <dd class="row row--s">
                    <Trigger run />
                </dd>
            </div>
            <div>
                <dt>{move || t!(run_started)}</dt>
                <dd title=move || row.with(|row| row.started_at.map(|at| clock::at_full(at.0)))>{started}</dd>
            </div>
            <div>
                <dt>{move || if over.get() { t!(run_duration) } else { t!(run_elapsed) }}</dt>
                <dd>
                    <Elapsed run=row />
                </dd>
            </div>
            <div>
                <dt>{move || t!(run_tasks)}</dt>
                <dd>
                    <Progress run=row />
                </dd>
            </div>
            {move || {
                row.with(|row| rank_words(row.priority)).map(|words| {
                    view! {
                        <div>
                            <dt>{move || t!(run_priority)}</dt>
                            <dd>{words}</dd>
                        </div>
                    }
                })
            }}
            <Origin run />
            <Show when=move || { row.with(|row| row.generation) > 1 }>
                <div>
                    <dt>{move || t!(run_generation)}</dt>
                    <dd>{move || row.with(|row| row.generation)}</dd>
                </div>
            </Show>
            <Show when=move || scope.shows_all()>
                <div class="lo">
                    <dt>{move || t!(run_tenant)}</dt>
                    <dd>{move || row.with(|row| row.tenant.title.clone())}</dd>
                </div>
            </Show>
        </dl>
    }
}

/// The run whose task started this one, or that this one repeats, or the backfill that made it.
#[component]
fn Origin(run: LiveRun) -> impl IntoView {
    let scope = use_scope();
    let (parent, repeats, backfill) =
        run.basis.with_value(|basis| (basis.parent.clone(), basis.rerun_of.clone(), basis.backfill.clone()));
    let line = |label: Word, of: RunRef| {
        view! {
            <div>
                <dt>{move || label(lang())}</dt>
                <dd>
                    <RunLink run=of />
                </dd>
            </div>
        }
    };
    view! {
        {parent.map(|parent| line(text::run_parent, parent))}
        {repeats.map(|repeats| line(text::run_rerun_of, repeats))}
        {backfill.map(|BackfillSpan { id, from, to }| {
            let path = format!("/backfills/{}", short_id(&id));
            view! {
                <div>
                    <dt>{move || t!(run_cause_backfill)}</dt>
                    <dd>
                        <A href=move || scope.href(&path) attr:class="link">{format!("{from} – {to}")}</A>
                    </dd>
                </div>
            }
        })}
    }
}

/// What the run began with: parameters, the first few of them, and the version.
#[component]
fn Basis(run: LiveRun) -> impl IntoView {
    /// As many as fit into a strip of facts.
    const SHOWN: usize = 2;
    let scope = use_scope();
    let (version, workflow) = run.row.with_untracked(|row| (row.version.number, short_id(&row.workflow.id).to_owned()));
    let params = Memo::new(move |_| {
        run.now.with(|now| {
            let params = now.params.as_object().into_iter().flatten();
            params.map(|(name, value)| format!("{name}={}", plain(value))).collect::<Vec<_>>()
        })
    });
    let shown = move || params.with(|params| params.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(" "));
    let all = move || {
        let total = params.with(Vec::len);
        (total > SHOWN).then(
            || view! { " " <A href="?tab=params" attr:class="link small">{move || t!(run_raw_params, total)}</A> },
        )
    };
    view! {
        <div>
            <dt>{move || t!(run_params)}</dt>
            <dd class="mono">
                {move || if params.with(Vec::is_empty) { t!(run_no_params).to_owned() } else { shown() }}
                {all}
            </dd>
        </div>
        <div>
            <dt>{move || t!(run_version)}</dt>
            <dd>
                <A
                    href=move || scope.href(&format!("/workflows/{workflow}?tab=versions&version={version}"))
                    attr:class="link"
                >
                    {format!("v{version}")}
                </A>
            </dd>
        </div>
    }
}

/// The calendars that decided when it ran and for which date, and whether they say something else by now.
#[component]
fn Calendars(run: LiveRun) -> impl IntoView {
    let scope = use_scope();
    let (used, changed, assumed, stands_for) = run.basis.with_value(|basis| {
        let RunBasis { calendar_revisions, calendars_changed, calendar_assumed, stands_for, .. } = basis.clone();
        (calendar_revisions, calendars_changed, calendar_assumed, stands_for)
    });
    let name = move |used: UsedRevision| {
        let now = changed.iter().find(|it| it.calendar == used.calendar).map(|it| it.revision);
        let href = format!("/calendars/{}?tab=changes", used.calendar);
        view! {
            <A href=move || scope.href(&href) attr:class="link">
                {format!("{} r{}", used.calendar, used.revision)}
            </A>
            {now.map(|now| {
                view! {
                    <span class="tag tag--risk" title=move || t!(run_calendar_changed_hint)>
                        {move || t!(run_calendar_changed, now)}
                    </span>
                }
            })}
        }
    };
    let dates = stands_for.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    (!used.is_empty()).then(|| {
        view! {
            <div>
                <dt>{move || t!(run_calendars)}</dt>
                <dd class="row row--s">
                    {used.into_iter().map(name).collect_view()}
                    {assumed.then(|| {
                        view! {
                            <span class="tag" title=move || t!(run_calendar_assumed_hint)>
                                {move || t!(run_calendar_assumed)}
                            </span>
                        }
                    })}
                    {(!dates.is_empty()).then(|| {
                        let count = stands_for.len() as i64;
                        view! { <span class="tag" title=dates>{move || t!(run_stands_for, count)}</span> }
                    })}
                </dd>
            </div>
        }
    })
}

/// What began the run: the schedule or the person, else the kind of cause.
#[component]
fn Trigger(run: LiveRun) -> impl IntoView {
    move || {
        run.row.with(|row| {
            let (icon, word) = state::cause(row.cause, lang());
            let who = row.schedule_name.clone().or_else(|| row.started_by.clone());
            view! {
                <Ic icon size="ic--s" />
                <span title=word>{who.unwrap_or_else(|| word.to_owned())}</span>
            }
        })
    }
}
