//! What turning a workflow on again will make up for.

use domain::calendar::Calendars;
use domain::schedule::{self, Fire, Schedule, ScheduleSpec};
use domain::workflow::spec::CatchUp;

use super::date_rule::DateRule;
use crate::format;
use crate::i18n::{Lang, text};

/// More missed fires than these are "more than" so many.
const MOST: usize = 500;

/// What a pause or downtime leads to, before it happens.
pub fn policy_words(policy: CatchUp, lang: Lang) -> &'static str {
    match policy {
        CatchUp::All => text::schedule_catch_up_all_hint(lang),
        CatchUp::Latest => text::schedule_catch_up_latest_hint(lang),
        CatchUp::None => text::schedule_catch_up_none_hint(lang),
    }
}

/// What will be made up for when a schedule that last fired at `last_ms` goes on now; nothing when nothing was missed.
pub fn words(
    spec: &ScheduleSpec,
    policy: CatchUp,
    dates: &DateRule,
    calendars: &Calendars,
    (last_ms, now_ms): (i64, i64),
    lang: Lang,
) -> Option<String> {
    let rule = Schedule::compile(spec, calendars).ok()?;
    let choice = match policy {
        CatchUp::All => schedule::CatchUp::All,
        CatchUp::Latest => schedule::CatchUp::Latest,
        CatchUp::None => schedule::CatchUp::None,
    };
    let missed = schedule::catch_up(&rule, choice, last_ms, now_ms, MOST);
    let count = (missed.run.len() + missed.dropped.len()) as i64;
    if count == 0 {
        return None;
    }
    let since = schedule::wall(spec.timezone, last_ms).format("%Y-%m-%d %H:%M").to_string();
    let many = if missed.more {
        text::schedule_more_than(lang, format::count(MOST as i64))
    } else {
        text::schedule_fires(lang, count)
    };
    let date = |fire: Option<&Fire>| match fire.map(|fire| dates.date(fire, calendars, lang)) {
        Some(Ok(date)) => date.to_string(),
        _ => "–".to_owned(),
    };
    let (first, last) = (date(missed.run.first()), date(missed.run.last()));
    Some(match policy {
        CatchUp::All if missed.run.len() > 1 => text::schedule_missed_all(lang, many, since, first, last),
        CatchUp::All | CatchUp::Latest => text::schedule_missed_latest(lang, many, since, last),
        CatchUp::None => text::schedule_missed_none(lang, many, since),
    })
}
