//! iCalendar (RFC 5545): the days that depart from the week.
//!
//! How an event is read:
//!  - an all-day event (or one from midnight to midnight) closes its days, SUMMARY being the reason; DTEND is the day
//!    after the last one;
//!  - it opens them instead when CATEGORIES has OPEN, when it is marked as Apple's `ALTERNATE-WORKDAY`, or when SUMMARY
//!    ends in 班 (perhaps in parentheses), as the published holiday feeds mark make-up workdays;
//!  - an event is a half day when CATEGORIES has HALF, or SUMMARY begins with `half` or has 半日. Its times, in local time
//!    on one day, are the session. With OPEN such times are the hours of a full day;
//!  - CATEGORIES:UNSET marks days that are not decided.
//!
//! Any other event with times is refused, and so is one in UTC: which day it is on depends on the zone. TZID doesn't
//! matter to dates. Repetitions are expanded, see `rule`. Cancelled events count for nothing.
//!
//! Such a file says what is exceptional and not which years it is about. Our own exports say it (`X-ALMANAC-YEARS`);
//! else the years of its events are taken, with a warning. What only reaches into another year is left out there.

use std::collections::{BTreeMap, BTreeSet, btree_map};

mod event;
mod line;
mod rule;

use super::{
    listing::{At, Covers, Entry, Found, Listing},
    problem::{Kind, Problem, Problems},
};
use crate::bizdate::BizDate;
use event::Event;
use line::Line;

/// The days so far: what is there may be said again, with another reason, but not contradicted.
#[derive(Debug, Default)]
struct Days {
    entries: BTreeMap<BizDate, Entry>,
    /// How many days the events have named, those named before among them.
    named: usize,
}

/// Between the reasons of events on one day.
const BETWEEN: &str = " / ";

/// The longest reason in bytes; more holidays than fit are not told.
const MAX_REASON: usize = 400;

/// The most days that the events of a file name; more would be work without end.
const MAX_DAYS: usize = 2 * super::MAX_LINES;

pub(super) fn read(text: &str, problems: &mut Problems) -> Found {
    let mut days = Days::default();
    let mut declared = BTreeSet::new();
    let mut open: Vec<String> = Vec::new();
    let mut event = Event::default();
    for line in line::unfold(text) {
        let Some(line) = Line::read(line.0, &line.1) else {
            problems.add(Problem::at(At { line: line.0, column: 0 }, Kind::IcsLine));
            continue;
        };
        match line.name.as_str() {
            "BEGIN" => {
                open.push(line.value.to_ascii_uppercase());
                if open.last().is_some_and(|name| name == "VEVENT") {
                    event = Event::on(line.number);
                }
            }
            "END" if open.pop().is_none_or(|name| !name.eq_ignore_ascii_case(&line.value)) => {
                problems.add(Problem::at(At { line: line.number, column: 0 }, Kind::IcsNesting));
                return Found::Nothing;
            }
            "END" if line.value.eq_ignore_ascii_case("VEVENT") => {
                if let Err(problem) = days.take(std::mem::take(&mut event), problems) {
                    let too_many = matches!(*problem.kind, Kind::TooManyDays(_));
                    problems.add(problem);
                    if too_many {
                        return Found::Nothing;
                    }
                }
            }
            "X-ALMANAC-YEARS" => {
                declared.extend(line.value.split(',').filter_map(|year| year.trim().parse::<i32>().ok()));
            }
            _ if open.last().is_some_and(|name| name == "VEVENT") => event.set(line),
            _ => {}
        }
    }
    if !open.is_empty() {
        problems.add(Problem::new(Kind::IcsNesting));
        return Found::Nothing;
    }
    let entries = days.entries.into_values().collect();
    Found::Listing(Listing { covers: Covers::Exceptions, entries, years: declared })
}

impl Days {
    fn take(&mut self, event: Event, problems: &mut Problems) -> Result<(), Problem> {
        let at = At { line: event.line, column: 0 };
        let days = event.days()?;
        self.named += days.len();
        if self.named > MAX_DAYS {
            return Err(Problem::new(Kind::TooManyDays(MAX_DAYS)));
        }
        for (date, status, along) in days {
            let entry = Entry { at, date, status, reason: event.reason(), along };
            if let Err(before) = self.add(entry) {
                problems.add(Problem::at(at, Kind::Duplicate { date, line: before }));
                return Ok(());
            }
        }
        Ok(())
    }

    /// Adds a day; the line of what contradicts it.
    fn add(&mut self, entry: Entry) -> Result<(), usize> {
        match self.entries.entry(entry.date) {
            btree_map::Entry::Vacant(place) => {
                place.insert(entry);
            }
            btree_map::Entry::Occupied(place) if place.get().status != entry.status => return Err(place.get().at.line),
            // Two holidays on one day: both are its reason.
            btree_map::Entry::Occupied(mut place) => {
                let known = place.get().reason.clone().unwrap_or_default();
                let parts: BTreeSet<&str> = known.split(BETWEEN).chain(entry.reason.as_deref()).collect();
                let joined = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(BETWEEN);
                if joined.len() <= MAX_REASON {
                    place.get_mut().reason = (!joined.is_empty()).then_some(joined);
                }
                place.get_mut().along &= entry.along;
            }
        }
        Ok(())
    }
}
