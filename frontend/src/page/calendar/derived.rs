//! A derived calendar: its expression while it is written, the steps it is built of, and the year it gives.

use std::sync::Arc;

use domain::bizdate::BizDate;
use leptos::prelude::*;
use serde_json::json;

use crate::api::calendar::change::SaveCalendarDraftInput;
use crate::api::session::Permission;
use crate::component::calendar::{Chosen, Legend, Marked, YearGrid, YearStepper};
use crate::component::icon::Ic;
use crate::component::reason::Refusal;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::calendar::create::CreateDialog;
use crate::page::calendar::expression::{Draft, ExpressionField, Meaning};
use crate::page::calendar::list::may_create;
use crate::page::calendar::send::Sending;
use crate::page::calendar::{Shown, lacks, year_of};
use crate::state::address::use_address;
use crate::state::calendars::today;
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::load::debounced;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::calendar::day::fault;
use crate::view::calendar::{current, derive, facts};

/// A pause in writing after which the address follows.
const ADDRESS_MS: u32 = 400;

/// A new derived calendar; the expression so far stands in the address.
#[component]
pub(crate) fn NewDerived() -> impl IntoView {
    let (address, scope) = (use_address(), use_scope());
    let year = year_of(address);
    let draft = Draft::new(untrack(|| address.get("expr")).unwrap_or_default(), None);
    let naming = RwSignal::new(false);
    set_crumbs(move || {
        vec![
            Crumb::area(t!(app_build)),
            Crumb::link(t!(calendar_title), scope.href("/calendars")),
            Crumb::here(t!(calendar_new_derived)),
        ]
    });
    let follow = debounced(ADDRESS_MS, move |text: String| address.replace(&[("expr", Some(text))]));
    Effect::new(move |before: Option<()>| {
        let text = draft.source.get();
        if before.is_some() {
            follow(text);
        }
    });
    let step = Callback::new(move |year: i32| address.set(&[("year", Some(year.to_string()))]));
    let may = Memo::new(move |_| may_create(scope));
    let action = move || {
        view! {
            <button
                class="btn btn--primary"
                type="button"
                data-act="save-derived"
                disabled=move || !may.get() || !draft.is_sound()
                title=move || (!may.get()).then(|| t!(access_needs_calendar_edit, scope.label()))
                on:click=move |_| naming.set(true)
            >
                <Ic icon=Icon::Save />
                {move || t!(calendar_save_draft)}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="phead phead--line calhead">
            <h1>{move || t!(calendar_new_derived)}</h1>
            <span class="tag">{move || t!(calendar_derived)}</span>
            <div class="phead__r">
                <YearStepper year on_year=step />
            </div>
        </div>
        <Expression draft year action=action />
        <Show when=move || naming.get()>
            <CreateDialog derived=draft.text() on_close=Callback::new(move |()| naming.set(false)) />
        </Show>
    }
}

/// The expression of a calendar that there is, edited from what is in force, or from its newest draft.
#[component]
pub(crate) fn EditDerived(entry: Shown, year: Memo<i32>) -> impl IntoView {
    let (address, sending) = (use_address(), Sending::new());
    let before = entry.with_untracked(|entry| entry.expression.clone()).unwrap_or_default();
    let tenant = entry.with_untracked(|entry| entry.row.tenant.as_ref().map(|tenant| tenant.id.clone()));
    let asked = untrack(|| address.get("expr"));
    let draft = Draft::new(asked.unwrap_or_else(|| before.clone()), tenant);
    let needs = move || entry.with(|entry| lacks(entry, Permission::CalendarEdit));
    let unchanged = move || draft.source.with(|source| derive::joined(&derive::tokens(source)) == before);
    let off = {
        let unchanged = unchanged.clone();
        move || needs().is_some() || !draft.is_sound() || sending.busy.get() || unchanged()
    };
    let why = move || needs().or_else(|| unchanged().then(|| t!(workflow_unchanged).to_owned()));
    let save = move |_| {
        let Some(expression) = draft.text() else { return };
        let input = entry.with_untracked(|entry| SaveCalendarDraftInput {
            calendar: entry.row.id.clone(),
            definition: json!({ "expression": expression }),
            based_on: entry.row.active.as_ref().map(|active| active.number),
            source: None,
            note: None,
        });
        sending.save_draft(address, input, || {});
    };
    let action = move || {
        view! {
            <button
                class="btn btn--primary"
                type="button"
                data-act="save-derived"
                disabled=off.clone()
                title=why.clone()
                on:click=save
            >
                <Ic icon=Icon::Save />
                {move || t!(calendar_save_draft)}
            </button>
            <Refusal refusal=sending.refusal />
        }
        .into_any()
    };
    view! { <Expression draft year action=action /> }
}

#[component]
fn Expression(draft: Draft, year: Memo<i32>, #[prop(into)] action: ViewFn) -> impl IntoView {
    let address = use_address();
    // While something is wrong the last year that could be computed stays, pale.
    let last = Memo::new_with_compare(
        move |before: Option<&Option<Arc<Meaning>>>| draft.meaning.get().ok().or_else(|| before.cloned().flatten()),
        |_, _| true,
    );
    let months = Memo::new(move |_| {
        let found = last.get().map(|meaning| derive::year(&meaning.expr, &meaning.calendar, year.get(), lang()));
        Arc::new(found.unwrap_or_default())
    });
    let day = Memo::new(move |_| address.get("day").and_then(|day| day.parse::<BizDate>().ok()));
    let marked = Memo::new(move |_| {
        let meaning = last.get();
        let today = today(meaning.as_ref().map(|meaning| &meaning.calendar));
        Marked { today: Some(today), current: meaning.and_then(|meaning| current(&meaning.calendar, today)) }
    });
    let choose = Callback::new(move |Chosen { day, walked }: Chosen| {
        let changes = [("day", Some(day.to_string())), ("year", Some(day.year().to_string()))];
        if walked { address.replace(&changes) } else { address.set(&changes) }
    });
    view! {
        <ExpressionField draft />
        <Facts draft last year />
        <div class="calw__in">
            <div class="scroll calw__y" class:is-stale=move || !draft.is_sound()>
                <YearGrid months marked chosen=day small=true on_choose=choose />
            </div>
            <aside class="insp">
                <div class="insp__b">
                    <Steps draft year />
                    <div class="row">{action.run()}</div>
                    <p class="small dim">{move || t!(calendar_draft_note)}</p>
                </div>
            </aside>
        </div>
        <DerivedLegend />
    }
}

#[component]
fn Facts(draft: Draft, last: Memo<Option<Arc<Meaning>>>, year: Memo<i32>) -> impl IntoView {
    let shown = move |meaning: Arc<Meaning>| {
        let calendar = &meaning.calendar;
        let next = calendar.next(today(Some(calendar)));
        let empty = facts::open_days(calendar, year.get()) == Some(0);
        let next = match next {
            Ok(next) => next.to_string(),
            // A set without days has none to publish either.
            Err(_) if empty => t!(calendar_nothing).to_owned(),
            Err(error) => fault(&error, lang()),
        };
        let horizon = match derive::shortest(calendar) {
            None => t!(calendar_computed).to_owned(),
            Some((until, None)) => until.to_string(),
            Some((until, Some(name))) => t!(calendar_shortest, until, name),
        };
        view! {
            <div>
                <dt>{t!(calendar_days_in, year.get())}</dt>
                <dd class="strong" data-fact="open">{facts::number(facts::open_days(calendar, year.get()))}</dd>
            </div>
            <div>
                <dt>{t!(calendar_next)}</dt>
                <dd>{next}</dd>
            </div>
            <div>
                <dt>{t!(calendar_horizon)}</dt>
                <dd>{horizon}</dd>
            </div>
        }
    };
    let stale = move || !draft.is_sound() && last.with(Option::is_some);
    view! {
        <dl class="facts calfacts" class:is-stale=stale>{move || last.get().map(shown)}</dl>
        <Show when=stale>
            <p class="calstale small" role="status">{move || t!(calendar_still_last)}</p>
        </Show>
    }
}

#[component]
fn Steps(draft: Draft, year: Memo<i32>) -> impl IntoView {
    let steps = move || {
        let meaning = draft.meaning.get().ok()?;
        Some(draft.calendars.with(|calendars| derive::steps(&meaning.expr, calendars, year.get(), lang())))
    };
    let rows = move || {
        let mut before = None;
        let row = |derive::Step { label, meaning, days }: derive::Step| {
            let change =
                before.flatten().zip(days).map(|(before, now): (usize, usize)| signed(now as i64 - before as i64));
            before = Some(days);
            view! {
                <tr>
                    <td class="mono">{label}</td>
                    <td class="num"><b class="med">{facts::number(days)}</b></td>
                    <td class="num dim">{change}</td>
                    <td class="muted">{meaning}</td>
                </tr>
            }
        };
        steps().unwrap_or_default().into_iter().map(row).collect_view()
    };
    view! {
        <h3>{move || t!(calendar_built)}</h3>
        <table class="tbl tbl--s tbl--flush">
            <thead>
                <tr>
                    <th>{move || t!(calendar_step)}</th>
                    <th class="num">{move || t!(calendar_days)}</th>
                    <th class="num">"±"</th>
                    <th></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn signed(change: i64) -> String {
    match change {
        0 => "0".to_owned(),
        1.. => format!("+{change}"),
        _ => format!("\u{2212}{}", -change),
    }
}

#[component]
fn DerivedLegend() -> impl IntoView {
    let entries = Signal::derive(|| {
        vec![
            ("d d--o", None, t!(calendar_in_calendar).to_owned()),
            ("d d--x", None, t!(calendar_removed).to_owned()),
            ("d d--f", Some("½"), t!(calendar_half_day).to_owned()),
            ("d d--w", None, t!(calendar_closed_everywhere).to_owned()),
            ("d d--u", None, t!(calendar_unset).to_owned()),
        ]
    });
    view! { <Legend entries /> }
}
