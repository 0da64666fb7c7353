//! The forms that texts of a document have: names, durations, cron expressions, templates and so on. The schema names
//! them as `format`, so that a new field gets its check by its type.

use super::{
    DurationMs,
    problem::{Detail, Flow, Form, Kind, Measure, Place, Problem},
    schema::Findings,
    suggest::nearest,
    yaml::{Entry, Style, Text},
};
use crate::{
    access::Role,
    bizdate::{BizDate, Expr, SyntaxError, Window},
    calendar::{CalendarExpr, Calendars, ResolveError, TimeOfDay},
    cron::Cron,
    error::Lang,
    param::template::{Name, expression_names, list_names, template_names},
    schedule::{Clause, DayCut, Shift, Written},
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
        "rule" => Form::Rule,
        "time" => Form::Time,
        "date" => Form::Date,
        "shift" => Form::Shift,
        "day-cut" => Form::DayCut,
        "absolute-path" => Form::AbsolutePath,
        "path-template" => Form::PathTemplate,
        "workflow" => Form::Workflow,
        "window" => Form::Window,
        "approver" => Form::Approver,
        "template" => Form::Template,
        "expression" => Form::Expression,
        "list" => Form::List,
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
        Form::PathTemplate if !value.starts_with(['/', '{', '$']) => {
            findings.report(Problem::new(path, place, Kind::BadForm { form, detail: None }));
            return;
        }
        Form::Template | Form::PathTemplate => template_names(value),
        Form::Expression => expression_names(value),
        Form::List => list_names(value),
        _ => {
            if let Err(fault) = check_word(form, value, calendars) {
                let place = within(text, place, 1, fault.before + 1);
                findings.report(Problem::new(path, place, fault.kind));
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

/// What is wrong with a text that is on one line.
struct Fault {
    kind: Kind,
    /// How many characters stand before it.
    before: usize,
}

impl Fault {
    fn bare(form: Form) -> Self {
        Self { kind: Kind::BadForm { form, detail: None }, before: 0 }
    }

    fn detailed(form: Form, before: usize, told: impl Fn(Lang) -> String) -> Self {
        let detail = Detail { en: told(Lang::En), zh: told(Lang::Zh) };
        Self { kind: Kind::BadForm { form, detail: Some(detail) }, before }
    }

    fn syntax(form: Form, error: &SyntaxError) -> Self {
        Self::detailed(form, error.at, |lang| error.text(lang))
    }

    /// Of a calendar, of which the text speaks after so many characters.
    fn calendar(form: Form, text: &str, from: usize, error: ResolveError) -> Self {
        match error {
            ResolveError::Unknown(name) => {
                let before = place_of(&name, text, from);
                Self { kind: Kind::UnknownCalendar { name }, before }
            }
            ResolveError::Syntax(error) => Self::syntax(form, &error),
            other => Self::detailed(form, from, |lang| other.text(lang)),
        }
    }
}

/// The characters before a calendar's name, looked for after so many; a name within a longer one is passed over.
fn place_of(name: &str, text: &str, from: usize) -> usize {
    let start = text.char_indices().nth(from).map_or(text.len(), |(at, _)| at);
    let of_name = |c: char| c.is_alphanumeric() || c == '_';
    let found = text[start..].match_indices(name).map(|(at, _)| start + at).find(|at| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        !before.ends_with(of_name) && !after.starts_with(of_name)
    });
    found.map_or(from, |at| text[..at].chars().count())
}

/// Checks a text on one line.
fn check_word(form: Form, text: &str, calendars: &Calendars) -> Result<(), Fault> {
    let bare = |holds: bool| if holds { Ok(()) } else { Err(Fault::bare(form)) };
    let syntax = |error: SyntaxError| Fault::syntax(form, &error);
    match form {
        Form::Name | Form::ParamName | Form::EnvName => bare(is_name(form, text)),
        Form::Duration => bare(text.parse::<DurationMs>().is_ok()),
        Form::TimeZone => bare(text.parse::<chrono_tz::Tz>().is_ok()),
        Form::AbsolutePath => bare(text.starts_with('/') && !text.contains('\0')),
        Form::Time => bare(text.parse::<TimeOfDay>().is_ok()),
        Form::Date => bare(text.parse::<BizDate>().is_ok()),
        Form::DayCut => text.parse::<DayCut>().map(drop).map_err(syntax),
        Form::Cron => Cron::parse(text)
            .map(drop)
            .map_err(|error| Fault::detailed(form, error.at().unwrap_or(0), |lang| error.text(lang))),
        Form::Calendar => calendars.resolve_text(text).map(drop).map_err(|error| Fault::calendar(form, text, 0, error)),
        Form::DateRule => {
            let rule = Expr::parse(text).map_err(syntax)?;
            known(form, text, 0, rule.calendars(), calendars)
        }
        Form::Shift => {
            let shift: Shift = text.parse().map_err(syntax)?;
            known(form, text, 0, shift.of.iter(), calendars)
        }
        Form::Rule => {
            let written = Written::read(text, chrono_tz::UTC).map_err(syntax)?;
            let place = |clause| written.place(clause).unwrap_or(0);
            known(form, text, place(Clause::Calendar), written.spec.calendar.iter(), calendars)?;
            let of = written.spec.shift.iter().filter_map(|shift| shift.of.as_ref());
            known(form, text, place(Clause::Shift), of, calendars)
        }
        Form::Workflow => bare(text.split_once('/').map_or_else(
            || is_name(Form::Name, text),
            |(project, name)| is_name(Form::Name, project) && is_name(Form::Name, name),
        )),
        Form::Window => text.parse::<Window>().map(drop).map_err(|unknown| {
            let kind = Flow::UnknownWindow { name: unknown.name, meant: unknown.meant }.into();
            Fault { kind, before: 0 }
        }),
        Form::Approver => approver(text),
        Form::Template | Form::PathTemplate | Form::Expression | Form::List => Ok(()),
    }
}

/// A user name, or in capitals a role of a department.
fn approver(text: &str) -> Result<(), Fault> {
    let in_capitals = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if in_capitals {
        let roles = || Role::ALL.iter().filter(|role| !role.is_platform()).map(|role| role.as_str());
        if roles().any(|role| role == text) {
            return Ok(());
        }
        let choices = roles().map(str::to_owned).collect();
        let kind = Kind::UnknownChoice { value: text.to_owned(), meant: nearest(text, roles()), choices };
        return Err(Fault { kind, before: 0 });
    }
    let of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@".contains(&byte);
    let holds = text.len() >= 2
        && text.bytes().all(of_name)
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    if holds { Ok(()) } else { Err(Fault::bare(Form::Approver)) }
}

/// Whether the calendars that a text names after so many characters exist.
fn known<'a>(
    form: Form,
    text: &str,
    from: usize,
    mut named: impl Iterator<Item = &'a CalendarExpr>,
    calendars: &Calendars,
) -> Result<(), Fault> {
    named
        .try_for_each(|calendar| calendars.resolve(calendar).map(drop))
        .map_err(|error| Fault::calendar(form, text, from, error))
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
