//! The schedule as a sentence with pickers.

use domain::schedule::{Rule, When};
use leptos::prelude::*;

use super::builder::{Builder, FieldProblems};
use crate::component::schedule::calendar::CalendarChoice;
use crate::component::schedule::choice::{Choice, Choices};
use crate::component::schedule::date_rule::DateRuleChoice;
use crate::component::schedule::day_rule::DayRuleChoice;
use crate::component::schedule::picker::Picker;
use crate::component::schedule::shift::ShiftChoice;
use crate::component::schedule::times::Times;
use crate::component::schedule::zone::ZoneChoice;
use crate::i18n::{Lang, lang};
use crate::t;
use crate::view::schedule::phrase;

#[component]
pub(crate) fn Sentence(builder: Builder, is_cron: Memo<bool>) -> impl IntoView {
    let has_calendar = builder.part(|spec| spec.calendar.is_some());
    let closes = builder.part(|spec| spec.calendar.is_some() && !names_open_days(&spec.when));
    let sentence = move || {
        let english = lang() == Lang::En;
        let days = move || view! { <Days builder /> };
        let calendar = move || view! { <OfCalendar builder /> };
        let times = move || view! { <At builder /> };
        let zone = view! { <Zone builder /> };
        let date = view! { <Date builder /> };
        let (on, of) = match has_calendar.get() {
            true => (t!(schedule_s_on), t!(schedule_s_of)),
            false => (t!(schedule_s_on_any), t!(schedule_s_of_any)),
        };
        // Each language has an order of its own.
        let beginning = match (is_cron.get(), english) {
            (false, true) => view! { {on} {days()} {of} {calendar()} {t!(schedule_s_at)} {times()} }.into_any(),
            (false, false) => view! { {on} {calendar()} {of} {days()} {t!(schedule_s_at)} {times()} }.into_any(),
            (true, _) if has_calendar.get() => {
                view! { {t!(schedule_s_cron)} {calendar()} {t!(schedule_s_in)} }.into_any()
            }
            (true, _) => view! { {on} {calendar()} {t!(schedule_s_in_any)} }.into_any(),
        };
        // A line that began with the stop would look torn.
        view! {
            {beginning} " " {zone} {t!(schedule_s_date)}
            <span class="nowrap">{date} {t!(schedule_s_stop)}</span>
        }
    };
    view! {
        <p class="sentence">
            {sentence}
            <Show when=move || closes.get()>
                {move || t!(schedule_s_other_days)}
                <span class="nowrap"><OnClosed builder /> {move || t!(schedule_s_stop)}</span>
            </Show>
            {move || t!(schedule_s_fires)}
            <span class="nowrap"><ShiftBy builder has_calendar /> {move || t!(schedule_s_stop)}</span>
        </p>
        {["rule", "calendar", "at", "timezone", "on_closed", "shift"]
            .map(|field| view! { <FieldProblems problems=Signal::derive(move || builder.problems_at(field)) /> })
            .into_iter()
            .collect_view()}
        <FieldProblems problems=Signal::derive(move || builder.problems(|path| path.starts_with("spec.business_date"))) />
    }
}

/// Whether a rule names open days only, so that none of its days is closed.
fn names_open_days(when: &When) -> bool {
    use domain::schedule::DayKind;
    matches!(when, When::Rule(Rule::EveryOpenDay | Rule::EveryOpenDays(_) | Rule::Ordinal { of: DayKind::OpenDay, .. }))
}

#[component]
fn Days(builder: Builder) -> impl IntoView {
    let rule = builder.part(|spec| if let When::Rule(rule) = &spec.when { Some(rule.clone()) } else { None });
    let content = Callback::new(move |close| {
        let value = rule.get_untracked().unwrap_or(Rule::EveryDay);
        let on_change = Callback::new(move |rule| builder.update(|spec| spec.when = When::Rule(rule)));
        view! { <DayRuleChoice value on_change close /> }.into_any()
    });
    view! {
        <Picker
            name="days"
            label=Signal::derive(|| t!(schedule_days_label).to_owned())
            value=Signal::derive(move || rule.get().map(|rule| phrase::day_rule(&rule, lang())).unwrap_or_default())
            off=!builder.may_edit
            content
        />
    }
}

#[component]
fn OfCalendar(builder: Builder) -> impl IntoView {
    let calendar = builder.part(|spec| spec.calendar.clone());
    let content = Callback::new(move |close: Callback<()>| {
        let optional = untrack(|| builder.spec()).is_none_or(|spec| !names_open_days(&spec.when));
        let on_change = Callback::new(move |calendar| {
            builder.update(|spec| spec.calendar = calendar);
            close.run(());
        });
        let value = calendar.get_untracked();
        view! { <CalendarChoice calendars=builder.calendars() value optional on_change /> }.into_any()
    });
    let words = move || calendar.get().map_or_else(|| t!(schedule_no_calendar).to_owned(), |it| it.to_string());
    view! {
        <Picker
            name="calendar"
            class="is-cal"
            label=Signal::derive(|| t!(schedule_calendar).to_owned())
            value=Signal::derive(words)
            off=!builder.may_edit
            content
        />
    }
}

#[component]
fn At(builder: Builder) -> impl IntoView {
    let times = builder.part(|spec| spec.times.clone());
    let content = Callback::new(move |_| {
        let on_change = Callback::new(move |times| builder.update(|spec| spec.times = times));
        view! { <Times value=times.get_untracked() on_change /> }.into_any()
    });
    let words = move || times.get().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    view! {
        <Picker
            name="times"
            label=Signal::derive(|| t!(schedule_times).to_owned())
            value=Signal::derive(words)
            off=!builder.may_edit
            content
        />
    }
}

#[component]
fn Zone(builder: Builder) -> impl IntoView {
    let zone = builder.part(|spec| Some(spec.timezone));
    let content = Callback::new(move |close: Callback<()>| {
        let on_change = Callback::new(move |zone| {
            builder.update(|spec| spec.timezone = zone);
            close.run(());
        });
        view! { <ZoneChoice value=zone.get_untracked().unwrap_or_default() on_change /> }.into_any()
    });
    view! {
        <Picker
            name="zone"
            label=Signal::derive(|| t!(schedule_zone).to_owned())
            value=Signal::derive(move || zone.get().map(|zone| zone.name().to_owned()).unwrap_or_default())
            off=!builder.may_edit
            content
        />
    }
}

#[component]
fn Date(builder: Builder) -> impl IntoView {
    let business = Memo::new(move |_| builder.plan().business);
    let content = Callback::new(move |close: Callback<()>| {
        let on_change = Callback::new(move |business: Option<_>| {
            builder.set_business(business.as_ref());
            close.run(());
        });
        let spec = untrack(|| builder.spec());
        let of_schedule = spec.and_then(|spec| spec.calendar).map(|calendar| calendar.to_string());
        let usual = of_schedule.unwrap_or_else(|| untrack(|| builder.usual_calendar()).to_string());
        let value = business.get_untracked();
        view! { <DateRuleChoice calendars=builder.calendars() value usual on_change /> }.into_any()
    });
    let words = move || match business.get() {
        None => phrase::date_rule("T", lang()),
        Some(business) => t!(schedule_date_on, phrase::date_rule(&business.rule, lang()), business.calendar),
    };
    view! {
        <Picker
            name="date"
            label=Signal::derive(|| t!(schedule_business_date).to_owned())
            value=Signal::derive(words)
            off=!builder.may_edit
            content
        />
    }
}

#[component]
fn OnClosed(builder: Builder) -> impl IntoView {
    let policy = builder.part(|spec| spec.on_closed);
    let key = |policy: domain::schedule::OnClosed| format!("{policy:?}");
    let content = Callback::new(move |close: Callback<()>| {
        let choices =
            move || phrase::POLICIES.map(|policy| Choice::new(key(policy), phrase::on_closed(policy, lang()))).to_vec();
        let on_choose = Callback::new(move |chosen: String| {
            if let Some(policy) = phrase::POLICIES.into_iter().find(|policy| key(*policy) == chosen) {
                builder.update(|spec| spec.on_closed = policy);
            }
            close.run(());
        });
        view! {
            <Choices
                label=Signal::derive(|| t!(schedule_other_days).to_owned())
                choices=Signal::derive(choices)
                chosen=Signal::stored(key(policy.get_untracked()))
                on_choose
            />
        }
        .into_any()
    });
    view! {
        <Picker
            name="on-closed"
            label=Signal::derive(|| t!(schedule_other_days).to_owned())
            value=Signal::derive(move || phrase::on_closed(policy.get(), lang()).to_owned())
            off=!builder.may_edit
            content
        />
    }
}

#[component]
fn ShiftBy(builder: Builder, has_calendar: Memo<bool>) -> impl IntoView {
    let shift = builder.part(|spec| spec.shift.clone());
    let content = Callback::new(move |_| {
        let on_change = Callback::new(move |shift| builder.update(|spec| spec.shift = shift));
        let (value, has_calendar) = (shift.get_untracked(), has_calendar.get_untracked());
        view! { <ShiftChoice calendars=builder.calendars() value has_calendar on_change /> }.into_any()
    });
    view! {
        <Picker
            name="shift"
            label=Signal::derive(|| t!(schedule_shift).to_owned())
            value=Signal::derive(move || phrase::shift(shift.get().as_ref(), lang()))
            off=!builder.may_edit
            content
        />
    }
}
