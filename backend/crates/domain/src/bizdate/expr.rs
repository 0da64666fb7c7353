//! Business-date expressions: `T-1`, `T+1@HKEX`, `T.add(-1m).end(month)`, `D.start(quarter).prev(SSE)`.
//!
//! An expression starts from `T` (or `D`, the same day seen from a schedule) or a literal date and goes step by step
//! from left to right. `T-1` counts open days of the calendar bound to the workflow; `@` names another. Without a bound
//! calendar natural days are counted.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{BizDate, Period, SyntaxError, parse};
use crate::{
    calendar::{Calendar, CalendarError, CalendarExpr, Calendars, ResolveError, Roll},
    error::Lang,
};

/// A business-date expression. In JSON it is its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expr {
    /// Where it starts.
    pub start: Start,
    /// What happens to it, in order.
    pub steps: Vec<Step>,
}

/// Where an expression starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The business date.
    T,
    /// The day of a fire; evaluates like `T`.
    D,
    /// A fixed date.
    Literal(BizDate),
}

/// One step of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `+1`, `-2@HKEX`: open days on, see [`Calendar::offset`].
    Offset(i64, Option<CalendarExpr>),
    /// `.next(SSE)`.
    Next(CalendarExpr),
    /// `.prev(SSE)`.
    Previous(CalendarExpr),
    /// `.roll(SSE, preceding)`.
    Roll(CalendarExpr, Roll),
    /// `.add(-1m)`: natural days, weeks, months or years; the end of a shorter month where the day is missing.
    Add(i64, Unit),
    /// `.start(month)`.
    Start(Period),
    /// `.end(month)`.
    End(Period),
    /// `.nth(SSE, month, -1)`.
    Nth(CalendarExpr, Period, i64),
}

/// A unit of natural time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `d`.
    Day,
    /// `w`.
    Week,
    /// `m`.
    Month,
    /// `y`.
    Year,
}

/// Why an expression has no value for a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// The calendar has no answer.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A calendar can't be found.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// `.nth` asked for more than there are.
    #[error("the {period} of {day} has no open day number {n} on {calendar}")]
    NoSuchDay {
        /// The calendar.
        calendar: String,
        /// The period.
        period: Period,
        /// A day in it.
        day: BizDate,
        /// The number asked for.
        n: i64,
    },
}

impl EvalError {
    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Calendar(error), _) => error.text(lang),
            (Self::Resolve(error), _) => error.text(lang),
            (Self::NoSuchDay { calendar, period, day, n }, Lang::Zh) => {
                format!("{day} 所在的{}在 {calendar} 上没有第 {n} 个开放日", period.text(lang))
            }
            (Self::NoSuchDay { .. }, Lang::En) => self.to_string(),
        }
    }
}

impl Expr {
    /// `T` itself.
    pub const T: Self = Self { start: Start::T, steps: Vec::new() };

    /// Reads an expression.
    ///
    /// # Errors
    /// With the place and what was expected there.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        parse::parse(text)
    }

    /// Whether it is the date itself that it starts from.
    #[must_use]
    pub fn is_own_date(&self) -> bool {
        matches!(self.start, Start::T | Start::D) && self.steps.is_empty()
    }

    /// The calendars it names; the bound one is not among them.
    pub fn calendars(&self) -> impl Iterator<Item = &CalendarExpr> {
        self.steps.iter().filter_map(|step| match step {
            Step::Offset(_, calendar) => calendar.as_ref(),
            Step::Next(calendar) | Step::Previous(calendar) | Step::Roll(calendar, _) | Step::Nth(calendar, ..) => {
                Some(calendar)
            }
            Step::Add(..) | Step::Start(_) | Step::End(_) => None,
        })
    }

    /// The date it means for `t`, with `bound` the workflow's data calendar.
    ///
    /// # Errors
    /// When a calendar isn't known so far, doesn't exist, or has no such day.
    pub fn evaluate(&self, t: BizDate, bound: Option<&Calendar>, calendars: &Calendars) -> Result<BizDate, EvalError> {
        let start = match self.start {
            Start::T | Start::D => t,
            Start::Literal(date) => date,
        };
        self.steps.iter().try_fold(start, |date, step| step.apply(date, bound, calendars))
    }
}

impl Step {
    fn apply(&self, date: BizDate, bound: Option<&Calendar>, calendars: &Calendars) -> Result<BizDate, EvalError> {
        Ok(match self {
            Self::Offset(n, Some(calendar)) => calendars.resolve(calendar)?.offset(date, *n)?,
            Self::Offset(n, None) => match bound {
                Some(calendar) => calendar.offset(date, *n)?,
                None => date.add_days(*n).ok_or(CalendarError::OutOfRange)?,
            },
            Self::Next(calendar) => calendars.resolve(calendar)?.next(date)?,
            Self::Previous(calendar) => calendars.resolve(calendar)?.previous(date)?,
            Self::Roll(calendar, roll) => calendars.resolve(calendar)?.roll(date, *roll)?,
            Self::Add(n, unit) => unit.add(date, *n).ok_or(CalendarError::OutOfRange)?,
            Self::Start(period) => date.start(*period),
            Self::End(period) => date.end(*period),
            Self::Nth(calendar, period, n) => {
                let found = calendars.resolve(calendar)?.nth(date, *period, *n)?;
                found.ok_or_else(|| EvalError::NoSuchDay {
                    calendar: calendar.to_string(),
                    period: *period,
                    day: date,
                    n: *n,
                })?
            }
        })
    }
}

impl Unit {
    fn add(self, date: BizDate, n: i64) -> Option<BizDate> {
        match self {
            Self::Day => date.add_days(n),
            Self::Week => date.add_days(n * 7),
            Self::Month => date.add_months(n),
            Self::Year => date.add_years(n),
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Day => 'd',
            Self::Week => 'w',
            Self::Month => 'm',
            Self::Year => 'y',
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start {
            Start::T => f.write_str("T")?,
            Start::D => f.write_str("D")?,
            Start::Literal(date) => write!(f, "{date}")?,
        }
        self.steps.iter().try_for_each(|step| write!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset(n, None) => write!(f, "{n:+}"),
            Self::Offset(n, Some(calendar)) if calendar.is_name() => write!(f, "{n:+}@{calendar}"),
            Self::Offset(n, Some(calendar)) => write!(f, "{n:+}@({calendar})"),
            Self::Next(calendar) => write!(f, ".next({calendar})"),
            Self::Previous(calendar) => write!(f, ".prev({calendar})"),
            Self::Roll(calendar, roll) => write!(f, ".roll({calendar}, {roll})"),
            Self::Add(n, unit) => write!(f, ".add({n:+}{})", unit.letter()),
            Self::Start(period) => write!(f, ".start({period})"),
            Self::End(period) => write!(f, ".end({period})"),
            Self::Nth(calendar, period, n) => write!(f, ".nth({calendar}, {period}, {n})"),
        }
    }
}

impl TryFrom<String> for Expr {
    type Error = SyntaxError;

    fn try_from(text: String) -> Result<Self, SyntaxError> {
        Self::parse(&text)
    }
}

impl From<Expr> for String {
    fn from(expr: Expr) -> Self {
        expr.to_string()
    }
}
