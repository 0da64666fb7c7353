//! Renders templates and evaluates expressions: minijinja with a short list of filters and functions.
//!
//! Bounds: steps (`FUEL`), output ([`MAX_OUTPUT`]), and what [`super::inspect`] refuses beforehand. Undefined
//! variables are errors, so a misspelt parameter never becomes an empty text in a script.
//!
//! Comments are written `{%# … #%}`: the usual `{# … #}` would swallow `${#array[@]}` of a shell script.

use std::{borrow::Cow, io};

use minijinja::value::{Value, ValueKind};

use super::{Scope, date, environment::ENVIRONMENT, fault::error};
pub use super::{
    environment::MAX_OUTPUT,
    fault::{Fault, TemplateError},
    inspect::{Name, expression_names, list_names, template_names},
};
use crate::bizdate::dolphin::substitute;

/// Renders a template, after the time placeholders of migrated scripts: what values bring along is not read again.
///
/// # Errors
/// The first fault with its place.
pub fn render(source: &str, scope: &Scope) -> Result<String, TemplateError> {
    let filled = if source.contains('$') { Cow::Owned(substitute(source, &scope.moment)) } else { source.into() };
    if !filled.contains("{{") && !filled.contains("{%") {
        return Ok(filled.into_owned());
    }
    let source = &*filled;
    template_names(source)?;
    let template = ENVIRONMENT.template_from_str(source).map_err(|cause| error(&cause, source))?;
    let mut output = Bounded::default();
    template.render_captured_to(variables(scope), &mut output).map_err(|cause| error(&cause, source))?;
    String::from_utf8(output.0).map_err(|_| TemplateError {
        line: 1,
        column: 1,
        fault: Fault::Other("not UTF-8".into()),
    })
}

/// Evaluates a condition.
///
/// # Errors
/// The first fault with its place; also a value that is neither true nor false.
pub fn evaluate(source: &str, scope: &Scope) -> Result<bool, TemplateError> {
    expression_names(source)?;
    let expression = ENVIRONMENT.compile_expression(source).map_err(|cause| error(&cause, source))?;
    let value = expression.eval(variables(scope)).map_err(|cause| error(&cause, source))?;
    bool::try_from(value.clone()).ok().filter(|_| value.kind() == ValueKind::Bool).ok_or_else(|| {
        let found = value.to_string().chars().take(40).collect();
        TemplateError { line: 1, column: 1, fault: Fault::NotBoolean(found) }
    })
}

/// What templates see.
pub(super) fn variables(scope: &Scope) -> Value {
    let date = date::Date::value(scope.date, scope);
    let of_item = scope
        .item
        .iter()
        .flat_map(|item| [("item", Value::from_serialize(&item.value)), ("index", Value::from(item.index))]);
    let of_run = [
        ("T", date.clone()),
        ("bd", date),
        ("params", Value::from_serialize(&scope.params)),
        ("outputs", Value::from_serialize(&scope.outputs)),
        ("run", Value::from_serialize(&scope.run)),
        ("date", date::function(scope)),
    ];
    of_run.into_iter().chain(of_item).collect()
}

/// A sink that ends the rendering when it is full.
#[derive(Default)]
pub(super) struct Bounded(pub(super) Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
