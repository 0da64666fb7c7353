//! Two or three calendars side by side. Which ones stands in the address, by name or as expressions.

use std::sync::Arc;

use domain::bizdate::BizDate;
use leptos::prelude::*;

use crate::component::calendar::{Chosen, Legend, Marked, YearGrid, YearStepper};
use crate::component::pane::Empty;
use crate::i18n::lang;
use crate::icon::Icon;
use crate::page::calendar::detail::latest;
use crate::page::calendar::head::Head;
use crate::page::calendar::sides::Bar;
use crate::page::calendar::year_of;
use crate::state::address::{Address, use_address};
use crate::state::calendars::{CalendarBook, today, use_calendars};
use crate::state::crumb::{Crumb, set_crumbs};
use crate::state::scope::use_scope;
use crate::t;
use crate::view::calendar::compare::{self, Comparison, Mark, Row, Side};
use crate::view::calendar::{current, short_date};

/// The sides as the address names them, their letters and colours.
pub(crate) const SIDES: [(&str, &str, &str); 3] =
    [("a", "A", "var(--c1)"), ("b", "B", "var(--c3)"), ("c", "C", "var(--c2)")];

#[component]
pub(crate) fn ComparePage() -> impl IntoView {
    let (address, scope, calendars) = (use_address(), use_scope(), use_calendars());
    let year = year_of(address);
    let names = Memo::new(move |_| names(address, calendars));
    set_crumbs(move || {
        vec![
            Crumb::area(t!(app_build)),
            Crumb::link(t!(calendar_title), scope.href("/calendars")),
            Crumb::here(t!(calendar_compare_title, names.get().join(" / "))),
        ]
    });
    let first = Memo::new(move |_| names.with(|names| names.first().cloned()));
    let head = move || {
        let name = first.get()?;
        let found = Signal::derive(move || calendars.book().find(&name, calendars.tenant().as_deref()).cloned());
        let entry = found.get_untracked()?;
        Some(view! { <Head entry=latest(found, entry) tab=Signal::stored("compare".to_owned()) year /> })
    };
    let step = Callback::new(move |year: i32| address.set(&[("year", Some(year.to_string()))]));
    view! {
        {move || match head() {
            Some(head) => head.into_any(),
            None => view! {
                <div class="phead phead--line calhead">
                    <h1>{move || t!(calendar_tab_compare)}</h1>
                    <div class="phead__r">
                        <YearStepper year on_year=step />
                    </div>
                </div>
            }
            .into_any(),
        }}
        <Sides names year />
    }
}

/// Who is compared: those of the address, and without them the first two of the list.
fn names(address: Address, calendars: CalendarBook) -> Vec<String> {
    let (book, tenant) = (calendars.book(), calendars.tenant());
    let mut chosen: Vec<String> = Vec::new();
    for (key, ..) in &SIDES[..2] {
        let other =
            || book.usable_by(tenant.as_deref()).map(|entry| entry.row.name.clone()).find(|it| !chosen.contains(it));
        chosen.extend(address.get(key).or_else(other));
    }
    chosen.extend(address.get(SIDES[2].0));
    chosen
}

#[component]
fn Sides(names: Memo<Vec<String>>, year: Memo<i32>) -> impl IntoView {
    let calendars = use_calendars();
    let sides = Signal::derive(move || {
        let known = calendars.calendars(None);
        let side = |name: String| {
            known.resolve_text(&name).map(|calendar| Side { name, calendar }).map_err(|error| error.to_string())
        };
        names.get().into_iter().map(side).collect::<Result<Vec<Side>, String>>()
    });
    // The bar of choices stays; what is below is drawn anew for other sides.
    let fault = Memo::new(move |_| match sides.get() {
        Err(error) => Some(error),
        Ok(sides) if sides.len() < 2 => Some(t!(calendar_compare_two).to_owned()),
        Ok(_) => None,
    });
    let sides = Signal::derive(move || Arc::new(sides.get().unwrap_or_default()));
    view! {
        <Bar names sides year />
        {move || match fault.get() {
            Some(why) => view! {
                <Empty title=Signal::derive(|| t!(calendar_cannot_compare).to_owned()) text=Signal::stored(why) />
            }
            .into_any(),
            None => view! { <Compared sides year /> }.into_any(),
        }}
    }
}

#[component]
fn Compared(sides: Signal<Arc<Vec<Side>>>, year: Memo<i32>) -> impl IntoView {
    let address = use_address();
    let only = Memo::new(move |_| address.get("only").is_some());
    let compared = Signal::derive(move || sides.with(|sides| compare::compare(sides, year.get(), only.get(), lang())));
    // Computed once for all that show a part of it.
    let shared = Memo::new_with_compare(move |_| Arc::new(compared.get()), |_, _| true);
    let day = Memo::new(move |_| address.get("day").and_then(|day| day.parse::<BizDate>().ok()));
    let marked = Memo::new(move |_| {
        sides.with(|sides| {
            let today = today(sides.first().map(|side| &side.calendar));
            Marked { today: Some(today), current: sides.first().and_then(|side| current(&side.calendar, today)) }
        })
    });
    let choose = Callback::new(move |Chosen { day, walked }: Chosen| {
        let changes = [("day", Some(day.to_string())), ("year", Some(day.year().to_string()))];
        if walked { address.replace(&changes) } else { address.set(&changes) }
    });
    view! {
        <CompareFacts sides shared year />
        <div class="calw__in calw__in--cmp">
            <div class="scroll calw__y">
                <YearGrid
                    months=Signal::derive(move || Arc::new(shared.get().months.clone()))
                    marked
                    chosen=day
                    on_choose=choose
                />
            </div>
            <Differing sides shared day on_choose=choose />
        </div>
        <CompareLegend sides />
    }
}

#[component]
fn CompareFacts(sides: Signal<Arc<Vec<Side>>>, shared: Memo<Arc<Comparison>>, year: Memo<i32>) -> impl IntoView {
    let fact = |name: String, class: Option<&'static str>, count: usize| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd class="row row--s">
                    {class.map(|class| view! { <i class=class aria-hidden="true">"8"</i> })}
                    <b class="strong">{count}</b>
                </dd>
            </div>
        }
    };
    const ONLY: [&str; 3] = ["d d--ao", "d d--bo", "d d--co"];
    view! {
        <dl class="facts calfacts">
            {move || {
                let (sides, found) = (sides.get(), shared.get());
                let only = sides.iter().zip(&found.only).zip(ONLY);
                let unset = (found.unset > 0).then(|| fact(t!(calendar_unset).to_owned(), Some("d d--u"), found.unset));
                view! {
                    {fact(t!(calendar_all_open).to_owned(), None, found.all_open)}
                    {only.map(|((side, count), class)| fact(t!(calendar_only, &side.name), Some(class), *count)).collect_view()}
                    {fact(t!(calendar_half_days).to_owned(), Some("d d--bh"), found.half)}
                    {unset}
                    {compare::longest_gap(&sides, year.get()).map(|gap| view! {
                        <div>
                            <dt>{t!(calendar_longest_gap)}</dt>
                            <dd>{gap.text(lang())}</dd>
                        </div>
                    })}
                }
            }}
        </dl>
    }
}

#[component]
fn Differing(
    sides: Signal<Arc<Vec<Side>>>,
    shared: Memo<Arc<Comparison>>,
    day: Memo<Option<BizDate>>,
    on_choose: Callback<Chosen>,
) -> impl IntoView {
    let mark = |mark: Mark| {
        let (class, icon) = match mark {
            Mark::Open | Mark::Half => ("si si-ok", Icon::StateOk),
            Mark::Closed => ("si si-skip", Icon::StateSkip),
            Mark::Unset => ("si si-risk", Icon::StateRisk),
        };
        view! {
            <td>
                <span class="row row--s">
                    <svg class=class aria-hidden="true">
                        <use_ href=icon.href()></use_>
                    </svg>
                    {mark.text(lang())}
                </span>
            </td>
        }
    };
    let row = move |Row { date, marks, reason }: Row| {
        view! {
            <tr
                class="is-link"
                class:is-sel=move || day.get() == Some(date)
                data-differs=date.to_string()
                on:click=move |_| on_choose.run(Chosen { day: date, walked: false })
            >
                <td>{short_date(date, lang())}</td>
                {marks.into_iter().map(mark).collect_view()}
                <td class="muted">
                    <span class="calcmp__r" title=reason.clone()>{reason.clone()}</span>
                </td>
            </tr>
        }
    };
    let heads = move || {
        let sides = sides.get();
        let head = |(side, (_, letter, _)): (&Side, (&str, &'static str, &str))| {
            view! { <th>{format!("{letter} {}", side.name)}</th> }
        };
        sides.iter().zip(SIDES).map(head).collect_view()
    };
    view! {
        <aside class="insp" aria-label=move || t!(calendar_days_differ)>
            <div class="pane__h">
                <h2>
                    {move || t!(calendar_days_differ)}
                    " "
                    <span class="n">{move || shared.with(|shared| shared.rows.len())}</span>
                </h2>
            </div>
            <div class="scroll">
                <table class="tbl tbl--s small">
                    <thead>
                        <tr>
                            <th>{move || t!(calendar_date)}</th>
                            {heads}
                            <th>{move || t!(calendar_reason)}</th>
                        </tr>
                    </thead>
                    <tbody>{move || shared.get().rows.clone().into_iter().map(row).collect_view()}</tbody>
                </table>
                <Show when=move || shared.with(|shared| shared.rows.is_empty())>
                    <p class="sheet muted">
                        {move || if shared.with(|shared| shared.unset > 0) { t!(calendar_nothing_comparable) } else { t!(calendar_no_difference) }}
                    </p>
                </Show>
            </div>
        </aside>
    }
}

#[component]
fn CompareLegend(sides: Signal<Arc<Vec<Side>>>) -> impl IntoView {
    let entries = Signal::derive(move || {
        let sides = sides.get();
        let only = |index: usize| sides.get(index).map(|side| t!(calendar_only, &side.name));
        let mut entries = vec![
            ("d d--same", None, t!(calendar_all_open).to_owned()),
            ("d d--w", None, t!(calendar_all_closed).to_owned()),
        ];
        for (index, class) in ["d d--ao", "d d--bo", "d d--co"].into_iter().enumerate() {
            entries.extend(only(index).map(|words| (class, None, words)));
        }
        entries.push(("d d--bh", None, t!(calendar_some_half).to_owned()));
        entries
    });
    view! { <Legend entries /> }
}
