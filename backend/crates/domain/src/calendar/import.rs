//! Published calendars as people get them (CSV, JSON, iCalendar, the sheet of a workbook), read into a [`Definition`].
//!
//! What is read is text, or cells that somebody else took from a workbook; decoding bytes is not done here. A file is
//! taken whole or not at all: [`import`] gives either a definition with counts and warnings per year, for a person to
//! look at before it is used, or everything that is wrong with the file, each with its line.
//!
//! Three ways of listing days are understood:
//!  - **every day** with its type (`date,type[,name]`: 1 open, 0 closed, −1 not set, or words for these). A day that is
//!    missing is a gap, and refused. A year in which nothing is set is not published;
//!  - **open days** with their session (`date,session,open,close`). All other days of a listed year are closed;
//!  - **exceptions** from the week (iCalendar): an all-day event closes its days. See `ics`.
//!
//! The years that a file stands for are those that the caller declares, else the one in the file's name, else those
//! that occur in it. A date of another year is refused where the years are declared.

use std::collections::BTreeSet;

use chrono_tz::Tz;

mod assemble;
mod csv;
mod date;
mod ics;
mod json;
mod listing;
pub mod problem;
mod table;

use super::{
    base::{Definition, WeekMask},
    day::{Session, TimeOfDay},
};
use crate::bizdate::BizDate;
use listing::Found;
use problem::Problems;
pub use problem::{Kind, Problem};

/// The most lines of a file.
pub const MAX_LINES: usize = 100_000;

/// The most years of a file.
pub const MAX_YEARS: usize = 50;

/// The most problems that are told of one file; the rest shows when these are corrected.
pub const MAX_PROBLEMS: usize = 100;

/// A file to import.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The file's name: its ending may tell the format, a year in it declares that year.
    pub name: String,
    /// How it is written.
    pub format: Format,
    /// What is in it.
    pub content: Content,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// To be told from the name and the content.
    #[default]
    Auto,
    /// Lines of cells, separated by commas, semicolons or tabs.
    Csv,
    /// A [`Definition`], or a list of objects with a `date`.
    Json,
    /// iCalendar.
    Ics,
    /// The rows of a workbook's sheet.
    Table,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Decoded text.
    Text(String),
    /// The rows of a sheet, from its first row on.
    Rows(Vec<Vec<Cell>>),
}

/// A cell of a sheet, as the workbook types it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A number, which is no date even if the workbook means one by it.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A date.
    Date(BizDate),
    /// A time of day.
    Time(TimeOfDay),
}

/// The calendar that a file is read for.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The zone of its hours.
    pub zone: Tz,
    /// The week that days are told apart from.
    pub week: WeekMask,
    /// Its usual hours; the most frequent ones of the file when `None`.
    pub session: Option<Session>,
    /// The years that the file must be about; empty when nobody says.
    pub years: BTreeSet<i32>,
}

impl Target {
    /// A new calendar, open from Monday to Friday.
    #[must_use]
    pub fn new(name: &str, zone: Tz) -> Self {
        Self { name: name.to_owned(), zone, week: WeekMask::WEEKDAYS, session: None, years: BTreeSet::new() }
    }

    /// A calendar that is there: what is imported will be told apart from the same week and hours.
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        let session = Some(definition.session).filter(|session| *session != Session::default());
        Self { week: definition.week, session, ..Self::new(&definition.name, definition.zone) }
    }
}

/// A file that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The days as a calendar of their own; [`super::merge()`] puts them into another.
    pub definition: Definition,
    /// What each year comes to.
    pub years: Vec<YearSummary>,
    /// What a person should look at, apart from the years.
    pub warnings: Vec<Problem>,
}

/// What a year comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct YearSummary {
    /// The year.
    pub year: i32,
    /// Its open days, half days among them.
    pub open: usize,
    /// Its half days.
    pub half: usize,
    /// Days that the week would open and that are closed.
    pub closed_weekdays: usize,
    /// Days that the week would close and that are open.
    pub makeup: usize,
    /// Days that are not decided.
    pub unset: usize,
    /// What a person should look at.
    pub warnings: Vec<Problem>,
}

/// Reads a file for a calendar.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file, at most [`MAX_PROBLEMS`].
pub fn import(source: &Source, target: &Target) -> Result<Imported, Vec<Problem>> {
    let mut problems = Problems::default();
    let found = read(source, &mut problems);
    problems.check()?;
    let imported = match found {
        Found::Listing(mut listing) => {
            if listing.years.is_empty() {
                listing.years.extend(year_of(&source.name));
            }
            assemble::assemble(listing, target, &mut problems)
        }
        Found::Definition(definition) => assemble::adopt(*definition, target, &mut problems),
        Found::Nothing => None,
    };
    problems.check()?;
    imported.ok_or_else(|| vec![Problem::new(Kind::Empty)])
}

fn read(source: &Source, problems: &mut Problems) -> Found {
    let text = match &source.content {
        Content::Rows(rows) if rows.len() > MAX_LINES => {
            problems.add(Problem::new(Kind::TooManyLines(rows.len())));
            return Found::Nothing;
        }
        Content::Rows(rows) => return table::read(table::numbered(rows), problems),
        Content::Text(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
    };
    let lines = text.lines().count();
    if lines > MAX_LINES {
        problems.add(Problem::new(Kind::TooManyLines(lines)));
        return Found::Nothing;
    }
    match format_of(source, text) {
        Format::Json => json::read(text, problems),
        Format::Ics => ics::read(text, problems),
        Format::Auto | Format::Csv | Format::Table => table::read(csv::rows(text, problems), problems),
    }
}

/// The format, by its word, else by the ending of the name, else by how the text begins.
fn format_of(source: &Source, text: &str) -> Format {
    if source.format != Format::Auto {
        return source.format;
    }
    let ending = source.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let start = text.trim_start();
    match ending.as_str() {
        "json" => Format::Json,
        "ics" | "ical" | "ifb" => Format::Ics,
        "csv" | "tsv" | "txt" => Format::Csv,
        _ if start.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCALENDAR")) => Format::Ics,
        _ if start.starts_with(['{', '[']) => Format::Json,
        _ => Format::Csv,
    }
}

/// The year in a file's name, when exactly one stands there by itself: `sse-trading-days-2027.csv`.
fn year_of(name: &str) -> Option<i32> {
    let numbers = name.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 4);
    let mut years = numbers.filter_map(|digits| digits.parse().ok()).filter(|year| (1900..=2299).contains(year));
    let year = years.next()?;
    years.next().is_none().then_some(year)
}

#[cfg(test)]
mod tests;
