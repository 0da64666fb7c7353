//! Tests of the functions in calendar expressions: against the definition in words, against every way in which unknown
//! days may turn out, and as text.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::{
    Calendar, CalendarError, CalendarExpr, Calendars, Definition, ResolveError,
    base::{Base, DayRule, RuleStatus, WeekMask},
    day::{DayStatus, Session, Tri},
};
use crate::{
    bizdate::{BizDate, Period},
    error::Lang,
};

fn date(text: &str) -> BizDate {
    text.parse().unwrap()
}

fn calendar(text: &str) -> Calendar {
    Calendars::builtin().resolve_text(text).unwrap()
}

fn open(text: &str, from: &str, to: &str) -> String {
    let calendar = calendar(text);
    let days = calendar.open_days(date(from), date(to)).map(|day| day.unwrap().to_string()[5..].to_owned());
    days.collect::<Vec<_>>().join(" ")
}

#[test]
fn functions_pick_the_days_that_they_say() {
    let table = [
        ("last(SSE, month)", "2026-01-01", "2026-04-30", "01-30 02-27 03-31 04-30"),
        ("first(SSE, month)", "2026-01-01", "2026-03-31", "01-05 02-02 03-02"),
        ("first(CN_WORK, year)", "2026-01-01", "2026-12-31", "01-04"),
        ("nth(SSE, 5, month)", "2024-02-01", "2024-02-29", "02-07"),
        ("nth(SSE, 20, month)", "2024-02-01", "2024-02-29", ""),
        ("nth(SSE, -2, quarter)", "2026-01-01", "2026-06-30", "03-30 06-29"),
        ("shift(last(SSE, month), +2)", "2026-02-01", "2026-03-31", "02-03 03-03"),
        ("shift(last(SSE, month), -1)", "2026-02-01", "2026-03-31", "02-26 03-30"),
        ("shift(last(SSE, quarter), +1, HKEX)", "2026-01-01", "2026-12-31", "01-02 04-01 07-02 10-02"),
        ("shift(DAILY - SSE, 0, SSE)", "2024-10-01", "2024-10-15", "10-08 10-14"),
        ("weekday(SSE, Mon, Fri)", "2026-02-09", "2026-02-28", "02-09 02-13 02-27"),
        ("half(HKEX)", "2024-01-01", "2024-12-31", "02-09 12-24 12-31"),
        (
            "between(SSE, 2026-01-05, 2026-01-06) | first(HKEX, month)",
            "2026-01-01",
            "2026-02-10",
            "01-02 01-05 01-06 02-02",
        ),
        ("last(weekday(SSE, Fri), month)", "2026-02-01", "2026-03-31", "02-27 03-27"),
    ];
    for (text, from, to, expected) in table {
        assert_eq!(open(text, from, to), expected, "{text}");
    }
}

#[test]
fn a_picked_day_has_its_hours_and_another_its_reason() {
    let half = calendar("last(HKEX, year)");
    assert!(matches!(half.status(date("2024-12-31")), DayStatus::Open(Session { half: true, .. })));
    let mut calendars = Calendars::builtin().clone();
    calendars.define("ends", CalendarExpr::parse("last(SSE, month)").unwrap()).unwrap();
    let reason = |text: &str, day: &str| match calendars.resolve_text(text).unwrap().status(date(day)) {
        DayStatus::Closed(reason) => [reason.text(Lang::En), reason.text(Lang::Zh)],
        other => panic!("{text} {day}: {other:?}"),
    };
    assert_eq!(reason("last(SSE, month)", "2026-02-26"), ["not one of last(SSE, month)", "不属于 last(SSE, month)"]);
    assert_eq!(reason("ends & HKEX", "2026-02-26"), ["not one of ends", "不属于 ends"]);
    assert_eq!(reason("last(SSE, month)", "2026-02-17"), ["SSE: Spring Festival", "SSE: 春节"]);
}

#[test]
fn what_is_not_published_is_not_told() {
    let beyond = |calendar: &str, day: &str, until: &str| {
        Err(CalendarError::BeyondHorizon {
            calendar: calendar.into(),
            day: date(day),
            known_from: self::calendar(calendar).known_from(),
            known_until: Some(date(until)),
        })
    };
    let table = [
        // Whether December's last days are the year's last can be told; the fiscal year goes on into the unknown.
        ("last(SSE, year)", "2026-12-31", Ok(true)),
        ("last(SSE, fiscal_year_04)", "2026-12-30", Ok(false)),
        ("last(SSE, fiscal_year_04)", "2026-12-31", beyond("SSE", "2027-01-01", "2026-12-31")),
        ("first(SSE, fiscal_year_04)", "2026-12-31", Ok(false)),
        ("shift(SSE, +1)", "2026-12-31", Ok(true)),
        ("shift(SSE, -1)", "2026-12-31", beyond("SSE", "2027-01-01", "2026-12-31")),
        ("shift(SSE, +1, HKEX)", "2027-01-04", Ok(true)),
        ("between(SSE, 2026-01-01, 2026-12-31)", "2027-06-01", Ok(false)),
        ("weekday(SSE, Mon)", "2027-06-01", Ok(false)),
        ("weekday(SSE, Tue)", "2027-06-01", beyond("SSE", "2027-06-01", "2026-12-31")),
    ];
    for (text, day, expected) in table {
        assert_eq!(calendar(text).is_open(date(day)), expected, "{text} {day}");
    }
    let horizons = [
        ("last(SSE, month)", "2015-01-01", "2026-12-31"),
        ("last(SSE, fiscal_year_04)", "2015-01-01", "2026-03-31"),
        ("first(SSE, fiscal_year_04)", "2015-04-01", "2026-12-31"),
        ("shift(SSE, +2)", "2015-01-07", "2026-12-31"),
        ("shift(SSE, -2) & HKEX", "2015-01-01", "2026-12-29"),
        ("half(HKEX) & SSE", "2015-01-01", "2026-12-31"),
    ];
    for (text, from, until) in horizons {
        let calendar = calendar(text);
        assert_eq!((calendar.known_from(), calendar.known_until()), (Some(date(from)), Some(date(until))), "{text}");
        for day in [from, until] {
            assert_ne!(calendar.tri(date(day)), Tri::Unset, "{text} {day}");
        }
    }
    let assumed = calendar("last(SSE, fiscal_year_04)").assuming_week_mask();
    assert_eq!(assumed.next(date("2026-04-01")), Ok(date("2027-03-31")));
    assert!(assumed.is_assumed(date("2027-03-31")) && !assumed.is_assumed(date("2026-03-31")));
}

#[test]
fn definitions_that_double_each_other_are_refused() {
    let mut calendars = Calendars::builtin().clone();
    calendars.define("a0", CalendarExpr::parse("SSE | HKEX").unwrap()).unwrap();
    let refused = (1..12).find_map(|n| {
        let before = n - 1;
        let expr = CalendarExpr::parse(&format!("a{before} | last(a{before}, month) | shift(a{before}, +1)")).unwrap();
        calendars.define(&format!("a{n}"), expr).err()
    });
    assert_eq!(refused, Some(ResolveError::TooLarge));
    let nested = |depth| format!("{}SSE{}", "shift(".repeat(depth), ", +1)".repeat(depth));
    assert!(calendars.resolve_text(&nested(4)).is_ok());
    assert_eq!(calendars.resolve_text(&nested(5)).unwrap_err(), ResolveError::TooLarge);
}

#[test]
fn functions_are_read_with_the_place_of_what_is_wrong() {
    let table = [
        ("FIRST( SSE ,month )", "first(SSE, month)"),
        ("nth(SSE, -1, ten_day)", "last(SSE, ten_day)"),
        ("shift(last(SSE,month),2)", "shift(last(SSE, month), +2)"),
        ("shift(SSE | HKEX, -3, !NYSE)", "shift(SSE | HKEX, -3, !NYSE)"),
        ("weekday(SSE, friday, mon, Fri)", "weekday(SSE, Mon, Fri)"),
        ("!half(HKEX) & between(SSE,2026-01-01,2026-01-01)", "!half(HKEX) & between(SSE, 2026-01-01, 2026-01-01)"),
        ("first & last", "first & last"),
    ];
    for (text, printed) in table {
        let expr = CalendarExpr::parse(text).unwrap();
        assert_eq!(expr.to_string(), printed);
        assert_eq!(CalendarExpr::parse(printed), Ok(expr));
    }
    let wrong = [
        ("SSE & lst(SSE, month)", 6, "one of the functions first, last, nth, shift, weekday, half, between"),
        ("last(SSE)", 8, "`,`"),
        ("last(SSE, moon)", 10, "week, ten_day, month"),
        ("nth(SSE, 0, month)", 9, "a number from 1 to 366"),
        ("shift(SSE, 367)", 11, "a number from 0 to 366"),
        ("weekday(SSE)", 11, "`,`"),
        ("weekday(SSE, Mon, Xyz)", 18, "a weekday such as Mon"),
        ("between(SSE, 2026-02-01, 2026-01-01)", 25, "a date from 2026-02-01 on"),
        ("half(HKEX", 9, "`)`"),
    ];
    for (text, at, expected) in wrong {
        let error = CalendarExpr::parse(text).unwrap_err();
        assert!(error.at == at && error.expected.starts_with(expected), "{text}: {error}");
    }
    let deep = format!("{}SSE{}", "half(".repeat(40), ")".repeat(40));
    assert_eq!(CalendarExpr::parse(&deep).unwrap_err().expected, "less nesting");
}

#[test]
fn expressions_are_told_in_words() {
    let table = [
        ("SSE", "open days of SSE", "SSE 开放日"),
        ("SSE & HKEX", "days when both SSE and HKEX are open", "SSE 与 HKEX 均开放的日子"),
        ("SSE & HKEX & NYSE", "days when SSE, HKEX and NYSE are all open", "SSE、HKEX 与 NYSE 均开放的日子"),
        ("SSE | HKEX", "days when SSE or HKEX is open", "SSE 或 HKEX 开放的日子"),
        ("CN_WORK - SSE", "days when CN_WORK is open and SSE is closed", "CN_WORK 开放而 SSE 休市的日子"),
        ("!SSE", "days when SSE is closed", "SSE 休市的日子"),
        ("last(SSE, month)", "last open day of each month on SSE", "SSE 每月最后一个开放日"),
        ("nth(SSE, -2, quarter)", "2nd last open day of each quarter on SSE", "SSE 每季度倒数第 2 个开放日"),
        (
            "last(SSE & HKEX, month)",
            "last day of each month among days when both SSE and HKEX are open",
            "SSE 与 HKEX 均开放的日子中每月的最后一天",
        ),
        (
            "nth(SSE | HKEX, 3, week)",
            "3rd day of each week among days when SSE or HKEX is open",
            "SSE 或 HKEX 开放的日子中每周的第 3 天",
        ),
        (
            "shift(last(SSE, month), +2)",
            "days that come 2 open days of SSE after last open day of each month on SSE",
            "SSE 每月最后一个开放日之后第 2 个 SSE 开放日",
        ),
        (
            "shift(!SSE, 0, HKEX)",
            "days when SSE is closed, moved to the next open day of HKEX when it is none",
            "SSE 休市的日子（非 HKEX 开放日则顺延）",
        ),
        ("weekday(SSE, Mon, Fri)", "Mondays and Fridays when SSE is open", "SSE 开放的周一、周五"),
        (
            "half(HKEX) & SSE",
            "half days of HKEX that are also open days of SSE",
            "HKEX 半日市中同时属于 SSE 开放日的日子",
        ),
        (
            "SSE - (half(HKEX) | first(SSE, year))",
            "open days of SSE except (half days of HKEX as well as first open day of each year on SSE)",
            "SSE 开放日（不含（HKEX 半日市以及 SSE 每年第一个开放日））",
        ),
        (
            "between(SSE, 2026-01-01, 2026-06-30)",
            "open days of SSE from 2026-01-01 to 2026-06-30",
            "2026-01-01 至 2026-06-30 的 SSE 开放日",
        ),
    ];
    for (text, en, zh) in table {
        let expr = CalendarExpr::parse(text).unwrap();
        assert_eq!([expr.describe(Lang::En), expr.describe(Lang::Zh)], [en, zh], "{text}");
    }
}

#[test]
fn an_expression_is_built_from_its_parts() {
    let expr = CalendarExpr::parse("last(SSE & HKEX, month) | SSE & HKEX & half(HKEX)").unwrap();
    let steps = expr.steps(Calendars::builtin(), 2026).unwrap();
    let told: Vec<String> = steps.iter().map(|step| format!("{} {}", step.expr, step.open)).collect();
    assert_eq!(
        told,
        [
            "SSE 242",
            "HKEX 247",
            "SSE & HKEX 236",
            "last(SSE & HKEX, month) 12",
            "half(HKEX) 3",
            "SSE & HKEX & half(HKEX) 2",
            "last(SSE & HKEX, month) | SSE & HKEX & half(HKEX) 13",
        ]
    );
    assert!(steps.iter().all(|step| step.unset == 0));
    let unknown = CalendarExpr::parse("SSE").unwrap().steps(Calendars::builtin(), 2027).unwrap();
    assert_eq!((unknown[0].open, unknown[0].unset), (0, 365));
    assert!(CalendarExpr::parse("SSE & nowhere").unwrap().steps(Calendars::builtin(), 2026).is_err());
}

#[test]
fn functions_of_functions_cost_a_year_once() {
    let text = format!("{}SSE{}", "nth(shift(".repeat(2), ", +366), 3, year)".repeat(2));
    let deep = calendar(&text);
    // Three years of open days back from there nothing is known.
    assert_eq!(deep.tri(date("2017-06-01")), Tri::Unset);
}

fn small(unset: &[(i64, bool)], decided: Option<u32>) -> Calendar {
    let days = unset.iter().enumerate().map(|(index, (day, _))| DayRule {
        date: date("2026-03-01").add_days(*day).unwrap(),
        status: match decided {
            None => RuleStatus::Unset,
            Some(bits) if bits & (1 << index) != 0 => RuleStatus::Open,
            Some(_) => RuleStatus::Closed,
        },
        reason: None,
    });
    let definition = Definition {
        name: "small".into(),
        revision: 0,
        zone: chrono_tz::UTC,
        week: WeekMask([true, true, false, true, false, false, true]),
        session: Session::default(),
        years: Some([2026].into()),
        days: days.collect(),
        overrides: Vec::new(),
    };
    Calendar::of_base(Arc::new(Base::compile(definition).unwrap()))
}

fn picked(text: &str, base: &Calendar) -> Calendar {
    let mut calendars = Calendars::builtin().clone();
    calendars.insert(Arc::new(base.bases().next().unwrap().clone()));
    calendars.resolve_text(text).unwrap()
}

fn any_day() -> impl Strategy<Value = BizDate> {
    (date("2017-01-01").number()..date("2025-01-01").number()).prop_map(|number| BizDate::from_number(number).unwrap())
}

const PERIODS: [Period; 6] =
    [Period::Week, Period::TenDay, Period::Month, Period::Quarter, Period::Year, Period::FiscalYear(4)];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_nth_is_the_nth(day in any_day(), n in prop_oneof![1..30, -30..0], period in prop::sample::select(PERIODS.to_vec()), name in prop::sample::select(vec!["SSE", "HKEX & NYSE", "!SSE"])) {
        let (inner, function) = (calendar(name), calendar(&format!("nth({name}, {n}, {period})")));
        prop_assert_eq!(function.is_open(day), Ok(inner.nth(day, period, i64::from(n)).unwrap() == Some(day)));
    }

    #[test]
    fn a_shift_leads_from_one_of_its_days(day in any_day(), n in -12..12, name in prop::sample::select(vec!["last(SSE, month)", "half(HKEX)", "SSE", "weekday(DAILY, Sat)"]), by in prop::sample::select(vec!["SSE", "HKEX", "SSE & NYSE"])) {
        let (days, counted) = (calendar(name), calendar(by));
        let shifted = calendar(&format!("shift({name}, {n}, {by})"));
        let mut near = (-60..=60).map(|k| day.add_days(k).unwrap()).filter(|from| days.is_open(*from) == Ok(true));
        let expected = near.any(|from| counted.offset(from, i64::from(n)) == Ok(day));
        prop_assert_eq!(shifted.is_open(day), Ok(expected));
    }

    #[test]
    fn unset_is_what_unknown_days_can_turn_either_way(
        unset in prop::collection::btree_map(0_i64..45, any::<bool>(), 0..6).prop_map(|days| days.into_iter().collect::<Vec<_>>()),
        day in 0_i64..45,
        text in prop::sample::select(vec![
            "nth(small, 2, week)", "nth(small, -2, month)", "first(small, month)", "shift(first(small, month), +2, DAILY)",
            "shift(first(DAILY, week), +2, small)", "shift(first(DAILY, month), -1, small)", "shift(weekday(DAILY, Tue), 0, small)",
            "shift(small, +2)", "last(weekday(small, Mon), month)", "shift(last(small, week), -1, small)",
        ]),
    ) {
        let day = date("2026-03-01").add_days(day).unwrap();
        let told = picked(text, &small(&unset, None)).tri(day);
        let turned: Vec<Tri> = (0..1_u32 << unset.len()).map(|bits| picked(text, &small(&unset, Some(bits))).tri(day)).collect();
        let all_agree = turned.iter().all(|tri| *tri == turned[0]);
        if told != Tri::Unset {
            prop_assert!(all_agree && turned[0] == told, "{} {}: {:?} against {:?}", text, day, told, turned);
        } else if text.matches("small").count() == 1 && !text.starts_with("shift") {
            prop_assert!(!all_agree, "{} {}: could be told, all ways give {:?}", text, day, turned[0]);
        }
    }
}
