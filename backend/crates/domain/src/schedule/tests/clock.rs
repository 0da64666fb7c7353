//! Cron through clock changes, against an evaluator of its own: a walk minute by minute over the time line.

use std::collections::BTreeSet;

use chrono::{Datelike, TimeDelta, TimeZone, Timelike};
use chrono_tz::TZ_VARIANTS;

use super::*;

const MINUTE: i64 = 60_000;

/// An expression and the same said in Rust: whether it goes by elapsed time, and which wall times it names.
type Case = (&'static str, bool, fn(NaiveDateTime) -> bool);

const CASES: [Case; 17] = [
    ("30 2 * * *", false, |t| (t.hour(), t.minute()) == (2, 30)),
    ("30 1 * * *", false, |t| (t.hour(), t.minute()) == (1, 30)),
    ("0 0 * * *", false, |t| (t.hour(), t.minute()) == (0, 0)),
    ("45 23 * * *", false, |t| (t.hour(), t.minute()) == (23, 45)),
    ("0 2,3 * * *", false, |t| [2, 3].contains(&t.hour()) && t.minute() == 0),
    ("0,30 1-3 * * *", false, |t| (1..=3).contains(&t.hour()) && t.minute() % 30 == 0),
    ("15 */2 * * *", false, |t| t.hour() % 2 == 0 && t.minute() == 15),
    ("0 12 * * 0", false, |t| (t.hour(), t.minute(), t.weekday()) == (12, 0, Weekday::Sun)),
    ("30 2 * * 1-5", false, |t| (t.hour(), t.minute()) == (2, 30) && t.weekday().num_days_from_monday() < 5),
    ("0 1 1,15 * 0", false, |t| {
        (t.hour(), t.minute()) == (1, 0) && ([1, 15].contains(&t.day()) || t.weekday() == Weekday::Sun)
    }),
    ("0 30 2 * * ? 2026", false, |t| (t.hour(), t.minute(), t.year()) == (2, 30, 2026)),
    ("* * * * *", true, |_| true),
    ("*/15 * * * *", true, |t| t.minute() % 15 == 0),
    ("7-59/20 * * * *", true, |t| [7, 27, 47].contains(&t.minute())),
    ("0 * * * *", true, |t| t.minute() == 0),
    ("*/30 1 * * *", true, |t| t.hour() == 1 && t.minute() % 30 == 0),
    ("0 0/15 9-17 ? * MON-FRI", true, |t| {
        t.minute() % 15 == 0 && (9..=17).contains(&t.hour()) && t.weekday().num_days_from_monday() < 5
    }),
];

fn wall_of(zone: Tz, ms: i64) -> NaiveDateTime {
    zone.timestamp_millis_opt(ms).unwrap().naive_local()
}

/// All fires in `[from, until)`, found by looking at every minute.
fn walked((_, interval, names): &Case, zone: Tz, from: i64, until: i64) -> Vec<i64> {
    let mut fires = Vec::new();
    // Enough before the range to know which wall times have been.
    let mut now = from - 30 * 60 * MINUTE;
    let mut newest = wall_of(zone, now - MINUTE);
    while now < until {
        let wall = wall_of(zone, now);
        let due = if *interval {
            names(wall)
        } else if wall <= newest {
            false
        } else {
            let shown: BTreeSet<_> = [newest.date(), wall.date()].into();
            let mut at = newest + TimeDelta::minutes(1);
            let mut due = false;
            while at <= wall {
                due |= names(at) && shown.contains(&at.date());
                at += TimeDelta::minutes(1);
            }
            due
        };
        newest = newest.max(wall);
        if due && now >= from {
            fires.push(now);
        }
        now += MINUTE;
    }
    fires
}

fn evaluated(expression: &str, zone: Tz, from: i64, until: i64) -> Vec<i64> {
    let schedule = compile(&cron(expression, zone));
    let mut fires = Vec::new();
    let mut after = from - 1;
    while let Some(fire) = schedule.next_fire(after).unwrap().filter(|fire| fire.instant_ms < until) {
        assert!(fire.instant_ms > after, "{expression} in {zone} runs backwards at {}", shown(after));
        after = fire.instant_ms;
        fires.push(after);
    }
    fires
}

fn compare(case: &Case, zone: Tz, from: i64, until: i64) {
    let (expected, found) = (walked(case, zone, from, until), evaluated(case.0, zone, from, until));
    let differ = expected.iter().zip(&found).position(|(a, b)| a != b).unwrap_or(expected.len().min(found.len()));
    assert!(
        expected == found,
        "{} in {zone}: expected {:?}, found {:?}",
        case.0,
        expected.get(differ).map(|ms| shown(*ms)),
        found.get(differ).map(|ms| shown(*ms)),
    );
}

/// Changes of every odd kind: half an hour, a quarter, at midnight, a minute after it, whole days, the other hemisphere.
#[test]
fn agrees_with_a_minute_walk_around_odd_changes() {
    let windows = [
        ("America/New_York", "2026-03-07T00:00"),
        ("America/New_York", "2026-10-31T00:00"),
        ("Europe/London", "2026-03-28T00:00"),
        ("Europe/Berlin", "2026-10-24T00:00"),
        ("Australia/Lord_Howe", "2026-04-03T12:00"),
        ("Australia/Lord_Howe", "2026-10-02T12:00"),
        ("Pacific/Apia", "2011-12-29T00:00"),
        ("Pacific/Kwajalein", "1993-08-20T00:00"),
        ("America/Sao_Paulo", "2018-11-03T00:00"),
        ("America/Sao_Paulo", "2018-02-16T12:00"),
        ("America/St_Johns", "2010-11-06T00:00"),
        ("America/St_Johns", "2010-03-13T00:00"),
        ("America/Havana", "2026-03-07T00:00"),
        ("America/Havana", "2026-10-31T00:00"),
        ("America/Caracas", "2016-04-30T00:00"),
        ("Asia/Pyongyang", "2015-08-14T00:00"),
        ("Asia/Kathmandu", "1985-12-31T00:00"),
        ("Asia/Shanghai", "1989-04-15T00:00"),
        ("Asia/Shanghai", "1989-09-16T00:00"),
        ("Antarctica/Troll", "2026-03-28T00:00"),
        ("Africa/Cairo", "2026-04-23T00:00"),
        ("Asia/Tehran", "2022-03-20T18:00"),
        ("Asia/Shanghai", "2026-11-20T00:00"),
    ];
    for (zone, from) in windows {
        let zone: Tz = zone.parse().unwrap();
        for case in &CASES {
            compare(case, zone, utc(from), utc(from) + 60 * 60 * MINUTE);
        }
    }
}

/// The instants at which a zone's offset changes between two years.
pub(super) fn changes(zone: Tz, from: i64, until: i64) -> Vec<i64> {
    let offset = |ms: i64| wall_of(zone, ms).and_utc().timestamp_millis() - ms;
    let week = 7 * 86_400_000;
    let mut found = Vec::new();
    let mut at = from;
    while at < until {
        let (mut early, mut late) = (at, at + week);
        if offset(early) != offset(late) {
            while late - early > MINUTE {
                let middle = (early + (late - early) / 2).div_euclid(MINUTE) * MINUTE;
                if offset(middle) == offset(at) { early = middle } else { late = middle }
            }
            found.push(late.div_euclid(MINUTE) * MINUTE);
        }
        at += week;
    }
    found
}

/// Every zone, its changes of thirty years by turns (another zone has another turn), a pattern of each kind.
#[test]
fn agrees_with_a_minute_walk_in_every_zone() {
    let (from, until) = (utc("1997-01-01T00:00"), utc("2027-01-01T00:00"));
    let mut tried = 0;
    for (index, zone) in TZ_VARIANTS.iter().enumerate() {
        let changes = changes(*zone, from, until);
        for change in changes.iter().skip(index % 12).step_by(12) {
            for case in [&CASES[5], &CASES[12 + index % 3]] {
                compare(case, *zone, change - 150 * MINUTE, change + 150 * MINUTE);
            }
            tried += 1;
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn seconds_are_kept_through_a_change() {
    let zone = chrono_tz::America::New_York;
    let fires = evaluated("*/20 * * * * ?", zone, utc("2026-11-01T05:59:00"), utc("2026-11-01T06:01:00"));
    assert_eq!(fires.len(), 6);
    assert!(fires.windows(2).all(|pair| pair[1] - pair[0] == 20_000));
    let listed = evaluated("10,50 30 1 * * ?", zone, utc("2026-11-01T04:00"), utc("2026-11-02T04:00"));
    assert_eq!(
        listed.iter().map(|ms| shown(*ms)).collect::<Vec<_>>(),
        ["2026-11-01T05:30:10Z", "2026-11-01T05:30:50Z"]
    );
}

#[test]
fn a_fire_tells_what_the_clock_did() {
    let zone = chrono_tz::America::New_York;
    let clock = |expression: &str, after: &str| {
        let fire = compile(&cron(expression, zone)).next_fire(utc(after)).unwrap().unwrap();
        (fire.reason.clock, fire.wall.to_string())
    };
    assert_eq!(clock("30 2 * * *", "2026-03-08T05:00"), (Clock::Skipped, "2026-03-08 02:30:00".into()));
    assert_eq!(clock("30 1 * * *", "2026-11-01T04:00"), (Clock::First, "2026-11-01 01:30:00".into()));
    assert_eq!(clock("*/15 * * * *", "2026-11-01T06:00"), (Clock::Second, "2026-11-01 01:15:00".into()));
    assert_eq!(clock("30 1 * * *", "2026-11-01T05:30"), (Clock::Steady, "2026-11-02 01:30:00".into()));
}
