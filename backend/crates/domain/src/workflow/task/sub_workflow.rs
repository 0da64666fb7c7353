//! A run of another workflow as a task of this one.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Nature, TaskType};
use crate::bizdate::Expr;

/// Starts a run of another workflow and waits for its end; the outputs of that run become the task's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubWorkflow {
    /// The workflow by its name, or as project/name when it is in another project.
    #[schemars(length(max = 164), extend("format" = "almanac-workflow"))]
    pub workflow: String,
    /// The values of its parameters; texts are templates, and one that is a single `{{ … }}` keeps the type of its value.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "ArgumentsSchema")]
    pub arguments: IndexMap<String, Value>,
    /// Its business date seen from this run's, e.g. T or T-1@SSE; T when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-date-rule"))]
    pub business_date: Option<String>,
}

impl SubWorkflow {
    /// The business date as an expression; nothing when the text does not hold.
    #[must_use]
    pub fn to_expr(&self) -> Option<Expr> {
        self.business_date.as_deref().map_or(Some(Expr::T), |text| Expr::parse(text).ok())
    }
}

impl TaskType for SubWorkflow {
    const NATURE: Nature = Nature { worker: false, retries: true, timeout: true, items: true };
}

/// The schema of a map of arguments.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct ArgumentsSchema(
    #[schemars(extend(
        "maxProperties" = 100,
        "propertyNames" = { "format": "almanac-param-name", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 100 }
    ))]
    IndexMap<String, ArgumentSchema>,
);

/// The schema of an argument.
struct ArgumentSchema;

impl JsonSchema for ArgumentSchema {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Argument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The value of a parameter; a text is a template.",
            "type": ["string", "number", "boolean"],
            "format": "almanac-template",
            "maxLength": 32_768
        })
    }
}
