//! Reads the words of a schedule's text, one clause after the other.

use std::str::FromStr;

use chrono::Weekday;

use super::super::{CutSide, DayCut, DayKind, OnClosed, Rule, Shift, ShiftUnit, When};
use crate::{
    bizdate::{BizDate, SyntaxError, parse as dates, scan::Scanner},
    calendar::{CalendarExpr, TimeOfDay},
    cron::Cron,
    error::Lang,
};

pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// Longer phrases before those that begin them.
pub(super) const POLICIES: [(&str, OnClosed); 10] = [
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

pub(super) fn when(scanner: &mut Scanner<'_>) -> Result<When, SyntaxError> {
    if scanner.phrase("cron") {
        scanner.expect('(')?;
        let mark = scanner.mark();
        let inside = scanner.until(&[')']);
        let cron = Cron::parse(inside).map_err(|error| {
            let chars = error.at().unwrap_or(0);
            let place = inside.char_indices().nth(chars).map_or(mark, |(at, _)| mark + at);
            let (en, zh) = (error.text(Lang::En), error.text(Lang::Zh));
            scanner.error_at(place, (format!("a cron expression ({en})"), format!("cron 表达式({zh})")))
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
    let mut days =
        vec![weekday(scanner).ok_or_else(|| {
            scanner.error_here(("day, open day, a number or a weekday", "day、open day、数字或周几"))
        })?];
    while scanner.eat(',') {
        days.push(
            weekday(scanner).ok_or_else(|| scanner.error_here(("a weekday such as monday", "周几，例如 monday")))?,
        );
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
        return Err(scanner.error_here((
            "`every`, `first`, `last`, a number or `cron(`",
            "`every`、`first`、`last`、数字或 `cron(`",
        )));
    };
    let of = if scanner.phrase("day") {
        DayKind::Day
    } else if open_day(scanner, "day") {
        DayKind::OpenDay
    } else {
        DayKind::Weekday(
            weekday(scanner)
                .ok_or_else(|| scanner.error_here(("`day`, `open day` or a weekday", "`day`、`open day` 或周几")))?,
        )
    };
    if !scanner.phrase("of") {
        return Err(scanner.error_here(("`of` and a period", "`of` 加周期")));
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

pub(super) fn policy(scanner: &mut Scanner<'_>) -> Result<OnClosed, SyntaxError> {
    let found = POLICIES.iter().find(|(words, _)| scanner.phrase(words));
    let wanted = (
        "skip, run, following, preceding, modified following, half month modified following, modified preceding or nearest",
        "skip、run、following、preceding、modified following、half month modified following、modified preceding 或 nearest",
    );
    found.map(|(_, policy)| *policy).ok_or_else(|| scanner.error_here(wanted))
}

/// Reads a text that is nothing but one clause.
fn alone<'a, T>(
    text: &'a str,
    read: impl FnOnce(&mut Scanner<'a>) -> Result<T, SyntaxError>,
) -> Result<T, SyntaxError> {
    let mut scanner = Scanner::new(text)?;
    let value = read(&mut scanner)?;
    scanner.finish(("the end", "结尾"))?;
    Ok(value)
}

impl FromStr for Shift {
    type Err = SyntaxError;

    /// Reads `+1 open days of HKEX`.
    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        alone(text, shift)
    }
}

impl FromStr for DayCut {
    type Err = SyntaxError;

    /// Reads `06:00` and `21:00 next`.
    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        alone(text, day_cut)
    }
}

pub(super) fn shift(scanner: &mut Scanner<'_>) -> Result<Shift, SyntaxError> {
    let n = scanner.signed()?;
    if scanner.phrase("days") || scanner.phrase("day") {
        return Ok(Shift { n, unit: ShiftUnit::Days, of: None });
    }
    if !open_day(scanner, "days") && !open_day(scanner, "day") {
        return Err(scanner.error_here(("`open days` or `days`", "`open days` 或 `days`")));
    }
    let of = if scanner.phrase("of") { Some(CalendarExpr::read(scanner)?) } else { None };
    Ok(Shift { n, unit: ShiftUnit::OpenDays, of })
}

pub(super) fn times(scanner: &mut Scanner<'_>) -> Result<Vec<TimeOfDay>, SyntaxError> {
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
    text.parse().map_err(|_| scanner.error_at(mark, ("a time such as 18:00", "时刻，例如 18:00")))
}

pub(super) fn day_cut(scanner: &mut Scanner<'_>) -> Result<DayCut, SyntaxError> {
    let at = time(scanner)?;
    let side = if scanner.phrase("next") { CutSide::Next } else { CutSide::Previous };
    Ok(DayCut { at, side })
}

pub(super) fn date(scanner: &mut Scanner<'_>) -> Result<BizDate, SyntaxError> {
    dates::date(scanner).ok_or_else(|| scanner.error_here(("a date such as 2026-11-20", "日期，例如 2026-11-20")))
}
