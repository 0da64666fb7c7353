//! The forms that texts of a document have: names, durations, cron expressions, templates and so on. The schema names
//! them as `format`, so that a new field gets its check by its type.

use super::{
    DurationMs,
    problem::{Detail, Form, Kind, Measure, Place, Problem},
    schema::Findings,
    yaml::{Entry, Style, Text},
};
use crate::{
    bizdate::Expr,
    calendar::{Calendars, ResolveError},
    cron::Cron,
    error::Lang,
    param::template::{Name, expression_names, template_names},
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
    let names = match form {
        Form::Template => template_names(value),
        Form::Expression => expression_names(value),
        _ => {
            if let Err(kind) = check_word(form, value, calendars) {
                findings.report(Problem::new(path, place, kind));
            }
            return;
        }
    };
    match names {
        Ok(names) => findings.sites.push(Site { path: path.to_owned(), place, text, names }),
        Err(error) => {
            let detail = Detail { en: error.text(Lang::En), zh: error.text(Lang::Zh) };
            let place = within(text, place, error.line, error.column);
            findings.report(Problem::new(path, place, Kind::BadForm { form, detail: Some(detail) }));
        }
    }
}

/// Checks a text that has no place within.
fn check_word(form: Form, text: &str, calendars: &Calendars) -> Result<(), Kind> {
    let bare = |holds: bool| if holds { Ok(()) } else { Err(Kind::BadForm { form, detail: None }) };
    let detailed = |detail| Kind::BadForm { form, detail: Some(detail) };
    let unresolved = |error| match error {
        ResolveError::Unknown(name) => Kind::UnknownCalendar { name },
        other => detailed(Detail::english(other.to_string())),
    };
    match form {
        Form::Name | Form::ParamName | Form::EnvName => bare(is_name(form, text)),
        Form::Duration => bare(text.parse::<DurationMs>().is_ok()),
        Form::TimeZone => bare(text.parse::<chrono_tz::Tz>().is_ok()),
        Form::AbsolutePath => bare(text.starts_with('/') && !text.contains('\0')),
        Form::Cron => {
            let told = |error: crate::cron::CronError| Detail { en: error.text(Lang::En), zh: error.text(Lang::Zh) };
            Cron::parse(text).map(drop).map_err(|error| detailed(told(error)))
        }
        Form::Calendar => calendars.resolve_text(text).map(drop).map_err(unresolved),
        Form::DateRule => {
            let rule = Expr::parse(text).map_err(|error| detailed(Detail::english(error.to_string())))?;
            rule.calendars().try_for_each(|calendar| calendars.resolve(calendar).map(drop)).map_err(unresolved)
        }
        Form::Template | Form::Expression => Ok(()),
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
