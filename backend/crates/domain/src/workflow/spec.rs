//! The typed document. Field comments are the descriptions of the published JSON Schema.
//!
//! Fields that are absent stay absent when the document is written again; methods give the values that then hold.

mod fire;
mod flow;
mod param;
mod schedule;
mod task;

pub use fire::{BusinessDate, CatchUp, Concurrency, Overlap};
pub use flow::{FailurePolicy, ForEach, Handler, OnItemFailure, OnRunTimeout, OnTimeout};
pub use param::{ParamDecl, ParamType};
pub(in crate::workflow) use schedule::Fault as ScheduleFault;
pub use schedule::Schedule;
pub use task::{Retries, Task};

use std::collections::BTreeSet;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DurationMs;

/// Whether a value is its type's default, and so need not be written.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A workflow as people write it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// The version of this format.
    pub api_version: ApiVersion,
    /// What the document describes.
    pub kind: DocumentKind,
    /// What the workflow is called and to whom it belongs.
    pub metadata: Metadata,
    /// What it does and when.
    pub spec: Spec,
}

/// The version of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum ApiVersion {
    /// The first.
    #[default]
    #[serde(rename = "almanac/v1")]
    V1,
}

/// What a document describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum DocumentKind {
    /// A workflow.
    #[default]
    Workflow,
}

/// What the workflow is called and to whom it belongs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The project; must agree with the one in which the workflow is saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub project: Option<String>,
    /// Its name, unique in the project: small letters, digits, - and _.
    #[schemars(length(max = 100), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub name: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub title: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4000))]
    pub description: Option<String>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("uniqueItems" = true), inner(length(min = 1, max = 50)))]
    pub tags: Vec<String>,
    /// The person or group that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub owner: Option<String>,
}

/// What the workflow does and when.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Values given when a run starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub params: Vec<ParamDecl>,
    /// The date that a run's data is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_date: Option<BusinessDate>,
    /// When runs start by themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub schedules: Vec<Schedule>,
    /// How many runs are active at once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub concurrency: Concurrency,
    /// What becomes of fires that were missed in a pause or downtime.
    #[serde(default, skip_serializing_if = "is_default")]
    pub catch_up: CatchUp,
    /// What the first failure of a task means for the rest of a run.
    #[serde(default, skip_serializing_if = "is_default")]
    pub failure_policy: FailurePolicy,
    /// How long a run may last, counted from its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<DurationMs>,
    /// What happens when a run takes longer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_timeout: OnRunTimeout,
    /// The rank among waiting work.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: Priority,
    /// The workers that execute the tasks; `default` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub worker_pool: Option<String>,
    /// Environment variables of all tasks; the values are templates.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "EnvSchema")]
    pub env: IndexMap<String, String>,
    /// What a run tells when it has succeeded, for the workflow that started it and for the API. The values are
    /// templates; one that is a single `{{ … }}` keeps the type of its value.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "ParamsSchema")]
    pub outputs: IndexMap<String, String>,
    /// The tasks by name.
    #[schemars(extend(
        "minProperties" = 1,
        "maxProperties" = MAX_TASKS,
        "propertyNames" = { "format": "almanac-name", "pattern": "^[a-z][a-z0-9_-]*$", "maxLength": 100 }
    ))]
    pub tasks: IndexMap<String, Task>,
}

/// A workflow with more tasks is several workflows.
pub const MAX_TASKS: usize = 2_000;

/// A graph with more edges is neither read nor drawn; a gate (`noop`) between two layers saves most of them.
pub const MAX_NEEDS: usize = 20_000;

impl Spec {
    /// The pool of a workflow or task that names none.
    pub const DEFAULT_POOL: &str = "default";

    /// The pool whose workers execute a task.
    #[must_use]
    pub fn pool_of<'a>(&'a self, task: &'a Task) -> &'a str {
        task.worker_pool.as_deref().or(self.worker_pool.as_deref()).unwrap_or(Self::DEFAULT_POOL)
    }

    /// The limits that its tasks need slots of.
    #[must_use]
    pub fn limit_names(&self) -> BTreeSet<&str> {
        self.tasks.values().flat_map(|task| task.limits.keys().map(String::as_str)).collect()
    }

    /// The rank of a task.
    #[must_use]
    pub fn priority_of(&self, task: &Task) -> Priority {
        task.priority.unwrap_or(self.priority)
    }
}

/// The schema of a map of environment variables.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct EnvSchema(
    #[schemars(extend(
        "maxProperties" = 200,
        "propertyNames" = { "format": "almanac-env-name", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 100 }
    ))]
    IndexMap<String, TemplateSchema>,
);

/// The schema of a map of limits.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct LimitsSchema(
    #[schemars(extend(
        "maxProperties" = 20,
        "propertyNames" = { "format": "almanac-name", "pattern": "^[a-z][a-z0-9_-]*$", "maxLength": 100 }
    ))]
    IndexMap<String, WeightSchema>,
);

/// The schema of a weight.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "only its schema is used")]
struct WeightSchema(#[schemars(range(min = 1, max = 1000))] u32);

/// The schema of a map of parameters or outputs.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct ParamsSchema(
    #[schemars(extend(
        "maxProperties" = 100,
        "propertyNames" = { "format": "almanac-param-name", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 100 }
    ))]
    IndexMap<String, TemplateSchema>,
);

/// The schema of a text that is rendered.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "only its schema is used")]
struct TemplateSchema(#[schemars(length(max = 32_768), extend("format" = "almanac-template"))] String);

/// The rank among waiting work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// As if it had come an hour later.
    Low,
    /// In the order in which work comes.
    #[default]
    Normal,
    /// As if it had waited an hour longer.
    High,
    /// As if it had waited a day longer.
    Urgent,
}

impl Priority {
    /// The rank as it is stored: higher goes first; steps of 10 leave room between.
    #[must_use]
    pub const fn level(self) -> i32 {
        match self {
            Self::Low => 10,
            Self::Normal => 20,
            Self::High => 30,
            Self::Urgent => 40,
        }
    }

    /// The priority of a stored rank; nothing for another number.
    #[must_use]
    pub fn of_level(level: i32) -> Option<Self> {
        [Self::Low, Self::Normal, Self::High, Self::Urgent].into_iter().find(|it| it.level() == level)
    }

    /// How much longer work seems to have waited than it has: what waits longer than this goes before it. A day puts
    /// urgent work before the whole of a night's; an hour is longer than what is in turn should wait at all.
    #[must_use]
    pub const fn head_start_ms(self) -> i64 {
        const HOUR_MS: i64 = 3_600_000;
        match self {
            Self::Low => -HOUR_MS,
            Self::Normal => 0,
            Self::High => HOUR_MS,
            Self::Urgent => 24 * HOUR_MS,
        }
    }
}
