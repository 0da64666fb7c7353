//! What the pure schedule logic says of a stored schedule: its next instant, its due ones, their business dates.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::bizdate::BizDate;
use domain::bizdate::expr::Expr;
use domain::calendar::{Calendar, Calendars, Roll};
use domain::error::Lang;
use domain::schedule::catch_up::latest as latest_fire;
use domain::schedule::{Event, Fire, Hold, Schedule as Rule};
use domain::workflow::spec::{BusinessDate, CatchUp};
use domain::workflow::{Document, Schedule};
use serde::{Deserialize, Serialize};

/// Most instants that one look decides about; the others come with the next.
const MOST: usize = 100;

/// An instant found at most so late counts as on time: the scheduler was busy, not away.
const ON_TIME_MS: i64 = 60_000;

/// Why an instant makes no run, or a schedule does not fire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FireReason {
    /// The workflow or the schedule is turned off.
    Off,
    /// The calendar is closed on the day, or the period has no such day.
    NoDay {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// It was due while nothing could fire it, and the workflow does not make up for it.
    Missed,
    /// Every date that it stands for has had its run, by the calendars of before.
    Repeated {
        /// The nominal date.
        date: BizDate,
    },
    /// Enough runs were active.
    Overlap {
        /// How many may be.
        max_active_runs: i32,
    },
    /// A calendar does not know the day.
    BeyondHorizon {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// The business date can't be told.
    NoBusinessDate {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// A parameter that must be given has no default.
    Params {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// It never fires again.
    Over,
    /// What is stored of it can't be read.
    Unreadable,
}

impl FireReason {
    /// The sentence for a reader.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (
                Self::NoDay { en, zh }
                | Self::BeyondHorizon { en, zh }
                | Self::NoBusinessDate { en, zh }
                | Self::Params { en, zh },
                lang,
            ) => match lang {
                Lang::En => en.clone(),
                Lang::Zh => zh.clone(),
            },
            (Self::Off, Lang::En) => "It is turned off.".into(),
            (Self::Off, Lang::Zh) => "已停用。".into(),
            (Self::Missed, Lang::En) => "It was due while the schedule could not fire, and is not made up for.".into(),
            (Self::Missed, Lang::Zh) => "到期时无法触发，按补偿策略不再补跑。".into(),
            (Self::Repeated { date }, Lang::En) => format!("The date {date} has had its run already."),
            (Self::Repeated { date }, Lang::Zh) => format!("{date} 这一天已经运行过，不再重复。"),
            (Self::Overlap { max_active_runs }, Lang::En) => {
                format!("{max_active_runs} runs of this workflow were active and its policy is to skip.")
            }
            (Self::Overlap { max_active_runs }, Lang::Zh) => {
                format!("该工作流已有 {max_active_runs} 个实例在运行，按重叠策略跳过。")
            }
            (Self::Over, Lang::En) => "It never fires again.".into(),
            (Self::Over, Lang::Zh) => "不会再触发。".into(),
            (Self::Unreadable, Lang::En) => "What is stored of it cannot be read; save the workflow again.".into(),
            (Self::Unreadable, Lang::Zh) => "存储的定义无法读取，请重新保存工作流。".into(),
        }
    }
}

/// What a schedule does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) next_fire_ms: Option<i64>,
    /// `active`, `paused`, `held` or `ended`.
    pub(crate) state: &'static str,
    pub(crate) reason: Option<FireReason>,
}

impl Planned {
    fn idle(state: &'static str, reason: FireReason) -> Self {
        Self { next_fire_ms: None, state, reason: Some(reason) }
    }
}

/// A due instant and the day it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    pub(crate) at_ms: i64,
    pub(crate) day: BizDate,
    /// The fire, when it is one.
    pub(crate) fire: Option<Fire>,
    /// Why it makes no run, when time alone decides that.
    pub(crate) skip: Option<FireReason>,
}

/// The instants of a schedule that are to be decided now, and what follows them.
pub(crate) struct DueInstants {
    pub(crate) instants: Vec<Instant>,
    /// Every instant up to here is among them, or was decided before.
    pub(crate) decided_ms: i64,
    pub(crate) planned: Planned,
}

/// What a schedule does after an instant.
pub(crate) fn next(calendars: &Calendars, schedule: &Schedule, workflow_enabled: bool, after_ms: i64) -> Planned {
    if !workflow_enabled || !schedule.enabled {
        return Planned::idle("paused", FireReason::Off);
    }
    match compiled(calendars, schedule).and_then(|rule| Ok(rule.next_fire(after_ms)?)) {
        Ok(Some(fire)) => Planned { next_fire_ms: Some(fire.instant_ms), state: "active", reason: None },
        Ok(None) => Planned::idle("ended", FireReason::Over),
        Err(reason) => Planned::idle("held", reason),
    }
}

/// The instants of a schedule after the last decided one until now, and what follows.
pub(crate) fn due(
    calendars: &Calendars,
    schedule: &Schedule,
    catch_up: CatchUp,
    from_ms: i64,
    now_ms: i64,
) -> DueInstants {
    let rule = match compiled(calendars, schedule) {
        Ok(rule) => rule,
        Err(reason) => {
            return DueInstants { instants: Vec::new(), decided_ms: from_ms, planned: Planned::idle("held", reason) };
        }
    };
    let (mut instants, mut events, mut held) = (Vec::new(), 0, false);
    // What the calendar knows is decided; the plan after it says what it does not.
    for event in rule.events(from_ms + 1, now_ms + 1).take(MOST) {
        events += 1;
        match event {
            Ok(event) => add(&mut instants, event),
            Err(_) => held = true,
        }
    }
    // When there were too many for one look, the next of them is planned, and is due at once. What comes after a day
    // that isn't known is decided when it is: a calendar published late loses no fire.
    let decided_ms = match instants.last() {
        Some(last) if held || events == MOST => last.at_ms,
        None if held => from_ms,
        _ => now_ms,
    };
    let latest_ms = latest_fire(&rule, from_ms, now_ms).map(|fire| fire.instant_ms);
    make_up(&mut instants, catch_up, latest_ms, now_ms);
    DueInstants { instants, decided_ms, planned: next(calendars, schedule, true, decided_ms) }
}

/// Adds an event; an instant that both fires and would have been skipped for another date fires.
fn add(instants: &mut Vec<Instant>, event: Event) {
    let instant = match event {
        Event::Fire(fire) => Instant { at_ms: fire.instant_ms, day: fire.day, fire: Some(fire), skip: None },
        Event::Skip(skip) => {
            let (en, zh) = (skip.reason.text(Lang::En), skip.reason.text(Lang::Zh));
            let reason = Some(FireReason::NoDay { en, zh });
            Instant { at_ms: skip.instant_ms, day: skip.nominal_date, fire: None, skip: reason }
        }
    };
    match instants.iter_mut().find(|other| other.at_ms == instant.at_ms) {
        None => instants.push(instant),
        Some(other) if instant.skip.is_none() => *other = instant,
        Some(_) => {}
    }
}

/// Marks the missed instants that are not made up for; `latest_ms` is the newest fire until now.
fn make_up(instants: &mut [Instant], catch_up: CatchUp, latest_ms: Option<i64>, now_ms: i64) {
    for instant in instants.iter_mut().filter(|instant| instant.skip.is_none()) {
        let on_time = instant.at_ms >= now_ms - ON_TIME_MS;
        let made_up = match catch_up {
            CatchUp::All => true,
            CatchUp::Latest => latest_ms.is_none_or(|latest_ms| instant.at_ms >= latest_ms),
            CatchUp::None => false,
        };
        if !on_time && !made_up {
            instant.skip = Some(FireReason::Missed);
        }
    }
}

/// The business date of a run for a day.
pub(crate) fn business_date(
    calendars: &Calendars,
    rule: Option<&BusinessDate>,
    day: BizDate,
) -> Result<BizDate, FireReason> {
    let Some(rule) = rule else { return Ok(day) };
    let calendar = calendars.resolve_text(&rule.calendar).map_err(|error| untold(|lang| error.text(lang)))?;
    let expr = Expr::parse(&rule.rule).map_err(|error| untold(|lang| error.text(lang)))?;
    expr.evaluate(day, Some(&calendar), calendars).map_err(|error| untold(|lang| error.text(lang)))
}

fn untold(text: impl Fn(Lang) -> String) -> FireReason {
    FireReason::NoBusinessDate { en: text(Lang::En), zh: text(Lang::Zh) }
}

/// The day that a run which starts at an instant by hand is for: today where its schedule or its calendar is, or, when
/// the data's calendar is closed then, the open day before.
pub(crate) fn today(calendars: &Calendars, document: &Document, now_ms: i64) -> BizDate {
    let zone = zone(calendars, document, None);
    let now = DateTime::<Utc>::from_timestamp_millis(now_ms).unwrap_or_default();
    let today = BizDate::from_naive(now.with_timezone(&zone).date_naive()).unwrap_or(BizDate::MIN);
    // Past the calendar's horizon the day stands as it is; the rule then says what it cannot know.
    let rolled = data_calendar(calendars, document).and_then(|calendar| calendar.roll(today, Roll::Preceding).ok());
    rolled.unwrap_or(today)
}

/// The zone of a workflow's clock: that of the schedule that fires at an instant, else of its first schedule, else of
/// its data's calendar.
pub(crate) fn zone(calendars: &Calendars, document: &Document, fire_ms: Option<i64>) -> Tz {
    let entries = || document.spec.schedules.iter();
    let fires = |entry: &&Schedule, at_ms: i64| {
        let next = compiled(calendars, entry).ok().and_then(|rule| rule.next_fire(at_ms - 1).ok().flatten());
        next.is_some_and(|fire| fire.instant_ms == at_ms)
    };
    // With one schedule, or all in one zone, there is nothing to choose.
    let mut zones: Vec<Tz> = entries().filter_map(|entry| Some(entry.to_rule()?.timezone)).collect();
    let first = zones.first().copied();
    zones.dedup();
    let fired = fire_ms.filter(|_| zones.len() > 1).and_then(|at_ms| entries().find(|entry| fires(entry, at_ms)));
    let of_calendar = || Some(data_calendar(calendars, document)?.bases().next()?.definition().zone);
    fired.and_then(Schedule::to_rule).map(|rule| rule.timezone).or(first).or_else(of_calendar).unwrap_or(Tz::UTC)
}

fn data_calendar(calendars: &Calendars, document: &Document) -> Option<Calendar> {
    calendars.resolve_text(&document.spec.business_date.as_ref()?.calendar).ok()
}

/// The rule of a document's entry.
pub(crate) fn compiled(calendars: &Calendars, schedule: &Schedule) -> Result<Rule, FireReason> {
    // A saved document was checked; what can't be read now was changed outside.
    let rule = schedule.to_rule().ok_or(FireReason::Unreadable)?;
    Ok(Rule::compile(&rule, calendars)?)
}

impl From<Hold> for FireReason {
    fn from(hold: Hold) -> Self {
        Self::BeyondHorizon { en: hold.text(Lang::En), zh: hold.text(Lang::Zh) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(catch_up: CatchUp, minutes_late: &[i64], expect: &[bool]) {
        let now_ms = 100_000_000;
        let mut instants: Vec<Instant> = minutes_late
            .iter()
            .map(|late| Instant { at_ms: now_ms - late * 60_000, day: BizDate::MIN, fire: None, skip: None })
            .collect();
        let latest_ms = instants.last().map(|instant| instant.at_ms);
        make_up(&mut instants, catch_up, latest_ms, now_ms);
        let runs: Vec<bool> = instants.iter().map(|instant| instant.skip.is_none()).collect();
        assert_eq!(runs, expect, "{catch_up:?} of {minutes_late:?} minutes late");
    }

    #[test]
    fn missed_instants_are_made_up_by_policy_and_those_on_time_always() {
        check(CatchUp::All, &[30, 20, 10, 0], &[true, true, true, true]);
        check(CatchUp::Latest, &[30, 20, 10], &[false, false, true]);
        check(CatchUp::Latest, &[30, 20, 0], &[false, false, true]);
        check(CatchUp::None, &[30, 20], &[false, false]);
        check(CatchUp::None, &[30, 1, 0], &[false, true, true]);
    }

    fn schedule(yaml: &str) -> Schedule {
        let text = format!(
            "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: w}}\nspec:\n  schedules: [{yaml}]\n  tasks: {{a: {{type: noop}}}}\n"
        );
        domain::workflow::parse(&text, Calendars::builtin()).expect("a good document").spec.schedules.remove(0)
    }

    fn ms(instant: &str) -> i64 {
        DateTime::parse_from_rfc3339(instant).expect("an instant").timestamp_millis()
    }

    #[test]
    fn every_nominal_date_is_decided_once_over_any_looks() {
        let nightly =
            schedule("{name: n, cron: '0 30 18 * * ?', timezone: Asia/Shanghai, calendar: SSE, on_closed: skip}");
        let end = ms("2026-10-12T00:00:00+08:00");
        let mut decided_ms = ms("2026-09-29T00:00:00+08:00");
        let mut told = Vec::new();
        while decided_ms < end {
            // A look every seven hours, as uneven as restarts make them.
            let now_ms = (decided_ms + 7 * 3_600_000).min(end);
            let due = due(Calendars::builtin(), &nightly, CatchUp::All, decided_ms, now_ms);
            told.extend(due.instants.iter().map(|instant| (instant.day.to_string(), instant.skip.is_none())));
            decided_ms = due.decided_ms;
        }
        let fires: Vec<&str> = told.iter().filter(|(_, fires)| *fires).map(|(day, _)| day.as_str()).collect();
        assert_eq!(fires, ["2026-09-29", "2026-09-30", "2026-10-08", "2026-10-09"]);
        let mut days: Vec<&str> = told.iter().map(|(day, _)| day.as_str()).collect();
        days.dedup();
        assert_eq!((days.len(), told.len()), (13, 13), "each day from 09-29 to 10-11 once: {told:?}");
    }

    #[test]
    fn what_a_calendar_did_not_know_in_time_is_decided_once_it_does() {
        let nightly = schedule("{name: n, cron: '0 30 18 * * ?', timezone: Asia/Shanghai, calendar: SSE}");
        let (start, now) = (ms("2026-12-30T20:00:00+08:00"), ms("2027-01-06T00:00:00+08:00"));
        let look = |calendars: &Calendars, from_ms| {
            let due = due(calendars, &nightly, CatchUp::All, from_ms, now);
            let fires = due.instants.iter().filter(|it| it.skip.is_none()).map(|it| it.day.to_string());
            (fires.collect::<Vec<_>>(), due.decided_ms, due.planned.state)
        };
        let last = ms("2026-12-31T18:30:00+08:00");
        assert_eq!(look(Calendars::builtin(), start), (vec!["2026-12-31".to_owned()], last, "held"));
        // Nothing more is known: nothing more is decided.
        assert_eq!(look(Calendars::builtin(), last), (vec![], last, "held"));
        let sse = Calendars::builtin().get("SSE").expect("built in");
        let mut definition = sse.bases().next().expect("a base").definition().clone();
        definition.years.as_mut().expect("it lists years").insert(2027);
        let mut published = Calendars::builtin().clone();
        published.insert(std::sync::Arc::new(domain::calendar::Base::compile(definition).expect("a good calendar")));
        let days = ["2027-01-01", "2027-01-04", "2027-01-05"].map(str::to_owned).to_vec();
        assert_eq!(look(&published, last), (days, now, "active"));
    }

    /// What the looks of the scheduler decide is what a preview foretells, in zones whose clocks change within them.
    #[test]
    fn uneven_looks_decide_what_a_preview_foretells() {
        let table = [
            ("America/New_York", "2026-03-07T00:00:00Z"),
            ("America/New_York", "2026-10-31T00:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-03T12:00:00Z"),
            ("Antarctica/Troll", "2026-03-28T00:00:00Z"),
            ("Pacific/Apia", "2011-12-29T00:00:00Z"),
            ("Asia/Shanghai", "2026-09-29T00:00:00Z"),
        ];
        for ((zone, start), rule) in table.iter().flat_map(|zone| {
            let rules = [
                "rule: 'every day at 00:00, 01:30, 02:30'",
                "cron: '*/30 0-3 * * *'",
                "rule: every day at 02:15, calendar: SSE, on_closed: next, day_cut: 06:00",
            ];
            rules.map(|rule| (zone, rule))
        }) {
            // The calendar of trading days begins in 2015.
            if rule.contains("SSE") && start.starts_with("2011") {
                continue;
            }
            let entry = schedule(&format!("{{name: n, {rule}, timezone: {zone}}}"));
            let (mut decided_ms, end) = (ms(start), ms(start) + 10 * 86_400_000);
            let foretold: Vec<i64> = compiled(Calendars::builtin(), &entry)
                .expect("known calendars")
                .fires(decided_ms + 1, end + 1)
                .map(|fire| fire.expect("within the horizon").instant_ms)
                .collect();
            let mut decided = Vec::new();
            for look in 1.. {
                let now_ms = (decided_ms + look * look * 137_000).min(end);
                let due = due(Calendars::builtin(), &entry, CatchUp::All, decided_ms, now_ms);
                decided.extend(due.instants.iter().filter(|it| it.skip.is_none()).map(|it| it.at_ms));
                decided_ms = due.decided_ms;
                if decided_ms >= end {
                    break;
                }
            }
            assert_eq!(decided, foretold, "{rule} in {zone}");
        }
    }

    #[test]
    fn the_zone_is_that_of_the_schedule_that_fires() {
        let zone_at = |schedules: &str, fire: Option<&str>| {
            let text = format!(
                "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: w}}\nspec:\n  business_date: {{calendar: HKEX}}\n  \
                 schedules: [{schedules}]\n  tasks: {{a: {{type: noop}}}}\n"
            );
            let document = domain::workflow::parse(&text, Calendars::builtin()).expect("a good document");
            zone(Calendars::builtin(), &document, fire.map(ms)).to_string()
        };
        let two = "{name: a, cron: 0 9 * * *, timezone: Asia/Shanghai}, {name: b, rule: every day at 17:00 tz America/New_York}";
        assert_eq!(zone_at(two, Some("2026-11-20T22:00:00Z")), "America/New_York");
        assert_eq!(zone_at(two, Some("2026-11-20T01:00:00Z")), "Asia/Shanghai");
        assert_eq!(zone_at(two, None), "Asia/Shanghai");
        assert_eq!(zone_at("", None), "Asia/Hong_Kong");
    }

    #[test]
    fn the_latest_of_many_missed_is_made_up_over_several_looks() {
        let often = schedule("{name: n, cron: '*/5 * * * *', timezone: UTC}");
        let (start, end) = (ms("2026-11-01T00:00:00Z"), ms("2026-11-20T00:07:00Z"));
        let (mut decided_ms, mut runs, mut all) = (start, Vec::new(), 0);
        while decided_ms < end {
            let due = due(Calendars::builtin(), &often, CatchUp::Latest, decided_ms, end);
            all += due.instants.len();
            runs.extend(due.instants.iter().filter(|instant| instant.skip.is_none()).map(|instant| instant.at_ms));
            decided_ms = due.decided_ms;
        }
        assert_eq!(runs, [ms("2026-11-20T00:05:00Z")]);
        assert_eq!(all, 19 * 288 + 1);
    }
}
