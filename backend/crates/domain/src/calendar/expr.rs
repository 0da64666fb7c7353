//! Calendar expressions: `SSE & HKEX`, `CN_WORK | SSE`, `SSE - audit_days`, `!SSE`.
//!
//! `!` binds closest, then `&`, then `|` and `-` from left to right: `A | B & C - D` is `(A | (B & C)) - D`.
//!
//! Functions pick days out of an expression, and may be nested: `first(SSE, month)`, `last(SSE, month)`,
//! `nth(SSE, 3, month)` (from the end when negative), `weekday(SSE, Mon, Fri)`, `half(HKEX)` (the half days),
//! `between(SSE, 2026-01-01, 2026-06-30)`. `shift(last(SSE, month), +2, HKEX)` are the days that come two open days of
//! HKEX after a last open day of SSE; without the third argument it counts in what stands inside the functions, here
//! SSE.

use std::fmt;

use chrono::Weekday;
use serde::{Deserialize, Serialize};

mod describe;
mod function;
mod steps;

use crate::bizdate::{
    BizDate, Period, SyntaxError,
    scan::{MAX_DEPTH, Scanner},
};
pub use steps::Step;

/// An expression over named calendars. In JSON it is its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CalendarExpr {
    /// A calendar by its name.
    Name(String),
    /// Open where the other is closed.
    Not(Box<CalendarExpr>),
    /// Open where both are.
    And(Box<CalendarExpr>, Box<CalendarExpr>),
    /// Open where either is.
    Or(Box<CalendarExpr>, Box<CalendarExpr>),
    /// Open where the first is and the second isn't.
    Except(Box<CalendarExpr>, Box<CalendarExpr>),
    /// The n-th open day of each period: `first(SSE, month)`, `last(SSE, month)`, `nth(SSE, 3, month)`.
    Nth {
        /// Whose open days.
        days: Box<CalendarExpr>,
        /// 1 is the first, −1 the last; never 0, at most 366 either way.
        n: i32,
        /// In each of these.
        period: Period,
    },
    /// The days that come n open days after others (before, when negative): `shift(last(SSE, month), +2)`. With 0, the
    /// others, each moved to the next open day when it isn't one.
    Shift {
        /// The others.
        days: Box<CalendarExpr>,
        /// How many, at most 366 either way.
        n: i32,
        /// In which open days are counted; see [`Self::counted`] for when none is named.
        by: Option<Box<CalendarExpr>>,
    },
    /// The open days that fall on one of these: `weekday(SSE, Mon, Fri)`.
    Weekday(Box<CalendarExpr>, Vec<Weekday>),
    /// The half days: `half(HKEX)`.
    Half(Box<CalendarExpr>),
    /// The open days from one date to another: `between(SSE, 2026-01-01, 2026-06-30)`.
    Between(Box<CalendarExpr>, BizDate, BizDate),
}

impl CalendarExpr {
    /// Reads an expression.
    ///
    /// # Errors
    /// With the place and what was expected there.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut scanner = Scanner::new(text)?;
        let expr = Self::read(&mut scanner)?;
        scanner.finish(("`&`, `|`, `-` or the end", "`&`、`|`、`-` 或结尾"))?;
        Ok(expr)
    }

    /// Reads as far as the expression goes.
    pub(crate) fn read(scanner: &mut Scanner<'_>) -> Result<Self, SyntaxError> {
        let mut left = Self::read_and(scanner)?;
        for _ in 0..MAX_DEPTH {
            let mark = scanner.mark();
            if scanner.eat('|') {
                left = Self::Or(Box::new(left), Box::new(Self::read_and(scanner)?));
            } else if scanner.eat('-') {
                // A shift may follow a calendar in a schedule (`on SSE -2 open days`): that minus isn't ours.
                if scanner.peek().is_some_and(|c| c.is_ascii_digit()) {
                    scanner.reset(mark);
                    return Ok(left);
                }
                left = Self::Except(Box::new(left), Box::new(Self::read_and(scanner)?));
            } else {
                return Ok(left);
            }
        }
        Err(scanner.error_here(("a shorter expression", "更短的表达式")))
    }

    fn read_and(scanner: &mut Scanner<'_>) -> Result<Self, SyntaxError> {
        let mut left = Self::read_one(scanner)?;
        for _ in 0..MAX_DEPTH {
            if !scanner.eat('&') {
                return Ok(left);
            }
            left = Self::And(Box::new(left), Box::new(Self::read_one(scanner)?));
        }
        Err(scanner.error_here(("a shorter expression", "更短的表达式")))
    }

    fn read_one(scanner: &mut Scanner<'_>) -> Result<Self, SyntaxError> {
        scanner.depth += 1;
        if scanner.depth > MAX_DEPTH {
            return Err(scanner.error_here(("less nesting", "更浅的嵌套")));
        }
        let expr = if scanner.eat('!') {
            Self::Not(Box::new(Self::read_one(scanner)?))
        } else if scanner.eat('(') {
            let inner = Self::read(scanner)?;
            scanner.expect(')')?;
            inner
        } else {
            let mark = scanner.mark();
            let name = Self::read_name(scanner)?;
            if scanner.eat('(') { function::read(&name, mark, scanner)? } else { Self::Name(name) }
        };
        scanner.depth -= 1;
        Ok(expr)
    }

    /// Reads a plain name, or an expression in parentheses: the form after `@`.
    pub(crate) fn read_atom(scanner: &mut Scanner<'_>) -> Result<Self, SyntaxError> {
        if scanner.eat('(') {
            let inner = Self::read(scanner)?;
            scanner.expect(')')?;
            return Ok(inner);
        }
        Self::read_name(scanner).map(Self::Name)
    }

    fn read_name(scanner: &mut Scanner<'_>) -> Result<String, SyntaxError> {
        scanner.skip_space();
        let mark = scanner.mark();
        match scanner.word() {
            Some(word) if super::base::is_name(word) => Ok(word.to_owned()),
            _ => Err(scanner.error_at(mark, ("the name of a calendar", "日历名称"))),
        }
    }

    /// The names in it, from left to right.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            loop {
                match open.pop()? {
                    Self::Name(name) => return Some(name.as_str()),
                    Self::Not(inner) => open.push(inner),
                    Self::And(left, right) | Self::Or(left, right) | Self::Except(left, right) => {
                        open.extend([&**right, &**left]);
                    }
                    Self::Shift { days, by, .. } => open.extend(by.as_deref().into_iter().chain([&**days])),
                    Self::Nth { days, .. } | Self::Weekday(days, _) | Self::Half(days) | Self::Between(days, ..) => {
                        open.push(days);
                    }
                }
            }
        })
    }

    /// The open days in which a shift of this counts when it names none: what stands inside the functions. The last open
    /// days of SSE's months are counted in SSE's open days.
    #[must_use]
    pub fn counted(&self) -> Self {
        let pair = |left: &Self, right: &Self| (Box::new(left.counted()), Box::new(right.counted()));
        match self {
            Self::Name(name) => Self::Name(name.clone()),
            Self::Not(inner) => Self::Not(Box::new(inner.counted())),
            Self::And(left, right) => {
                let (left, right) = pair(left, right);
                Self::And(left, right)
            }
            Self::Or(left, right) => {
                let (left, right) = pair(left, right);
                Self::Or(left, right)
            }
            Self::Except(left, right) => {
                let (left, right) = pair(left, right);
                Self::Except(left, right)
            }
            Self::Shift { by: Some(by), .. } => by.counted(),
            Self::Nth { days, .. }
            | Self::Shift { days, .. }
            | Self::Weekday(days, _)
            | Self::Half(days)
            | Self::Between(days, ..) => days.counted(),
        }
    }

    /// Whether it is a single name.
    #[must_use]
    pub fn is_name(&self) -> bool {
        matches!(self, Self::Name(_))
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Or(..) | Self::Except(..) => 0,
            Self::And(..) => 1,
            Self::Not(_) => 2,
            _ => 3,
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        let enclosed = self.rank() < least;
        if enclosed {
            f.write_str("(")?;
        }
        match self {
            Self::Name(name) => f.write_str(name)?,
            Self::Not(inner) => {
                f.write_str("!")?;
                inner.write(f, 2)?;
            }
            Self::And(left, right) => write_pair(f, left, " & ", right, 1)?,
            Self::Or(left, right) => write_pair(f, left, " | ", right, 0)?,
            Self::Except(left, right) => write_pair(f, left, " - ", right, 0)?,
            function => function::write(function, f)?,
        }
        if enclosed { f.write_str(")") } else { Ok(()) }
    }
}

/// Operators group to the left, so only the right side needs parentheses around its own rank.
fn write_pair(
    f: &mut fmt::Formatter<'_>,
    left: &CalendarExpr,
    sign: &str,
    right: &CalendarExpr,
    rank: u8,
) -> fmt::Result {
    left.write(f, rank)?;
    f.write_str(sign)?;
    right.write(f, rank + 1)
}

impl fmt::Display for CalendarExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

impl TryFrom<String> for CalendarExpr {
    type Error = SyntaxError;

    fn try_from(text: String) -> Result<Self, SyntaxError> {
        Self::parse(&text)
    }
}

impl From<CalendarExpr> for String {
    fn from(expr: CalendarExpr) -> Self {
        expr.to_string()
    }
}
