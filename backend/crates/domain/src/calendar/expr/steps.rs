//! How an expression is built: its parts from the inside out, each with its number of days in a year.

use super::CalendarExpr;
use crate::{
    bizdate::{BizDate, Period},
    calendar::{Calendars, ResolveError, Tri},
};

/// A part of an expression, and what it comes to in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The part; the last step is the whole.
    pub expr: CalendarExpr,
    /// Its open days in the year.
    pub open: usize,
    /// The days of the year that aren't known.
    pub unset: usize,
}

impl CalendarExpr {
    /// Its parts, the inner before the outer, each different one once. The named calendars come with them.
    ///
    /// # Errors
    /// When it names what doesn't exist.
    pub fn steps(&self, calendars: &Calendars, year: i32) -> Result<Vec<Step>, ResolveError> {
        let mut parts = Vec::new();
        self.collect(&mut parts);
        parts.into_iter().map(|part| part.step(calendars, year)).collect()
    }

    fn collect<'e>(&'e self, parts: &mut Vec<&'e Self>) {
        for part in self.parts() {
            part.collect(parts);
        }
        if !parts.contains(&self) {
            parts.push(self);
        }
    }

    /// What it is directly made of.
    fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Name(_) => Vec::new(),
            Self::And(left, right) | Self::Or(left, right) | Self::Except(left, right) => vec![left, right],
            Self::Shift { days, by, .. } => [&**days].into_iter().chain(by.as_deref()).collect(),
            Self::Not(days)
            | Self::Nth { days, .. }
            | Self::Weekday(days, _)
            | Self::Half(days)
            | Self::Between(days, ..) => {
                vec![days]
            }
        }
    }

    fn step(&self, calendars: &Calendars, year: i32) -> Result<Step, ResolveError> {
        let calendar = calendars.resolve(self)?;
        let mut step = Step { expr: self.clone(), open: 0, unset: 0 };
        if let Some(first) = BizDate::new(year, 1, 1) {
            let days = first.number()..=first.end(Period::Year).number();
            for day in days.filter_map(BizDate::from_number) {
                match calendar.tri(day) {
                    Tri::Open => step.open += 1,
                    Tri::Closed => {}
                    Tri::Unset => step.unset += 1,
                }
            }
        }
        Ok(step)
    }
}
