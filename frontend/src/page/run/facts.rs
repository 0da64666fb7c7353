//! The head of a run: state, name, what can be done, the strip of facts, and what is wrong.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::run::{RunBasis, RunRef, RunRow, UsedRevision};
use crate::api::task::{TaskRun, TaskState};
use crate::api::{run_number, short_id};
use crate::component::icon::Ic;
use crate::component::live::LiveMark;
use crate::component::run_table::Elapsed;
use crate::component::state::{Progress, StateText};
use crate::component::toast::CopyButton;
use crate::i18n::{Lang, lang, text};
use crate::icon::Icon;
use crate::page::run::act::{Act, Target, use_acts};
use crate::page::run::buttons::{Buttons, Rights};
use crate::page::run::list::link_here;
use crate::page::run::waits::{Reasons, RunLink};
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

/// The run whose task started this one, or that this one repeats.
#[component]
fn Origin(run: LiveRun) -> impl IntoView {
    let (parent, repeats) = run.basis.with_value(|basis| (basis.parent.clone(), basis.rerun_of.clone()));
    let line = |label: fn(Lang) -> &'static str, of: RunRef| {
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

/// The first lost task, the first that waits for approval, the failed ones, and how many are blocked by them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    lost: Option<Target>,
    approval: Option<String>,
    failed: Vec<String>,
    blocked: usize,
}

fn troubled(run: LiveRun) -> Found {
    let mut found = Found::default();
    for task in run.tasks() {
        task.with(|task| match task.state {
            TaskState::Lost if found.lost.is_none() => found.lost = Some(Target::of(task)),
            TaskState::Waiting if task.kind == "approval" && found.approval.is_none() => {
                found.approval = Some(task.name.clone());
            }
            TaskState::Failed | TaskState::TimedOut => found.failed.push(task.name.clone()),
            TaskState::UpstreamFailed => found.blocked += 1,
            _ => {}
        });
    }
    found
}

/// What is wrong, the most urgent first: a lost task waits for a person; a failed one blocks others; else why it waits.
#[component]
pub(crate) fn Trouble(run: LiveRun, select: Callback<String>) -> impl IntoView {
    let acts = use_acts();
    let found = Memo::new(move |_| troubled(run));
    move || {
        let Found { lost, approval, failed, blocked } = found.get();
        if let Some(task) = lost {
            let decide = task.clone();
            return view! {
                <div class="banner banner--fail" role="alert">
                    <svg class="si si-lost si--l" aria-hidden="true">
                        <use_ href=Icon::StateLost.href()></use_>
                    </svg>
                    <span>{t!(run_banner_lost, task.name)}</span>
                    <button class="btn btn--s push" type="button" data-act="decide" on:click=move |_| acts.ask(Act::Decide(decide.clone()))>
                        {move || t!(run_decide)}
                    </button>
                </div>
            }
            .into_any();
        }
        if let Some(task) = failed.first().cloned() {
            let (show, from) = (task.clone(), task.clone());
            return view! {
                <div class="banner banner--fail" role="alert">
                    <svg class="si si-fail si--l" aria-hidden="true">
                        <use_ href=Icon::StateFail.href()></use_>
                    </svg>
                    <span class="clip">
                        {t!(run_banner_failed, failed.len() as i64, task)} " "
                        {(blocked > 0).then(|| t!(run_banner_blocked, blocked as i64))}
                    </span>
                    <div class="push row row--s">
                        {Rights::of(run).operate.then(|| {
                            view! {
                                <button class="btn btn--s" type="button" data-act="banner-rerun" on:click=move |_| acts.ask(Act::RerunFrom(from.clone()))>
                                    <Ic icon=Icon::Rerunfrom />
                                    {move || t!(run_rerun_from)}
                                </button>
                            }
                        })}
                        <button class="btn btn--s" type="button" on:click=move |_| select.run(show.clone())>
                            <Ic icon=Icon::Audit />
                            {move || t!(run_show_error)}
                        </button>
                    </div>
                </div>
            }
            .into_any();
        }
        if let Some(task) = approval {
            let show = task.clone();
            return view! {
                <div class="banner banner--hold" role="status" data-banner="approval">
                    <svg class="si si-appr si--l" aria-hidden="true">
                        <use_ href=Icon::StateAppr.href()></use_>
                    </svg>
                    <span class="clip">{t!(run_banner_approval, task)}</span>
                    <button class="btn btn--s push" type="button" on:click=move |_| select.run(show.clone())>
                        <Ic icon=Icon::Eye />
                        {move || t!(run_show_task)}
                    </button>
                </div>
            }
            .into_any();
        }
        let waits = run.now.with(|now| now.waiting_reasons.clone());
        if !waits.is_empty() {
            return view! {
                <div class="banner banner--hold" role="status" data-banner="waits">
                    <Reasons reasons=Signal::stored(waits) />
                </div>
            }
            .into_any();
        }
        let reason = run.row.with(|row| row.reason.clone().map(|reason| (row.state, reason)));
        reason
            .map(|(state, reason)| {
                view! {
                    <div class="banner banner--info">
                        <Ic icon=Icon::Info />
                        <span>{t!(run_reason_why, state::run(state).label(lang()), reason)}</span>
                    </div>
                }
            })
            .into_any()
    }
}
