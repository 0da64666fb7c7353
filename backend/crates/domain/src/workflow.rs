//! The workflow document: what it may hold ([`spec`]), how it is read from YAML or JSON with all its problems at once,
//! and how it is written in one canonical way.
//!
//! [`parse`] goes in four steps, of which only the first can end the reading: the text becomes a tree that knows its
//! places; the tree is checked against the [`json_schema`], which is generated from the types; rules between the parts
//! are checked; a tree without problems becomes the typed [`Document`].

mod calendars;
mod check;
mod duration;
mod emit;
mod form;
pub mod problem;
mod schema;
pub mod spec;
pub mod splice;
pub(crate) mod suggest;
pub mod task;
mod yaml;

pub use calendars::calendar_words_of;
pub use duration::{BadDuration, DurationMs};
pub use emit::serialize;
pub use problem::{Place, Problem};
pub use schema::json_schema;
pub use spec::{
    Document, FailurePolicy, ForEach, Handler, Metadata, OnItemFailure, OnRunTimeout, OnTimeout, ParamDecl, ParamType,
    Priority, Retries, Schedule, Spec, Task,
};
pub use task::{Nature, TaskKind};

use std::collections::BTreeMap;

use crate::calendar::Calendars;
use problem::Kind;

/// The bytes that a document may have.
pub const MAX_BYTES: usize = 1 << 20;

/// The most problems that are told of one document; the rest shows when these are corrected.
pub const MAX_PROBLEMS: usize = 200;

/// Reads a document; calendars it names must be among those given.
///
/// # Errors
/// All problems in the order of the text, at most [`MAX_PROBLEMS`].
pub fn parse(source: &str, calendars: &Calendars) -> Result<Document, Vec<Problem>> {
    if source.len() > MAX_BYTES {
        let kind = Kind::TooLarge { bytes: source.len(), limit: MAX_BYTES };
        return Err(vec![Problem::new("", Place::START, kind)]);
    }
    let (root, mut problems) = yaml::read(source).map_err(|problem| vec![problem])?;
    let findings = schema::check(&root, calendars);
    problems.extend(findings.problems);
    problems.extend(check::check(&root, &findings.sites));
    if problems.is_empty() {
        match serde_json::from_value(root.to_json()) {
            Ok(document) => return Ok(document),
            // The schema is made from the same types; should the two ever differ, the document is refused in serde's
            // words rather than taken half.
            Err(error) => {
                problems.push(Problem::new("", root.place, Kind::Syntax { detail: error.to_string() }));
            }
        }
    }
    problems.sort_by_key(|problem| problem.place);
    problems.truncate(MAX_PROBLEMS);
    Err(problems)
}

/// The problems that a document which [`parse`] accepts has with the limits of the department in which it is kept: each
/// by its name, with its slots.
#[must_use]
pub fn check_limits(source: &str, limits: &BTreeMap<String, u32>) -> Vec<Problem> {
    yaml::read(source).map_or_else(|problem| vec![problem], |(root, _)| check::limits::check(&root, limits))
}

#[cfg(test)]
mod tests;
