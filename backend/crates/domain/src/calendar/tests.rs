//! Tests of the calendars: the published files day by day, the layers, the logic of expressions, the laws of rolls.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use proptest::prelude::*;

use super::{
    base::{DayRule, DefinitionError, RuleStatus, WeekMask},
    *,
};
use crate::bizdate::Period;

fn date(text: &str) -> BizDate {
    text.parse().unwrap()
}

fn calendar(name: &str) -> Calendar {
    Calendars::builtin().resolve_text(name).unwrap()
}

/// The rows of a family of published files by year and date.
fn published(prefix: &str) -> BTreeMap<i32, BTreeMap<BizDate, Vec<String>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/published");
    let mut years: BTreeMap<i32, BTreeMap<BizDate, Vec<String>>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with(prefix) {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
            let cells: Vec<String> = line.trim_end().split(',').map(str::to_owned).collect();
            let day = date(&cells[0]);
            years.entry(day.year()).or_default().insert(day, cells);
        }
    }
    years
}

fn days_of(year: i32) -> impl Iterator<Item = BizDate> {
    let first = BizDate::new(year, 1, 1).unwrap();
    (first.number()..=first.end(Period::Year).number()).map(|number| BizDate::from_number(number).unwrap())
}

#[test]
fn every_published_trading_day_is_open_with_its_hours_and_no_other() {
    for (prefix, names) in [("sse-", ["SSE", "SZSE"].as_slice()), ("hkex-", &["HKEX"]), ("nyse-", &["NYSE"])] {
        let years = published(prefix);
        assert!(years.len() >= 12, "{prefix}");
        for (year, rows) in &years {
            for (name, day) in names.iter().flat_map(|name| days_of(*year).map(move |day| (name, day))) {
                match (calendar(name).status(day), rows.get(&day)) {
                    (DayStatus::Open(session), Some(cells)) => {
                        let hours = [session.open, session.close].map(|time| time.unwrap().to_string());
                        assert_eq!((session.half, &hours[..]), (cells[2] == "half", &cells[3..]), "{name} {day}");
                    }
                    (DayStatus::Closed(_), None) => {}
                    (status, row) => panic!("{name} {day}: {status:?} against {row:?}"),
                }
            }
        }
    }
}

#[test]
fn every_published_mainland_day_is_as_published() {
    for (year, rows) in published("cn-") {
        for day in days_of(year) {
            for name in ["CN_WORKDAY", "CN_WORK", "CNIB"] {
                let open = rows[&day][3] == "1";
                assert_eq!(calendar(name).is_open(day), Ok(open), "{name} {day}");
            }
            let festival = &rows[&day][4];
            if let (DayStatus::Closed(reason), false) = (calendar("CN_WORK").status(day), festival.is_empty()) {
                assert_eq!(reason.text(Lang::En), *festival, "{day}");
                assert_ne!(reason.text(Lang::Zh), *festival, "{day} has no Chinese name");
            }
        }
    }
}

#[test]
fn horizons_are_where_publication_ends() {
    let table = [
        ("SSE", Some("2026-12-31")),
        ("HKEX", Some("2027-12-31")),
        ("CN_WORK", Some("2026-12-31")),
        ("DAILY", None),
        ("SSE & HKEX", Some("2026-12-31")),
    ];
    for (name, until) in table {
        assert_eq!(calendar(name).known_until(), until.map(date), "{name}");
    }
    assert_eq!(calendar("SSE").status(date("2027-01-04")), DayStatus::Unset);
    assert_eq!(calendar("SSE").status(date("2014-12-31")), DayStatus::Unset);
    assert_eq!(calendar("weekday").is_open(date("2299-12-31")), Ok(false));
    // One known side can decide: HKEX is closed on that day, so the intersection is too.
    assert_eq!(calendar("SSE & HKEX").is_open(date("2027-01-01")), Ok(false));
    assert_eq!(calendar("SSE | HKEX").is_open(date("2027-01-04")), Ok(true));
    assert!(calendar("SSE & HKEX").is_open(date("2027-01-04")).is_err());
    assert!(calendar("!SSE").is_open(date("2027-01-04")).is_err());
    let assumed = calendar("SSE").assuming_week_mask();
    assert_eq!(assumed.is_open(date("2027-01-04")), Ok(true));
    assert!(assumed.is_assumed(date("2027-01-04")) && !assumed.is_assumed(date("2026-12-31")));
}

#[test]
fn expressions_print_and_group_as_they_are_read() {
    let table = [
        ("SSE&HKEX", "SSE & HKEX"),
        ("A|B&C-D", "A | B & C - D"),
        ("(A|B)&C", "(A | B) & C"),
        ("A-(B-C)", "A - (B - C)"),
        ("!(A&B)|!C", "!(A & B) | !C"),
        ("((A))", "A"),
    ];
    for (text, printed) in table {
        let expr = CalendarExpr::parse(text).unwrap();
        assert_eq!(expr.to_string(), printed);
        assert_eq!(CalendarExpr::parse(printed), Ok(expr));
    }
    let error = CalendarExpr::parse("SSE & | HKEX").unwrap_err();
    assert_eq!((error.at, error.found.as_str()), (6, "`|`"));
    for wrong in ["", "SSE HKEX", "(SSE", "SSE)", "1SSE", "SSE &", "!", "Ⅻ + 1"] {
        assert!(CalendarExpr::parse(wrong).is_err(), "{wrong}");
    }
    assert!(CalendarExpr::parse(&"!".repeat(500)).is_err());
    assert!(CalendarExpr::parse(&vec!["A"; 200].join("&")).is_err());
}

#[test]
fn derived_calendars_are_checked_when_defined() {
    let mut calendars = Calendars::builtin().clone();
    let expr = |text: &str| CalendarExpr::parse(text).unwrap();
    calendars.define("connect", expr("SSE & HKEX")).unwrap();
    assert_eq!(calendars.get("CONNECT").unwrap().is_open(date("2024-10-11")), Ok(false));
    assert_eq!(calendars.define("a", expr("b")), Err(ResolveError::Unknown("b".into())));
    assert_eq!(calendars.define("connect", expr("connect | SSE")), Err(ResolveError::Cycle("connect".into())));
    assert!(calendars.get("connect").is_ok(), "a refused definition changes nothing");
    assert_eq!(calendars.define("a b", expr("SSE")), Err(ResolveError::Name("a b".into())));
}

#[test]
fn layers_lie_over_each_other() {
    let rule = |day: &str, status, reason: &'static str| DayRule {
        date: date(day),
        status,
        reason: (!reason.is_empty()).then_some(reason.into()),
    };
    let definition = Definition {
        name: "fund".into(),
        revision: 3,
        zone: chrono_tz::Asia::Shanghai,
        week: WeekMask::WEEKDAYS,
        session: Session::default(),
        years: Some([2026].into()),
        days: vec![rule("2026-01-01", RuleStatus::Closed, "New Year's Day"), rule("2026-01-03", RuleStatus::Open, "")],
        overrides: vec![rule("2026-01-03", RuleStatus::Closed, "flood"), rule("2027-01-01", RuleStatus::Closed, "")],
    };
    let base = Base::compile(definition.clone()).unwrap();
    let fund = Calendar::of_base(Arc::new(base));
    assert_eq!(fund.status(date("2026-01-03")), DayStatus::Closed(Reason::Named("flood".into())));
    assert_eq!(fund.is_open(date("2026-01-02")), Ok(true));
    assert_eq!(fund.is_open(date("2027-01-01")), Ok(false), "an override decides a day outside the years");
    assert!(fund.is_open(date("2027-01-02")).is_err());
    let json = serde_json::to_string(&definition).unwrap();
    assert_eq!(serde_json::from_str::<Definition>(&json).unwrap(), definition);
    let mut twice = definition.clone();
    twice.days.push(twice.days[0].clone());
    assert_eq!(Base::compile(twice).unwrap_err(), DefinitionError::Duplicate(date("2026-01-01")));
    let mut outside = definition;
    outside.days[0].date = date("2025-01-01");
    assert_eq!(Base::compile(outside).unwrap_err(), DefinitionError::OutsideYears(date("2025-01-01")));
}

#[test]
fn reasons_name_the_calendar_that_closes() {
    let DayStatus::Closed(reason) = calendar("SSE & HKEX").status(date("2024-10-11")) else { panic!("HKEX is closed") };
    assert_eq!(reason.text(Lang::En), "HKEX: Chung Yeung Festival");
    assert_eq!(reason.text(Lang::Zh), "HKEX: 重阳节");
    let DayStatus::Closed(reason) = calendar("SSE").status(date("2026-10-05")) else { panic!("SSE is closed") };
    assert_eq!(reason.text(Lang::Zh), "国庆节");
    let make_up = calendar("CN_WORK").open_reason(date("2024-02-04")).map(|reason| reason.text(Lang::En));
    assert_eq!(make_up.as_deref(), Some("Spring Festival"));
}

#[test]
fn hours_run_forwards_and_reasons_are_short() {
    let time = |text: &str| (!text.is_empty()).then(|| text.parse::<TimeOfDay>().unwrap());
    let hours = |open: &str, close: &str| Session { half: false, open: time(open), close: time(close) };
    let compile = |session, status, reason: String| {
        let mut definition = calendar("SSE").bases().next().unwrap().definition().clone();
        definition.session = session;
        definition.overrides = vec![DayRule { date: date("2026-06-10"), status, reason: Some(reason.into()) }];
        Base::compile(definition).map(|_| ()).map_err(|error| {
            assert_ne!(error.text(Lang::Zh), error.text(Lang::En));
            error.text(Lang::En)
        })
    };
    let usual = hours("09:30", "15:00");
    let of_day = |open, close| compile(usual, RuleStatus::Hours(hours(open, close)), String::new());
    for (open, close) in [("09:30", "12:00"), ("", "12:00"), ("13:00", ""), ("", "")] {
        assert_eq!(of_day(open, close), Ok(()), "{open}-{close}");
    }
    let told =
        |close: &str, open: &str| Err(format!("the hours of 2026-06-10 end at {close}, which is not after {open}"));
    assert_eq!(of_day("12:00", "09:30"), told("09:30", "12:00"));
    assert_eq!(of_day("12:00", "12:00"), told("12:00", "12:00"));
    assert_eq!(of_day("", "09:00"), told("09:00", "09:30"));
    assert_eq!(of_day("15:30", ""), told("15:00", "15:30"));
    let usual = |open, close| compile(hours(open, close), RuleStatus::Closed, String::new());
    assert_eq!(usual("15:00", "09:30"), Err("the usual hours end at 09:30, which is not after 15:00".into()));
    assert_eq!((usual("15:00", ""), usual("", "")), (Ok(()), Ok(())));
    let reason = |n: usize| compile(hours("", ""), RuleStatus::Closed, "风".repeat(n));
    assert_eq!(reason(200), Ok(()));
    assert_eq!(reason(201), Err("the reason of 2026-06-10 is longer than 200 characters".into()));
}

/// A day of the week that is closed without a name is no weekend.
#[test]
fn a_closed_day_without_a_name_is_not_told_as_a_weekend() {
    let closed = |day: &str| DayRule { date: date(day), status: RuleStatus::Closed, reason: None };
    let mut definition = calendar("SSE").bases().next().unwrap().definition().clone();
    definition.overrides = vec![closed("2026-06-10"), closed("2026-06-13")];
    let sse = Calendar::of_base(Arc::new(Base::compile(definition).unwrap()));
    let reason = |calendar: &Calendar, day: &str| {
        let DayStatus::Closed(reason) = calendar.status(date(day)) else { panic!("{day} is closed") };
        [reason.text(Lang::En), reason.text(Lang::Zh)]
    };
    assert_eq!(reason(&sse, "2026-06-10"), ["closed", "休市"]);
    assert_eq!(reason(&sse, "2026-06-13"), ["weekend", "周末"]);
    assert_eq!(reason(&sse.and(calendar("HKEX")), "2026-06-10"), ["SSE: closed", "SSE: 休市"]);
}

#[test]
fn nothing_open_is_an_error_and_not_a_hang() {
    let never = calendar("DAILY - DAILY");
    assert!(matches!(never.next(date("2026-01-01")), Err(CalendarError::NoOpenDay { .. })));
    assert!(matches!(never.roll(date("2026-01-01"), Roll::Nearest), Err(CalendarError::NoOpenDay { .. })));
    assert_eq!(calendar("DAILY").next(BizDate::MAX), Err(CalendarError::OutOfRange));
}

#[test]
fn half_months_are_not_left() {
    let roll = |day: &str| calendar("SSE").roll(date(day), Roll::HalfMonthModifiedFollowing).unwrap().to_string();
    // 2024-06-15 is a Saturday: following would leave the first half.
    assert_eq!(roll("2024-06-15"), "2024-06-14");
    assert_eq!(roll("2024-06-16"), "2024-06-17");
    assert_eq!(roll("2024-08-31"), "2024-08-30");
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    prop::sample::select(vec![
        "SSE",
        "HKEX",
        "NYSE",
        "CN_WORK",
        "WEEKDAY",
        "DAILY",
        "SSE & HKEX",
        "SSE | NYSE",
        "CN_WORK - SSE",
        "!WEEKDAY",
    ])
    .prop_map(calendar)
}

/// A day with room for offsets on both sides within what all built-in calendars know.
fn any_day() -> impl Strategy<Value = BizDate> {
    (date("2017-01-01").number()..date("2025-01-01").number()).prop_map(|number| BizDate::from_number(number).unwrap())
}

proptest! {
    #[test]
    fn offset_is_undone_by_its_opposite_from_an_open_day(calendar in any_calendar(), day in any_day(), n in -20_i64..=20) {
        let open = calendar.roll(day, Roll::Following);
        prop_assume!(open.is_ok());
        let open = open.unwrap();
        if let Ok(there) = calendar.offset(open, n) {
            prop_assert_eq!(calendar.offset(there, -n), Ok(open));
        }
    }

    #[test]
    fn rolls_are_idempotent_end_open_and_keep_order(calendar in any_calendar(), day in any_day(), later in 0_i64..40) {
        for roll in Roll::ALL.iter().copied().filter(|roll| *roll != Roll::Unadjusted) {
            let Ok(rolled) = calendar.roll(day, roll) else { continue };
            prop_assert_eq!(calendar.is_open(rolled), Ok(true));
            prop_assert_eq!(calendar.roll(rolled, roll), Ok(rolled));
            if let Ok(other) = calendar.roll(day.add_days(later).unwrap(), roll) {
                prop_assert!(rolled <= other, "{} {} {} {}", roll, day, rolled, other);
            }
        }
    }

    #[test]
    fn counts_agree_with_lists_and_the_nth(calendar in any_calendar(), day in any_day(), period in prop::sample::select(vec![Period::Week, Period::TenDay, Period::Month, Period::Quarter, Period::Half, Period::Year, Period::FiscalYear(4)])) {
        let days: Vec<BizDate> = calendar.open_days(day.start(period), day.end(period)).map(|day| day.unwrap()).collect();
        prop_assert_eq!(calendar.count_in(day, period), Ok(days.len()));
        prop_assert_eq!(calendar.nth(day, period, 1), Ok(days.first().copied()));
        prop_assert_eq!(calendar.nth(day, period, -1), Ok(days.last().copied()));
        prop_assert_eq!(calendar.nth(day, period, days.len() as i64 + 1), Ok(None));
        for (index, day) in days.iter().enumerate() {
            prop_assert_eq!(calendar.nth(*day, period, index as i64 + 1), Ok(Some(*day)));
            prop_assert_eq!(calendar.nth(*day, period, index as i64 - days.len() as i64), Ok(Some(*day)));
        }
    }

    #[test]
    fn expressions_read_back_what_they_print(expr in any_expr()) {
        prop_assert_eq!(CalendarExpr::parse(&expr.to_string()), Ok(expr));
    }

    #[test]
    fn any_text_is_an_expression_or_an_error(text in ".{0,60}") {
        let _ = CalendarExpr::parse(&text);
        let _ = crate::bizdate::Expr::parse(&text);
        let _ = crate::cron::Cron::parse(&text);
        let _ = crate::schedule::ScheduleSpec::parse(&text, chrono_tz::UTC);
    }
}

fn any_function(inner: impl Strategy<Value = CalendarExpr> + Clone + 'static) -> impl Strategy<Value = CalendarExpr> {
    let days = inner.clone().prop_map(Box::new);
    let period = prop::sample::select(vec![Period::Week, Period::Month, Period::Year, Period::FiscalYear(4)]);
    let weekdays = prop::collection::btree_set(0_u8..7, 1..4)
        .prop_map(|days| days.into_iter().map(|day| chrono::Weekday::try_from(day).unwrap()).collect::<Vec<_>>());
    let n = prop_oneof![1_i32..=366, -366_i32..0];
    prop_oneof![
        (days.clone(), n.clone(), period).prop_map(|(days, n, period)| CalendarExpr::Nth { days, n, period }),
        (days.clone(), prop_oneof![n, Just(0)], prop::option::of(days.clone()))
            .prop_map(|(days, n, by)| CalendarExpr::Shift { days, n, by }),
        (days.clone(), weekdays).prop_map(|(days, weekdays)| CalendarExpr::Weekday(days, weekdays)),
        days.clone().prop_map(CalendarExpr::Half),
        (days, any_day(), 0_i64..400).prop_map(|(days, from, length)| CalendarExpr::Between(
            days,
            from,
            from.add_days(length).unwrap()
        )),
    ]
}

fn any_expr() -> impl Strategy<Value = CalendarExpr> {
    let leaf = prop::sample::select(vec!["SSE", "A_1", "审计日"]).prop_map(|name| CalendarExpr::Name(name.into()));
    leaf.prop_recursive(4, 12, 2, |inner| {
        let pair = (inner.clone(), inner.clone()).prop_map(|(left, right)| (Box::new(left), Box::new(right)));
        prop_oneof![
            inner.clone().prop_map(|inner| CalendarExpr::Not(Box::new(inner))),
            pair.clone().prop_map(|(left, right)| CalendarExpr::And(left, right)),
            pair.clone().prop_map(|(left, right)| CalendarExpr::Or(left, right)),
            pair.prop_map(|(left, right)| CalendarExpr::Except(left, right)),
            any_function(inner),
        ]
    })
}
