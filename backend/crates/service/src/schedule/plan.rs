//! What the pure schedule logic says of a stored schedule: its next instant, its due ones, their business dates.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::bizdate::BizDate;
use domain::bizdate::expr::Expr;
use domain::calendar::{CalendarExpr, Calendars, Roll};
use domain::error::Lang;
use domain::schedule::{self, Event, Hold, OnClosed, ScheduleSpec, When};
use domain::workflow::spec::{self, BusinessDate, CatchUp};
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
    /// It was due while nothing could fire it, and the workflow does not make up for it.
    Missed,
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
            (Self::BeyondHorizon { en, .. } | Self::NoBusinessDate { en, .. }, Lang::En) => en.clone(),
            (Self::BeyondHorizon { zh, .. } | Self::NoBusinessDate { zh, .. }, Lang::Zh) => zh.clone(),
            (Self::Off, Lang::En) => "It is turned off.".into(),
            (Self::Off, Lang::Zh) => "已停用。".into(),
            (Self::Missed, Lang::En) => "It was due while the schedule could not fire, and is not made up for.".into(),
            (Self::Missed, Lang::Zh) => "到期时无法触发，按补偿策略不再补跑。".into(),
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
    /// Why it makes no run, when time alone decides that.
    pub(crate) skip: Option<FireReason>,
}

/// The due instants of a schedule and what follows them.
pub(crate) struct DueInstants {
    pub(crate) instants: Vec<Instant>,
    pub(crate) planned: Planned,
}

/// What a schedule does after an instant, when it is turned on.
pub(crate) fn first(calendars: &Calendars, schedule: &Schedule, workflow_enabled: bool, after_ms: i64) -> Planned {
    if !workflow_enabled || !schedule.enabled {
        return Planned::idle("paused", FireReason::Off);
    }
    match compiled(schedule).and_then(|spec| Ok(schedule::next_fire(&spec, calendars, after_ms)?)) {
        Ok(Some(fire)) => Planned { next_fire_ms: Some(fire.instant_ms), state: "active", reason: None },
        Ok(None) => Planned::idle("ended", FireReason::Over),
        Err(reason) => Planned::idle("held", reason),
    }
}

/// The instants of a schedule from its planned one until now, and what follows.
pub(crate) fn due(
    calendars: &Calendars,
    schedule: &Schedule,
    catch_up: CatchUp,
    from_ms: i64,
    now_ms: i64,
) -> DueInstants {
    let found = compiled(schedule).and_then(|spec| instants(&spec, calendars, from_ms, now_ms));
    let (mut instants, planned) = match found {
        Err(reason) => (Vec::new(), Planned::idle("held", reason)),
        Ok(instants) => {
            let last_ms = instants.last().map_or(from_ms, |instant| instant.at_ms);
            // When there were too many for one look, the next of them is planned, and is due at once.
            let after_ms = if instants.len() == MOST { last_ms } else { now_ms };
            (instants, first(calendars, schedule, true, after_ms))
        }
    };
    make_up(&mut instants, catch_up, now_ms);
    DueInstants { instants, planned }
}

fn instants(spec: &ScheduleSpec, calendars: &Calendars, from_ms: i64, now_ms: i64) -> Result<Vec<Instant>, FireReason> {
    let mut instants = Vec::new();
    for event in schedule::fires(spec, calendars, from_ms, now_ms + 1, usize::MAX)? {
        match event {
            Ok(Event::Fire(fire)) => instants.push(Instant { at_ms: fire.instant_ms, day: fire.day, skip: None }),
            Ok(Event::Skip(_)) => {}
            // What the calendar knows is fired; the plan after it says what it does not.
            Err(_) => break,
        }
        if instants.len() == MOST {
            break;
        }
    }
    Ok(instants)
}

/// Marks the missed instants that are not made up for.
fn make_up(instants: &mut [Instant], catch_up: CatchUp, now_ms: i64) {
    let missed = instants.iter().take_while(|instant| instant.at_ms < now_ms - ON_TIME_MS).count();
    let any_on_time = missed < instants.len();
    let made_up = match catch_up {
        CatchUp::All => missed,
        CatchUp::Latest if !any_on_time => 1,
        CatchUp::Latest | CatchUp::None => 0,
    };
    for instant in instants.iter_mut().take(missed.saturating_sub(made_up)) {
        instant.skip = Some(FireReason::Missed);
    }
}

/// The business date of a run for a day.
pub(crate) fn business_date(
    calendars: &Calendars,
    rule: Option<&BusinessDate>,
    day: BizDate,
) -> Result<BizDate, FireReason> {
    let Some(rule) = rule else { return Ok(day) };
    let untold =
        |error: &dyn std::fmt::Display| FireReason::NoBusinessDate { en: error.to_string(), zh: error.to_string() };
    let calendar = calendars.resolve_text(&rule.calendar).map_err(|error| untold(&error))?;
    let expr = Expr::parse(&rule.rule).map_err(|error| untold(&error))?;
    expr.evaluate(day, Some(&calendar), calendars)
        .map_err(|error| FireReason::NoBusinessDate { en: error.text(Lang::En), zh: error.text(Lang::Zh) })
}

/// The day that a run which starts at an instant by hand is for: today where its schedule or its calendar is, or, when
/// the data's calendar is closed then, the open day before.
pub(crate) fn today(calendars: &Calendars, document: &Document, now_ms: i64) -> BizDate {
    let rule = document.spec.business_date.as_ref();
    let calendar = rule.and_then(|rule| calendars.resolve_text(&rule.calendar).ok());
    let of_schedule = document.spec.schedules.first().and_then(|schedule| schedule.timezone.parse::<Tz>().ok());
    let of_calendar = || calendar.as_ref()?.bases().next().map(|base| base.definition().zone);
    let zone = of_schedule.or_else(of_calendar).unwrap_or(Tz::UTC);
    let now = DateTime::<Utc>::from_timestamp_millis(now_ms).unwrap_or_default();
    let today = BizDate::from_naive(now.with_timezone(&zone).date_naive()).unwrap_or(BizDate::MIN);
    // Past the calendar's horizon the day stands as it is; the rule then says what it cannot know.
    let rolled = calendar.and_then(|calendar| calendar.roll(today, Roll::Preceding).ok());
    rolled.unwrap_or(today)
}

/// The pure schedule of a document's entry.
fn compiled(schedule: &Schedule) -> Result<ScheduleSpec, FireReason> {
    // A saved document was checked; what can't be read now was changed outside.
    let cron = schedule.cron.parse().map_err(|_| FireReason::Unreadable)?;
    let zone = schedule.timezone.parse().map_err(|_| FireReason::Unreadable)?;
    let calendar = schedule.calendar.as_deref().map(CalendarExpr::parse).transpose();
    Ok(ScheduleSpec {
        calendar: calendar.map_err(|_| FireReason::Unreadable)?,
        on_closed: match schedule.on_closed {
            spec::OnClosed::Skip => OnClosed::Skip,
            spec::OnClosed::Previous => OnClosed::Preceding,
            spec::OnClosed::Next => OnClosed::Following,
            spec::OnClosed::Run => OnClosed::Run,
        },
        ..ScheduleSpec::new(When::Cron(cron), zone)
    })
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
            .map(|late| Instant { at_ms: now_ms - late * 60_000, day: BizDate::MIN, skip: None })
            .collect();
        make_up(&mut instants, catch_up, now_ms);
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
}
