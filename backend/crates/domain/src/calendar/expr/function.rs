//! The functions of calendar expressions as text, in both directions.

use std::fmt;

use chrono::Weekday;

use super::CalendarExpr;
use crate::bizdate::{SyntaxError, parse as dates, scan::Scanner};

/// More than the days of a year are nobody's n.
const MAX_N: i64 = 366;

const NAMES: [&str; 7] = ["first", "last", "nth", "shift", "weekday", "half", "between"];

/// Reads the arguments of a function and its closing parenthesis; `mark` is where its name begins.
pub(super) fn read(name: &str, mark: usize, scanner: &mut Scanner<'_>) -> Result<CalendarExpr, SyntaxError> {
    let name = name.to_lowercase();
    if !NAMES.contains(&name.as_str()) {
        let names = NAMES.join(", ");
        return Err(scanner.error_at(mark, (format!("one of the functions {names}"), format!("函数 {names} 之一"))));
    }
    let days = Box::new(CalendarExpr::read(scanner)?);
    let expr = match name.as_str() {
        "first" | "last" => {
            scanner.expect(',')?;
            CalendarExpr::Nth { days, n: if name == "first" { 1 } else { -1 }, period: dates::period(scanner)? }
        }
        "nth" => {
            scanner.expect(',')?;
            let n = number(scanner, 1)?;
            scanner.expect(',')?;
            CalendarExpr::Nth { days, n, period: dates::period(scanner)? }
        }
        "shift" => {
            scanner.expect(',')?;
            let n = number(scanner, 0)?;
            let by = if scanner.eat(',') { Some(Box::new(CalendarExpr::read(scanner)?)) } else { None };
            CalendarExpr::Shift { days, n, by }
        }
        "weekday" => CalendarExpr::Weekday(days, weekdays(scanner)?),
        "half" => CalendarExpr::Half(days),
        _ => between(days, scanner)?,
    };
    scanner.expect(')')?;
    Ok(expr)
}

/// A number that isn't nearer to zero than `least`.
fn number(scanner: &mut Scanner<'_>, least: i64) -> Result<i32, SyntaxError> {
    scanner.skip_space();
    let mark = scanner.mark();
    let n = scanner.signed()?;
    let wanted = || {
        (
            format!("a number from {least} to {MAX_N}, or the same from the end"),
            format!("{least} 到 {MAX_N} 的数字，可为负"),
        )
    };
    let held = (least..=MAX_N).contains(&n.abs()).then(|| i32::try_from(n).ok()).flatten();
    held.ok_or_else(|| scanner.error_at(mark, wanted()))
}

/// At least one weekday, in the order of the week.
fn weekdays(scanner: &mut Scanner<'_>) -> Result<Vec<Weekday>, SyntaxError> {
    let mut days = Vec::new();
    while days.is_empty() || scanner.peek() == Some(',') {
        scanner.expect(',')?;
        scanner.skip_space();
        let mark = scanner.mark();
        let day = scanner.word().and_then(|word| word.parse::<Weekday>().ok());
        days.push(day.ok_or_else(|| scanner.error_at(mark, ("a weekday such as Mon", "星期，例如 Mon")))?);
    }
    days.sort_by_key(Weekday::num_days_from_monday);
    days.dedup();
    Ok(days)
}

fn between(days: Box<CalendarExpr>, scanner: &mut Scanner<'_>) -> Result<CalendarExpr, SyntaxError> {
    let mut date = || {
        scanner.expect(',')?;
        scanner.skip_space();
        let mark = scanner.mark();
        let wanted = ("a date such as 2026-01-31", "日期，例如 2026-01-31");
        dates::date(scanner).ok_or_else(|| scanner.error_at(mark, wanted)).map(|date| (date, mark))
    };
    let (from, _) = date()?;
    let (to, mark) = date()?;
    if to < from {
        return Err(scanner.error_at(mark, (format!("a date from {from} on"), format!("不早于 {from} 的日期"))));
    }
    Ok(CalendarExpr::Between(days, from, to))
}

/// Writes a function; anything else has been written by its operator.
pub(super) fn write(expr: &CalendarExpr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match expr {
        CalendarExpr::Nth { days, n: 1, period } => write!(f, "first({days}, {period})"),
        CalendarExpr::Nth { days, n: -1, period } => write!(f, "last({days}, {period})"),
        CalendarExpr::Nth { days, n, period } => write!(f, "nth({days}, {n}, {period})"),
        CalendarExpr::Shift { days, n, by: None } => write!(f, "shift({days}, {n:+})"),
        CalendarExpr::Shift { days, n, by: Some(by) } => write!(f, "shift({days}, {n:+}, {by})"),
        CalendarExpr::Weekday(days, weekdays) => {
            write!(f, "weekday({days}")?;
            weekdays.iter().try_for_each(|day| write!(f, ", {day}"))?;
            f.write_str(")")
        }
        CalendarExpr::Half(days) => write!(f, "half({days})"),
        CalendarExpr::Between(days, from, to) => write!(f, "between({days}, {from}, {to})"),
        CalendarExpr::Name(_)
        | CalendarExpr::Not(_)
        | CalendarExpr::And(..)
        | CalendarExpr::Or(..)
        | CalendarExpr::Except(..) => Ok(()),
    }
}
