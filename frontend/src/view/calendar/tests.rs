//! Tests of what all views share.

use domain::calendar::Calendars;

use super::*;

fn named(expression: &str) -> Calendar {
    Calendars::builtin().resolve_text(expression).expect("a calendar")
}

#[test]
fn days_are_called_by_what_the_calendar_is() {
    let wording = |name: &str, derived| Wording::of(&named(name), derived);
    assert_eq!(wording("SSE", false), Wording::Trading);
    assert_eq!(wording("CN_WORKDAY", false), Wording::Work);
    assert_eq!(wording("DAILY", false), Wording::Member);
    assert_eq!(wording("SSE", true), Wording::Member);
    assert_eq!(wording("SSE & HKEX", false), Wording::Member);
}

#[test]
fn working_days_explain_the_markets_of_their_country_only() {
    let work = || Some(named("CN_WORKDAY"));
    assert!(companion(&named("SSE"), work()).is_some());
    assert!(companion(&named("SSE & SZSE"), work()).is_some());
    assert!(companion(&named("HKEX"), work()).is_none());
    assert!(companion(&named("SSE & HKEX"), work()).is_none());
    assert!(companion(&named("CN_WORKDAY"), work()).is_none());
    assert!(companion(&named("SSE"), None).is_none());
}

#[test]
fn years_have_all_their_days() {
    assert_eq!(days_of(2024).count(), 366);
    assert_eq!(days_of(2026).last().map(|day| day.to_string()).as_deref(), Some("2026-12-31"));
    assert_eq!(days_of(9999).count(), 0);
}

#[test]
fn today_is_told_by_the_clock_of_the_market() {
    // 2026-11-20 22:42 in London.
    let now = 1_795_214_538_377;
    let today = |name: &str| today_of(&named(name), now).map(|day| day.to_string());
    assert_eq!(today("SSE").as_deref(), Some("2026-11-21"));
    assert_eq!(today("NYSE").as_deref(), Some("2026-11-20"));
    assert_eq!(today("DAILY"), None);
    let saturday = "2026-11-21".parse().expect("a date");
    assert_eq!(current(&named("SSE"), saturday).map(|day| day.to_string()).as_deref(), Some("2026-11-20"));
    assert_eq!(current(&named("SSE"), "2027-02-01".parse().expect("a date")), None);
}

#[test]
fn a_weekend_that_is_called_so_is_no_holiday() {
    let (saturday, monday) = ("2026-11-21", "2026-11-23");
    let check = |day: &str, reason: &str, kind: Kind| {
        let day = day.parse().expect("a date");
        let sse = named("SSE").bases().next().expect("a base").clone();
        let rule = emergency::Wish::Closed.rule(day, (None, None), reason);
        let base = emergency::changed(&sse, day, Some(rule)).expect("a base");
        assert_eq!(look(&Calendar::of_base(std::sync::Arc::new(base)), None, day).kind, kind, "{day} {reason}");
    };
    check(saturday, "周末", Kind::Weekend);
    check(saturday, "Weekend", Kind::Weekend);
    check(saturday, "国庆节", Kind::Holiday);
    check(monday, "台风", Kind::Holiday);
}
