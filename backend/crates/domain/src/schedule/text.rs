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

use std::fmt;

use chrono::Weekday;
use chrono_tz::Tz;

use super::{Beyond, CutSide, DayCut, DayKind, OnClosed, Rule, ScheduleSpec, Shift, ShiftUnit, When};
use crate::{
    bizdate::{BizDate, SyntaxError, parse as dates, scan::Scanner},
    calendar::{CalendarExpr, TimeOfDay},
    cron::Cron,
};

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// Longer phrases before those that begin them.
const POLICIES: [(&str, OnClosed); 10] = [
    ("skip", OnClosed::Skip),
    ("run", OnClosed::Run),
    ("following", OnClosed::Following),
    ("next", OnClosed::Following),
    ("half month modified following", OnClosed::HalfMonthModifiedFollowing),
    ("modified following", OnClosed::ModifiedFollowing),
    ("preceding", OnClosed::Preceding),
    ("previous", OnClosed::Preceding),
    ("modified preceding", OnClosed::ModifiedPreceding),
    ("nearest", OnClosed::Nearest),
];

const OPEN_DAY: [&str; 4] = ["open", "trading", "business", "working"];

pub(super) fn parse(text: &str, zone: Tz) -> Result<ScheduleSpec, SyntaxError> {
    let mut scanner = Scanner::new(text)?;
    let when = when(&mut scanner)?;
    let mut spec = ScheduleSpec::new(when, zone);
    if scanner.phrase("on") {
        spec.calendar = Some(CalendarExpr::read(&mut scanner)?);
    }
    if scanner.phrase("if closed") {
        let found = POLICIES.iter().find(|(words, _)| scanner.phrase(words));
        let (_, policy) = found.ok_or_else(|| {
            scanner.error_here("skip, run, following, preceding, modified following, modified preceding or nearest")
        })?;
        spec.on_closed = *policy;
    }
    if matches!(scanner.peek(), Some('+' | '-')) {
        spec.shift = Some(shift(&mut scanner)?);
    }
    let place = scanner.mark();
    if scanner.phrase("at") {
        spec.times = times(&mut scanner)?;
    }
    tail(&mut scanner, &mut spec)?;
    let expected = match (&spec.when, spec.times.is_empty()) {
        (When::Rule(_), true) => "`on`, `if closed`, a shift or `at` and a time such as 18:00",
        _ => "`on`, `if closed`, a shift, `at`, `tz`, `from`, `until`, `cut` or the end, in this order",
    };
    if !scanner.at_end() || (spec.times.is_empty() && matches!(spec.when, When::Rule(_))) {
        return Err(scanner.error_here(expected));
    }
    spec.check().map_err(|error| scanner.error_at(place, &format!("a document without this fault: {error}")))?;
    Ok(spec)
}

fn tail(scanner: &mut Scanner<'_>, spec: &mut ScheduleSpec) -> Result<(), SyntaxError> {
    if scanner.phrase("tz") {
        scanner.skip_space();
        let mark = scanner.mark();
        let name = scanner.until(&[' ', '\t', '\n']);
        spec.timezone = name.parse().map_err(|_| scanner.error_at(mark, "a time zone such as Asia/Shanghai"))?;
    }
    for (word, place) in [("from", &mut spec.from), ("until", &mut spec.until)] {
        if scanner.phrase(word) {
            *place = Some(date(scanner)?);
        }
    }
    if scanner.phrase("cut") {
        let at = time(scanner)?;
        let side = if scanner.phrase("next") { CutSide::Next } else { CutSide::Previous };
        spec.day_cut = Some(DayCut { at, side });
    }
    if scanner.phrase("beyond week mask") {
        spec.beyond = Beyond::AssumeWeekMask;
    }
    Ok(())
}

fn when(scanner: &mut Scanner<'_>) -> Result<When, SyntaxError> {
    if scanner.phrase("cron") {
        scanner.expect('(')?;
        let mark = scanner.mark();
        let inside = scanner.until(&[')']);
        let cron = Cron::parse(inside).map_err(|error| {
            let chars = error.at().unwrap_or(0);
            let place = inside.char_indices().nth(chars).map_or(mark, |(at, _)| mark + at);
            scanner.error_at(place, &format!("a cron expression ({error})"))
        })?;
        scanner.expect(')')?;
        return Ok(When::Cron(cron));
    }
    if scanner.phrase("every") { every(scanner).map(When::Rule) } else { ordinal(scanner).map(When::Rule) }
}

fn every(scanner: &mut Scanner<'_>) -> Result<Rule, SyntaxError> {
    if scanner.phrase("day") {
        return Ok(Rule::EveryDay);
    }
    if open_day(scanner, "day") {
        return Ok(Rule::EveryOpenDay);
    }
    if scanner.peek().is_some_and(|c| c.is_ascii_digit()) {
        let n = scanner.number()?;
        if !open_day(scanner, "days") {
            return Err(scanner.error_here("`open days`"));
        }
        return Ok(Rule::EveryOpenDays(u32::try_from(n).unwrap_or(u32::MAX)));
    }
    let mut days = vec![weekday(scanner).ok_or_else(|| scanner.error_here("day, open day, a number or a weekday"))?];
    while scanner.eat(',') {
        days.push(weekday(scanner).ok_or_else(|| scanner.error_here("a weekday such as monday"))?);
    }
    Ok(Rule::Weekdays(days))
}

fn ordinal(scanner: &mut Scanner<'_>) -> Result<Rule, SyntaxError> {
    let n = if scanner.phrase("first") {
        1
    } else if scanner.phrase("last") {
        -1
    } else if matches!(scanner.peek(), Some('-' | '0'..='9')) {
        scanner.signed()?
    } else {
        return Err(scanner.error_here("`every`, `first`, `last`, a number or `cron(`"));
    };
    let of = if scanner.phrase("day") {
        DayKind::Day
    } else if open_day(scanner, "day") {
        DayKind::OpenDay
    } else {
        DayKind::Weekday(weekday(scanner).ok_or_else(|| scanner.error_here("`day`, `open day` or a weekday"))?)
    };
    if !scanner.phrase("of") {
        return Err(scanner.error_here("`of` and a period"));
    }
    let period = dates::period(scanner)?;
    Ok(Rule::Ordinal { n: i32::try_from(n).unwrap_or(i32::MAX), of, period })
}

fn open_day(scanner: &mut Scanner<'_>, noun: &str) -> bool {
    OPEN_DAY.iter().any(|open| scanner.phrase(&format!("{open} {noun}")))
}

fn weekday(scanner: &mut Scanner<'_>) -> Option<Weekday> {
    let found = WEEKDAYS.iter().find(|(name, _)| scanner.phrase(name) || scanner.phrase(&name[..3]));
    found.map(|(_, day)| *day)
}

fn shift(scanner: &mut Scanner<'_>) -> Result<Shift, SyntaxError> {
    let n = scanner.signed()?;
    if scanner.phrase("days") || scanner.phrase("day") {
        return Ok(Shift { n, unit: ShiftUnit::Days, of: None });
    }
    if !open_day(scanner, "days") && !open_day(scanner, "day") {
        return Err(scanner.error_here("`open days` or `days`"));
    }
    let of = if scanner.phrase("of") { Some(CalendarExpr::read(scanner)?) } else { None };
    Ok(Shift { n, unit: ShiftUnit::OpenDays, of })
}

fn times(scanner: &mut Scanner<'_>) -> Result<Vec<TimeOfDay>, SyntaxError> {
    let mut times = vec![time(scanner)?];
    while scanner.eat(',') {
        times.push(time(scanner)?);
    }
    Ok(times)
}

fn time(scanner: &mut Scanner<'_>) -> Result<TimeOfDay, SyntaxError> {
    scanner.skip_space();
    let mark = scanner.mark();
    let text = scanner.until(&[',', ' ', '\t', '\n']);
    text.parse().map_err(|_| scanner.error_at(mark, "a time such as 18:00"))
}

fn date(scanner: &mut Scanner<'_>) -> Result<BizDate, SyntaxError> {
    dates::date(scanner).ok_or_else(|| scanner.error_here("a date such as 2026-11-20"))
}

impl fmt::Display for ScheduleSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.when {
            When::Cron(cron) => write!(f, "cron({cron})")?,
            When::Rule(rule) => write!(f, "{rule}")?,
        }
        if let Some(calendar) = &self.calendar {
            write!(f, " on {calendar}")?;
        }
        if self.on_closed != OnClosed::Skip {
            let words = POLICIES.iter().find(|(_, policy)| *policy == self.on_closed).map_or("", |(words, _)| words);
            write!(f, " if closed {words}")?;
        }
        if let Some(shift) = &self.shift {
            write!(f, " {shift}")?;
        }
        for (index, time) in self.times.iter().enumerate() {
            write!(f, "{}{time}", if index == 0 { " at " } else { ", " })?;
        }
        write!(f, " tz {}", self.timezone)?;
        if let Some(from) = self.from {
            write!(f, " from {from}")?;
        }
        if let Some(until) = self.until {
            write!(f, " until {until}")?;
        }
        if let Some(cut) = self.day_cut {
            write!(f, " cut {}{}", cut.at, if cut.side == CutSide::Next { " next" } else { "" })?;
        }
        if self.beyond == Beyond::AssumeWeekMask { f.write_str(" beyond week mask") } else { Ok(()) }
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.unit == ShiftUnit::OpenDays { "open days" } else { "days" };
        write!(f, "{:+} {unit}", self.n)?;
        self.of.as_ref().map_or(Ok(()), |of| write!(f, " of {of}"))
    }
}

fn name(day: Weekday) -> &'static str {
    WEEKDAYS[day.num_days_from_monday() as usize].0
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EveryDay => f.write_str("every day"),
            Self::EveryOpenDay => f.write_str("every open day"),
            Self::EveryOpenDays(n) => write!(f, "every {n} open days"),
            Self::Weekdays(days) => {
                let names: Vec<&str> = days.iter().map(|day| name(*day)).collect();
                write!(f, "every {}", names.join(", "))
            }
            Self::Ordinal { n, of, period } => {
                match n {
                    1 => f.write_str("first ")?,
                    -1 => f.write_str("last ")?,
                    n => write!(f, "{n} ")?,
                }
                let of = match of {
                    DayKind::Day => "day",
                    DayKind::OpenDay => "open day",
                    DayKind::Weekday(day) => name(*day),
                };
                write!(f, "{of} of {period}")
            }
        }
    }
}
