//! Parameters of a run, and the templates that use them.
//!
//! [`resolve`] turns what a person or schedule gives into the values of a run. [`template`] renders the texts of a
//! document with them and evaluates its conditions, [`mod@value`] gives what is more than a text: lists and numbers.

mod date;
mod environment;
mod fault;
pub mod flag;
mod inspect;
pub mod pattern;
pub mod scope;
pub mod template;
pub mod value;

pub use scope::{Item, RunFacts, Scope};
pub use template::{TemplateError, evaluate, render};
pub use value::{fill, items, value};

use serde_json::{Map, Value};

use crate::{
    bizdate::BizDate,
    error::{ErrorCode, Lang},
    workflow::{ParamDecl, ParamType, suggest::nearest},
};

/// The most bytes of the values of all parameters together, as JSON: a column for text takes 65,535 on every engine.
pub const MAX_BYTES: usize = 60_000;

/// What is wrong with the value given for a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamProblem {
    /// The parameter.
    pub name: String,
    /// What is wrong.
    pub kind: ParamProblemKind,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamProblemKind {
    /// The workflow declares no such parameter.
    Unknown {
        /// The one that may be meant.
        meant: Option<String>,
    },
    /// It must be given and is not.
    Missing,
    /// The value is of another type.
    Type {
        /// The declared type.
        expected: ParamType,
    },
    /// All values together are too long; this one is the longest.
    TooLong,
}

impl ParamProblem {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self.kind {
            ParamProblemKind::TooLong => ErrorCode::TooLarge,
            _ => ErrorCode::InvalidInput,
        }
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let name = &self.name;
        match (&self.kind, lang) {
            (ParamProblemKind::Unknown { meant: None }, Lang::En) => format!("there is no parameter `{name}`"),
            (ParamProblemKind::Unknown { meant: None }, Lang::Zh) => format!("没有参数 `{name}`"),
            (ParamProblemKind::Unknown { meant: Some(meant) }, Lang::En) => {
                format!("there is no parameter `{name}`; did you mean `{meant}`?")
            }
            (ParamProblemKind::Unknown { meant: Some(meant) }, Lang::Zh) => {
                format!("没有参数 `{name}`，是否想写 `{meant}`？")
            }
            (ParamProblemKind::Missing, Lang::En) => format!("the parameter `{name}` must be given"),
            (ParamProblemKind::Missing, Lang::Zh) => format!("必须给出参数 `{name}`"),
            (ParamProblemKind::Type { expected }, Lang::En) => {
                format!("the parameter `{name}` is {}", expected.text(lang))
            }
            (ParamProblemKind::Type { expected }, Lang::Zh) => format!("参数 `{name}` 应为{}", expected.text(lang)),
            (ParamProblemKind::TooLong, Lang::En) => {
                format!("all values together are longer than {MAX_BYTES} bytes; the longest is that of `{name}`")
            }
            (ParamProblemKind::TooLong, Lang::Zh) => format!("所有参数值合计超过 {MAX_BYTES} 字节，其中 `{name}` 最长"),
        }
    }
}

/// The values of a run: what is given, else the default. A parameter with neither is absent, and takes the project's
/// value where that has one ([`Scope::set_params`]). `null` counts as not given.
///
/// # Errors
/// Everything wrong with what is given, in the order of declaration, then what is not declared.
pub fn resolve(
    decls: &[ParamDecl],
    given: &Map<String, Value>,
    project: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<ParamProblem>> {
    let mut values = Map::new();
    let mut problems = Vec::new();
    let mut report = |name: &str, kind| problems.push(ParamProblem { name: name.to_owned(), kind });
    for decl in decls {
        let value = given.get(&decl.name).filter(|value| !value.is_null());
        match value.or(decl.default.as_ref()) {
            None => match project.get(&decl.name) {
                None if decl.required => report(&decl.name, ParamProblemKind::Missing),
                Some(value) if !is_of(decl.kind, value) => {
                    report(&decl.name, ParamProblemKind::Type { expected: decl.kind });
                }
                _ => {}
            },
            Some(value) if !is_of(decl.kind, value) => {
                report(&decl.name, ParamProblemKind::Type { expected: decl.kind });
            }
            Some(value) => {
                values.insert(decl.name.clone(), value.clone());
            }
        }
    }
    let declared = || decls.iter().map(|decl| decl.name.as_str());
    for name in given.keys().filter(|name| declared().all(|it| it != name.as_str())) {
        report(name, ParamProblemKind::Unknown { meant: nearest(name, declared()) });
    }
    let bytes = |(name, value): (&String, &Value)| name.len() + value.to_string().len() + 4;
    if values.iter().map(bytes).sum::<usize>() > MAX_BYTES
        && let Some((name, _)) = values.iter().max_by_key(|one| bytes(*one))
    {
        report(name, ParamProblemKind::TooLong);
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

/// Whether a value is of a parameter's type. A text with a NUL fits nowhere: it could not be given to a process.
fn is_of(kind: ParamType, value: &Value) -> bool {
    match (kind, value) {
        (ParamType::String, Value::String(text)) => !text.contains('\0'),
        (ParamType::Number, Value::Number(_)) | (ParamType::Boolean, Value::Bool(_)) => true,
        (ParamType::Date, Value::String(text)) => text.parse::<BizDate>().is_ok(),
        _ => false,
    }
}

/// A value as the text of an environment variable.
#[must_use]
pub fn env_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
