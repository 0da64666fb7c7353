//! Figures of the schedules, one JSON line each: `{bench, figure, unit, n}`. Every figure is the median of the rounds, on
//! one core; `n` is how many things one round did.
#![expect(clippy::unwrap_used, reason = "the schedules are written here")]

use std::{hint::black_box, time::Instant};

use domain::{
    calendar::Calendars,
    schedule::{Event, Schedule, ScheduleSpec},
    workflow,
};
use serde_json::json;

/// The kinds of schedules that a finance department has; most fire once a day or seldomer.
const TYPICAL: [&str; 12] = [
    "cron(0 30 18 * * ?) on SSE",
    "cron(30 18 * * 1-5)",
    "cron(0 7 * * *)",
    "every open day on SSE at 18:00, 21:00",
    "every open day on HKEX & CN_WORKDAY +1 open days at 07:30",
    "last open day of month on SSE at 18:00",
    "15 day of month on SSE if closed modified following at 09:00",
    "first open day of quarter on SSE -2 open days at 08:00",
    "every monday on SSE if closed next at 09:00",
    "every 3 open days on SSE at 09:00 from 2025-01-06",
    "cron(0 17 * * *) on NYSE tz America/New_York",
    "cron(30 2 * * *) on SSE cut 06:00",
];

/// A pattern that fires all day long.
const OFTEN: &str = "cron(*/5 9-15 * * 1-5) on SSE";

const ROUNDS: usize = 5;

/// 2024-12-31T16:00Z, when 2025 begins in Shanghai.
const START_MS: i64 = 1_735_660_800_000;
const YEAR_MS: i64 = 365 * 86_400_000;

fn main() {
    next_fire();
    year();
    load();
}

fn spec(text: &str) -> ScheduleSpec {
    ScheduleSpec::parse(text, chrono_tz::Asia::Shanghai).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn compiled(text: &str) -> Schedule {
    Schedule::compile(&spec(text), Calendars::builtin()).unwrap()
}

/// Prints the median of what the rounds took, in units of so many seconds.
fn tell(bench: &str, (unit, seconds): (&str, f64), n: usize, mut round: impl FnMut()) {
    let mut figures: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            round();
            start.elapsed().as_secs_f64() / seconds
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    let figure = (figures[ROUNDS / 2] * 1_000.0).round() / 1_000.0;
    println!("{}", json!({ "bench": bench, "figure": figure, "unit": unit, "n": n }));
}

/// The next fire, from instants all over the year.
fn next_fire() {
    const ASKED: u32 = 2_000;
    for text in TYPICAL.into_iter().chain([OFTEN]) {
        let schedule = compiled(text);
        tell(&format!("next_fire {text}"), ("us", 1e-6 * f64::from(ASKED)), ASKED as usize, || {
            for index in 0..i64::from(ASKED) {
                let after = START_MS + index * (330 * 86_400_000 / i64::from(ASKED)) + index * 997;
                black_box(schedule.next_fire(black_box(after)).unwrap());
            }
        });
    }
}

/// A year of 10,000 schedules.
fn year() {
    const SCHEDULES: usize = 10_000;
    let schedules: Vec<Schedule> = TYPICAL.iter().cycle().take(SCHEDULES).map(|text| compiled(text)).collect();
    let (from, until) = (START_MS, START_MS + YEAR_MS);
    tell("a year of fires", ("s", 1.0), SCHEDULES, || {
        for schedule in &schedules {
            black_box(schedule.fires(from, until).filter(Result::is_ok).count());
        }
    });
    tell("a year of fires and skips", ("s", 1.0), SCHEDULES, || {
        for schedule in &schedules {
            let fires = |event: &Result<Event, _>| matches!(event, Ok(Event::Fire(_)));
            black_box(schedule.events(from, until).filter(fires).count());
        }
    });
    for text in TYPICAL.into_iter().chain([OFTEN]) {
        let schedule = compiled(text);
        tell(&format!("a year of fires and skips: {text}"), ("us", 1e-6), 1, || {
            black_box(schedule.events(from, until).count());
        });
    }
}

/// 100,000 schedules from the JSON in which they are stored to their next fire.
fn load() {
    const SCHEDULES: usize = 100_000;
    let entry = |text: &str| serde_json::to_string(&workflow::Schedule::of_rule("nightly", &spec(text))).unwrap();
    let entries: Vec<String> = TYPICAL.iter().map(|text| entry(text)).cycle().take(SCHEDULES).collect();
    tell("load and arm", ("s", 1.0), SCHEDULES, || {
        for entry in &entries {
            let read: workflow::Schedule = serde_json::from_str(entry).unwrap();
            let schedule = Schedule::compile(&read.to_rule().unwrap(), Calendars::builtin()).unwrap();
            black_box(schedule.next_fire(START_MS).unwrap());
        }
    });
}
