//! What a page foretells without asking the server: schedules in words, the fields of a run's parameters. Rules come
//! from the domain crate; this only shapes them for the pages.

use domain::bizdate::BizDate;
use domain::calendar::Calendars;
use domain::schedule::{self, ScheduleSpec};
use domain::workflow::Schedule;
use serde_json::Value;

use crate::i18n::{Lang, text};

pub mod document;

/// The last day that all calendars of a schedule's entry know, and how many days are left until then; nothing when it
/// names none that ends.
pub fn horizon(entry: &Value, calendars: &Calendars, now_ms: i64) -> Option<(BizDate, i32)> {
    let rule = schedule_rule(entry)?;
    let ends = rule.calendars().filter_map(|named| calendars.resolve(named).ok()?.known_until());
    let until = ends.min()?;
    let today = BizDate::from_naive(schedule::wall(rule.timezone, now_ms).date())?;
    Some((until, until.days_since(today)))
}

/// A schedule's entry in words.
pub fn schedule_words(entry: &Value, lang: Lang) -> String {
    if let Some(rule) = schedule_rule(entry) {
        return sentence(&rule.describe(lang));
    }
    // What this page can't read is shown as it is written.
    let written = ["rule", "cron"].iter().find_map(|field| entry.get(field)?.as_str());
    written.map_or_else(|| text::workflow_not_scheduled(lang).to_owned(), sentence)
}

/// The calendar that a schedule fires on.
pub fn schedule_calendar(entry: &Value) -> Option<String> {
    schedule_rule(entry)?.calendar.map(|calendar| calendar.to_string())
}

fn schedule_rule(entry: &Value) -> Option<ScheduleSpec> {
    serde_json::from_value::<Schedule>(entry.clone()).ok()?.to_rule()
}

/// With a capital at its beginning.
pub fn sentence(words: &str) -> String {
    let mut signs = words.chars();
    signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default()
}

/// The kind of a parameter's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    Text,
    Number,
    Boolean,
    Date,
}

/// A field of the form that starts a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamField {
    pub name: String,
    pub kind: ParamKind,
    /// What the field shows at first.
    pub default: String,
    pub required: bool,
    pub description: Option<String>,
}

/// The parameters that a version's document declares.
pub fn param_fields(document: &Value) -> Vec<ParamField> {
    let declared = document.pointer("/spec/params").and_then(Value::as_array);
    let field = |param: &Value| {
        let kind = match param.get("type").and_then(Value::as_str) {
            Some("number") => ParamKind::Number,
            Some("boolean") => ParamKind::Boolean,
            Some("date") => ParamKind::Date,
            _ => ParamKind::Text,
        };
        Some(ParamField {
            name: param.get("name")?.as_str()?.to_owned(),
            kind,
            default: param.get("default").map(plain).unwrap_or_default(),
            required: param.get("required").and_then(Value::as_bool).unwrap_or(false),
            description: param.get("description").and_then(Value::as_str).map(str::to_owned),
        })
    };
    declared.into_iter().flatten().filter_map(field).collect()
}

/// A JSON value as a person would write it into a field.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value of a document as a person reads it: a list of words on one line, else a line for each entry.
pub fn readable(value: &Value) -> String {
    let lines: Vec<String> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| format!("{name}: {}", one_line(value))).collect(),
        Value::Array(items) if items.iter().any(Value::is_object) => items.iter().map(one_line).collect(),
        other => return one_line(other),
    };
    lines.join("\n")
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name}: {}", one_line(value))).collect::<Vec<_>>().join("; ")
        }
        Value::Array(items) => items.iter().map(one_line).collect::<Vec<_>>().join(", "),
        other => plain(other),
    }
}

/// Why a field's text is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamFault {
    Missing,
    NotANumber,
    NotADate,
}

/// The value of a field: `None` leaves the default to the server.
pub fn param_value(field: &ParamField, entered: &str) -> Result<Option<Value>, ParamFault> {
    let text = entered.trim();
    if text.is_empty() && field.kind != ParamKind::Text {
        return if field.required { Err(ParamFault::Missing) } else { Ok(None) };
    }
    match field.kind {
        ParamKind::Text if entered.is_empty() && field.required => Err(ParamFault::Missing),
        ParamKind::Text if entered == field.default => Ok(None),
        ParamKind::Text => Ok(Some(Value::String(entered.to_owned()))),
        ParamKind::Number => match serde_json::from_str::<serde_json::Number>(text) {
            Ok(number) => Ok(Some(Value::Number(number))),
            Err(_) => Err(ParamFault::NotANumber),
        },
        ParamKind::Boolean => Ok(Some(Value::Bool(text == "true"))),
        ParamKind::Date => match text.parse::<chrono::NaiveDate>() {
            Ok(_) => Ok(Some(Value::String(text.to_owned()))),
            Err(_) => Err(ParamFault::NotADate),
        },
    }
}

/// The part of a version's document that describes a task.
pub fn task_spec<'a>(document: &'a Value, task: &str) -> Option<&'a Value> {
    document.get("spec")?.get("tasks")?.get(task)
}

#[cfg(test)]
mod tests;
