//! The text form of a schedule, in both directions:
//!
//! ```text
//! schedule = recur , [ "on" cal ] , [ "if closed" policy ] , [ shift ] , [ "at" time { "," time } ] , [ "tz" zone ] ,
//!            [ "from" date ] , [ "until" date ] , [ "cut" time [ "next" ] ] , [ "beyond week mask" ] ;
//! recur    = "every" ( "day" | "open day" | int "open days" | weekday { "," weekday } )
//!          | ordinal ( "day" | "open day" | weekday ) "of" period | "cron(" expression ")" ;
//! ordinal  = "first" | "last" | [ "-" ] int ;
//! policy   = "skip" | "run" | [ "modified" | "half month modified" ] "following" | [ "modified" ] "preceding" | "nearest" ;
//! shift    = ( "+" | "-" ) int ( "open days" [ "of" cal ] | "days" ) ;
//! ```
//!
//! `trading day`, `business day` and `working day` are read as `open day`, `next` and `previous` as policies.

use chrono_tz::Tz;

use super::{Beyond, ScheduleSpec, When};
use crate::{
    bizdate::{SyntaxError, scan::Scanner},
    calendar::CalendarExpr,
    error::Lang,
};

mod print;
mod words;

/// A part of a schedule beside its rule. A text may have it, and so may a document's entry, in a field of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of ScheduleSpec tell what they are")]
pub enum Clause {
    Calendar,
    OnClosed,
    Shift,
    Times,
    Timezone,
    From,
    Until,
    DayCut,
    Beyond,
}

/// A schedule's text as it was read, before it is checked as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it says; defaults where it says nothing.
    pub spec: ScheduleSpec,
    /// The clauses that it has, each with the number of characters before its value.
    pub said: Vec<(Clause, usize)>,
}

impl Written {
    /// Reads a text, which need not be a whole schedule: times and time zone may be missing. Where no zone is written,
    /// `zone` holds.
    ///
    /// # Errors
    /// With the place and what was expected there.
    pub fn read(text: &str, zone: Tz) -> Result<Self, SyntaxError> {
        let mut scanner = Scanner::new(text)?;
        let when = words::when(&mut scanner)?;
        let mut written = Self { spec: ScheduleSpec::new(when, zone), said: Vec::new() };
        written.read_days(&mut scanner)?;
        written.read_limits(&mut scanner)?;
        if !scanner.at_end() {
            return Err(scanner.error_here(written.what_follows()));
        }
        Ok(written)
    }

    /// How many characters stand before a clause's value, when the text has the clause.
    #[must_use]
    pub fn place(&self, clause: Clause) -> Option<usize> {
        self.said.iter().find(|(said, _)| *said == clause).map(|(_, place)| *place)
    }

    /// Notes that a clause's value comes next.
    fn note(&mut self, clause: Clause, scanner: &mut Scanner<'_>) {
        scanner.skip_space();
        self.said.push((clause, scanner.chars_before(scanner.mark())));
    }

    /// The clauses that decide on the days and times.
    fn read_days(&mut self, scanner: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        if scanner.phrase("on") {
            self.note(Clause::Calendar, scanner);
            self.spec.calendar = Some(CalendarExpr::read(scanner)?);
        }
        if scanner.phrase("if closed") {
            self.note(Clause::OnClosed, scanner);
            self.spec.on_closed = words::policy(scanner)?;
        }
        if matches!(scanner.peek(), Some('+' | '-')) {
            self.note(Clause::Shift, scanner);
            self.spec.shift = Some(words::shift(scanner)?);
        }
        if scanner.phrase("at") {
            self.note(Clause::Times, scanner);
            self.spec.times = words::times(scanner)?;
        }
        Ok(())
    }

    fn read_limits(&mut self, scanner: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        if scanner.phrase("tz") {
            self.note(Clause::Timezone, scanner);
            let mark = scanner.mark();
            let name = scanner.until(&[' ', '\t', '\n']);
            let wanted = ("a time zone such as Asia/Shanghai", "时区，例如 Asia/Shanghai");
            self.spec.timezone = name.parse().map_err(|_| scanner.error_at(mark, wanted))?;
        }
        if scanner.phrase("from") {
            self.note(Clause::From, scanner);
            self.spec.from = Some(words::date(scanner)?);
        }
        if scanner.phrase("until") {
            self.note(Clause::Until, scanner);
            self.spec.until = Some(words::date(scanner)?);
        }
        if scanner.phrase("cut") {
            self.note(Clause::DayCut, scanner);
            self.spec.day_cut = Some(words::day_cut(scanner)?);
        }
        if scanner.phrase("beyond") {
            self.note(Clause::Beyond, scanner);
            if !scanner.phrase("week mask") {
                return Err(scanner.error_here("`week mask`"));
            }
            self.spec.beyond = Beyond::AssumeWeekMask;
        }
        Ok(())
    }

    /// What could have come instead of what isn't understood.
    fn what_follows(&self) -> (&'static str, &'static str) {
        if self.lacks_times() {
            (
                "`on`, `if closed`, a shift or `at` and a time such as 18:00",
                "`on`、`if closed`、偏移，或 `at` 加时刻(例如 18:00)",
            )
        } else {
            (
                "`on`, `if closed`, a shift, `at`, `tz`, `from`, `until`, `cut`, `beyond` or the end, in this order",
                "`on`、`if closed`、偏移、`at`、`tz`、`from`、`until`、`cut`、`beyond` 或结尾，依此次序",
            )
        }
    }

    fn lacks_times(&self) -> bool {
        matches!(self.spec.when, When::Rule(_)) && self.spec.times.is_empty()
    }
}

pub(super) fn parse(text: &str, zone: Tz) -> Result<ScheduleSpec, SyntaxError> {
    let written = Written::read(text, zone)?;
    let wrong = |at, (expected, expected_zh): (String, String)| {
        let rest: String = text.chars().skip(at).collect();
        let found = rest.split_whitespace().next().map(|word| format!("`{word}`")).unwrap_or_default();
        SyntaxError { at, expected, expected_zh, found }
    };
    if written.lacks_times() {
        let (en, zh) = written.what_follows();
        return Err(wrong(text.chars().count(), (en.to_owned(), zh.to_owned())));
    }
    match written.spec.check() {
        Ok(()) => Ok(written.spec),
        Err(error) => {
            let at = error.clause().and_then(|clause| written.place(clause)).unwrap_or(0);
            let (en, zh) = (error.text(Lang::En), error.text(Lang::Zh));
            Err(wrong(at, (format!("a schedule that holds together ({en})"), format!("前后一致的定时({zh})"))))
        }
    }
}
