//! What a backfill would do: figures, its dates with what is in their place, and the days without a date.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::backfill::plan::{BackfillPlan, BackfillPlanItem};
use crate::api::backfill::{BackfillAction, BackfillChoice};
use crate::api::{run_number, short_id};
use crate::component::icon::Ic;
use crate::component::state::Glyph;
use crate::i18n::{Word, lang, text};
use crate::icon::Icon;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::{backfill as look, state};

/// What was chosen for a workflow on a date.
pub(crate) type Choices = RwSignal<BTreeMap<(String, NaiveDate), BackfillChoice>>;

/// A choice by the value of its option; nothing for the option that leaves it open.
pub(crate) fn choice_of(option: &str) -> Option<BackfillChoice> {
    match option {
        "skip" => Some(BackfillChoice::Skip),
        "rerun" => Some(BackfillChoice::Rerun),
        _ => None,
    }
}

#[component]
pub(crate) fn PlanView(plan: BackfillPlan, choices: Choices, on_start: Callback<()>) -> impl IntoView {
    let BackfillPlan { calendar, hidden, total, creates, reruns, skips, blocked, without_date, items } = plan;
    let stuck = blocked != 0 || creates + reruns == 0;
    let shown = items.nodes.len();
    let figure = |label: Word, number: i32| {
        view! {
            <div>
                <dt>{move || label(lang())}</dt>
                <dd>{number}</dd>
            </div>
        }
    };
    view! {
        <dl class="facts">
            {figure(text::backfill_creates, creates)} {figure(text::backfill_reruns, reruns)}
            {figure(text::backfill_skips, skips)} {figure(text::backfill_blocked, blocked)}
            <div>
                <dt>{move || t!(backfill_calendar)}</dt>
                <dd class="mono">{calendar}</dd>
            </div>
        </dl>
        {(hidden > 0).then(|| view! { <p class="note">{move || t!(backfill_hidden, i64::from(hidden))}</p> })}
        <div class="scroll">
            <table class="tbl tbl--m">
                <thead>
                    <tr>
                        <th>{move || t!(backfill_date)}</th>
                        <th>{move || t!(backfill_workflow)}</th>
                        <th>{move || t!(backfill_would)}</th>
                        <th>{move || t!(backfill_in_place)}</th>
                        <th>{move || t!(backfill_choice)}</th>
                    </tr>
                </thead>
                <tbody>
                    {items.nodes.into_iter().map(|item| view! { <Row item choices /> }).collect_view()}
                    {without_date
                        .into_iter()
                        .map(|day| {
                            view! {
                                <tr class="dim">
                                    <td class="mono">{day.date.to_string()}</td>
                                    <td></td>
                                    <td>{move || t!(backfill_no_date)}</td>
                                    <td colspan="2">{day.reason}</td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
        <div class="foot">
            <span>
                {move || match blocked {
                    0 => t!(backfill_first_of, shown, total),
                    count => t!(backfill_resolve, i64::from(count)),
                }}
            </span>
            <button
                class="btn btn--primary push"
                type="button"
                data-act="start"
                disabled=stuck
                on:click=move |_| on_start.run(())
            >
                <Ic icon=Icon::Play />
                {move || t!(backfill_start)}
            </button>
        </div>
    }
}

#[component]
fn Row(item: BackfillPlanItem, choices: Choices) -> impl IntoView {
    let scope = use_scope();
    let action = item.action;
    let meets = item.run.is_some() || item.other_backfill;
    let key = (item.workflow.id.inner().to_owned(), item.business_date);
    let run = item.run.map(|run| {
        let path = format!("/runs/{}", short_id(&run.id));
        view! {
            <A href=move || scope.href(&path) attr:class="row row--s">
                <Glyph look=state::run(run.state) />
                {move || state::run(run.state).label(lang())}
                <span class="mono dim">{run_number(&run.id).to_owned()}</span>
            </A>
        }
    });
    view! {
        <tr>
            <td class="mono">{item.business_date.to_string()}</td>
            <td>{item.workflow.name}</td>
            <td class:tone-fail=action == BackfillAction::Blocked>{move || look::action(action, lang())}</td>
            <td>
                {run}
                {item.other_backfill.then(|| view! { <span class="tag">{move || t!(backfill_other)}</span> })}
            </td>
            <td>{meets.then(|| view! { <Own choices key_of=key /> })}</td>
        </tr>
    }
}

/// What becomes of a single date that has a run or work in progress, when it is not what becomes of all.
#[component]
fn Own(choices: Choices, key_of: (String, NaiveDate)) -> impl IntoView {
    let date = key_of.1;
    let key = StoredValue::new(key_of);
    let chosen = move || choices.with(|all| key.with_value(|key| all.get(key).copied()));
    let choose = move |event: leptos::ev::Event| {
        choices.update(|all| match choice_of(&event_target_value(&event)) {
            Some(choice) => drop(all.insert(key.get_value(), choice)),
            None => drop(all.remove(&key.get_value())),
        });
    };
    view! {
        <select class="inp bf__p" data-own=date.to_string() aria-label=move || t!(backfill_choice_of, date.to_string()) on:change=choose>
            <option value="" selected=move || chosen().is_none()>{move || t!(backfill_choice_all)}</option>
            <option value="skip" selected=move || chosen() == Some(BackfillChoice::Skip)>
                {move || t!(backfill_choice_skip)}
            </option>
            <option value="rerun" selected=move || chosen() == Some(BackfillChoice::Rerun)>
                {move || t!(backfill_choice_rerun)}
            </option>
        </select>
    }
}
