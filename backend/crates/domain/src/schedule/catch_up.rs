//! Which missed fires are made up after downtime or un-pausing: a pure choice, shown to people before it is made.

use serde::{Deserialize, Serialize};

use super::{Fire, Hold, Schedule};

/// What is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// Every missed fire.
    All,
    /// Only the newest missed fire.
    #[default]
    Latest,
    /// Nothing.
    None,
}

/// The choice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missed {
    /// To be made up now, oldest first.
    pub run: Vec<Fire>,
    /// Missed and not made up, oldest first; at most the limit.
    pub dropped: Vec<Fire>,
    /// There are more than `run` and `dropped` tell: with `all`, ask again from the last of `run`; otherwise the
    /// oldest ones beyond the limit are not listed.
    pub more: bool,
    /// The schedule's calendar ends within the range.
    pub hold: Option<Hold>,
}

/// Chooses among the fires after `last_ms` (the last one dealt with) up to and including `now_ms`; lists at most `limit`.
#[must_use]
pub fn catch_up(schedule: &Schedule, policy: CatchUp, last_ms: i64, now_ms: i64, limit: usize) -> Missed {
    let mut missed = Missed::default();
    let mut fires = Vec::new();
    for fire in schedule.fires(last_ms.saturating_add(1), now_ms.saturating_add(1)) {
        match fire {
            Ok(_) if fires.len() >= limit => {
                missed.more = true;
                break;
            }
            Ok(fire) => fires.push(fire),
            Err(hold) => missed.hold = Some(hold),
        }
    }
    match policy {
        CatchUp::All => missed.run = fires,
        CatchUp::None => missed.dropped = fires,
        CatchUp::Latest => {
            let latest = if missed.more { latest(schedule, last_ms, now_ms) } else { fires.pop() };
            missed.run.extend(latest);
            missed.dropped = fires;
        }
    }
    missed
}

/// Spans to look back over, in milliseconds: a minute, an hour, a day, a month, a year, ten and three hundred years.
const LOOK_BACK: [i64; 7] =
    [60_000, 3_600_000, 86_400_000, 32 * 86_400_000, 366 * 86_400_000, 3_660 * 86_400_000, 110_000 * 86_400_000];

/// The newest fire after `last_ms` up to and including `now_ms`, found without walking through all of them: the first
/// span back from now that has any fire has few, since the shorter span had none.
#[must_use]
pub fn latest(schedule: &Schedule, last_ms: i64, now_ms: i64) -> Option<Fire> {
    for span in LOOK_BACK {
        let mut after = now_ms.saturating_sub(span).max(last_ms);
        let mut newest = None;
        while let Ok(Some(fire)) = schedule.next_fire(after) {
            if fire.instant_ms > now_ms {
                break;
            }
            after = fire.instant_ms;
            newest = Some(fire);
        }
        if newest.is_some() || now_ms.saturating_sub(span) <= last_ms {
            return newest;
        }
    }
    None
}
