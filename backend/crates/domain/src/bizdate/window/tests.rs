//! What windows hold, and the laws they keep.

use chrono_tz::{America::New_York, Asia::Shanghai, Australia::Lord_Howe};
use proptest::prelude::*;

use super::*;

fn date(text: &str) -> BizDate {
    text.parse().expect("a date")
}

fn at(zone: Tz, text: &str) -> i64 {
    instant_of(zone, text.parse().expect("a wall time"))
}

/// The days of a window seen from a date, as `first..last` or the one day.
fn days_of(window: &str, from: &str) -> String {
    let window: Window = window.parse().expect("a window");
    let Span::Dates(days) = window.span(date(from), 0, Shanghai) else { panic!("{window} holds days") };
    assert!(days.windows(2).all(|pair| pair[0].add_days(1) == Some(pair[1])), "{days:?}");
    match days[..] {
        [] => "none".into(),
        [day] => day.to_string(),
        [first, .., last] => format!("{first}..{last}"),
    }
}

/// The hours of a window seen from a wall time: the wall times of their beginnings, and of the end of the last.
fn hours_of(window: &str, zone: Tz, from: &str) -> Vec<String> {
    let window: Window = window.parse().expect("a window");
    let at_ms = at(zone, from);
    let Span::Instants(hours) = window.span(date("2024-01-01"), at_ms, zone) else { panic!("{window} holds hours") };
    assert!(hours.windows(2).all(|pair| pair[0].end == pair[1].start), "{hours:?}");
    let told = |ms| wall(zone, ms).format("%d %H:%M").to_string();
    hours.iter().map(|hour| told(hour.start)).chain(hours.last().map(|hour| told(hour.end))).collect()
}

#[test]
fn windows_of_days() {
    // A Wednesday.
    let check = |window: &str, expected: &str| assert_eq!(days_of(window, "2026-07-15"), expected, "{window}");
    check("today", "2026-07-15");
    check("last1Days", "2026-07-14");
    check("last2Days", "2026-07-13..2026-07-14");
    check("last3Days", "2026-07-12..2026-07-14");
    check("last7Days", "2026-07-08..2026-07-14");
    check("last_30_days", "2026-06-15..2026-07-14");
    check("thisWeek", "2026-07-13..2026-07-15");
    check("lastWeek", "2026-07-06..2026-07-12");
    check("lastMonday", "2026-07-06");
    check("lastTuesday", "2026-07-07");
    check("lastWednesday", "2026-07-08");
    check("lastThursday", "2026-07-09");
    check("lastFriday", "2026-07-10");
    check("lastSaturday", "2026-07-11");
    check("lastSunday", "2026-07-12");
    check("thisMonth", "2026-07-01..2026-07-15");
    check("thisMonthBegin", "2026-07-01");
    check("thisMonthEnd", "2026-07-31");
    check("lastMonth", "2026-06-01..2026-06-30");
    check("lastMonthBegin", "2026-06-01");
    check("lastMonthEnd", "2026-06-30");
}

#[test]
fn windows_of_days_at_edges() {
    let check = |window: &str, from: &str, expected: &str| assert_eq!(days_of(window, from), expected, "{window}");
    check("this_week", "2026-07-13", "2026-07-13");
    check("this_week", "2026-07-19", "2026-07-13..2026-07-19");
    check("last_week", "2026-07-19", "2026-07-06..2026-07-12");
    check("last_sunday", "2026-07-13", "2026-07-12");
    check("last_monday", "2026-07-13", "2026-07-06");
    check("this_month", "2026-07-01", "2026-07-01");
    check("this_month_end", "2024-02-29", "2024-02-29");
    check("last_month", "2024-03-31", "2024-02-01..2024-02-29");
    check("last_month_end", "2026-01-01", "2025-12-31");
    check("last_1_day", "2026-01-01", "2025-12-31");
    check("last_1_day", "1900-01-01", "none");
    check("last_month", "1900-01-01", "none");
}

#[test]
fn windows_of_hours() {
    let check = |window: &str, from: &str, expected: &[&str]| {
        assert_eq!(hours_of(window, Shanghai, from), expected, "{window} {from}");
    };
    check("currentHour", "2024-01-01T07:15:30", &["01 07:00", "01 08:00"]);
    check("currentHour", "2024-01-01T07:00:00", &["01 07:00", "01 08:00"]);
    check("last1Hour", "2024-01-01T07:15:30", &["01 06:00", "01 07:00"]);
    check("last2Hours", "2024-01-01T00:59:59", &["31 22:00", "31 23:00", "01 00:00"]);
    check("last3Hours", "2024-01-01T07:15:30", &["01 04:00", "01 05:00", "01 06:00", "01 07:00"]);
}

#[test]
fn the_last_24_hours_end_with_the_first_hour_of_the_day() {
    let whole = hours_of("last24Hours", Shanghai, "2024-01-01T00:00:00");
    assert_eq!((whole.len(), whole[0].as_str(), whole[24].as_str()), (25, "31 01:00", "01 01:00"));
    for from in ["2024-01-01T07:15:00", "2024-01-01T08:00:00", "2024-01-01T12:00:00", "2024-01-01T23:59:00"] {
        assert_eq!(hours_of("last_24_hours", Shanghai, from), whole, "{from}");
    }
}

#[test]
fn days_that_the_clocks_change_have_their_own_hours() {
    // Put forward on the 8th: 02:00 is not there. Put back on the 1st: 01:00 is there twice.
    let spring = hours_of("last_24_hours", New_York, "2026-03-09T12:00:00");
    assert_eq!((spring.len(), &spring[..2]), (24, ["08 01:00".to_owned(), "08 03:00".to_owned()].as_slice()));
    let autumn = hours_of("last_24_hours", New_York, "2026-11-02T12:00:00");
    assert_eq!((autumn.len(), &autumn[..2]), (26, ["01 01:00".to_owned(), "01 01:00".to_owned()].as_slice()));
    let before = hours_of("last_2_hours", New_York, "2026-03-08T04:10:00");
    assert_eq!(before, ["08 01:00", "08 03:00", "08 04:00"]);
    // There they change by half an hour.
    let half = hours_of("last_24_hours", Lord_Howe, "2026-04-06T12:00:00");
    assert_eq!((half.len(), half.last().map(String::as_str)), (26, Some("06 01:00")));
}

#[test]
fn names_are_read_in_both_spellings() {
    let check = |text: &str, expected: &str| {
        let window: Window = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(window.to_string(), expected);
        assert_eq!(window.to_string().parse(), Ok(window));
    };
    let of_dolphin = "currentHour last1Hour last2Hours last3Hours last24Hours today last1Days last2Days last3Days last7Days \
                      thisWeek lastWeek lastMonday lastTuesday lastWednesday lastThursday lastFriday lastSaturday \
                      lastSunday thisMonth thisMonthBegin thisMonthEnd lastMonth lastMonthBegin lastMonthEnd";
    let ours = "current_hour last_1_hour last_2_hours last_3_hours last_24_hours today last_1_day last_2_days last_3_days \
                last_7_days this_week last_week last_monday last_tuesday last_wednesday last_thursday last_friday \
                last_saturday last_sunday this_month this_month_begin this_month_end last_month last_month_begin \
                last_month_end";
    for (text, name) in of_dolphin.split_whitespace().zip(ours.split_whitespace()) {
        check(text, name);
        check(name, name);
    }
    check("last_1_days", "last_1_day");
    check("last_366_days", "last_366_days");
    let refused = |text: &str, expected: Option<&str>| {
        let error = text.parse::<Window>().expect_err(text);
        assert_eq!(error.meant.as_deref(), expected, "{text}");
    };
    refused("last_0_days", None);
    refused("last_03_days", None);
    refused("last_367_days", None);
    refused("last_25_hours", None);
    refused("lastMonths", Some("last_month"));
    refused("yesterday", None);
    refused("", None);
    refused("last_999999999999999999999_days", None);
}

fn any_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        prop::sample::select(NAMED.map(|(_, window)| window).to_vec()),
        (1..=MAX_DAYS).prop_map(Window::LastDays),
        (1..=MAX_HOURS).prop_map(Window::LastHours),
    ]
}

fn any_date() -> impl Strategy<Value = BizDate> {
    (0..100_000i64).prop_filter_map("within the years", |days| date("1950-01-01").add_days(days))
}

fn dates(window: Window, from: BizDate) -> Vec<BizDate> {
    match window.span(from, 0, Tz::UTC) {
        Span::Dates(days) => days,
        Span::Instants(_) => Vec::new(),
    }
}

proptest! {
    #[test]
    fn a_window_reads_back(window in any_window()) {
        prop_assert_eq!(window.to_string().parse(), Ok(window));
        let json = serde_json::to_string(&window).expect("a text");
        prop_assert_eq!(serde_json::from_str::<Window>(&json).expect("reads back"), window);
    }

    #[test]
    fn no_name_panics(text in "[a-zA-Z0-9_ 上]{0,20}") {
        let _ = text.parse::<Window>();
    }

    #[test]
    fn last_week_is_seven_days_that_end_on_the_sunday_before(from in any_date()) {
        let days = dates(Window::LastWeek, from);
        prop_assert_eq!(days.len(), 7);
        prop_assert!(days.windows(2).all(|pair| pair[0].add_days(1) == Some(pair[1])));
        prop_assert_eq!(days[6].weekday(), Weekday::Sun);
        prop_assert!((1..=7).contains(&from.days_since(days[6])));
        for (n, day) in days.iter().enumerate() {
            let weekday = Weekday::try_from(u8::try_from(n).expect("a day of the week")).expect("a day of the week");
            prop_assert_eq!(dates(Window::LastWeekday(weekday), from), [*day]);
        }
    }

    #[test]
    fn what_has_begun_and_what_is_over_are_without_a_gap(from in any_date(), n in 1..=MAX_DAYS) {
        let this_month = dates(Window::ThisMonth, from);
        let last_month = dates(Window::LastMonth, from);
        prop_assert_eq!(this_month.last(), Some(&from));
        prop_assert_eq!(last_month.last().and_then(|day| day.add_days(1)), this_month.first().copied());
        prop_assert_eq!(dates(Window::ThisMonthBegin, from), this_month[..1].to_vec());
        prop_assert_eq!(dates(Window::LastMonthBegin, from), last_month[..1].to_vec());
        prop_assert_eq!(dates(Window::LastMonthEnd, from), last_month[last_month.len() - 1..].to_vec());
        let end = dates(Window::ThisMonthEnd, from)[0];
        prop_assert!(end >= from && end.add_days(1).is_none_or(|next| next.day() == 1) && end.month() == from.month());
        let this_week = dates(Window::ThisWeek, from);
        prop_assert_eq!(this_week.last(), Some(&from));
        prop_assert_eq!(this_week[0].weekday(), Weekday::Mon);
        let last_days = dates(Window::LastDays(n), from);
        prop_assert_eq!(last_days.len(), usize::from(n));
        prop_assert_eq!(last_days.last().and_then(|day| day.add_days(1)), Some(from));
    }

    #[test]
    fn hours_follow_each_other_up_to_the_hour_of_the_run(at_ms in 0..4_000_000_000_000i64, n in 1..=MAX_HOURS) {
        for zone in [Shanghai, New_York, Lord_Howe] {
            let span = |window: Window| match window.span(BizDate::MIN, at_ms, zone) {
                Span::Instants(hours) => hours,
                Span::Dates(_) => Vec::new(),
            };
            let now = span(Window::CurrentHour);
            prop_assert!(now.len() == 1 && now[0].contains(&at_ms));
            let before = span(Window::LastHours(n));
            prop_assert_eq!(before.len(), usize::from(n));
            prop_assert_eq!(before[before.len() - 1].end, now[0].start);
            for hours in [before, span(Window::Last24Hours)] {
                prop_assert!(hours.windows(2).all(|pair| pair[0].end == pair[1].start));
                prop_assert!(hours.iter().all(|hour| hour.start < hour.end && hour.end - hour.start <= HOUR_MS));
            }
        }
    }
}
