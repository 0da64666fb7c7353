//! Fires that a change of calendars touches, on the clocks of their schedules.

use chrono_tz::Tz;
use domain::bizdate::BizDate;
use domain::calendar::Calendars;
use domain::schedule::impact::{Change, ChangeKind, Dated, Side, changes};
use domain::schedule::{Fire, Schedule};
use serde_json::Value;

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

/// How far from a day its fires are looked for: what is counted in months, and a quarter after.
const BEFORE_MS: i64 = 31 * DAY_MS;
const AFTER_MS: i64 = 92 * DAY_MS;
const DAY_MS: i64 = 86_400_000;

/// What a change of one day moves of a schedule, given as its document has it, from now on and in the months around the
/// day; none when the schedule is off, or can't be told by one of the sets of calendars. Business dates are not looked
/// at: their rules lie with the workflows.
pub fn around(
    entry: &Value,
    (before, after): (&Calendars, &Calendars),
    day: BizDate,
    now_ms: i64,
) -> Option<Vec<(Tz, Change)>> {
    let entry: domain::workflow::Schedule = serde_json::from_value(entry.clone()).ok()?;
    let rule = entry.to_rule().filter(|_| entry.enabled)?;
    let (old, new) = (Schedule::compile(&rule, before).ok()?, Schedule::compile(&rule, after).ok()?);
    let noon = domain::schedule::instant_of(rule.timezone, day.naive().and_hms_opt(12, 0, 0)?);
    let from = now_ms.max(noon - BEFORE_MS);
    let undated = |_: &Fire| None;
    let (old, new) = (Side { schedule: &old, date: &undated }, Side { schedule: &new, date: &undated });
    let found = changes(&old, &new, from, noon + AFTER_MS);
    Some(found.into_iter().map(|change| (rule.timezone, change)).collect())
}

/// A fire that a change of calendars touches, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Touched {
    pub workflow: String,
    pub schedule: String,
    pub zone: Tz,
    pub change: Change,
}

impl Touched {
    /// `Vanishes: Valuation / nightly, today 18:30`; `own` tells the offset of the viewer's clock at an instant.
    pub fn words(&self, now_ms: i64, own: impl Fn(i64) -> i32, lang: Lang) -> String {
        let what = match self.change.kind {
            ChangeKind::Added => text::calendar_fire_added(lang),
            ChangeKind::Removed => text::calendar_fire_removed(lang),
            ChangeKind::Moved => text::calendar_fire_moved(lang),
            ChangeKind::Redated => text::calendar_fire_redated(lang),
        };
        let today = domain::schedule::wall(self.zone, now_ms).date();
        let at = |(fire, _): &Dated| {
            let moment = on_clock(fire.instant_ms, now_ms, (self.zone, own(fire.instant_ms)), lang);
            match fire.wall.date() == today {
                true => text::calendar_fire_today(lang, moment),
                false => moment,
            }
        };
        let at = match (&self.change.before, &self.change.after) {
            (Some(was), Some(is)) => format!("{} → {}", at(was), at(is)),
            (Some(fire), None) | (None, Some(fire)) => at(fire),
            (None, None) => String::new(),
        };
        text::calendar_fire_line(lang, what, &self.workflow, &self.schedule, at)
    }
}

#[cfg(test)]
mod tests {
    use domain::calendar::base::RuleStatus;
    use serde_json::json;

    use super::super::emergency::{Wish, changed};
    use super::*;

    /// 2026-11-25 17:30 in Shanghai.
    const NOW: i64 = 1_795_599_000_000;

    /// What closing a day of SSE does to a schedule.
    fn closing(day: &str, entry: Value) -> Option<Vec<String>> {
        let day: BizDate = day.parse().expect("a date");
        let calendars = Calendars::builtin();
        let base = calendars.get("SSE").expect("a calendar").bases().next().expect("a base").clone();
        let rule = Wish::Closed.rule(day, (None, None), "Typhoon");
        assert_eq!(rule.status, RuleStatus::Closed);
        let mut after = calendars.clone();
        after.insert(std::sync::Arc::new(changed(&base, day, Some(rule)).expect("a base")));
        let found = around(&entry, (calendars, &after), day, NOW)?;
        let words = |(zone, change)| {
            let touched = Touched { workflow: "Valuation".to_owned(), schedule: "night".to_owned(), zone, change };
            touched.words(NOW, |_| 480, Lang::En)
        };
        Some(found.into_iter().map(words).collect())
    }

    #[test]
    fn the_fires_of_a_closed_day_are_told() {
        let entry = |rule: &str| json!({ "name": "night", "rule": rule, "timezone": "Asia/Shanghai" });
        let daily = "every open day on SSE at 18:30";
        assert_eq!(
            closing("2026-11-25", entry(daily)),
            Some(vec!["Vanishes: Valuation / night, today 18:30".to_owned()])
        );
        let month_end = "last open day of month on SSE at 18:30";
        assert_eq!(
            closing("2026-11-30", entry(month_end)),
            Some(vec![
                "Appears: Valuation / night, Fri 27 Nov 18:30".to_owned(),
                "Vanishes: Valuation / night, Mon 30 Nov 18:30".to_owned()
            ])
        );
        assert_eq!(closing("2026-11-25", entry("every open day on HKEX at 18:30")), Some(Vec::new()));
    }

    #[test]
    fn what_has_fired_and_what_is_off_does_not_change() {
        let rule = "every open day on SSE at 09:00";
        let entry = json!({ "name": "morning", "rule": rule, "timezone": "Asia/Shanghai" });
        assert_eq!(closing("2026-11-25", entry), Some(Vec::new()));
        let off = json!({ "name": "off", "rule": rule, "timezone": "Asia/Shanghai", "enabled": false });
        assert_eq!(closing("2026-11-26", off), None);
    }

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
