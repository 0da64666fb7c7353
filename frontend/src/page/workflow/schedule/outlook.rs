//! The next fires of the schedule that is shown, computed here from the draft.

use domain::bizdate::{BizDate, Period};
use domain::schedule::{instant_of, wall};
use leptos::prelude::*;

use super::builder::Builder;
use crate::browser;
use crate::component::icon::Ic;
use crate::format;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::state::clock;
use crate::t;
use crate::view::schedule::forecast::{self, End, FireRow, Forecast, Row, Span};
use crate::view::schedule::jump::{self, Jump};
use crate::view::schedule::left_out;

/// The fires that are shown.
const COUNT: usize = 20;

/// Without a day to begin with, the fires are those from now on; they are looked up again so often.
const STALE_MS: i64 = 60_000;

#[component]
pub(crate) fn Outlook(builder: Builder) -> impl IntoView {
    let from = RwSignal::new(None::<BizDate>);
    let minute = Memo::new(move |_| clock::now() / STALE_MS * STALE_MS);
    let outlook = Memo::new(move |_| {
        let spec = builder.spec()?;
        let now_ms = minute.get();
        let from_ms = match from.get() {
            None => now_ms,
            Some(day) => instant_of(spec.timezone, day.naive().and_time(chrono::NaiveTime::MIN)),
        };
        let dates = match builder.dates() {
            Ok(dates) => dates,
            Err(error) => return Some(Err(error)),
        };
        let span = Span { now_ms, from_ms, count: COUNT };
        let found = forecast::forecast(&spec, &builder.calendars(), &dates, span, lang());
        Some(found.map_err(|hold| hold.text(lang())))
    });
    let today = move || {
        let spec = builder.spec()?;
        BizDate::from_naive(wall(spec.timezone, minute.get()).date())
    };
    view! {
        <div class="pane__h sched__ph">
            <h2>{move || t!(schedule_next_fires, COUNT)}</h2>
            <label class="chip chip--s push">
                {move || t!(schedule_preview_from)}
                <input
                    type="date"
                    prop:value=move || from.get().or_else(today).map(|day| day.to_string()).unwrap_or_default()
                    on:change=move |event| from.set(browser::input_value(&event).parse().ok())
                />
            </label>
        </div>
        <Jumps builder from />
        {move || match outlook.get() {
            None => view! { <p class="sheet muted">{t!(schedule_no_preview)}</p> }.into_any(),
            Some(Err(error)) => view! {
                <p class="sheet row row--top" role="alert">
                    <svg class="si si-hold" aria-hidden="true">
                        <use_ href=Icon::StateHold.href()></use_>
                    </svg>
                    {error}
                </p>
            }
            .into_any(),
            Some(Ok(forecast)) => view! { <Rows builder forecast /> }.into_any(),
        }}
    }
}

#[component]
fn Jumps(builder: Builder, from: RwSignal<Option<BizDate>>) -> impl IntoView {
    let jumps = Memo::new(move |_| {
        let spec = builder.spec();
        spec.map(|spec| jump::jumps(&spec, &builder.calendars(), browser::server_now_ms(), lang())).unwrap_or_default()
    });
    let chip = move |jump: Jump| {
        let Jump { label, from: day } = jump;
        view! {
            <button
                class="chip chip--s"
                type="button"
                aria-pressed=move || (from.get() == day).to_string()
                on:click=move |_| from.set(day)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="row row--s row--wrap sched__j" role="group" aria-label=move || t!(schedule_jump)>
            <span class="small dim">{move || t!(schedule_jump)}</span>
            {move || jumps.get().into_iter().map(chip).collect_view()}
        </div>
    }
}

#[component]
fn Rows(builder: Builder, forecast: Forecast) -> impl IntoView {
    let Forecast { rows, end } = forecast;
    let spec = builder.spec();
    let year = spec.map_or(0, |spec| chrono::Datelike::year(&wall(spec.timezone, browser::server_now_ms())));
    let line = move |row: Row| match row {
        Row::Fire(fire) => view! { <FireLine fire /> }.into_any(),
        Row::LeftOut { first, last, reason } => view! {
            <li class="fire fire--skip">
                <span class="fire__n"></span>
                <svg class="si si-skip" aria-hidden="true">
                    <use_ href=Icon::StateSkip.href()></use_>
                </svg>
                <span class="fire__d">{left_out::range_words(first, last, year, lang())}</span>
                <span class="push small clip" title=reason.clone()>{reason.clone()}</span>
            </li>
        }
        .into_any(),
        Row::Clock { words, .. } => view! {
            <li class="fire fire--clock">
                <Ic icon=Icon::Clock size="ic--s" />
                <span>{words}</span>
            </li>
        }
        .into_any(),
        Row::Horizon { calendar, until } => view! {
            <li class="fire fire--hz"><span>{t!(schedule_horizon, calendar, until)}</span></li>
        }
        .into_any(),
    };
    let ending = match end {
        End::More => None,
        End::Over => Some((Icon::StateStop, "si si-stop", t!(schedule_over).to_owned())),
        End::Held(why) => Some((Icon::StateHold, "si si-hold", t!(schedule_holds, why))),
        End::Never => Some((Icon::StateFail, "si si-fail", t!(schedule_never).to_owned())),
    };
    view! {
        <ol class="fires" data-fires="">{rows.into_iter().map(line).collect_view()}</ol>
        {ending.map(|(icon, class, words)| {
            view! {
                <p class="row row--top fires__end small" role="status">
                    <svg class=class aria-hidden="true">
                        <use_ href=icon.href()></use_>
                    </svg>
                    {words}
                </p>
            }
        })}
    }
}

#[component]
fn FireLine(fire: FireRow) -> impl IntoView {
    let FireRow { number, fire, shows, date, moved, new_year, ends, half } = fire;
    let assumed = fire.reason.assumed;
    let (wall_date, time) = (shows.date(), shows.time());
    let seconds = chrono::Timelike::second(&time) != 0;
    let utc = format::civil(fire.instant_ms, 0);
    let day = format::day_words(wall_date, lang());
    let year = new_year.then(|| t!(schedule_year, chrono::Datelike::year(&wall_date)));
    let date = match date {
        Ok(date) => view! { <span class="fire__t" title=date.to_string()>{format!("T {}", date.naive().format("%m-%d"))}</span> }.into_any(),
        Err(error) => view! { <span class="fire__t tone-hold" title=error>"T –"</span> }.into_any(),
    };
    let period = ends.map(|period| match period {
        Period::Year => t!(schedule_year_end),
        Period::Quarter => t!(schedule_quarter_end),
        _ => t!(schedule_month_end),
    });
    view! {
        {year.map(|year| view! { <li class="fire fire--year">{year}</li> })}
        <li class="fire fire--two" class:fire--plan=assumed data-fire=fire.instant_ms.to_string()>
            <div class="fire__l">
                <span class="fire__n">{number}</span>
                {if assumed {
                    view! {
                        <svg class="si si-plan" aria-hidden="true">
                            <use_ href=Icon::StatePlan.href()></use_>
                        </svg>
                    }
                    .into_any()
                } else {
                    view! { <Ic icon=Icon::Cal size="ic--s" /> }.into_any()
                }}
                <span class="fire__d" title=wall_date.to_string()>{day}</span>
                <b class="med">{time.format(if seconds { "%H:%M:%S" } else { "%H:%M" }).to_string()}</b>
                <span class="fire__u" title=utc.format("%Y-%m-%d %H:%M:%SZ").to_string()>{utc.format("%H:%MZ").to_string()}</span>
                {date}
                <span class="push row row--s">
                    {half.then(|| view! { <span class="tag tag--line" title=t!(schedule_half_day)>"½"</span> })}
                    {period.filter(|_| !assumed).map(|period| view! { <span class="tag tag--accent">{period}</span> })}
                    {assumed.then(|| view! { <span class="tag tag--line">{t!(schedule_provisional)}</span> })}
                </span>
            </div>
            {moved.map(|moved| view! { <p class="fire__x small dim">{moved}</p> })}
        </li>
    }
}
