//! Templates that give more than a text: one that is a single `{{ … }}` keeps the type of its value. So lists are
//! handed to `for_each`, and numbers to the parameters of another workflow.

use std::borrow::Cow;

use minijinja::Value as Evaluated;
use serde_json::Value;

use super::{
    Scope, TemplateError,
    environment::ENVIRONMENT,
    fault::{Fault, error},
    inspect::{expression_names, within_braces},
    template::{Bounded, render, variables},
};
use crate::{bizdate::dolphin::substitute, workflow::ForEach};

/// The value of a template: what its expression gives when it is a single one, else its text.
///
/// # Errors
/// The first fault with its place.
pub fn value(source: &str, scope: &Scope) -> Result<Value, TemplateError> {
    let filled = if source.contains('$') { Cow::Owned(substitute(source, &scope.moment)) } else { source.into() };
    match within_braces(&filled) {
        Some((before, inner)) if expression_names(inner).is_ok() => {
            given(inner, scope).map_err(|error| error.behind(&filled, before))
        }
        _ => render(source, scope).map(Value::String),
    }
}

/// A value with all texts in it taken as templates.
///
/// # Errors
/// The first fault, with its place in its text.
pub fn fill(from: &Value, scope: &Scope) -> Result<Value, TemplateError> {
    Ok(match from {
        Value::String(text) => value(text, scope)?,
        Value::Array(items) => Value::Array(items.iter().map(|item| fill(item, scope)).collect::<Result<_, _>>()?),
        Value::Object(map) => {
            let entry = |(key, inner): (&String, &Value)| fill(inner, scope).map(|inner| (key.clone(), inner));
            Value::Object(map.iter().map(entry).collect::<Result<_, _>>()?)
        }
        other => other.clone(),
    })
}

/// The items of a task over a list. A text that is a JSON list counts as that list.
///
/// # Errors
/// The first fault with its place; also when the value is no list, or one of too many items.
pub fn items(list: &ForEach, scope: &Scope) -> Result<Vec<Value>, TemplateError> {
    let at_start = |fault| TemplateError { line: 1, column: 1, fault };
    let items = match list {
        ForEach::Items(items) => items.iter().map(|item| fill(item, scope)).collect::<Result<Vec<_>, _>>()?,
        ForEach::Expression(source) => {
            let (before, inner) = within_braces(source).unwrap_or((0, source));
            let found = given(inner, scope).map_err(|error| error.behind(source, before))?;
            let list = match &found {
                Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
                _ => Value::Null,
            };
            match (found, list) {
                (Value::Array(items), _) | (_, Value::Array(items)) => items,
                (found, _) => return Err(at_start(Fault::NotList(found.to_string().chars().take(40).collect()))),
            }
        }
    };
    if items.len() > ForEach::MAX_ITEMS {
        return Err(at_start(Fault::TooManyItems(items.len())));
    }
    Ok(items)
}

/// What an expression gives.
fn given(source: &str, scope: &Scope) -> Result<Value, TemplateError> {
    expression_names(source)?;
    let expression = ENVIRONMENT.compile_expression(source).map_err(|cause| error(&cause, source))?;
    let found = expression.eval(variables(scope)).map_err(|cause| error(&cause, source))?;
    let (line, column) = (1, 1);
    if found.is_undefined() {
        return Err(TemplateError { line, column, fault: Fault::Undefined(source.trim().to_owned()) });
    }
    to_json(&found).map_err(|fault| TemplateError { line, column, fault })
}

fn to_json(found: &Evaluated) -> Result<Value, Fault> {
    let mut text = Bounded::default();
    serde_json::to_writer(&mut text, found)
        .map_err(|cause| if cause.is_io() { Fault::TooLarge } else { Fault::Other("the value is no JSON".into()) })?;
    serde_json::from_slice(&text.0).map_err(|cause| Fault::Other(cause.to_string()))
}
