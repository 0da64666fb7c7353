//! What can be wrong with a file, or should be looked at, with its place and a text in both languages.

mod text;

use super::{super::base::DefinitionError, MAX_PROBLEMS, listing::At};
use crate::{
    bizdate::BizDate,
    error::{ErrorCode, Lang},
};

/// One thing wrong with a file, or worth a look.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The line from 1; the row of a sheet, the item's line of a JSON list.
    pub line: Option<usize>,
    /// The character in the line from 1, or the cell of a sheet's row.
    pub column: Option<usize>,
    /// What it is.
    pub kind: Box<Kind>,
}

/// What is wrong with a file, or worth a look. The last five are warnings: they never keep a file out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// There is no day in it.
    Empty,
    /// It has so many lines.
    TooManyLines(usize),
    /// Its events repeat to more days than this.
    TooManyDays(usize),
    /// It speaks of so many years.
    TooManyYears(usize),
    /// The first line names no columns, and the data begins in no known way.
    NoHeader,
    /// No column holds this.
    MissingColumn(Column),
    /// A quoted cell doesn't end in its line.
    OpenQuote,
    /// Not a date.
    BadDate(String),
    /// A number where a date belongs.
    ExcelSerial(String),
    /// A date written in another way than the first one of the file.
    MixedDates {
        /// How the first is written.
        first: &'static str,
        /// This one.
        found: String,
    },
    /// A day that was listed before.
    Duplicate {
        /// The day.
        date: BizDate,
        /// Where it was before.
        line: usize,
    },
    /// A day of a year that the file is not about.
    OutsideYears {
        /// The day.
        date: BizDate,
        /// The years, as people write them.
        years: String,
    },
    /// These days should have been listed.
    Gap {
        /// The first.
        from: BizDate,
        /// The last.
        to: BizDate,
    },
    /// A word or number that is no type of a day.
    UnknownType(String),
    /// A word that is no session.
    UnknownSession(String),
    /// Not a time of day.
    BadTime(String),
    /// A session that ends before it begins.
    HoursReversed,
    /// Not JSON.
    Json(String),
    /// JSON of another shape.
    JsonShape,
    /// An expression, which is no list of days.
    Derived,
    /// A definition that contradicts itself.
    Definition(DefinitionError),
    /// A line that is none of iCalendar's.
    IcsLine,
    /// A component that doesn't end, or ends where it didn't begin.
    IcsNesting,
    /// An event without a start.
    NoStart,
    /// An event that ends before it starts, or lasts for more than a year.
    EventEnd,
    /// An event with times that isn't marked as a half day.
    TimedEvent,
    /// A repetition without an end.
    EndlessRule,
    /// A part of a repetition that is not understood.
    RulePart(String),
    /// A year whose number of open days no exchange has.
    OpenDays {
        /// The year.
        year: i32,
        /// Its open days.
        open: usize,
    },
    /// Weekend days that are open.
    MakeUp {
        /// How many.
        count: usize,
        /// The first of them.
        first: BizDate,
    },
    /// Closed for longer than any holiday lasts.
    LongClosure {
        /// The first day.
        from: BizDate,
        /// The last day.
        to: BizDate,
    },
    /// Days of a year that are not decided.
    Unset {
        /// How many.
        count: usize,
        /// The first of them.
        first: BizDate,
    },
    /// Nothing in the file says which years it is about: those in which its events begin are taken.
    YearsAssumed(String),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The day.
    Date,
    /// Whether it is open.
    Status,
    /// When it closes, where there is one for when it opens.
    Close,
}

impl Problem {
    pub(super) fn new(kind: Kind) -> Self {
        Self { line: None, column: None, kind: Box::new(kind) }
    }

    pub(super) fn at(place: At, kind: Kind) -> Self {
        let column = (place.column > 0).then_some(place.column);
        Self { line: Some(place.line), column, kind: Box::new(kind) }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match *self.kind {
            Kind::TooManyLines(_) => ErrorCode::TooLarge,
            Kind::TooManyYears(_) | Kind::TooManyDays(_) => ErrorCode::TooMany,
            _ => ErrorCode::InvalidInput,
        }
    }

    /// What it is and what to do about it, in a sentence, without its place.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        self.kind.text(lang)
    }
}

/// The problems of a file, up to the limit.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, problem: Problem) {
        // The order of the file comes last, so a few more than are told must be kept; a bound all the same.
        if self.0.len() < 10 * MAX_PROBLEMS {
            self.0.push(problem);
        }
    }

    /// Fails when there are any.
    pub(super) fn check(&mut self) -> Result<(), Vec<Problem>> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut found = std::mem::take(&mut self.0);
        found.sort_by_key(|problem| (problem.line, problem.column));
        found.truncate(MAX_PROBLEMS);
        Err(found)
    }
}
