//! Tests of the schedules: the known edge cases, an independent evaluator, laws.

mod clock;
mod edge;
mod laws;
mod zones;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Weekday};

use super::*;
use crate::{
    bizdate::Period,
    calendar::{CalendarExpr, Roll},
    cron::Cron,
};

fn date(text: &str) -> BizDate {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// Epoch milliseconds of `2026-03-08T07:00` in UTC.
fn utc(text: &str) -> i64 {
    let seconds = if text.len() == 16 { format!("{text}:00") } else { text.to_owned() };
    seconds.parse::<NaiveDateTime>().unwrap().and_utc().timestamp_millis()
}

fn shown(ms: i64) -> String {
    let text = DateTime::from_timestamp_millis(ms).unwrap().to_rfc3339_opts(SecondsFormat::Secs, true);
    text.trim_end_matches(":00Z").to_owned()
}

fn cron(expression: &str, zone: Tz) -> ScheduleSpec {
    ScheduleSpec::new(When::Cron(Cron::parse(expression).unwrap()), zone)
}

fn rule(rule: Rule, calendar: &str, time: &str) -> ScheduleSpec {
    ScheduleSpec {
        calendar: Some(CalendarExpr::parse(calendar).unwrap()),
        times: vec![time.parse().unwrap()],
        ..ScheduleSpec::new(When::Rule(rule), chrono_tz::Asia::Shanghai)
    }
}

fn compile(spec: &ScheduleSpec) -> Schedule {
    Schedule::compile(spec, Calendars::builtin()).unwrap()
}

/// All events in a range; a hold fails the test.
fn events(spec: &ScheduleSpec, from: &str, until: &str) -> Vec<Event> {
    compile(spec).events(utc(from), utc(until)).map(|event| event.unwrap()).collect()
}

fn only_fires(events: Vec<Event>) -> Vec<Fire> {
    events.into_iter().filter_map(|event| if let Event::Fire(fire) = event { Some(fire) } else { None }).collect()
}

fn fire_instants(spec: &ScheduleSpec, from: &str, until: &str) -> Vec<String> {
    only_fires(events(spec, from, until)).iter().map(|fire| shown(fire.instant_ms)).collect()
}
