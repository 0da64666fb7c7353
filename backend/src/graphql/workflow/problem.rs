//! Problems of a document, with their places.

use async_graphql::SimpleObject;
use domain::{error::Lang, workflow::Problem};

/// A problem in a workflow document, with its place.
#[derive(Debug, SimpleObject)]
pub(crate) struct SpecProblem {
    /// The field, such as `spec.tasks.load.retries.max`; empty for the document as a whole.
    path: String,
    line: Option<i32>,
    column: Option<i32>,
    code: String,
    message: String,
    /// error; a document with one can't be saved.
    severity: String,
}

impl SpecProblem {
    pub(crate) fn of(problem: &Problem, lang: Lang) -> Self {
        let number = |at: usize| i32::try_from(at).ok();
        Self {
            path: problem.path.clone(),
            line: number(problem.place.line),
            column: number(problem.place.column),
            code: problem.code().as_str().to_owned(),
            message: problem.text(lang),
            severity: "error".to_owned(),
        }
    }
}
