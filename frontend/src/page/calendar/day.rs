//! The chosen day of a year: its neighbours, its place, what other calendars say of it, where its status comes from.

use domain::bizdate::BizDate;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::session::Permission;
use crate::component::calendar::Chosen;
use crate::component::icon::Ic;
use crate::i18n::{lang, text};
use crate::icon::Icon;
use crate::page::calendar::{Ask, Shown, lacks};
use crate::state::calendars::use_calendars;
use crate::state::scope::use_scope;
use crate::t;
use crate::view::calendar::book::Entry;
use crate::view::calendar::day::{Elsewhere, elsewhere, facts, neighbour};
use crate::view::calendar::{Kind, dated, emergency, look, origin, words};
use crate::{browser, format};

/// Other calendars that are shown before all are asked for.
const FEW: usize = 8;

#[component]
pub(crate) fn DayPanel(
    entry: Shown,
    day: Memo<Option<BizDate>>,
    on_choose: Callback<Chosen>,
    on_ask: Callback<Ask>,
) -> impl IntoView {
    view! {
        <aside class="insp calday" aria-live="polite" aria-label=move || t!(calendar_day)>
            {move || match day.get() {
                Some(day) => view! { <Day entry day on_choose on_ask /> }.into_any(),
                None => view! { <p class="insp__b dim">{move || t!(calendar_choose_day)}</p> }.into_any(),
            }}
        </aside>
    }
}

#[component]
fn Day(entry: Shown, day: BizDate, on_choose: Callback<Chosen>, on_ask: Callback<Ask>) -> impl IntoView {
    let calendars = use_calendars();
    let status = move || {
        let entry = entry.get();
        let calendar = entry.days();
        let look = look(&calendar, calendars.companion(&calendar).as_ref(), day);
        let (class, icon) = match look.kind {
            Kind::Open | Kind::Extra | Kind::Half => ("st st--ok", Icon::StateOk),
            Kind::Unset => ("st st--risk", Icon::StateRisk),
            Kind::Weekend | Kind::Off | Kind::Holiday | Kind::Makeup => ("st st--skip", Icon::StateSkip),
        };
        view! {
            <span class=class data-status>
                <svg class=class.replace("st st--", "si si-") aria-hidden="true">
                    <use_ href=icon.href()></use_>
                </svg>
                {words(&look, entry.wording(), lang())}
            </span>
        }
    };
    let step = move |by: i64, icon: Icon, name: fn(crate::i18n::Lang) -> &'static str| {
        let to = day.add_days(by).unwrap_or(day);
        view! {
            <button
                class="ibtn ibtn--s"
                type="button"
                title=move || name(lang())
                aria-label=move || name(lang())
                on:click=move |_| on_choose.run(Chosen { day: to, walked: false })
            >
                <Ic icon />
            </button>
        }
    };
    view! {
        <div class="insp__h">
            <div class="grow">
                <h2 class="calday__h">{move || dated(day, lang())}</h2>
                <div class="small">{status}</div>
            </div>
            {step(-1, Icon::Left, text::calendar_previous_day)}
            {step(1, Icon::Right, text::calendar_next_day)}
        </div>
        <div class="insp__b">
            <Place entry day />
            <OtherCalendars entry day />
            <Source entry day on_ask />
        </div>
    }
}

/// Neighbours, number and positions.
#[component]
fn Place(entry: Shown, day: BizDate) -> impl IntoView {
    move || {
        let lang = lang();
        let found = facts(&entry.read().days(), day);
        let number = found.number.map(|(number, all)| match all {
            Some(all) => t!(calendar_number_of, number, all),
            None => t!(calendar_number_so_far, number),
        });
        let tags = found.positions.iter().map(|place| view! { <span class="tag">{place.text(lang)}</span> });
        let tags = (!found.positions.is_empty()).then(|| {
            view! {
                <dt>{t!(calendar_position)}</dt>
                <dd class="row row--s row--wrap">{tags.collect_view()}</dd>
            }
        });
        view! {
            <dl class="kv kv--s">
                <dt>"T-1"</dt>
                <dd>{neighbour(day, &found.previous, lang)}</dd>
                <dt>"T+1"</dt>
                <dd data-fact="next">{neighbour(day, &found.next, lang)}</dd>
                <dt>"T+2"</dt>
                <dd>{neighbour(day, &found.second, lang).split([',', '，']).next().unwrap_or_default().to_owned()}</dd>
                {number.map(|number| view! {
                    <dt>{t!(calendar_number)}</dt>
                    <dd>{number}</dd>
                })}
                {tags}
            </dl>
        }
    }
}

#[component]
fn OtherCalendars(entry: Shown, day: BizDate) -> impl IntoView {
    let (calendars, scope) = (use_calendars(), use_scope());
    let all = RwSignal::new(false);
    let rows = Memo::new(move |_| {
        let own = entry.with(|entry| entry.row.id.clone());
        let (book, tenant) = (calendars.book(), calendars.tenant());
        elsewhere(book.seen_by(tenant.as_deref()).filter(|other| other.row.id != own), day, lang())
    });
    let row = move |Elsewhere { name, address, open, words }: Elsewhere| {
        let (class, icon) = match open {
            Some(true) => ("si si-ok", Icon::StateOk),
            Some(false) => ("si si-skip", Icon::StateSkip),
            None => ("si si-risk", Icon::StateRisk),
        };
        view! {
            <dt class="clip">
                <A href=move || scope.href(&format!("/calendars/{address}?day={day}")) attr:class="link">{name}</A>
            </dt>
            <dd class="row row--s">
                <svg class=class aria-hidden="true">
                    <use_ href=icon.href()></use_>
                </svg>
                <span class="clip" title=words.clone()>{words.clone()}</span>
            </dd>
        }
    };
    let shown = move || rows.get().into_iter().take(if all.get() { usize::MAX } else { FEW }).map(row).collect_view();
    view! {
        <Show when=move || !rows.with(Vec::is_empty)>
            <div class="insp__s">
                <h3>{move || t!(calendar_elsewhere)}</h3>
                <dl class="kv kv--s">{shown}</dl>
                <Show when=move || !all.get() && (rows.with(Vec::len) > FEW)>
                    <button type="button" class="link small" on:click=move |_| all.set(true)>
                        {move || t!(calendar_show_all, rows.with(Vec::len) as i64)}
                    </button>
                </Show>
            </div>
        </Show>
    }
}

/// Which revision says so, who wrote and activated it, and the way to change the day by hand.
#[component]
fn Source(entry: Shown, day: BizDate, on_ask: Callback<Ask>) -> impl IntoView {
    let base_only = move || entry.with(|entry| listed(entry).is_some());
    let overridden = Memo::new(move |_| {
        let entry = entry.get();
        let base = listed(&entry)?;
        let rule = emergency::of(&base, day)?;
        Some(rule.reason.as_ref().map(ToString::to_string).unwrap_or_default())
    });
    // What takes a change back goes with the change.
    Effect::new(move |before: Option<bool>| {
        let is_changed = overridden.with(Option::is_some);
        if before == Some(true) && !is_changed {
            browser::focus_if_lost("[data-act=change-day]");
        }
        is_changed
    });
    let needs = move || entry.with(|entry| lacks(entry, Permission::CalendarActivate));
    view! {
        <div class="insp__s">
            <h3>{move || t!(calendar_source)}</h3>
            <p class="muted small calday__s">{move || entry.with(|entry| source(entry))}</p>
            {move || overridden.get().map(|reason| view! {
                <p class="note note--risk small">
                    <Ic icon=Icon::Edit size="ic--s" />
                    <span>{t!(calendar_overridden, reason)}</span>
                </p>
            })}
            <Show when=base_only>
                <div class="row">
                    <button
                        class="btn btn--s"
                        type="button"
                        data-act="change-day"
                        disabled=move || needs().is_some()
                        title=needs
                        on:click=move |_| on_ask.run(Ask::ChangeDay(day))
                    >
                        <Ic icon=Icon::Edit />
                        {move || t!(calendar_change_day)}
                    </button>
                    <Show when=move || overridden.with(Option::is_some)>
                        <button
                            class="btn btn--s"
                            type="button"
                            data-act="restore-day"
                            disabled=move || needs().is_some()
                            title=needs
                            on:click=move |_| on_ask.run(Ask::RestoreDay(day))
                        >
                            {move || t!(calendar_restore_day)}
                        </button>
                    </Show>
                </div>
            </Show>
        </div>
    }
}

/// The days of a calendar that lists them itself.
pub(crate) fn listed(entry: &Entry) -> Option<domain::calendar::Base> {
    if entry.is_derived() {
        return None;
    }
    entry.calendar()?.bases().next().filter(|base| base.definition().years.is_some()).cloned()
}

/// The active revision in a sentence.
fn source(entry: &Entry) -> String {
    let lang = lang();
    let Some(active) = &entry.row.active else { return String::new() };
    let who = |name: &Option<String>| origin::author(name.as_deref(), lang);
    let from = active.source.as_deref().map(|source| origin::source(source, lang)).or_else(|| active.note.clone());
    let from = from.unwrap_or_else(|| entry.row.title.clone());
    let date = |ms: i64| format::civil(ms, browser::offset_min(ms)).date().to_string();
    let at = active.activated_at.unwrap_or(active.created_at);
    let line = text::calendar_source_line(
        lang,
        from,
        active.number,
        who(&active.created_by),
        who(&active.activated_by),
        date(at.0),
    );
    match listed(entry).map(|base| base.definition().overrides.len()) {
        Some(0) => text::calendar_sentences(lang, line, text::calendar_untouched(lang)),
        Some(count) => {
            text::calendar_sentences(lang, line, text::calendar_touched(lang, i64::try_from(count).unwrap_or(i64::MAX)))
        }
        None => line,
    }
}
