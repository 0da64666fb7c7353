//! The forms that texts of a document have: names, durations, cron expressions, templates and so on. The schema names
//! them as `format`, so that a new field gets its check by its type.

use super::{
    DurationMs,
    problem::{Detail, Form, Kind, Measure, Place, Problem},
    schema::Findings,
    yaml::{Entry, Style, Text},
};
use crate::{
    calendar::{Calendars, ResolveError},
    cron::Cron,
    error::Lang,
    param::{
        rule::Expr,
        template::{Name, expression_names, template_names},
    },
};

/// Prefix of the variables that Almanac itself gives to a task.
const RESERVED_ENV: &str = "ALMANAC_";

/// A template or expression of the document.
pub(super) struct Site<'a> {
    pub(super) path: String,
    pub(super) place: Place,
    pub(super) text: &'a Text,
    pub(super) names: Vec<Name>,
}

/// The form of a `format` of the schema, when it is one of ours.
pub(super) fn of_schema(format: &str) -> Option<Form> {
    Some(match format.strip_prefix("almanac-")? {
        "name" => Form::Name,
        "param-name" => Form::ParamName,
        "env-name" => Form::EnvName,
        "duration" => Form::Duration,
        "timezone" => Form::TimeZone,
        "cron" => Form::Cron,
        "calendar" => Form::Calendar,
        "date-rule" => Form::DateRule,
        "absolute-path" => Form::AbsolutePath,
        "template" => Form::Template,
        "expression" => Form::Expression,
        _ => return None,
    })
}

/// Checks a text and reports what is wrong with it.
pub(super) fn check<'a>(
    form: Form,
    text: &'a Text,
    place: Place,
    path: &str,
    calendars: &Calendars,
    findings: &mut Findings<'a>,
) {
    let value = text.value.as_str();
    let fault = match form {
        Form::Name | Form::ParamName | Form::EnvName => (!is_name(form, value)).then_some(None),
        Form::Duration => value.parse::<DurationMs>().is_err().then_some(None),
        Form::TimeZone => value.parse::<chrono_tz::Tz>().is_err().then_some(None),
        Form::Cron => {
            Cron::parse(value).err().map(|error| Some(Detail { en: error.text(Lang::En), zh: error.text(Lang::Zh) }))
        }
        Form::AbsolutePath => (!value.starts_with('/') || value.contains('\0')).then_some(None),
        Form::DateRule => Expr::parse(value).err().map(|error| Some(Detail::english(error.to_string()))),
        Form::Calendar => match calendars.resolve_text(value) {
            Ok(_) => None,
            Err(ResolveError::Unknown(name)) => {
                findings.report(Problem::new(path, place, Kind::UnknownCalendar { name }));
                None
            }
            Err(error) => Some(Some(Detail::english(error.to_string()))),
        },
        Form::Template | Form::Expression => {
            let names = match form {
                Form::Template => template_names(value),
                _ => expression_names(value),
            };
            match names {
                Ok(names) => {
                    let path = path.to_owned();
                    findings.sites.push(Site { path, place, text, names });
                }
                Err(error) => {
                    let detail = Detail { en: error.text(Lang::En), zh: error.text(Lang::Zh) };
                    let place = within(text, place, error.line, error.column);
                    let kind = Kind::BadForm { form, detail: Some(detail) };
                    findings.report(Problem::new(path, place, kind));
                }
            }
            None
        }
    };
    if let Some(detail) = fault {
        findings.report(Problem::new(path, place, Kind::BadForm { form, detail }));
    }
}

/// Checks the key of an entry.
pub(super) fn check_key(form: Form, entry: &Entry, path: &str, limit: Option<u64>, findings: &mut Findings<'_>) {
    let too_long = |limit: &u64| entry.key.chars().count() as u64 > *limit;
    let kind = if !is_name(form, &entry.key) {
        Kind::BadForm { form, detail: None }
    } else if let Some(limit) = limit.filter(too_long) {
        Kind::OutOfBounds { measure: Measure::Characters, min: None, max: Some(limit as f64) }
    } else {
        return;
    };
    findings.report(Problem::new(path, entry.place, kind));
}

fn is_name(form: Form, text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().unwrap_or(b' ');
    match form {
        Form::EnvName => {
            let of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            !first.is_ascii_digit() && of_name(first) && bytes.all(of_name) && !text.starts_with(RESERVED_ENV)
        }
        _ => {
            let of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            first.is_ascii_lowercase() && bytes.all(|byte| of_name(byte) || byte == b'-' && form == Form::Name)
        }
    }
}

/// The place of a fault inside a text. Lines of a block stand in the document as they are, and so does a text on one
/// line (but for escapes in it); in other texts the fault is told with the place of the text.
pub(super) fn within(text: &Text, place: Place, line: usize, column: usize) -> Place {
    let (line, column) = (line.saturating_sub(1), column.saturating_sub(1));
    let one_line = !text.value.contains('\n');
    match text.style {
        Style::Block => Place { line: place.line + line, column: place.column + column },
        Style::Plain if one_line => Place { line: place.line, column: place.column + column },
        Style::Quoted if one_line => Place { line: place.line, column: place.column + 1 + column },
        _ => place,
    }
}
