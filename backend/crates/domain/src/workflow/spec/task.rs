//! What all tasks have, whatever their type.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    EnvSchema, ForEach, Handler, LimitsSchema, MAX_TASKS, OnItemFailure, OnTimeout, ParamsSchema, Priority, is_default,
};
use crate::{
    run::{NeedsRule, OnLost},
    workflow::{DurationMs, TaskKind},
};

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
    /// Runs after all ordinary tasks have ended, and has no say in how the run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<Handler>,
    /// The list over which it runs, once for each `item`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<ForEach>,
    /// How many items are at work at once; 20 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub max_parallel: Option<u32>,
    /// What a failed item means for the others.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_item_failure: OnItemFailure,
    /// How a failed attempt is tried again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retries: Retries,
    /// How long an attempt may last, or how long it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<DurationMs>,
    /// What happens when it takes longer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_timeout: OnTimeout,
    /// What becomes of it when its worker is lost; `retry` only for tasks that may run twice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_lost: OnLost,
    /// Parameters of this task alone; the values are templates. They hold over the defaults of the workflow's, not over
    /// what a run was given.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "ParamsSchema")]
    pub params: IndexMap<String, String>,
    /// Environment variables; the values are templates.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "EnvSchema")]
    pub env: IndexMap<String, String>,
    /// The workers that execute it; those of the workflow when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub worker_pool: Option<String>,
    /// The limits of the department under which an attempt takes slots while it is at work, and how many of each.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "LimitsSchema")]
    pub limits: IndexMap<String, u32>,
    /// Its rank; that of the workflow when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

impl Task {
    /// How many items are at work at once.
    #[must_use]
    pub fn max_parallel(&self) -> u32 {
        self.max_parallel.unwrap_or(ForEach::DEFAULT_PARALLEL)
    }
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
