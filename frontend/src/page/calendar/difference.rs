//! What a revision changes, as a table of days and years.

use leptos::prelude::*;

use crate::api::calendar::Revision;
use crate::i18n::lang;
use crate::page::calendar::Shown;
use crate::state::calendars::{today, use_calendars};
use crate::t;
use crate::view::calendar::book::{Fault, days_of, expression};
use crate::view::calendar::change::{Change, Difference, difference};
use crate::view::calendar::derive;

#[component]
pub(crate) fn Differences(entry: Shown, revision: StoredValue<Revision>, before: Option<Revision>) -> impl IntoView {
    let calendars = use_calendars();
    let before = StoredValue::new(before);
    let found = Memo::new(move |_| {
        let entry = entry.get();
        let known = calendars.book().calendars_of(&entry);
        let read = |revision: &Revision| days_of(&entry.row.name, revision.number, &revision.definition, &known);
        let old = before.with_value(|before| before.as_ref().map(read).transpose())?;
        let new = revision.with_value(read)?;
        Ok(difference(old.as_ref(), &new, today(Some(&new)), lang()))
    });
    let expressions = move || {
        let new = revision.with_value(|revision| expression(&revision.definition))?;
        let old = before.with_value(|before| before.as_ref().and_then(|before| expression(&before.definition)));
        Some(view! {
            <dl class="kv">
                {old.filter(|old| *old != new).map(|old| view! {
                    <dt>{t!(calendar_expression_before)}</dt>
                    <dd class="mono">{derive::short(&old)}</dd>
                })}
                <dt>{t!(calendar_expression)}</dt>
                <dd class="mono">{derive::short(&new)}</dd>
            </dl>
        })
    };
    view! {
        {expressions}
        {move || match found.get() {
            Ok(difference) => view! { <DifferenceTable difference /> }.into_any(),
            Err::<_, Fault>(why) => view! {
                <p class="note note--fail">
                    <span>{t!(calendar_broken)} ": " {why.text(lang())}</span>
                </p>
            }
            .into_any(),
        }}
    }
}

/// What changes, by days and years.
#[component]
pub(crate) fn DifferenceTable(difference: Difference) -> impl IntoView {
    let Difference { changes, days, until } = difference;
    let none = changes.is_empty();
    let row = |change: Change| {
        move || {
            let (when, before, after) = change_words(&change);
            view! {
                <tr>
                    <td class="nowrap">{when}</td>
                    <td class="muted">{before}</td>
                    <td>{after}</td>
                </tr>
            }
        }
    };
    let horizon = move || match until {
        (Some(before), Some(after)) if before != after => Some(t!(calendar_until_turns, before, after)),
        (None, Some(after)) if !none => Some(t!(calendar_until_now, after)),
        _ => None,
    };
    view! {
        <div class="row row--wrap" data-difference=days>
            <b class="strong">
                {move || match (none, days) {
                    (true, _) => Some(t!(calendar_no_change).to_owned()),
                    (false, 0) => None,
                    (false, days) => Some(t!(calendar_changed_days, days as i64)),
                }}
            </b>
            <span class="dim">{horizon}</span>
        </div>
        {(!none).then(|| view! {
            <table class="tbl tbl--s tbl--flush calchg">
                <thead>
                    <tr>
                        <th>{move || t!(calendar_date)}</th>
                        <th>{move || t!(calendar_before)}</th>
                        <th>{move || t!(calendar_after)}</th>
                    </tr>
                </thead>
                <tbody>{changes.into_iter().map(row).collect_view()}</tbody>
            </table>
        })}
    }
}

fn change_words(change: &Change) -> (String, String, String) {
    let lang = lang();
    match change {
        Change::Published { year, open, half, closed_weekdays } => {
            (year.to_string(), t!(calendar_unset).to_owned(), t!(calendar_year_published, open, closed_weekdays, half))
        }
        Change::Withdrawn { year } => {
            (year.to_string(), t!(calendar_published).to_owned(), t!(calendar_unset).to_owned())
        }
        Change::Days { from, to, count, before, after } => {
            let when = match count {
                1 => crate::view::calendar::dated(*from, lang),
                count => t!(calendar_span, from, to, *count as i64),
            };
            (when, before.clone(), after.clone())
        }
    }
}
