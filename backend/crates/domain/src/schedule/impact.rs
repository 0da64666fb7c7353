//! What a change of calendars does to a schedule: which fires appear, vanish or move, and whose day changes.

use std::collections::BTreeMap;

use super::{Fire, Schedule};
use crate::bizdate::BizDate;

/// What becomes of a fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// The same nominal date and time of day fires at another instant.
    Moved,
    /// It fires as before, for another business date.
    Redated,
}

/// A fire that a change of calendars touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What becomes of it.
    pub kind: ChangeKind,
    /// The fire by the calendars before, and its business date as far as that can be told.
    pub before: Option<Dated>,
    /// The fire by the calendars after.
    pub after: Option<Dated>,
}

/// A fire with the business date of its run; `None` when that can't be told.
pub type Dated = (Fire, Option<BizDate>);

/// A schedule under one set of calendars.
pub struct Side<'a> {
    /// The schedule.
    pub schedule: &'a Schedule,
    /// The business date of a fire.
    pub date: &'a dyn Fn(&Fire) -> Option<BizDate>,
}

impl Side<'_> {
    fn fires(&self, from_ms: i64, until_ms: i64) -> BTreeMap<i64, Dated> {
        let fires = self.schedule.fires(from_ms, until_ms).map_while(Result::ok).take(MOST);
        let dated = |fire: Fire| (fire.instant_ms, (self.date)(&fire), fire);
        fires.map(dated).map(|(instant, date, fire)| (instant, (fire, date))).collect()
    }
}

impl Change {
    /// The earlier of its instants, in milliseconds since 1970 UTC.
    #[must_use]
    pub fn instant_ms(&self) -> i64 {
        let instants = [&self.before, &self.after].into_iter().flatten().map(|(fire, _)| fire.instant_ms);
        instants.min().unwrap_or_default()
    }

    /// The nominal date of the fire.
    #[must_use]
    pub fn nominal_date(&self) -> BizDate {
        let (fire, _) =
            self.before.as_ref().or(self.after.as_ref()).expect("a change is of a fire on one side or both");
        fire.nominal_date
    }

    fn of(before: Option<Dated>, after: Option<Dated>) -> Option<Self> {
        let kind = match (&before, &after) {
            (None, None) => return None,
            (None, Some(_)) => ChangeKind::Added,
            (Some(_), None) => ChangeKind::Removed,
            (Some((before, _)), Some((after, _))) if before.instant_ms != after.instant_ms => ChangeKind::Moved,
            (Some((_, before)), Some((_, after))) if before != after => ChangeKind::Redated,
            _ => return None,
        };
        Some(Self { kind, before, after })
    }
}

/// Most fires of one schedule that are looked at on either side: those of a schedule every ten minutes for a year.
const MOST: usize = 60_000;

/// Compares what a schedule does under two sets of calendars in `[from_ms, until_ms)`, in order. A side that can't tell
/// how it goes on (its calendar's horizon) ends there: what only the other side knows is added or removed.
#[must_use]
pub fn changes(before: &Side<'_>, after: &Side<'_>, from_ms: i64, until_ms: i64) -> Vec<Change> {
    let (mut old, mut new) = (before.fires(from_ms, until_ms), after.fires(from_ms, until_ms));
    let mut found = Vec::new();
    // The same instant on both sides.
    let shared: Vec<i64> = old.keys().filter(|instant| new.contains_key(instant)).copied().collect();
    for instant in shared {
        found.extend(Change::of(old.remove(&instant), new.remove(&instant)));
    }
    // What is left on one side may be the other side's fire of the same nominal date and time of day.
    let key = |fire: &Fire| (fire.nominal_date, fire.wall.time());
    let mut moved: BTreeMap<_, Dated> = new.into_values().map(|it| (key(&it.0), it)).collect();
    for dated in old.into_values() {
        let to = moved.remove(&key(&dated.0));
        found.extend(Change::of(Some(dated), to));
    }
    found.extend(moved.into_values().filter_map(|dated| Change::of(None, Some(dated))));
    found.sort_by_key(Change::instant_ms);
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        calendar::{
            Base, Calendars, Definition,
            base::{DayRule, RuleStatus},
        },
        schedule::ScheduleSpec,
    };

    /// What a change of one day of SSE does to a schedule in 2026.
    fn check(schedule: &str, day: &str, status: RuleStatus, expect: &[(ChangeKind, &str, &str)]) {
        let rule = DayRule { date: day.parse().unwrap(), status, reason: Some("flood".into()) };
        check_edit(schedule, "2027-01-01", |sse| sse.overrides.push(rule), expect);
    }

    /// What an edit of SSE does to a schedule from the beginning of 2026 on.
    fn check_edit(
        schedule: &str,
        until: &str,
        edit: impl FnOnce(&mut Definition),
        expect: &[(ChangeKind, &str, &str)],
    ) {
        let builtin = Calendars::builtin();
        let sse = builtin.get("SSE").unwrap();
        let mut definition: Definition = sse.bases().next().unwrap().definition().clone();
        edit(&mut definition);
        let mut changed = builtin.clone();
        changed.insert(Arc::new(Base::compile(definition).unwrap()));
        let spec = ScheduleSpec::parse(schedule, chrono_tz::Asia::Shanghai).unwrap();
        let compile = |calendars| Schedule::compile(&spec, calendars).unwrap();
        let ms = |day: &str| {
            day.parse::<BizDate>().unwrap().naive().and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
        };
        let date = |fire: &Fire| Some(fire.day);
        let (old, new) = (compile(builtin), compile(&changed));
        let found = changes(
            &Side { schedule: &old, date: &date },
            &Side { schedule: &new, date: &date },
            ms("2026-01-01"),
            ms(until),
        );
        let shown = |dated: &Option<Dated>| match dated {
            Some((fire, date)) => format!("{} for {}", fire.wall.date(), date.unwrap()),
            None => String::new(),
        };
        let found: Vec<_> = found.iter().map(|it| (it.kind, shown(&it.before), shown(&it.after))).collect();
        let expect: Vec<_> =
            expect.iter().map(|(kind, old, new)| (*kind, (*old).to_owned(), (*new).to_owned())).collect();
        assert_eq!(found, expect, "{schedule}");
    }

    #[test]
    fn a_closed_day_takes_its_fire_away_or_moves_it() {
        use ChangeKind::{Added, Moved, Redated, Removed};
        let day = "2026-06-10";
        check("every open day on SSE at 18:00", day, RuleStatus::Closed, &[(Removed, "2026-06-10 for 2026-06-10", "")]);
        check(
            "10 day of month on SSE if closed following at 18:00 from 2026-06-01 until 2026-06-30",
            day,
            RuleStatus::Closed,
            &[(Moved, "2026-06-10 for 2026-06-10", "2026-06-11 for 2026-06-11")],
        );
        // The morning after 06-09 was 06-10; now it is 06-11, which had been the morning after 06-10.
        check(
            "every open day on SSE +1 open days at 07:30",
            day,
            RuleStatus::Closed,
            &[
                (Removed, "2026-06-10 for 2026-06-09", ""),
                (Redated, "2026-06-11 for 2026-06-10", "2026-06-11 for 2026-06-09"),
            ],
        );
        check(
            "every open day on SSE at 18:00",
            "2026-06-13",
            RuleStatus::Open,
            &[(Added, "", "2026-06-13 for 2026-06-13")],
        );
        check("every open day on HKEX at 18:00", day, RuleStatus::Closed, &[]);
    }

    #[test]
    fn a_horizon_that_grows_adds_fires() {
        let year = |sse: &mut Definition| {
            sse.years.as_mut().unwrap().insert(2027);
        };
        let expect = ["2027-01-01", "2027-01-04", "2027-01-05"].map(|day| format!("{day} for {day}"));
        let expect: Vec<_> = expect.iter().map(|fire| (ChangeKind::Added, "", fire.as_str())).collect();
        check_edit("every open day on SSE at 18:00", "2027-01-06", year, &expect);
    }
}
