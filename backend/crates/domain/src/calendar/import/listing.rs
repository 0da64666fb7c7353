//! What the readers of the formats hand over: days with their status, each with its place in the file.

use std::collections::BTreeSet;

use super::{super::base::RuleStatus, Definition};
use crate::bizdate::BizDate;

/// What a file turned out to be.
#[derive(Debug)]
pub(super) enum Found {
    /// A list of days.
    Listing(Listing),
    /// A calendar in our own JSON.
    Definition(Box<Definition>),
    /// Nothing that could be read; the problems say why.
    Nothing,
}

/// A list of days.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) covers: Covers,
    pub(super) entries: Vec<Entry>,
    /// The years that the file declares.
    pub(super) years: BTreeSet<i32>,
}

/// What a list says of the days that are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covers {
    /// It should have listed them.
    EveryDay,
    /// They are closed.
    OpenDays,
    /// They are as in every week.
    Exceptions,
}

/// A day in a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) at: At,
    pub(super) date: BizDate,
    pub(super) status: RuleStatus,
    pub(super) reason: Option<String>,
    /// It came along with a day of another year (a holiday over New Year, a repetition): it doesn't say that the file
    /// is about its year, and is left out where the file isn't.
    pub(super) along: bool,
}

/// A place in a file; lines and columns count from 1, columns in characters (in cells, for a sheet).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct At {
    pub(super) line: usize,
    pub(super) column: usize,
}
