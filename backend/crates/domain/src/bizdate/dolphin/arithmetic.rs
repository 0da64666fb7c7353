//! The whole-number arithmetic of placeholders: `+ - * /`, parentheses, signs.

use super::super::scan::{MAX_DEPTH, Scanner};

const WRONG: &str = "its number can't be read";
const TOO_BIG: &str = "its number is too big";

/// The value of an expression; division drops the remainder.
pub(super) fn value(text: &str) -> Result<i64, &'static str> {
    let mut scanner = Scanner::new(text).map_err(|_| WRONG)?;
    let value = sum(&mut scanner)?;
    if scanner.at_end() { Ok(value) } else { Err(WRONG) }
}

fn sum(scanner: &mut Scanner<'_>) -> Result<i64, &'static str> {
    let mut total = product(scanner)?;
    loop {
        if scanner.eat('+') {
            total = total.checked_add(product(scanner)?).ok_or(TOO_BIG)?;
        } else if scanner.eat('-') {
            total = total.checked_sub(product(scanner)?).ok_or(TOO_BIG)?;
        } else {
            return Ok(total);
        }
    }
}

fn product(scanner: &mut Scanner<'_>) -> Result<i64, &'static str> {
    let mut total = factor(scanner)?;
    loop {
        if scanner.eat('*') {
            total = total.checked_mul(factor(scanner)?).ok_or(TOO_BIG)?;
        } else if scanner.eat('/') {
            total = total.checked_div(factor(scanner)?).ok_or("it divides by zero")?;
        } else {
            return Ok(total);
        }
    }
}

fn factor(scanner: &mut Scanner<'_>) -> Result<i64, &'static str> {
    scanner.depth += 1;
    if scanner.depth > MAX_DEPTH {
        return Err(WRONG);
    }
    let value = if scanner.eat('-') {
        factor(scanner)?.checked_neg().ok_or(TOO_BIG)?
    } else if scanner.eat('+') {
        factor(scanner)?
    } else if scanner.eat('(') {
        let inner = sum(scanner)?;
        scanner.expect(')').map_err(|_| WRONG)?;
        inner
    } else {
        scanner.number().map_err(|_| WRONG)?
    };
    scanner.depth -= 1;
    Ok(value)
}
