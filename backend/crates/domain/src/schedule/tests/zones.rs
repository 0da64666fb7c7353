//! Every time zone through its changes of thirty years: however a schedule is asked, it gives the same fires.

use chrono::NaiveTime;
use chrono_tz::TZ_VARIANTS;

use super::{clock::changes, *};

const HOUR: i64 = 3_600_000;

/// Times that changes of the clock meet, and a pattern that goes by elapsed time.
const ASKED: [&str; 3] =
    ["every day at 00:00, 01:30, 02:30, 23:45", "cron(30 0,2 * * *) cut 01:00", "cron(*/20 * * * *)"];

/// The instants of the fires in a preview.
fn preview(schedule: &Schedule, from: i64, until: i64) -> Vec<i64> {
    schedule.events(from, until).map(|event| event.unwrap().instant_ms()).collect()
}

/// The same as the scheduler finds them: each asked for after the one before.
fn fired(schedule: &Schedule, from: i64, until: i64) -> Vec<i64> {
    let mut fires = Vec::new();
    let mut after = from - 1;
    while let Some(fire) = schedule.next_fire(after).unwrap().filter(|fire| fire.instant_ms < until) {
        assert!(fire.instant_ms > after, "{} is not after {}", shown(fire.instant_ms), shown(after));
        after = fire.instant_ms;
        fires.push(after);
    }
    fires
}

/// The same by looks at uneven times, some of them just around the change.
fn looked(schedule: &Schedule, from: i64, until: i64, change: i64) -> Vec<i64> {
    let steps = (1..).map(|n| from + n * n * HOUR / 2).take_while(|at| *at < until);
    let mut ends: Vec<i64> = steps.chain([change - 1_000, change, change + 1, change + HOUR, until]).collect();
    ends.sort_unstable();
    let mut start = from;
    let mut fires = Vec::new();
    for end in ends {
        fires.extend(preview(schedule, start, end));
        start = end;
    }
    fires
}

/// What a backfill of these dates would run: the dates on which the schedule fires, told one by one.
fn backfilled(schedule: &Schedule, zone: Tz, from: i64, until: i64) -> Vec<BizDate> {
    let date = |ms| BizDate::from_naive(wall(zone, ms).date()).unwrap();
    let (first, last) = (date(from), date(until));
    let days = (first.number()..last.number()).filter_map(BizDate::from_number);
    days.filter(|day| matches!(schedule.explain(*day).verdict, explain::Verdict::Fires { .. })).collect()
}

/// A midnight of the zone before or at an instant.
fn midnight(zone: Tz, ms: i64) -> i64 {
    instant_of(zone, wall(zone, ms).date().and_time(NaiveTime::MIN))
}

#[test]
fn preview_firing_and_backfill_agree_in_every_zone() {
    let (start, end) = (utc("1997-01-01T00:00"), utc("2027-01-01T00:00"));
    let mut seen = 0;
    for (index, zone) in TZ_VARIANTS.iter().enumerate() {
        let schedules: Vec<Schedule> =
            ASKED.iter().map(|text| compile(&ScheduleSpec::parse(text, *zone).unwrap())).collect();
        for (turn, change) in changes(*zone, start, end).into_iter().enumerate() {
            let (from, until) = (midnight(*zone, change - 26 * HOUR), midnight(*zone, change + 50 * HOUR));
            // The first is asked about every change, the others by turns.
            let asked =
                [Some(&schedules[0]), (turn + index).is_multiple_of(4).then(|| &schedules[1 + (turn + index) / 4 % 2])];
            for schedule in asked.into_iter().flatten() {
                let told = preview(schedule, from, until);
                assert!(told.is_sorted_by(|a, b| a < b), "{zone} around {}: {told:?}", shown(change));
                assert_eq!(told, fired(schedule, from, until), "{zone} around {}", shown(change));
                if turn.is_multiple_of(2) {
                    assert_eq!(told, looked(schedule, from, until, change), "{zone} around {}", shown(change));
                }
            }
            if (turn + index).is_multiple_of(10) {
                let mut dates: Vec<BizDate> = schedules[0].fires(from, until).map(|fire| fire.unwrap().day).collect();
                dates.dedup();
                assert_eq!(dates, backfilled(&schedules[0], *zone, from, until), "{zone} around {}", shown(change));
            }
            seen += 1;
        }
    }
    assert!(seen > 14_000, "{seen} changes");
}
