//! What a file says: the days of each year, what is wrong with it line by line, and what it would change.

use leptos::prelude::*;

use crate::api::calendar::{CalendarImportPreview, ImportProblem, ImportedYear};
use crate::component::reason::Refusal;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::calendar::Shown;
use crate::page::calendar::difference::DifferenceTable;
use crate::state::calendars::{today, use_calendars};
use crate::t;
use crate::view::calendar::book::days_of;
use crate::view::calendar::change::difference;

#[component]
pub(crate) fn Preview(entry: Shown, preview: CalendarImportPreview) -> impl IntoView {
    let calendars = use_calendars();
    let CalendarImportPreview { definition, years, problems, warnings, .. } = preview;
    let sound = problems.is_empty();
    let changed = definition.filter(|_| sound).map(|definition| {
        let entry = entry.get_untracked();
        let known = untrack(|| calendars.book().calendars_of(&entry));
        let after = days_of(&entry.row.name, 0, &definition, &known);
        after.map(|after| difference(entry.calendar(), &after, today(Some(&after)), lang()))
    });
    view! {
        {(!problems.is_empty()).then(|| view! { <Problems problems /> })}
        {(!years.is_empty()).then(|| view! { <Years years /> })}
        {(!warnings.is_empty()).then(|| view! { <Warnings warnings /> })}
        {changed.map(|changed| match changed {
            Ok(difference) => view! {
                <div class="col gap-4 caldlg__d">
                    <h3>{move || t!(calendar_against_active)}</h3>
                    <DifferenceTable difference />
                </div>
            }
            .into_any(),
            Err(why) => view! { <Refusal refusal=Signal::derive(move || Some(why.text(lang()))) /> }.into_any(),
        })}
    }
}

#[component]
fn Years(years: Vec<ImportedYear>) -> impl IntoView {
    let row = |it: ImportedYear| {
        view! {
            <tr>
                <td>{it.year}</td>
                <td class="num"><b class="med">{it.open}</b></td>
                <td class="num">{it.half}</td>
                <td class="num">{it.closed_weekdays}</td>
                <td class="num">{it.makeup}</td>
                <td class="num" class:st--risk=it.unset.is_positive()>{it.unset}</td>
            </tr>
        }
    };
    view! {
        <div class="calbox">
            <table class="tbl tbl--s">
                <thead>
                    <tr>
                        <th>{move || t!(calendar_year)}</th>
                        <th class="num">{move || t!(calendar_open_days)}</th>
                        <th class="num">{move || t!(calendar_half_days)}</th>
                        <th class="num">{move || t!(calendar_closed_weekdays)}</th>
                        <th class="num">{move || t!(calendar_makeup)}</th>
                        <th class="num">{move || t!(calendar_unset)}</th>
                    </tr>
                </thead>
                <tbody>{years.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// `Line 12, column 3`.
fn place(problem: &ImportProblem) -> String {
    match (problem.line, problem.column) {
        (Some(line), Some(column)) => t!(editor_place, line, column),
        (Some(line), None) => t!(editor_line, line),
        _ => String::new(),
    }
}

#[component]
fn Problems(problems: Vec<ImportProblem>) -> impl IntoView {
    let count = problems.len() as i64;
    let row = |problem: ImportProblem| {
        view! {
            <li class="row row--top" data-problem>
                <span class="mono small dim calprob__p">{place(&problem)}</span>
                <span>{problem.message.clone()}</span>
            </li>
        }
    };
    view! {
        <div class="note note--fail" role="alert">
            <svg class="si si-fail si--l" aria-hidden="true">
                <use_ href=Icon::StateFail.href()></use_>
            </svg>
            <div class="col gap-4 grow">
                <b class="strong">{move || t!(calendar_problems, count)}</b>
                <ul class="col calprob">{problems.into_iter().map(row).collect_view()}</ul>
            </div>
        </div>
    }
}

#[component]
fn Warnings(warnings: Vec<ImportProblem>) -> impl IntoView {
    let row = |warning: ImportProblem| {
        let place = place(&warning);
        view! {
            <li class="row row--top">
                {(!place.is_empty()).then(|| view! { <span class="mono small dim calprob__p">{place}</span> })}
                <span>{warning.message}</span>
            </li>
        }
    };
    view! {
        <div class="note note--risk">
            <svg class="si si-risk si--l" aria-hidden="true">
                <use_ href=Icon::StateRisk.href()></use_>
            </svg>
            <ul class="col grow calprob">{warnings.into_iter().map(row).collect_view()}</ul>
        </div>
    }
}
