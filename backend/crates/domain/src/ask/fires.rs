//! Questions about schedules.

use chrono::{DateTime, Days, NaiveTime, SecondsFormat, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Answer, AskError, Limits,
    answer::{Fire, Told},
};
use crate::{
    bizdate::BizDate,
    calendar::{CalendarError, Calendars},
    error::Lang,
    schedule::{self, Event, Schedule, ScheduleSpec, explain::Verdict},
    workflow,
};

/// A schedule as it is given: a rule's text, its JSON, or a document's entry (whose name may be missing).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ScheduleText {
    /// `last open day of month on SSE at 18:00 tz Asia/Shanghai`.
    Text(String),
    /// A [`ScheduleSpec`] (it has a `when`), or an entry of a document's `spec.schedules`.
    Fields(Map<String, Value>),
}

impl ScheduleText {
    /// Reads it; `timezone` holds where its text names no zone.
    pub(super) fn read(&self, timezone: Option<Tz>, calendars: &Calendars) -> Result<ScheduleSpec, AskError> {
        match self {
            Self::Text(text) => {
                let written = schedule::Written::read(text, Tz::UTC).map_err(AskError::Schedule)?;
                let zone = timezone.filter(|_| written.place(schedule::Clause::Timezone).is_none());
                let zone = zone.map_or(Value::Null, |zone| zone.name().into());
                let fields = [("rule", text.as_str().into()), ("timezone", zone)];
                let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
                entry(fields.map(|(name, value)| (name.to_owned(), value)).collect(), calendars)
            }
            Self::Fields(fields) if fields.contains_key("when") => {
                let spec: ScheduleSpec = serde_json::from_value(Value::Object(fields.clone()))
                    .map_err(|error| AskError::Form(error.to_string()))?;
                spec.check()?;
                Ok(spec)
            }
            Self::Fields(fields) => {
                let mut fields = fields.clone();
                if let Some(zone) = timezone {
                    fields.entry("timezone").or_insert_with(|| zone.name().into());
                }
                entry(fields, calendars)
            }
        }
    }
}

/// Reads a document's entry; what is wrong with it is told as in a document.
fn entry(mut fields: Map<String, Value>, calendars: &Calendars) -> Result<ScheduleSpec, AskError> {
    fields.entry("name").or_insert_with(|| "schedule".into());
    let read = serde_json::from_value::<workflow::Schedule>(Value::Object(fields.clone()));
    if let Some(spec) = read.as_ref().ok().and_then(workflow::Schedule::to_rule) {
        return Ok(spec);
    }
    let document = json!({
        "apiVersion": "almanac/v1",
        "kind": "Workflow",
        "metadata": {"name": "question"},
        "spec": {"schedules": [fields], "tasks": {"task": {"type": "noop"}}},
    });
    let problems = workflow::parse(&document.to_string(), calendars).err().unwrap_or_default();
    match (problems.is_empty(), read) {
        (true, Err(error)) => Err(AskError::Form(error.to_string())),
        (true, Ok(_)) => Err(AskError::Form("this is no schedule".into())),
        (false, _) => Err(AskError::Entry(problems)),
    }
}

const DAY_MS: i64 = 86_400_000;

/// The events between two instants, from the first on and before the second.
pub(super) fn fires(
    spec: &ScheduleSpec,
    calendars: &Calendars,
    (from, until): (&str, &str),
    limits: Limits,
) -> Result<Answer, AskError> {
    let zone = spec.timezone;
    let (from_ms, until_ms) = (instant(from, zone, 0)?, instant(until, zone, 1)?);
    if until_ms <= from_ms {
        return Err(AskError::Backwards { from: from.to_owned(), until: until.to_owned() });
    }
    // By how much a clock is changed must not make a day more of it.
    limits.check((until_ms - from_ms + DAY_MS / 2) / DAY_MS)?;
    let schedule = Schedule::compile(spec, calendars)?;
    let (mut events, mut more, mut hold) = (Vec::new(), false, None);
    for event in schedule.events(from_ms, until_ms) {
        match event {
            Err(found) => hold = Some(Told::by(|lang| found.text(lang))),
            Ok(_) if events.len() == limits.fires => {
                more = true;
                break;
            }
            Ok(event) => events.push(told(&event, zone)),
        }
    }
    Ok(Answer::Fires { events, more, hold })
}

/// An instant, or the midnight that begins a date (`days` days later) on the wall of a zone.
fn instant(text: &str, zone: Tz, days: u64) -> Result<i64, AskError> {
    if let Ok(date) = text.parse::<BizDate>() {
        // The last date that there is ends like any other.
        let date = date.naive().checked_add_days(Days::new(days)).ok_or(CalendarError::OutOfRange)?;
        return Ok(schedule::instant_of(zone, date.and_time(NaiveTime::MIN)));
    }
    let instant = DateTime::parse_from_rfc3339(text).map(|instant| instant.timestamp_millis());
    let instant_ms = instant.map_err(|_| AskError::Instant(text.chars().take(40).collect()))?;
    BizDate::from_naive(schedule::wall(zone, instant_ms).date()).ok_or(CalendarError::OutOfRange)?;
    Ok(instant_ms)
}

fn told(event: &Event, zone: Tz) -> Fire {
    let (at, utc) = (wall_text(event.instant_ms(), zone), wall_text(event.instant_ms(), Tz::UTC));
    match event {
        Event::Fire(fire) => {
            let note = Told::by(|lang| note(fire, lang));
            let note = Some(note).filter(|note| !note.en.is_empty());
            Fire { fires: true, at, utc, day: fire.day, nominal_dates: fire.merged.clone(), note }
        }
        Event::Skip(skip) => {
            let note = Some(Told::by(|lang| skip.reason.text(lang)));
            Fire { fires: false, at, utc, day: skip.nominal_date, nominal_dates: vec![skip.nominal_date], note }
        }
    }
}

/// What makes a fire other than its rule says.
fn note(fire: &schedule::Fire, lang: Lang) -> String {
    let mut parts = Vec::new();
    let moved: Vec<String> = fire.merged.iter().filter(|date| **date != fire.day).map(ToString::to_string).collect();
    if let Some(policy) = fire.reason.policy.filter(|_| !moved.is_empty()) {
        let (dates, policy) = (moved.join(", "), policy.text(lang));
        parts.push(match lang {
            Lang::En => format!("for {dates}, closed: {policy}."),
            Lang::Zh => format!("{dates} 非开放日：{policy}。"),
        });
    }
    parts.push(fire.reason.clock_text(lang).trim().to_owned());
    parts.push(fire.reason.assumed_text(lang).trim().to_owned());
    parts.retain(|part| !part.is_empty());
    parts.join(if lang == Lang::En { " " } else { "" })
}

/// An instant as a zone's clocks show it, with the offset.
fn wall_text(instant_ms: i64, zone: Tz) -> String {
    let utc = DateTime::<Utc>::from_timestamp_millis(instant_ms).unwrap_or_default();
    zone.from_utc_datetime(&utc.naive_utc()).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What a schedule does on a date, and why.
pub(super) fn explain(spec: &ScheduleSpec, calendars: &Calendars, date: BizDate) -> Result<Answer, AskError> {
    let explained = Schedule::compile(spec, calendars)?.explain(date);
    let fires = if let Verdict::Fires { count, .. } = explained.verdict { count } else { 0 };
    let next = explained.next.as_ref().map(|fire| wall_text(fire.instant_ms, spec.timezone));
    Ok(Answer::Explanation { date, fires, next, text: Told::by(|lang| explained.text(lang)) })
}

/// A schedule in all its forms.
pub(super) fn convert(spec: &ScheduleSpec) -> Answer {
    Answer::Schedule {
        text: spec.to_string(),
        entry: Box::new(workflow::Schedule::of_rule("schedule", spec)),
        words: Told::by(|lang| spec.describe(lang)),
        spec: Box::new(spec.clone()),
    }
}
