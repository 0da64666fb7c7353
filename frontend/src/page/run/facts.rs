//! The head of a run: state, name, what can be done, the strip of facts, and what is wrong.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::run::{RunBasis, UsedRevision};
use crate::api::session::Permission;
use crate::api::task::TaskState;
use crate::api::{run_number, short_id};
use crate::component::icon::Ic;
use crate::component::live::LiveMark;
use crate::component::run_table::Elapsed;
use crate::component::state::{Progress, StateText};
use crate::component::toast::CopyButton;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::run::act::{Act, use_acts};
use crate::page::run::list::link_here;
use crate::preview::plain;
use crate::state::clock;
use crate::state::live_run::LiveRun;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::state;

#[component]
pub(crate) fn Head(run: LiveRun) -> impl IntoView {
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
                <Buttons run />
            </div>
        </div>
    }
}

#[component]
fn Buttons(run: LiveRun) -> impl IntoView {
    let (row, acts) = (run.row, use_acts());
    let can = move |permission| run.basis.with_value(|basis| basis.viewer_can.contains(&permission));
    let (may_operate, may_start) = (can(Permission::RunOperate), can(Permission::RunStart));
    let tenant = move || row.with(|row| row.tenant.title.clone());
    let no_operate = move || (!may_operate).then(|| t!(access_needs_operate, tenant()));
    let no_start = move || (!may_start).then(|| t!(access_needs_start, tenant()));
    let over = Memo::new(move |_| row.with(|row| row.state.is_final()));
    let failed = Memo::new(move |_| row.with(|row| row.task_failed));
    view! {
        <Show when=move || !over.get()>
            <button class="btn" type="button" data-act="stop" disabled=!may_operate title=no_operate on:click=move |_| acts.ask(Act::Stop)>
                <Ic icon=Icon::Stop />
                {move || t!(run_stop)}
            </button>
        </Show>
        <Show when=move || over.get()>
            <div class="btn-group">
                <button class="btn" type="button" data-act="again" disabled=!may_start title=no_start on:click=move |_| acts.ask(Act::Again)>
                    <Ic icon=Icon::Play />
                    {move || t!(run_again)}
                </button>
                <button class="btn" type="button" data-act="rerun-all" disabled=!may_operate title=no_operate on:click=move |_| acts.ask(Act::RerunAll)>
                    <Ic icon=Icon::Rerun />
                    {move || t!(run_rerun_all)}
                </button>
            </div>
        </Show>
        <Show when=move || over.get() && (failed.get() > 0)>
            <button class="btn btn--primary" type="button" data-act="rerun-failed" disabled=!may_operate title=no_operate on:click=move |_| acts.ask(Act::RerunFailed)>
                <Ic icon=Icon::Rerun />
                {move || t!(run_rerun_failed)}
                <span class="n-inv">{move || failed.get()}</span>
            </button>
        </Show>
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

/// What the run began with: parameters, the first few of them, and the version.
#[component]
fn Basis(run: LiveRun) -> impl IntoView {
    /// As many as fit into a strip of facts.
    const SHOWN: usize = 2;
    let scope = use_scope();
    let (version, workflow) = run.row.with_untracked(|row| (row.version.number, short_id(&row.workflow.id).to_owned()));
    let params: Vec<String> = run.basis.with_value(|basis| {
        let params = basis.params.as_object().into_iter().flatten();
        params.map(|(name, value)| format!("{name}={}", plain(value))).collect()
    });
    let (total, shown) = (params.len(), params.into_iter().take(SHOWN).collect::<Vec<_>>().join(" "));
    let all =
        move || view! { " " <A href="?tab=params" attr:class="link small">{move || t!(run_raw_params, total)}</A> };
    view! {
        <div>
            <dt>{move || t!(run_params)}</dt>
            <dd class="mono">
                {if total == 0 { (move || t!(run_no_params)).into_any() } else { shown.into_any() }}
                {(total > SHOWN).then(all)}
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

/// The first lost task, the failed ones, and how many are blocked by them.
fn troubled(run: LiveRun) -> (Option<String>, Vec<String>, usize) {
    let tasks: Vec<_> = run.tasks().into_iter().map(|task| task.with(|task| (task.name.clone(), task.state))).collect();
    let named = |wanted: fn(TaskState) -> bool| tasks.iter().filter(move |(_, state)| wanted(*state));
    let lost = named(|state| state == TaskState::Lost).next().map(|(name, _)| name.clone());
    let failed = named(|state| matches!(state, TaskState::Failed | TaskState::TimedOut));
    let failed = failed.map(|(name, _)| name.clone()).collect();
    (lost, failed, named(|state| state == TaskState::UpstreamFailed).count())
}

/// What is wrong, the most urgent first: a lost task waits for a person; a failed one blocks others; else why it waits.
#[component]
pub(crate) fn Trouble(run: LiveRun, select: Callback<String>) -> impl IntoView {
    let acts = use_acts();
    let found = Memo::new(move |_| troubled(run));
    move || {
        let (lost, failed, blocked) = found.get();
        if let Some(task) = lost {
            let decide = task.clone();
            return view! {
                <div class="banner banner--fail" role="alert">
                    <svg class="si si-lost si--l" aria-hidden="true">
                        <use_ href=Icon::StateLost.href()></use_>
                    </svg>
                    <span>{t!(run_banner_lost, task)}</span>
                    <button class="btn btn--s push" type="button" data-act="decide" on:click=move |_| acts.ask(Act::Decide(decide.clone()))>
                        {move || t!(run_decide)}
                    </button>
                </div>
            }
            .into_any();
        }
        if let Some(task) = failed.first().cloned() {
            let (show, from) = (task.clone(), task.clone());
            let over = run.row.with(|row| row.state.is_final());
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
                        {over.then(|| {
                            view! {
                                <button class="btn btn--s" type="button" on:click=move |_| acts.ask(Act::RerunFrom(from.clone()))>
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

/// Everything the run began with.
#[component]
pub(crate) fn Params(run: LiveRun) -> impl IntoView {
    let params = run.basis.with_value(|basis| basis.params.as_object().cloned().unwrap_or_default());
    let none = params.is_empty();
    let line = |(name, value): (String, serde_json::Value)| {
        view! {
            <dt class="mono">{name}</dt>
            <dd class="mono wrap">{plain(&value)}</dd>
        }
    };
    view! {
        <div class="sheet">
            {none.then(|| view! { <p class="muted">{move || t!(run_start_no_params)}</p> })}
            <dl class="kv">{params.into_iter().map(line).collect_view()}</dl>
        </div>
    }
}
