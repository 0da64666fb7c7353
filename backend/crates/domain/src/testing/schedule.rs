//! Schedules for tests.

use chrono::Weekday;
use proptest::prelude::*;

use crate::{
    bizdate::{BizDate, Period},
    calendar::CalendarExpr,
    cron::Cron,
    schedule::{CutSide, DayCut, DayKind, OnClosed, Rule, ScheduleSpec, Shift, ShiftUnit, SpecError, When},
    workflow::Schedule,
};

fn any_rule() -> impl Strategy<Value = Rule> {
    let ordinal = (
        prop::sample::select(vec![1, 2, 3, 15, 31, -1, -2, -5]),
        prop::sample::select(vec![DayKind::Day, DayKind::OpenDay, DayKind::Weekday(Weekday::Fri)]),
        prop::sample::select(vec![Period::Week, Period::TenDay, Period::Month, Period::Quarter, Period::FiscalYear(4)]),
    );
    prop_oneof![
        Just(Rule::EveryDay),
        Just(Rule::EveryOpenDay),
        Just(Rule::Weekdays(vec![Weekday::Mon, Weekday::Thu])),
        ordinal.prop_map(|(n, of, period)| Rule::Ordinal { n, of, period }).prop_filter("it never comes", comes),
        (1_u32..9).prop_map(Rule::EveryOpenDays),
    ]
}

/// Whether some period has such a day.
fn comes(rule: &Rule) -> bool {
    let found = ScheduleSpec::new(When::Rule(rule.clone()), chrono_tz::UTC).contradictions();
    !found.iter().any(|error| matches!(error, SpecError::Never { .. }))
}

fn any_when() -> impl Strategy<Value = When> {
    let crons = ["30 2 * * *", "0 0 9 ? * MON-FRI", "0 0 18 L * ?", "*/30 9-15 * * *", "0 9 15 * 1", "0 0 2 1W * ?"];
    prop_oneof![
        3 => any_rule().prop_map(When::Rule),
        1 => prop::sample::select(crons.to_vec()).prop_map(|text| When::Cron(Cron::parse(text).expect("a good expression"))),
    ]
}

fn any_policy() -> impl Strategy<Value = OnClosed> {
    prop::sample::select(vec![
        OnClosed::Skip,
        OnClosed::Run,
        OnClosed::Following,
        OnClosed::ModifiedFollowing,
        OnClosed::HalfMonthModifiedFollowing,
        OnClosed::Preceding,
        OnClosed::ModifiedPreceding,
        OnClosed::Nearest,
    ])
}

fn any_shift() -> impl Strategy<Value = Option<Shift>> {
    let unit = prop::sample::select(vec![ShiftUnit::OpenDays, ShiftUnit::Days]);
    prop::option::weighted(0.4, (-6_i64..=6, unit).prop_map(|(n, unit)| Shift { n, unit, of: None }))
}

prop_compose! {
    /// Schedules that hold, on the built-in calendars.
    pub fn any_schedule()(
        when in any_when(),
        on_closed in any_policy(),
        shift in any_shift(),
        calendar in prop::sample::select(vec!["SSE", "HKEX & CN_WORK", "SSE | NYSE"]),
        zone in prop::sample::select(vec![chrono_tz::Asia::Shanghai, chrono_tz::America::New_York, chrono_tz::Australia::Lord_Howe]),
        times in prop::sample::subsequence(vec!["02:30", "01:45", "18:00", "23:59:30"], 1..=4),
        cut in prop::option::weighted(0.3, prop::sample::select(vec![("06:00", CutSide::Previous), ("21:00", CutSide::Next)])),
    ) -> ScheduleSpec {
        let mut spec = ScheduleSpec::new(when, zone);
        spec.calendar = CalendarExpr::parse(calendar).ok();
        (spec.on_closed, spec.shift) = (on_closed, shift);
        if matches!(spec.when, When::Rule(_)) {
            spec.times = times.into_iter().map(|time| time.parse().expect("a time")).collect();
        }
        spec.from = BizDate::new(2018, 1, 10);
        spec.day_cut = cut.map(|(at, side)| DayCut { at: at.parse().expect("a time"), side });
        spec
    }
}

/// Entries of documents that hold: in fields, or all in the text of the rule.
pub fn any_schedule_entry(name: &'static str) -> impl Strategy<Value = Schedule> {
    (any_schedule(), any::<bool>(), any::<bool>()).prop_map(move |(spec, in_text, enabled)| {
        let entry = if in_text {
            Schedule { name: name.to_owned(), rule: Some(spec.to_string()), ..Schedule::default() }
        } else {
            Schedule::of_rule(name, &spec)
        };
        Schedule { enabled, ..entry }
    })
}
