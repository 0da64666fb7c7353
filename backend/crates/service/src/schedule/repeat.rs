//! What has had its run must not have another because a calendar changed in between.
//!
//! A date that a calendar closes after it has fired moves to another day by the closed-day policy, and one that opens
//! again moves back; the plan by the new calendar then fires for it once more. So each fire's row keeps the nominal
//! dates that it stood for, and a fire all of whose dates have had a run at its time of day makes none.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use domain::bizdate::BizDate;
use domain::id::{RunId, ScheduleId, TenantId};
use domain::schedule::{Clock, Fire, ScheduleSpec};
use domain::workflow::Schedule;
use store::schedule;

use super::plan::{FireReason, Instant};
use crate::Services;
use crate::error::Result;

/// How far before an instant the run of its date may have been: a closed day and a shift move a fire by less.
const LOOK_BACK_MS: i64 = 62 * 86_400_000;

/// The nominal dates and the time of day of a run that was made.
struct Started {
    dates: RangeInclusive<BizDate>,
    time: String,
}

/// What a fire's row keeps of its nominal dates: the columns `nominal_from` and `nominal`. Nothing for the second pass
/// of an hour that the clock shows twice, which repeats the first on purpose.
pub(super) fn nominal(fire: &Fire) -> (Option<String>, Option<String>) {
    if fire.reason.clock == Clock::Second {
        return (None, None);
    }
    let (first, last) = (fire.merged.first(), fire.merged.last().unwrap_or(&fire.nominal_date));
    let from = first.filter(|first| *first != last).map(BizDate::to_string);
    (from, Some(format!("{last}{}", time(fire))))
}

/// `T18:00:00`
fn time(fire: &Fire) -> String {
    fire.wall.format("T%H:%M:%S").to_string()
}

/// Marks the instants that are repetitions. A schedule whose days no calendar moves has none.
pub(super) async fn mark(
    services: &Services,
    row: &schedule::Row,
    spec: &Schedule,
    instants: &mut [Instant],
) -> Result<()> {
    let movable = spec.to_rule().is_some_and(|rule| moves(&rule));
    let mut asked: Vec<&mut Instant> = instants.iter_mut().filter(|it| movable && is_asked(it)).collect();
    let (Some(first_ms), Some(last_ms)) = (asked.first().map(|it| it.at_ms), asked.last().map(|it| it.at_ms)) else {
        return Ok(());
    };
    let times: BTreeSet<String> = asked.iter().filter_map(|it| it.fire.as_ref().map(time)).collect();
    let times: Vec<String> = times.into_iter().collect();
    let (tenant, id) = (TenantId(row.tenant_id), ScheduleId(row.id));
    let span = (first_ms - LOOK_BACK_MS, last_ms);
    let rows = schedule::nominals_started(services.store().read(), tenant, id, span, &times).await?;
    let mut started = Vec::new();
    for (from, nominal, run) in rows {
        let Some(it) = read(from.as_deref(), &nominal) else { continue };
        let counts = asked.iter().any(|instant| instant.fire.as_ref().is_some_and(|fire| concerns(fire, &it)));
        if counts && !was_withdrawn(services, tenant, run).await? {
            started.push(it);
        }
    }
    for instant in &mut asked {
        let repeated = instant.fire.as_ref().filter(|fire| is_repeated(fire, &started));
        if let Some(date) = repeated.map(|fire| fire.nominal_date) {
            instant.skip = Some(FireReason::Repeated { date });
        }
    }
    Ok(())
}

/// Whether a change of a calendar can move the fires of a nominal date.
fn moves(rule: &ScheduleSpec) -> bool {
    rule.calendars().next().is_some() && (rule.on_closed.roll().is_some() || rule.shift.is_some())
}

fn is_asked(instant: &Instant) -> bool {
    instant.skip.is_none() && instant.fire.as_ref().is_some_and(|fire| fire.reason.clock != Clock::Second)
}

fn read(from: Option<&str>, nominal: &str) -> Option<Started> {
    let (last, time) = nominal.split_at_checked(10)?;
    let last: BizDate = last.parse().ok()?;
    let first = from.map_or(Some(last), |from| from.parse().ok())?;
    Some(Started { dates: first..=last, time: time.to_owned() })
}

fn concerns(fire: &Fire, started: &Started) -> bool {
    fire.merged.iter().any(|date| started.dates.contains(date))
}

/// Whether a run was stopped before it began, as is proposed for one whose day closes: its date has had none.
async fn was_withdrawn(services: &Services, tenant: TenantId, run: Option<i64>) -> Result<bool> {
    let Some(run) = run else { return Ok(false) };
    let found = store::run::find(services.store().read(), tenant, RunId(run)).await?;
    Ok(found.is_some_and(|row| row.state == "stopped" && row.started_ms.is_none()))
}

fn is_repeated(fire: &Fire, started: &[Started]) -> bool {
    let time = time(fire);
    let had = |date: &BizDate| started.iter().any(|it| it.time == time && it.dates.contains(date));
    !fire.merged.is_empty() && fire.merged.iter().all(had)
}
