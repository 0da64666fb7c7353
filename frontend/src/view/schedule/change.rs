//! What a draft changes of the fires to come, against the version that stands.

use std::collections::BTreeMap;

use domain::bizdate::BizDate;
use domain::calendar::Calendars;
use domain::schedule::{Fire, Schedule};

use super::date_rule::DateRule;
use super::entry::{Entry, Plan};
use crate::format;
use crate::i18n::Lang;

/// The days that are compared.
pub const SPAN_DAYS: i64 = 90;

/// More fires of one schedule than these are not compared: the browser has other things to do.
const MOST_FIRES: usize = 2_000;

/// What becomes of a fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Added,
    Removed,
    /// The same day's fire at another time.
    Moved,
    /// The same fire for another business date.
    Redated,
}

/// One fire that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    pub schedule: String,
    /// On the wall of its zone, as it was and as it will be.
    pub before: Option<Told>,
    pub after: Option<Told>,
}

/// When a fire is and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub wall: chrono::NaiveDateTime,
    pub date: Option<BizDate>,
}

impl Change {
    /// What becomes of it: `Thu 26 Nov 18:30 → 21:15 · T 11-26`.
    pub fn words(&self, lang: Lang) -> String {
        let day = |told: &Told| format::day_words(told.wall.date(), lang);
        let time = |told: &Told| told.wall.format("%H:%M").to_string();
        let date =
            |told: &Told| told.date.map_or_else(|| "–".to_owned(), |date| date.naive().format("%m-%d").to_string());
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if self.kind == Kind::Redated => {
                format!("{} {} · T {} → {}", day(after), time(after), date(before), date(after))
            }
            (Some(before), Some(after)) => {
                let same_day = before.wall.date() == after.wall.date();
                let to = if same_day { time(after) } else { format!("{} {}", day(after), time(after)) };
                format!("{} {} → {to} · T {}", day(before), time(before), date(after))
            }
            (Some(told), None) | (None, Some(told)) => format!("{} {} · T {}", day(told), time(told), date(told)),
            (None, None) => String::new(),
        }
    }
}

/// What changes in the days to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub changes: Vec<Change>,
    /// There are more fires than were compared.
    pub more: bool,
}

impl Changes {
    pub fn count(&self, kind: Kind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }
}

/// Compares the fires of two plans in the days from an instant on, in the order of time; those that only get another
/// business date come last.
pub fn changes(live: &Plan, draft: &Plan, calendars: &Calendars, from_ms: i64) -> Changes {
    let mut found = Changes::default();
    let names = live.entries.iter().chain(&draft.entries).map(|entry| entry.name.as_str());
    let names: std::collections::BTreeSet<&str> = names.collect();
    for name in names {
        let mut fires = |plan: &Plan| {
            let entry = plan.entries.iter().find(|entry| entry.name == name && entry.enabled);
            let (fires, more) = entry.map(|entry| fires(entry, plan, calendars, from_ms)).unwrap_or_default();
            found.more |= more;
            fires
        };
        let (old, new) = (fires(live), fires(draft));
        found.changes.extend(compare(name, old, new));
    }
    let at = |change: &Change| change.after.as_ref().or(change.before.as_ref()).map(|told| told.wall);
    found.changes.sort_by_key(|change| (change.kind == Kind::Redated, at(change)));
    found
}

/// The fires of a schedule by instant, and whether there are more.
fn fires(
    entry: &Entry,
    plan: &Plan,
    calendars: &Calendars,
    from_ms: i64,
) -> (BTreeMap<i64, (Fire, Option<BizDate>)>, bool) {
    let dates = DateRule::of(plan.business.as_ref(), calendars, Lang::En);
    let rule = entry.spec.as_ref().and_then(|spec| Schedule::compile(spec, calendars).ok());
    let Some(rule) = rule else { return Default::default() };
    let mut found = BTreeMap::new();
    for fire in rule.fires(from_ms, from_ms + SPAN_DAYS * 86_400_000).map_while(Result::ok) {
        if found.len() == MOST_FIRES {
            return (found, true);
        }
        let date = dates.as_ref().ok().and_then(|dates| dates.date(&fire, calendars, Lang::En).ok());
        found.insert(fire.instant_ms, (fire, date));
    }
    (found, false)
}

fn compare(
    name: &str,
    mut old: BTreeMap<i64, (Fire, Option<BizDate>)>,
    new: BTreeMap<i64, (Fire, Option<BizDate>)>,
) -> Vec<Change> {
    let told = |(fire, date): (Fire, Option<BizDate>)| Some(Told { wall: fire.wall, date });
    let change = |kind, before, after| Change { kind, schedule: name.to_owned(), before, after };
    let mut found = Vec::new();
    let mut fresh = Vec::new();
    for (instant, after) in new {
        match old.remove(&instant) {
            None => fresh.push(after),
            Some(before) if before.1 != after.1 => found.push(change(Kind::Redated, told(before), told(after))),
            Some(_) => {}
        }
    }
    // What is left of both on one day belongs together, in the order of time.
    for after in fresh {
        let same_day = old.iter().find(|(_, (fire, _))| fire.day == after.0.day).map(|(instant, _)| *instant);
        match same_day.and_then(|instant| old.remove(&instant)) {
            Some(before) => found.push(change(Kind::Moved, told(before), told(after))),
            None => found.push(change(Kind::Added, None, told(after))),
        }
    }
    found.extend(old.into_values().map(|before| change(Kind::Removed, told(before), None)));
    found
}
