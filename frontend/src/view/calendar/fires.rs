//! Fires that a change of calendars touches, on the clocks of their schedules.

use chrono_tz::Tz;

use crate::format;
use crate::i18n::{Lang, text};

/// An instant as near to now as it is, on the clock of a zone. The zone is named where that differs from the clock that
/// the viewer keeps, given by its offset.
pub fn on_clock(ms: i64, now_ms: i64, (zone, own_offset_min): (Tz, i32), lang: Lang) -> String {
    let apart = domain::schedule::wall(zone, ms) - domain::schedule::wall(Tz::UTC, ms);
    let offset_min = i32::try_from(apart.num_minutes()).unwrap_or_default();
    let moment = format::moment(ms, now_ms, offset_min, lang);
    match offset_min == own_offset_min {
        true => moment,
        false => text::calendar_on_clock(lang, moment, zone.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fire_is_shown_on_the_clock_of_its_schedule() {
        // 2026-11-25 18:30 in Shanghai, an hour before.
        let (now, at) = (1_795_599_000_000, 1_795_602_600_000);
        let check = |own, lang, expected: &str| {
            assert_eq!(on_clock(at, now, (chrono_tz::Asia::Shanghai, own), lang), expected);
        };
        check(480, Lang::En, "18:30");
        check(0, Lang::En, "18:30 Asia/Shanghai");
        check(0, Lang::Zh, "18:30（Asia/Shanghai）");
    }
}
