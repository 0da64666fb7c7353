//! What a zone's clock changes do to a schedule.

use chrono::{DateTime, NaiveDateTime};
use chrono_tz::Tz;
use domain::schedule::{self, ScheduleSpec};

use crate::format;
use crate::i18n::{Lang, text};

const DAY_MS: i64 = 86_400_000;

/// The clock of a zone is put forward or back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub at_ms: i64,
    /// Minutes east of UTC before and after it.
    pub before_min: i64,
    pub after_min: i64,
}

/// The minutes east of UTC that hold in a schedule's zone at an instant.
pub fn offset_min(spec: &ScheduleSpec, ms: i64) -> i64 {
    let utc = DateTime::from_timestamp_millis(ms).unwrap_or_default().naive_utc();
    (schedule::wall(spec.timezone, ms) - utc).num_minutes()
}

/// An instant by the clock of a schedule's zone, as near to now as it is there. With the minutes east of UTC that hold
/// for who reads it, the zone's own are told where they differ.
pub fn moment(ms: i64, now_ms: i64, zone: &str, reader_min: Option<i32>, lang: Lang) -> String {
    // Every zone that the server takes is known here.
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    let utc = DateTime::from_timestamp_millis(ms).unwrap_or_default().naive_utc();
    let minutes = (schedule::wall(zone, ms) - utc).num_minutes() as i32;
    let words = format::moment(ms, now_ms, minutes, lang);
    match reader_min {
        Some(reader) if reader != minutes => format!("{words} {}", format::zone(minutes)),
        _ => words,
    }
}

/// The clock changes of a schedule's zone after an instant and before another, at most `most`.
pub fn changes(spec: &ScheduleSpec, from_ms: i64, until_ms: i64, most: usize) -> Vec<Change> {
    let mut found = Vec::new();
    let mut at = from_ms;
    let mut before = offset_min(spec, at);
    while at < until_ms && found.len() < most {
        // No zone changes its clock twice within a day.
        let next = (at + DAY_MS).min(until_ms);
        let after = offset_min(spec, next);
        if after != before {
            found.push(Change { at_ms: instant(spec, at, next), before_min: before, after_min: after });
        }
        (at, before) = (next, after);
    }
    found
}

/// The first instant with the later offset.
fn instant(spec: &ScheduleSpec, mut low: i64, mut high: i64) -> i64 {
    let after = offset_min(spec, high);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if offset_min(spec, middle) == after {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

impl Change {
    /// What it does to a wall time: `Clocks go back 1h on Sun 1 Nov: 17:00 is 22:00Z, not 21:00Z as before`.
    pub fn words(&self, spec: &ScheduleSpec, wall: NaiveDateTime, lang: Lang) -> String {
        let shift_min = self.after_min - self.before_min;
        let by = match shift_min.abs() {
            whole if whole % 60 == 0 => format!("{}h", whole / 60),
            part => format::duration(part * 60_000),
        };
        let day = format::day_words(schedule::wall(spec.timezone, self.at_ms).date(), lang);
        let utc = |offset: i64| (wall - chrono::TimeDelta::minutes(offset)).format("%H:%MZ").to_string();
        let (time, now, once) = (wall.format("%H:%M"), utc(self.after_min), utc(self.before_min));
        if shift_min > 0 {
            text::schedule_clock_forward(lang, by, day, time, now, once)
        } else {
            text::schedule_clock_back(lang, by, day, time, now, once)
        }
    }
}
