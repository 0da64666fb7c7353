//! Puts listed days together: finds what is missing, said twice or outside, and makes a definition with its counts.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    super::{
        base::{Base, DayRule, Definition, RuleStatus},
        day::{DayStatus, Session, Tri},
    },
    BizDate, Imported, MAX_YEARS, Target, YearSummary,
    listing::{Covers, Entry, Listing},
    problem::{Kind, Problem, Problems},
};
use crate::bizdate::Period;

/// The open days that an exchange's year has.
const USUAL_OPEN_DAYS: std::ops::RangeInclusive<usize> = 240..=255;

/// More closed weekdays in a row than any holiday takes (eight, in a long Spring Festival).
const LONG_CLOSURE: usize = 10;

/// A listing's days as a definition; nothing when something is wrong, which the problems say.
pub(super) fn assemble(listing: Listing, target: &Target, problems: &mut Problems) -> Option<Imported> {
    let declared = if target.years.is_empty() { &listing.years } else { &target.years };
    let days = by_date(&listing, declared, problems);
    let years = if declared.is_empty() { years_of(&days) } else { declared.clone() };
    if years.len() > MAX_YEARS {
        problems.add(Problem::new(Kind::TooManyYears(years.len())));
        return None;
    }
    let years = match listing.covers {
        Covers::EveryDay => {
            gaps(&days, &years, problems);
            years.into_iter().filter(|year| is_set(&days, *year)).collect()
        }
        Covers::OpenDays | Covers::Exceptions => years,
    };
    if years.is_empty() {
        problems.add(Problem::new(Kind::Empty));
        return None;
    }
    let listed = || if listing.covers == Covers::Exceptions { None } else { usual(&days) };
    let session = target.session.or_else(listed).unwrap_or_default();
    let mut definition = Definition {
        name: target.name.clone(),
        revision: 0,
        zone: target.zone,
        week: target.week,
        session,
        years: None,
        days: Vec::new(),
        overrides: Vec::new(),
    };
    for date in years.iter().filter_map(|year| BizDate::new(*year, 1, 1)).flat_map(days_of_year) {
        let (status, reason) = match days.get(&date) {
            Some(entry) => (entry.status.clone(), entry.reason.clone()),
            None if listing.covers == Covers::OpenDays => (RuleStatus::Closed, None),
            None => continue,
        };
        definition.days.extend(definition.departure(date, status, reason.map(Cow::Owned)));
    }
    let assumed = declared.is_empty() && listing.covers == Covers::Exceptions;
    let warnings = assumed.then(|| Problem::new(Kind::YearsAssumed(years_text(&years))));
    definition.years = Some(years);
    finish(definition, warnings.into_iter().collect(), problems)
}

/// A definition in our own JSON, under the target's name.
pub(super) fn adopt(definition: Definition, target: &Target, problems: &mut Problems) -> Option<Imported> {
    let years = definition.years.as_ref().map_or(0, BTreeSet::len);
    if years > MAX_YEARS {
        problems.add(Problem::new(Kind::TooManyYears(years)));
        return None;
    }
    finish(Definition { name: target.name.clone(), revision: 0, ..definition }, Vec::new(), problems)
}

fn finish(definition: Definition, warnings: Vec<Problem>, problems: &mut Problems) -> Option<Imported> {
    match Base::compile(definition) {
        Ok(base) => {
            let years = base.definition().years.iter().flatten().map(|year| summary(&base, *year)).collect();
            Some(Imported { years, warnings, definition: base.definition().clone() })
        }
        Err(error) => {
            problems.add(Problem::new(Kind::Definition(error)));
            None
        }
    }
}

/// The days by date; those said twice or outside the declared years are problems.
fn by_date<'l>(
    listing: &'l Listing,
    declared: &BTreeSet<i32>,
    problems: &mut Problems,
) -> BTreeMap<BizDate, &'l Entry> {
    let mut days: BTreeMap<BizDate, &Entry> = BTreeMap::new();
    for entry in &listing.entries {
        let date = entry.date;
        if !declared.is_empty() && !declared.contains(&date.year()) {
            if entry.along {
                continue;
            }
            let years = years_text(declared);
            problems.add(Problem::at(entry.at, Kind::OutsideYears { date, years }));
        } else if let Some(before) = days.get(&date) {
            problems.add(Problem::at(entry.at, Kind::Duplicate { date, line: before.at.line }));
        } else {
            days.insert(date, entry);
        }
    }
    days
}

/// The years that listed days are about.
fn years_of(days: &BTreeMap<BizDate, &Entry>) -> BTreeSet<i32> {
    days.values().filter(|entry| !entry.along).map(|entry| entry.date.year()).collect()
}

/// Years as people write them: `2026`, `2024, 2026`, `2015–2026`.
fn years_text(years: &BTreeSet<i32>) -> String {
    match (years.first(), years.last()) {
        (Some(first), Some(last))
            if years.len() > 2 && usize::try_from(last.abs_diff(*first)).is_ok_and(|n| n + 1 == years.len()) =>
        {
            format!("{first}–{last}")
        }
        _ => years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn days_of_year(first: BizDate) -> impl Iterator<Item = BizDate> {
    (first.number()..=first.end(Period::Year).number()).filter_map(BizDate::from_number)
}

/// Reports each run of days that aren't listed.
fn gaps(days: &BTreeMap<BizDate, &Entry>, years: &BTreeSet<i32>, problems: &mut Problems) {
    for first in years.iter().filter_map(|year| BizDate::new(*year, 1, 1)) {
        let mut missing: Option<(BizDate, BizDate)> = None;
        for date in days_of_year(first) {
            missing = match (days.get(&date), missing) {
                (None, open) => Some((open.map_or(date, |(from, _)| from), date)),
                (Some(after), Some((from, to))) => {
                    problems.add(Problem::at(after.at, Kind::Gap { from, to }));
                    None
                }
                (Some(_), None) => None,
            };
        }
        if let Some((from, to)) = missing {
            let last = days.range(..from).next_back().map(|(_, entry)| entry.at);
            let kind = Kind::Gap { from, to };
            problems.add(last.map_or_else(|| Problem::new(kind.clone()), |at| Problem::at(at, kind.clone())));
        }
    }
}

/// Whether anything is decided in the year.
fn is_set(days: &BTreeMap<BizDate, &Entry>, year: i32) -> bool {
    let Some(first) = BizDate::new(year, 1, 1) else { return false };
    days.range(first..=first.end(Period::Year)).any(|(_, entry)| entry.status != RuleStatus::Unset)
}

/// The hours that most full days have.
fn usual(days: &BTreeMap<BizDate, &Entry>) -> Option<Session> {
    let mut counts: Vec<(Session, usize)> = Vec::new();
    for entry in days.values() {
        let RuleStatus::Hours(session) = &entry.status else { continue };
        match counts.iter_mut().find(|(known, _)| known == session) {
            _ if session.half => {}
            Some((_, count)) => *count += 1,
            None => counts.push((*session, 1)),
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(session, _)| session)
}

/// What a year comes to, with what a person should look at.
fn summary(base: &Base, year: i32) -> YearSummary {
    let mut summary =
        YearSummary { year, open: 0, half: 0, closed_weekdays: 0, makeup: 0, unset: 0, warnings: Vec::new() };
    let (mut first_makeup, mut first_unset) = (None, None);
    let (mut closed, mut longest): (Vec<BizDate>, Vec<BizDate>) = (Vec::new(), Vec::new());
    for date in BizDate::new(year, 1, 1).into_iter().flat_map(days_of_year) {
        let usual = base.definition().week.is_open(date);
        match base.tri(date, false) {
            Tri::Open => {
                summary.open += 1;
                summary.half +=
                    usize::from(matches!(base.status(date, false), DayStatus::Open(Session { half: true, .. })));
                summary.makeup += usize::from(!usual);
                first_makeup = first_makeup.or_else(|| (!usual).then_some(date));
                closed.clear();
            }
            Tri::Closed if usual => {
                summary.closed_weekdays += 1;
                closed.push(date);
                if closed.len() > longest.len() {
                    longest.clone_from(&closed);
                }
            }
            Tri::Closed => {}
            Tri::Unset => {
                summary.unset += 1;
                first_unset = first_unset.or(Some(date));
            }
        }
    }
    let warnings = &mut summary.warnings;
    if summary.unset == 0 && !USUAL_OPEN_DAYS.contains(&summary.open) {
        warnings.push(Problem::new(Kind::OpenDays { year, open: summary.open }));
    }
    warnings.extend(first_makeup.map(|first| Problem::new(Kind::MakeUp { count: summary.makeup, first })));
    if longest.len() > LONG_CLOSURE {
        warnings.push(Problem::new(Kind::LongClosure { from: longest[0], to: longest[longest.len() - 1] }));
    }
    warnings.extend(first_unset.map(|first| Problem::new(Kind::Unset { count: summary.unset, first })));
    summary
}

impl Definition {
    /// The rule of a day, unless the week and the usual hours say the same.
    pub(in crate::calendar) fn departure(
        &self,
        date: BizDate,
        status: RuleStatus,
        reason: Option<Cow<'static, str>>,
    ) -> Option<DayRule> {
        let status = match status {
            RuleStatus::Hours(session) if session == self.session => RuleStatus::Open,
            status => status,
        };
        let as_usual = match &status {
            RuleStatus::Open => self.week.is_open(date),
            RuleStatus::Closed => !self.week.is_open(date),
            RuleStatus::Hours(_) | RuleStatus::Unset => false,
        };
        (!as_usual || reason.is_some()).then_some(DayRule { date, status, reason })
    }
}
