//! The calendars that questions are asked of: those of the program, and those of files laid over them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{
    calendar::{Base, CalendarExpr, Calendars, Definition},
    error::Lang,
};
use serde::Deserialize;
use serde_json::Value;

use super::CliError;

/// A calendar that is derived from others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Derived {
    name: String,
    expression: CalendarExpr,
}

/// Reads the files, each one calendar or a list of them; base calendars first, so that a derived one may name one from
/// a later file.
pub(super) fn calendars(files: &[PathBuf], lang: Lang) -> Result<Calendars, CliError> {
    let mut calendars = Calendars::builtin().clone();
    let mut derived = Vec::new();
    for file in files {
        let wrong = |detail: String| CliError::Refused(format!("{}: {detail}", file.display()));
        for value in values(file)? {
            if value.get("expression").is_some() {
                let found: Derived = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
                derived.push((file, found));
            } else {
                let definition: Definition = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
                calendars.insert(Arc::new(Base::compile(definition).map_err(|error| wrong(error.to_string()))?));
            }
        }
    }
    for (file, Derived { name, expression }) in derived {
        let wrong = |detail: String| CliError::Refused(format!("{}: {detail}", file.display()));
        calendars.define(&name, expression).map_err(|error| wrong(error.text(lang)))?;
    }
    Ok(calendars)
}

fn values(file: &Path) -> Result<Vec<Value>, CliError> {
    let wrong = |detail: String| CliError::Refused(format!("{}: {detail}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    Ok(match serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))? {
        Value::Array(values) => values,
        value => vec![value],
    })
}
