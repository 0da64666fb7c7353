//! A calendar as a file: the formats that [`mod@super::import`] reads, from the effective days, overrides included.

use std::fmt::Write as _;

use super::{
    base::{Base, Definition},
    day::{DayStatus, Reason, Session, Tri},
};
use crate::{
    bizdate::{BizDate, Period},
    error::Lang,
};

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `date,session,open,close`: the open days with their hours.
    Sessions,
    /// `date,type,name`: every day with 1, 0 or −1.
    Types,
    /// iCalendar: the days that depart from the week.
    Ics,
    /// Our own JSON, which alone carries everything.
    Json,
}

/// A calendar that a format can't carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// A list of open days would make an undecided day look closed.
    #[error("{0} is not decided: a list of open days would call it closed")]
    Undecided(BizDate),
    /// A computed calendar has no years of its own, and these formats list years.
    #[error("{0} is computed for all time and lists no years")]
    Computed(String),
}

impl ExportError {
    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::Undecided(day), Lang::Zh) => format!("{day} 尚未确定：只列开放日的文件会把它当作休市"),
            (Self::Computed(name), Lang::Zh) => format!("{name} 由计算得出，没有可列出的年份"),
        }
    }
}

/// Writes the published years of a calendar.
///
/// # Errors
/// When the format can't carry what the calendar says.
pub fn export(base: &Base, form: Form) -> Result<String, ExportError> {
    let definition = base.definition();
    if form == Form::Json {
        return Ok(serde_json::to_string_pretty(definition).expect("a definition has no keys but texts") + "\n");
    }
    if definition.years.is_none() {
        return Err(ExportError::Computed(definition.name.clone()));
    }
    match form {
        Form::Sessions => sessions(base),
        Form::Types => Ok(types(base)),
        Form::Ics | Form::Json => Ok(ics(base)),
    }
}

/// The days of the published years.
fn days(definition: &Definition) -> impl Iterator<Item = BizDate> {
    let firsts = definition.years.iter().flatten().filter_map(|year| BizDate::new(*year, 1, 1));
    firsts.flat_map(|first| (first.number()..=first.end(Period::Year).number()).filter_map(BizDate::from_number))
}

fn sessions(base: &Base) -> Result<String, ExportError> {
    let mut text = String::from("date,session,open,close\n");
    for date in days(base.definition()) {
        match base.status(date, false) {
            DayStatus::Open(Session { half, open, close }) => {
                let time = |time: Option<super::TimeOfDay>| time.map(|time| time.to_string()).unwrap_or_default();
                let session = if half { "half" } else { "full" };
                let _ = writeln!(text, "{date},{session},{},{}", time(open), time(close));
            }
            DayStatus::Closed(_) => {}
            DayStatus::Unset => return Err(ExportError::Undecided(date)),
        }
    }
    Ok(text)
}

fn types(base: &Base) -> String {
    let mut text = String::from("date,type,name\n");
    for date in days(base.definition()) {
        let kind = match base.tri(date, false) {
            Tri::Open => "1",
            Tri::Closed => "0",
            Tri::Unset => "-1",
        };
        let _ = writeln!(text, "{date},{kind},{}", quoted(reason(base, date)));
    }
    text
}

/// The reason that a layer gives for a day.
fn reason(base: &Base, date: BizDate) -> &str {
    match base.reason(date) {
        Some(Reason::Named(name)) => name,
        _ => "",
    }
}

fn quoted(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    if text.contains([',', ';', '\t', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// What an event says of its day.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Saying<'a> {
    category: &'static str,
    session: Option<Session>,
    reason: &'a str,
}

fn ics(base: &Base) -> String {
    let definition = base.definition();
    let mut lines = vec!["BEGIN:VCALENDAR".to_owned(), "VERSION:2.0".into(), "PRODID:-//Almanac//Calendars//EN".into()];
    lines.push(format!("X-WR-CALNAME:{}", definition.name));
    let years: Vec<String> = definition.years.iter().flatten().map(ToString::to_string).collect();
    lines.push(format!("X-ALMANAC-YEARS:{}", years.join(",")));
    let mut open: Option<(BizDate, BizDate, Saying<'_>)> = None;
    for date in days(definition) {
        let saying = saying(base, date);
        match (&mut open, saying) {
            // Days on end that say the same are one event; an event with times is a day's.
            (Some((_, last, known)), Some(saying))
                if known.session.is_none() && *known == saying && last.succ() == date =>
            {
                *last = date;
            }
            (_, saying) => {
                event(&mut lines, definition, open.take());
                open = saying.map(|saying| (date, date, saying));
            }
        }
    }
    event(&mut lines, definition, open);
    lines.push("END:VCALENDAR".into());
    lines.iter().map(|line| folded(line)).collect()
}

/// What has to be said of a day; nothing when it is as the week has it.
fn saying(base: &Base, date: BizDate) -> Option<Saying<'_>> {
    let definition = base.definition();
    let (reason, usual) = (reason(base, date), definition.week.is_open(date));
    let say = |category, session| Some(Saying { category, session, reason });
    match base.status(date, false) {
        DayStatus::Open(session) if session.half => say("HALF", Some(session)),
        DayStatus::Open(session) if session != definition.session => say("OPEN", Some(session)),
        DayStatus::Open(_) => {
            if usual && reason.is_empty() {
                None
            } else {
                say("OPEN", None)
            }
        }
        DayStatus::Closed(_) => {
            if !usual && reason.is_empty() {
                None
            } else {
                say("CLOSED", None)
            }
        }
        DayStatus::Unset => say("UNSET", None),
    }
}

fn event(lines: &mut Vec<String>, definition: &Definition, told: Option<(BizDate, BizDate, Saying<'_>)>) {
    let Some((first, last, saying)) = told else { return };
    lines.push("BEGIN:VEVENT".into());
    lines.push(format!("UID:{}-{}@almanac", definition.name, first.compact()));
    // The standard asks for a time stamp; the file's only honest one is the day it speaks of.
    lines.push(format!("DTSTAMP:{}T000000Z", first.compact()));
    match saying.session.and_then(|session| session.open.zip(session.close)) {
        Some((open, close)) => {
            let time = |time: super::TimeOfDay| {
                let seconds = time.seconds();
                format!("{:02}{:02}{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
            };
            for (name, at) in [("DTSTART", open), ("DTEND", close)] {
                lines.push(format!("{name};TZID={}:{}T{}", definition.zone, first.compact(), time(at)));
            }
        }
        None => {
            lines.push(format!("DTSTART;VALUE=DATE:{}", first.compact()));
            lines.push(format!("DTEND;VALUE=DATE:{}", last.succ().compact()));
        }
    }
    lines.push(format!("CATEGORIES:{}", saying.category));
    if !saying.reason.is_empty() {
        lines.push(format!("SUMMARY:{}", escaped(saying.reason)));
    }
    lines.push("TRANSP:TRANSPARENT".into());
    lines.push("END:VEVENT".into());
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;");
    text.replace('\r', "").replace('\n', "\\n")
}

/// A line as the standard wants it: no more than 75 bytes, continued after a space, ended with CR LF.
fn folded(line: &str) -> String {
    let mut text = String::with_capacity(line.len() + 8);
    let mut room = 75;
    for c in line.chars() {
        if c.len_utf8() > room {
            text.push_str("\r\n ");
            room = 74;
        }
        room -= c.len_utf8();
        text.push(c);
    }
    text + "\r\n"
}
