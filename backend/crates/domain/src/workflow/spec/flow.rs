//! How a run goes on where it could go several ways: after failures, past its time, and over the items of a list.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the first failure of a task means for the rest of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailurePolicy {
    /// Tasks that do not depend on it go on.
    #[default]
    Continue,
    /// What is at work ends; nothing new starts but handlers.
    Halt,
}

/// What happens when a run takes longer than its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnRunTimeout {
    /// It is stopped and counts as failed.
    #[default]
    Fail,
    /// It goes on, and the people who watch it are told.
    Warn,
}

/// What happens when a task takes longer than its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// It is stopped and has timed out.
    #[default]
    Fail,
    /// It goes on, and the people who watch it are told.
    Warn,
    /// It is skipped; only for `wait_for`.
    Skip,
}

/// When a handler runs: after all ordinary tasks have ended. Its own end does not change that of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handler {
    /// Only when the run failed.
    OnFailure,
    /// However the run went.
    Always,
}

/// What a failed item means for the others of its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnItemFailure {
    /// All others run; the task fails at the end.
    #[default]
    Continue,
    /// No further item starts; the task fails when those at work have ended.
    Stop,
    /// All others run; the task succeeds all the same.
    Ignore,
}

/// The list over which a task runs, once for each item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ForEach {
    /// An expression that gives the list, bare or as one `{{ … }}`.
    Expression(String),
    /// The list itself; texts in it are templates.
    Items(Vec<Value>),
}

impl ForEach {
    /// The most items of a list.
    pub const MAX_ITEMS: usize = 10_000;
    /// How many items are at work at once when the task does not say.
    pub const DEFAULT_PARALLEL: u32 = 20;
}

impl JsonSchema for ForEach {
    fn schema_name() -> Cow<'static, str> {
        "ForEach".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<Item>();
        json_schema!({
            "description": "The list over which the task runs: an expression such as `outputs.price.shards`, also in \
                            braces, or the list itself, whose texts are templates.",
            "type": ["string", "array"],
            "format": "almanac-list",
            "minLength": 1,
            "maxLength": 4_000,
            "items": item,
            "maxItems": Self::MAX_ITEMS
        })
    }
}

/// The schema of an item: any value, whose texts are rendered.
struct Item;

impl JsonSchema for Item {
    fn schema_name() -> Cow<'static, str> {
        "Item".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let inner = generator.subschema_for::<Self>();
        json_schema!({
            "description": "Any value; texts in it are templates.",
            "format": "almanac-template",
            "maxLength": 32_768,
            "items": inner,
            "additionalProperties": inner
        })
    }
}
