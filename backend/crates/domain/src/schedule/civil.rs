//! Wall times to instants and back, across changes of the clock.
//!
//! What the wall shows is usually one instant. In a *gap* (clocks put forward) it is none: the time that was skipped
//! counts as the first instant after the gap, unless the whole day was skipped (Apia, 2011-12-30): then there is no
//! such time. In an *overlap* (clocks put back) it is two: the first counts, except for patterns that go by elapsed
//! time, which use both.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};

/// How often an offset is looked up to find the moment it changes: halves a day down to a second.
const HALVINGS: u32 = 18;

/// A wall time on the time line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Civil {
    /// One instant.
    Once(i64),
    /// Two, the first of which counts.
    Twice { first_ms: i64 },
    /// None: skipped, with the first instant after the gap.
    Skipped { end_ms: i64, whole_day: bool },
}

/// A stretch of wall time that occurs twice: `[start, end)` on the wall.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overlap {
    pub(super) start: NaiveDateTime,
    pub(super) end: NaiveDateTime,
    /// The instant at which the clock is put back.
    pub(super) change_ms: i64,
    before: i64,
    after: i64,
}

impl Overlap {
    /// The instant of a wall time in the first pass.
    pub(super) fn first_ms(&self, wall: NaiveDateTime) -> i64 {
        (wall.and_utc().timestamp() - self.before) * 1_000
    }

    /// The instant of a wall time in the second pass.
    pub(super) fn second_ms(&self, wall: NaiveDateTime) -> i64 {
        (wall.and_utc().timestamp() - self.after) * 1_000
    }
}

fn offset_at(zone: Tz, seconds: i64) -> i64 {
    let utc = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    i64::from(zone.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc())
}

/// What the wall shows at an instant, whole seconds.
pub(super) fn wall(zone: Tz, instant_ms: i64) -> NaiveDateTime {
    let seconds = instant_ms.div_euclid(1_000);
    DateTime::from_timestamp(seconds + offset_at(zone, seconds), 0).unwrap_or_default().naive_utc()
}

/// The instants of a wall time.
pub(super) fn locate(zone: Tz, at: NaiveDateTime) -> Civil {
    let seconds = at.and_utc().timestamp();
    match zone.offset_from_local_datetime(&at) {
        MappedLocalTime::Single(offset) => Civil::Once(instant(seconds, &offset)),
        MappedLocalTime::Ambiguous(one, other) => {
            Civil::Twice { first_ms: instant(seconds, &one).min(instant(seconds, &other)) }
        }
        MappedLocalTime::None => skipped(zone, at),
    }
}

fn instant(seconds: i64, offset: &impl Offset) -> i64 {
    (seconds - i64::from(offset.fix().local_minus_utc())) * 1_000
}

fn skipped(zone: Tz, at: NaiveDateTime) -> Civil {
    let begin = GapInfo::new(&at, &zone).and_then(|gap| gap.begin);
    // chrono-tz knows where every gap of its tables begins; without it the wall time is read as UTC.
    let Some((begin, offset)) = begin else { return Civil::Once(at.and_utc().timestamp_millis()) };
    let end_ms = instant(begin.and_utc().timestamp(), &offset);
    let midnight = at.date().and_time(chrono::NaiveTime::MIN);
    let whole_day = begin <= midnight && wall(zone, end_ms) >= midnight + TimeDelta::days(1);
    Civil::Skipped { end_ms, whole_day }
}

/// The overlap that a wall time lies in, in its first or second pass.
pub(super) fn overlap(zone: Tz, at: NaiveDateTime) -> Option<Overlap> {
    let MappedLocalTime::Ambiguous(one, other) = zone.offset_from_local_datetime(&at) else { return None };
    let (one, other) = (i64::from(one.fix().local_minus_utc()), i64::from(other.fix().local_minus_utc()));
    let (before, after) = (one.max(other), one.min(other));
    let seconds = at.and_utc().timestamp();
    // The clock is put back after the first and no later than at the second of the two instants.
    let (mut early, mut late) = (seconds - before, seconds - after);
    for _ in 0..HALVINGS {
        let middle = early + (late - early) / 2;
        if middle == early {
            break;
        }
        if offset_at(zone, middle) == before { early = middle } else { late = middle }
    }
    let wall_at = |offset: i64| DateTime::from_timestamp(late + offset, 0).unwrap_or_default().naive_utc();
    Some(Overlap { start: wall_at(after), end: wall_at(before), change_ms: late * 1_000, before, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> i64 {
        at(text).and_utc().timestamp_millis()
    }

    #[test]
    fn skipped_times_end_where_the_gap_ends() {
        let skipped = Civil::Skipped { end_ms: utc("2026-03-08T07:00:00"), whole_day: false };
        assert_eq!(locate(chrono_tz::America::New_York, at("2026-03-08T02:30:00")), skipped);
        let Civil::Skipped { whole_day, .. } = locate(chrono_tz::Pacific::Apia, at("2011-12-30T18:00:00")) else {
            panic!("Apia had no 2011-12-30");
        };
        assert!(whole_day);
    }

    #[test]
    fn an_overlap_is_seen_from_both_passes() {
        let zone = chrono_tz::America::New_York;
        for instant in ["2026-11-01T05:00:00", "2026-11-01T05:59:59", "2026-11-01T06:00:00", "2026-11-01T06:59:59"] {
            let overlap = overlap(zone, wall(zone, utc(instant))).expect(instant);
            assert_eq!(overlap.start, at("2026-11-01T01:00:00"));
            assert_eq!(overlap.end, at("2026-11-01T02:00:00"));
            assert_eq!(overlap.change_ms, utc("2026-11-01T06:00:00"));
        }
        assert!(overlap(zone, at("2026-11-01T00:59:59")).is_none());
        assert!(overlap(zone, at("2026-11-01T02:00:00")).is_none());
    }
}
