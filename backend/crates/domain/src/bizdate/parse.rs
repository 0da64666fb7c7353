//! Reads business-date expressions.

use super::{
    BizDate, Period, SyntaxError,
    expr::{Expr, Start, Step, Unit},
    scan::Scanner,
};
use crate::calendar::{CalendarExpr, Roll};

/// More steps than anybody writes.
const MAX_STEPS: usize = 32;

pub(super) fn parse(text: &str) -> Result<Expr, SyntaxError> {
    let mut scanner = Scanner::new(text)?;
    let start = start(&mut scanner)?;
    let mut steps = Vec::new();
    while !scanner.at_end() {
        if steps.len() == MAX_STEPS {
            return Err(scanner.error_here((format!("at most {MAX_STEPS} steps"), format!("至多 {MAX_STEPS} 步"))));
        }
        steps.push(step(&mut scanner)?);
    }
    Ok(Expr { start, steps })
}

fn start(scanner: &mut Scanner<'_>) -> Result<Start, SyntaxError> {
    if let Some(date) = date(scanner) {
        return Ok(Start::Literal(date));
    }
    let mark = scanner.mark();
    match scanner.word() {
        Some("T") => Ok(Start::T),
        Some("D") => Ok(Start::D),
        _ => Err(scanner.error_at(mark, ("`T`, `D` or a date such as 2026-11-20", "`T`、`D` 或日期(例如 2026-11-20)"))),
    }
}

/// Takes a date when one comes next; `2026-11-20-1` is the date and a step.
pub(crate) fn date(scanner: &mut Scanner<'_>) -> Option<BizDate> {
    scanner.skip_space();
    let date = scanner.rest().get(..10)?.parse().ok()?;
    scanner.reset(scanner.mark() + 10);
    Some(date)
}

fn step(scanner: &mut Scanner<'_>) -> Result<Step, SyntaxError> {
    if matches!(scanner.peek(), Some('+' | '-')) {
        let n = scanner.signed()?;
        let calendar = if scanner.eat('@') { Some(CalendarExpr::read_atom(scanner)?) } else { None };
        return Ok(Step::Offset(n, calendar));
    }
    if !scanner.eat('.') {
        return Err(scanner.error_here(("`+`, `-`, `.` or the end", "`+`、`-`、`.` 或结尾")));
    }
    let mark = scanner.mark();
    let name = scanner.word().unwrap_or_default();
    let known = ["next", "prev", "roll", "add", "start", "end", "nth"];
    if !known.contains(&name) {
        let wanted = (format!("one of {}", known.join(", ")), format!("{} 之一", known.join("、")));
        return Err(scanner.error_at(mark, wanted));
    }
    scanner.expect('(')?;
    let step = arguments(name, scanner)?;
    scanner.expect(')')?;
    Ok(step)
}

fn arguments(name: &str, scanner: &mut Scanner<'_>) -> Result<Step, SyntaxError> {
    Ok(match name {
        "next" => Step::Next(CalendarExpr::read(scanner)?),
        "prev" => Step::Previous(CalendarExpr::read(scanner)?),
        "roll" => {
            let calendar = CalendarExpr::read(scanner)?;
            scanner.expect(',')?;
            Step::Roll(calendar, roll(scanner)?)
        }
        "add" => {
            let n = scanner.signed()?;
            let mark = scanner.mark();
            let unit = match scanner.word() {
                Some("d") => Unit::Day,
                Some("w") => Unit::Week,
                Some("m") => Unit::Month,
                Some("y") => Unit::Year,
                _ => return Err(scanner.error_at(mark, ("`d`, `w`, `m` or `y`", "`d`、`w`、`m` 或 `y`"))),
            };
            Step::Add(n, unit)
        }
        "start" => Step::Start(period(scanner)?),
        "end" => Step::End(period(scanner)?),
        _ => {
            let calendar = CalendarExpr::read(scanner)?;
            scanner.expect(',')?;
            let period = period(scanner)?;
            scanner.expect(',')?;
            let mark = scanner.mark();
            let n = scanner.signed()?;
            if n == 0 {
                return Err(
                    scanner.error_at(mark, ("a number from 1 on, or from -1 back", "从 1 起或从 -1 往回的数字"))
                );
            }
            Step::Nth(calendar, period, n)
        }
    })
}

/// A convention, its words joined by `_` or by spaces.
fn roll(scanner: &mut Scanner<'_>) -> Result<Roll, SyntaxError> {
    scanner.skip_space();
    let mark = scanner.mark();
    let words = scanner.until(&[')']).split_whitespace().collect::<Vec<_>>().join("_");
    let wanted = (
        "following, preceding, modified_following or another roll",
        "following、preceding、modified_following 等调整方式",
    );
    words.parse().map_err(|_| scanner.error_at(mark, wanted))
}

/// A period's name.
pub(crate) fn period(scanner: &mut Scanner<'_>) -> Result<Period, SyntaxError> {
    scanner.skip_space();
    let mark = scanner.mark();
    let wanted = (
        "week, ten_day, month, quarter, half, year or fiscal_year_04 (with its first month)",
        "week、ten_day、month、quarter、half、year 或 fiscal_year_04(末尾为起始月)",
    );
    scanner.word().and_then(|word| word.parse().ok()).ok_or_else(|| scanner.error_at(mark, wanted))
}
