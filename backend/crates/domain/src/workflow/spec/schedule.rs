//! A document's schedule entry, and the [`ScheduleSpec`] that it means.
//!
//! What decides on days and times is a cron expression or a rule; a rule's text may have further clauses. Each clause
//! stands in the text or in a field, never in both: two that differ would leave the reader guessing.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    bizdate::BizDate,
    calendar::{CalendarExpr, TimeOfDay},
    cron::Cron,
    schedule::{Beyond, Clause, MAX_TIMES, OnClosed, ScheduleSpec, SpecError, When, Written},
};

/// So many times of day stand in the text of a rule that is written; more would make it hard to read.
const MAX_TIMES_IN_TEXT: usize = 4;

/// When runs start by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its name, unique in the workflow.
    #[schemars(length(max = 63), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub name: String,
    /// The instants by a cron expression: seconds (may be left out), minutes, hours, day of month, month, day of week.
    /// Exactly one of cron and rule is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-cron"))]
    pub cron: Option<String>,
    /// The days by a calendar rule, e.g. last open day of month at 21:00. What the text says of calendar, times and so
    /// on is not said again in a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-rule"))]
    pub rule: Option<String>,
    /// The times of day of a rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<TimeSchema>", length(max = MAX_TIMES))]
    pub at: Vec<TimeOfDay>,
    /// The zone of its wall clock, e.g. Asia/Shanghai.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-timezone"))]
    pub timezone: Option<String>,
    /// The days on which it fires; every day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-calendar"))]
    pub calendar: Option<String>,
    /// What becomes of a fire on a day on which the calendar is closed; skip when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_closed: Option<OnClosed>,
    /// Moves each fire after that, e.g. +1 open days, -2 days, +1 open days of HKEX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-shift"))]
    pub shift: Option<String>,
    /// The first date that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "almanac-date"))]
    pub from: Option<BizDate>,
    /// The last date that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "almanac-date"))]
    pub until: Option<BizDate>,
    /// Where its day ends when not at midnight: times before 06:00 belong to the day before; with `21:00 next`, times
    /// from 21:00 on belong to the next open day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-day-cut"))]
    pub day_cut: Option<String>,
    /// What happens past the last published day of its calendar; hold when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<Beyond>,
    /// Whether it fires at all.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enabled: bool,
}

/// The schema of a time of day.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "only its schema is used")]
struct TimeSchema(#[schemars(extend("format" = "almanac-time"))] String);

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

/// What keeps an entry from being a schedule, apart from texts that don't hold by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::workflow) enum Fault {
    /// Neither a cron expression nor a rule.
    NoRule,
    /// Both.
    CronAndRule,
    /// The rule's text has a clause that a field has too.
    SaidTwice(Clause),
    /// No zone for its wall times.
    NoTimezone,
    /// The parts contradict each other.
    Contradiction(SpecError),
}

impl Schedule {
    /// The schedule as the rules of firing know it; nothing when a text does not hold or the parts don't fit together,
    /// which [`crate::workflow::parse`] has made sure of.
    #[must_use]
    pub fn to_rule(&self) -> Option<ScheduleSpec> {
        let mut faults = Vec::new();
        self.read(&mut faults).filter(|_| faults.is_empty())
    }

    /// What is wrong with the entry as a whole.
    pub(in crate::workflow) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.read(&mut faults);
        faults
    }

    /// The shortest entry that means this schedule.
    #[must_use]
    pub fn of_rule(name: &str, spec: &ScheduleSpec) -> Self {
        let mut entry = Self { name: name.to_owned(), enabled: true, ..Self::default() };
        match &spec.when {
            When::Cron(cron) => entry.cron = Some(cron.to_string()),
            When::Rule(rule) if (1..=MAX_TIMES_IN_TEXT).contains(&spec.times.len()) => {
                let times: Vec<String> = spec.times.iter().map(ToString::to_string).collect();
                entry.rule = Some(format!("{rule} at {}", times.join(", ")));
            }
            When::Rule(rule) => {
                entry.rule = Some(rule.to_string());
                entry.at.clone_from(&spec.times);
            }
        }
        entry.timezone = Some(spec.timezone.to_string());
        entry.calendar = spec.calendar.as_ref().map(ToString::to_string);
        entry.on_closed = Some(spec.on_closed).filter(|policy| *policy != OnClosed::default());
        entry.shift = spec.shift.as_ref().map(ToString::to_string);
        (entry.from, entry.until) = (spec.from, spec.until);
        entry.day_cut = spec.day_cut.map(|cut| cut.to_string());
        entry.beyond = Some(spec.beyond).filter(|beyond| *beyond != Beyond::default());
        entry
    }

    /// Puts text and fields together; nothing when a text doesn't hold, of which the fields' own checks tell.
    fn read(&self, faults: &mut Vec<Fault>) -> Option<ScheduleSpec> {
        let mut written = match (&self.cron, &self.rule) {
            (None, None) => {
                faults.push(Fault::NoRule);
                return None;
            }
            (Some(_), Some(_)) => {
                faults.push(Fault::CronAndRule);
                return None;
            }
            (Some(cron), None) => {
                let when = When::Cron(Cron::parse(cron).ok()?);
                Written { spec: ScheduleSpec::new(when, Tz::UTC), said: Vec::new() }
            }
            (None, Some(rule)) => Written::read(rule, Tz::UTC).ok()?,
        };
        faults.extend(written.said.iter().filter(|(clause, _)| self.has(*clause)).map(|(it, _)| Fault::SaidTwice(*it)));
        if self.timezone.is_none() && written.place(Clause::Timezone).is_none() {
            faults.push(Fault::NoTimezone);
        }
        self.lay_over(&mut written.spec)?;
        faults.extend(written.spec.contradictions().into_iter().map(Fault::Contradiction));
        Some(written.spec)
    }

    /// Whether a field has the clause.
    fn has(&self, clause: Clause) -> bool {
        match clause {
            Clause::Calendar => self.calendar.is_some(),
            Clause::OnClosed => self.on_closed.is_some(),
            Clause::Shift => self.shift.is_some(),
            Clause::Times => !self.at.is_empty(),
            Clause::Timezone => self.timezone.is_some(),
            Clause::From => self.from.is_some(),
            Clause::Until => self.until.is_some(),
            Clause::DayCut => self.day_cut.is_some(),
            Clause::Beyond => self.beyond.is_some(),
        }
    }

    /// Sets what the fields say.
    fn lay_over(&self, spec: &mut ScheduleSpec) -> Option<()> {
        if let Some(timezone) = &self.timezone {
            spec.timezone = timezone.parse().ok()?;
        }
        if let Some(calendar) = &self.calendar {
            spec.calendar = Some(CalendarExpr::parse(calendar).ok()?);
        }
        if let Some(shift) = &self.shift {
            spec.shift = Some(shift.parse().ok()?);
        }
        if let Some(cut) = &self.day_cut {
            spec.day_cut = Some(cut.parse().ok()?);
        }
        if !self.at.is_empty() {
            spec.times.clone_from(&self.at);
        }
        spec.on_closed = self.on_closed.unwrap_or(spec.on_closed);
        spec.beyond = self.beyond.unwrap_or(spec.beyond);
        spec.from = self.from.or(spec.from);
        spec.until = self.until.or(spec.until);
        Some(())
    }
}
