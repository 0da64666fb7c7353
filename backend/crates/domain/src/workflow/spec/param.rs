//! The parameters that a document declares.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::is_default;

/// A value given when a run starts; scripts see it as `{{ params.name }}` and as an environment variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParamDecl {
    /// Its name: small letters, digits and _.
    #[schemars(length(max = 100), extend("format" = "almanac-param-name", "pattern" = "^[a-z][a-z0-9_]*$"))]
    pub name: String,
    /// The kind of value.
    #[serde(rename = "type", default, skip_serializing_if = "is_default")]
    pub kind: ParamType,
    /// The value of a run that gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether a run must give it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub description: Option<String>,
}

/// The kind of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParamType {
    /// Text.
    #[default]
    String,
    /// A number.
    Number,
    /// true or false.
    Boolean,
    /// A date as 2026-10-01.
    Date,
}
