//! The typed document. Field comments are the descriptions of the published JSON Schema.
//!
//! Fields that are absent stay absent when the document is written again; methods give the values that then hold.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DurationMs, task::TaskKind};
use crate::run::{NeedsRule, OnLost};

/// Whether a value is its type's default, and so need not be written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
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
    /// The rank among waiting work.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: Priority,
    /// The workers that execute the tasks; `default` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub worker_pool: Option<String>,
    /// How long a run may last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<DurationMs>,
    /// Environment variables of all tasks; the values are templates.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "EnvSchema")]
    pub env: IndexMap<String, String>,
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

impl Spec {
    /// The pool of a workflow or task that names none.
    pub const DEFAULT_POOL: &str = "default";

    /// The pool whose workers execute a task.
    #[must_use]
    pub fn pool_of<'a>(&'a self, task: &'a Task) -> &'a str {
        task.worker_pool.as_deref().or(self.worker_pool.as_deref()).unwrap_or(Self::DEFAULT_POOL)
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

/// The schema of a text that is rendered.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "only its schema is used")]
struct TemplateSchema(#[schemars(length(max = 32_768), extend("format" = "almanac-template"))] String);

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

/// The date that a run's data is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessDate {
    /// The calendar in which days are counted.
    #[schemars(extend("format" = "almanac-calendar"))]
    pub calendar: String,
    /// The date seen from the day of the fire, e.g. T or T-1; T when absent.
    #[serde(default = "day_itself", skip_serializing_if = "is_day_itself")]
    #[schemars(extend("format" = "almanac-date-rule"))]
    pub rule: String,
}

fn day_itself() -> String {
    "T".to_owned()
}

fn is_day_itself(rule: &String) -> bool {
    rule == "T"
}

/// When runs start by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its name, unique in the workflow.
    #[schemars(length(max = 63), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub name: String,
    /// The instants: seconds (may be left out), minutes, hours, day of month, month, day of week.
    #[schemars(extend("format" = "almanac-cron"))]
    pub cron: String,
    /// The zone of its wall clock, e.g. Asia/Shanghai.
    #[schemars(extend("format" = "almanac-timezone"))]
    pub timezone: String,
    /// The days on which it fires; every day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-calendar"))]
    pub calendar: Option<String>,
    /// What becomes of a fire on a day on which the calendar is closed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_closed: OnClosed,
    /// Whether it fires at all.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

/// What becomes of a fire on a closed day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnClosed {
    /// It is left out.
    #[default]
    Skip,
    /// It moves to the open day before.
    Previous,
    /// It moves to the next open day.
    Next,
    /// It happens all the same.
    Run,
}

/// How many runs of the workflow are active at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concurrency {
    /// At most so many; any number when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub max_active_runs: Option<u32>,
    /// What a fire does when that many are active.
    #[serde(default, skip_serializing_if = "is_default")]
    pub overlap: Overlap,
}

/// What a fire does when enough runs are active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Its run waits for its turn.
    #[default]
    Queue,
    /// It makes no run, and the reason is recorded.
    Skip,
    /// Its run starts all the same.
    Allow,
}

/// What becomes of missed fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// Each is made up.
    All,
    /// Only the newest is made up.
    #[default]
    Latest,
    /// None is made up.
    None,
}

/// The rank among waiting work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// When nothing else waits.
    Low,
    /// In turn.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Before everything.
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
}

/// A task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Task {
    /// The type and its fields.
    #[serde(flatten)]
    pub kind: TaskKind,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub title: Option<String>,
    /// The tasks that come before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_TASKS), extend("uniqueItems" = true))]
    pub needs: Vec<String>,
    /// Which ends of its needs let it start.
    #[serde(default, skip_serializing_if = "is_default")]
    pub needs_rule: NeedsRule,
    /// An expression; the task is skipped when it is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4000), extend("format" = "almanac-expression"))]
    pub when: Option<String>,
    /// How a failed attempt is tried again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retries: Retries,
    /// How long an attempt may last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<DurationMs>,
    /// What becomes of it when its worker is lost; `retry` only for tasks that may run twice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_lost: OnLost,
    /// Environment variables; the values are templates.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "EnvSchema")]
    pub env: IndexMap<String, String>,
    /// The workers that execute it; those of the workflow when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub worker_pool: Option<String>,
    /// Its rank; that of the workflow when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

/// How a failed attempt is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retries {
    /// How many times; never when absent.
    #[schemars(range(max = 100))]
    pub max: u32,
    /// The wait before the first retry; 30s when absent.
    pub delay: DurationMs,
    /// The factor from one wait to the next; 1 when absent.
    #[schemars(range(min = 1, max = 10))]
    pub backoff: f64,
    /// No wait is longer; 1h when absent.
    pub max_delay: DurationMs,
    /// The share of a wait that is random, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub jitter: f64,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            max: 0,
            delay: DurationMs::from_secs(30),
            backoff: 1.0,
            max_delay: DurationMs::from_secs(3_600),
            jitter: 0.0,
        }
    }
}
