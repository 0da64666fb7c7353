//! The year of a calendar: numbers, how far it is published, twelve months, and the chosen day.

use std::sync::Arc;

use domain::bizdate::BizDate;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::calendar::CalendarUse;
use crate::component::calendar::{Chosen, Horizon, Legend, Marked, YearGrid};
use crate::component::pane::Empty;
use crate::format;
use crate::i18n::lang;
use crate::page::calendar::day::DayPanel;
use crate::page::calendar::{Ask, Shown};
use crate::state::address::use_address;
use crate::state::calendars::{today, use_calendars};
use crate::state::load::Loader;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::calendar::book::Entry;
use crate::view::calendar::year::Month;
use crate::view::calendar::{Wording, current, facts, horizon, year as months};

#[component]
pub(crate) fn YearTab(
    entry: Shown,
    year: Memo<i32>,
    uses: Loader<Option<CalendarUse>>,
    on_ask: Callback<Ask>,
) -> impl IntoView {
    // Drawn anew only when there come to be days, or no longer are.
    let state =
        Memo::new(move |_| entry.with(|entry| entry.active.as_ref().map(Option::is_some).map_err(Clone::clone)));
    move || {
        match state.get() {
        Ok(true) => view! { <Days entry year uses on_ask /> }.into_any(),
        Ok(false) => view! { <NoDays entry /> }.into_any(),
        Err(why) => view! {
            <Empty title=Signal::derive(|| t!(calendar_broken).to_owned()) text=Signal::derive(move || why.text(lang())) />
        }
        .into_any(),
    }
    }
}

/// Before the first activation.
#[component]
fn NoDays(entry: Shown) -> impl IntoView {
    let scope = use_scope();
    view! {
        <Empty
            title=Signal::derive(|| t!(calendar_no_active).to_owned())
            text=Signal::derive(|| t!(calendar_no_active_text).to_owned())
        >
            <div class="row">
                <A
                    href=move || scope.href(&format!("/calendars/{}?tab=changes", entry.with(|it| it.address().to_owned())))
                    attr:class="btn btn--primary"
                >
                    {move || t!(calendar_to_changes)}
                </A>
            </div>
        </Empty>
    }
}

#[component]
fn Days(entry: Shown, year: Memo<i32>, uses: Loader<Option<CalendarUse>>, on_ask: Callback<Ask>) -> impl IntoView {
    let (address, calendars) = (use_address(), use_calendars());
    let drawn = Memo::new(move |_| {
        let entry = entry.get();
        let calendar = entry.days();
        let work = calendars.companion(&calendar);
        Arc::new(months::year(&calendar, work.as_ref(), entry.wording(), year.get(), lang()))
    });
    let marked = Memo::new(move |_| {
        let calendar = entry.read().days();
        let today = today(Some(&calendar));
        Marked { today: Some(today), current: current(&calendar, today) }
    });
    let day = Memo::new(move |_| {
        // Within the year that is shown.
        let shown = |day: &BizDate| day.year() == year.get();
        let chosen = address.get("day").and_then(|day| day.parse().ok()).filter(shown);
        chosen.or_else(|| marked.get().today.filter(shown))
    });
    let choose = Callback::new(move |Chosen { day, walked }: Chosen| {
        let changes = [("day", Some(day.to_string())), ("year", Some(day.year().to_string()))];
        if walked { address.replace(&changes) } else { address.set(&changes) }
    });
    view! {
        <Facts entry year uses />
        <Coverage entry year />
        <div class="calw__in">
            <div class="scroll calw__y">
                <YearGrid months=drawn marked chosen=day on_choose=choose />
            </div>
            <DayPanel entry day on_choose=choose on_ask />
        </div>
        <YearLegend entry months=drawn marked />
    }
}

#[component]
fn Coverage(entry: Shown, year: Memo<i32>) -> impl IntoView {
    let with = move |entry: &Entry| {
        let calendar = entry.days();
        let today = today(Some(&calendar));
        (calendar, today)
    };
    let bar = Signal::derive(move || {
        let (calendar, today) = with(&entry.read());
        horizon::bar(&calendar, year.get(), today, lang())
    });
    let words = Signal::derive(move || {
        let (calendar, today) = with(&entry.read());
        horizon::words(&calendar, today, lang())
    });
    let alarm = move || entry.with(|entry| entry.row.alarm_days.is_some_and(|days| days > 0) || is_over(entry));
    view! { <Horizon bar words alarm=Signal::derive(alarm) /> }
}

fn is_over(entry: &Entry) -> bool {
    entry.row.days_left.is_some_and(|left| left < 0)
}

#[component]
fn Facts(entry: Shown, year: Memo<i32>, uses: Loader<Option<CalendarUse>>) -> impl IntoView {
    let calendars = use_calendars();
    let numbers = Memo::new(move |_| {
        let calendar = entry.read().days();
        let work = calendars.companion(&calendar);
        facts::facts(&calendar, work.as_ref(), year.get(), today(Some(&calendar)))
    });
    let listed = move || entry.with(|entry| entry.wording() != Wording::Member);
    let why = move || facts::unset_words(&numbers.get(), lang());
    let fact = move |name: fn(crate::i18n::Lang) -> &'static str, value: fn(&facts::Facts) -> Option<usize>, strong| {
        view! {
            <div title=why>
                <dt>{move || name(lang())}</dt>
                <dd class:strong=strong>{move || facts::number(value(&numbers.get()))}</dd>
            </div>
        }
    };
    use crate::i18n::text;
    view! {
        <dl class="facts calfacts">
            <div title=why>
                <dt>{move || entry.with(|entry| entry.wording()).open_days(lang())}</dt>
                <dd class="strong" data-fact="open">{move || facts::number(numbers.get().open)}</dd>
            </div>
            <Show when=move || year.get() == today(None).year()>{fact(text::calendar_left, |it| it.left, true)}</Show>
            <Show when=listed>
                {fact(text::calendar_closed_weekdays, |it| it.closed_weekdays, false)}
                {fact(text::calendar_makeup, |it| it.makeup, false)}
            </Show>
            {fact(text::calendar_half_days, |it| it.half, false)}
            {move || entry.with(|entry| facts::session(&entry.days())).map(|session| view! {
                <div>
                    <dt>{t!(calendar_session)}</dt>
                    <dd>{session}</dd>
                </div>
            })}
            {move || entry.with(|entry| entry.expression.clone()).map(|expression| view! {
                <div>
                    <dt>{t!(calendar_expression)}</dt>
                    <dd class="mono">{crate::view::calendar::derive::short(&expression)}</dd>
                </div>
            })}
            <UsedFact uses />
            <SinceFact entry />
        </dl>
    }
}

#[component]
fn UsedFact(uses: Loader<Option<CalendarUse>>) -> impl IntoView {
    move || {
        uses.ready().flatten().map(|uses| {
            let workflows = t!(calendar_used_workflows, uses.workflows.len() as i64 + i64::from(uses.elsewhere));
            let calendars = t!(calendar_used_calendars, uses.calendars.len() as i64);
            view! {
                <div>
                    <dt>{t!(calendar_used_by)}</dt>
                    <dd>{t!(calendar_used_value, workflows, calendars)}</dd>
                </div>
            }
        })
    }
}

#[component]
fn SinceFact(entry: Shown) -> impl IntoView {
    move || {
        let since = entry.with(|entry| entry.row.active.as_ref().and_then(|active| active.activated_at));
        since.map(|at| {
            let date = format::civil(at.0, crate::browser::offset_min(at.0)).date();
            view! {
                <div class="lo">
                    <dt>{t!(calendar_active_since)}</dt>
                    <dd>{date.to_string()}</dd>
                </div>
            }
        })
    }
}

/// Only looks that this year has.
#[component]
fn YearLegend(entry: Shown, months: Memo<Arc<Vec<Month>>>, marked: Memo<Marked>) -> impl IntoView {
    let entries = Signal::derive(move || {
        let lang = lang();
        let (holiday, work) = (t!(calendar_mark_holiday), t!(calendar_mark_work));
        let all = [
            ("d d--o", None, entry.with(|entry| entry.wording()).open_day(lang).to_owned()),
            ("d d--w", None, t!(calendar_weekend).to_owned()),
            ("d d--h", Some(holiday), t!(calendar_holiday).to_owned()),
            ("d d--m", Some(work), t!(calendar_makeup_closed).to_owned()),
            ("d d--o d--m", Some(work), t!(calendar_makeup_legend).to_owned()),
            ("d d--f", Some("½"), t!(calendar_half_day).to_owned()),
            ("d d--u", None, t!(calendar_unset).to_owned()),
        ];
        let has = |class: &str| {
            months.with(|months| months.iter().any(|month| month.cells.iter().any(|cell| cell.class == class)))
        };
        let seen = all.into_iter().filter(|(class, ..)| has(class));
        let Marked { today, current } = marked.get();
        let within = |day: Option<BizDate>| {
            months.with(|months| {
                let first = months.first().and_then(|month| month.cells.first());
                day.is_some_and(|day| first.is_some_and(|cell| cell.date.year() == day.year()))
            })
        };
        let business = within(current).then(|| ("d d--o is-t", None, t!(calendar_business_date).to_owned()));
        let now = within(today.filter(|today| Some(*today) != current));
        let now = now.then(|| ("d d--w is-now", None, t!(calendar_today).to_owned()));
        seen.chain(business).chain(now).collect::<Vec<_>>()
    });
    view! { <Legend entries /> }
}
