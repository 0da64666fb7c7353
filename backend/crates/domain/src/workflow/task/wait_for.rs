//! Waiting for something outside of the run, without holding a worker.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nature, TaskType};
use crate::{
    bizdate::{Expr, Window},
    workflow::{DurationMs, spec::is_default},
};

/// Waits for runs of another workflow, or for a file: one of the two is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitFor {
    /// Runs of another workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<AwaitedRun>,
    /// A file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<AwaitedFile>,
    /// From one look to the next, at least 1s; 10s when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<DurationMs>,
}

impl WaitFor {
    /// From one look to the next when the task does not say.
    pub const DEFAULT_POLL: DurationMs = DurationMs::from_secs(10);
    /// Looks don't come faster.
    pub const LEAST_POLL: DurationMs = DurationMs::from_secs(1);

    /// From one look to the next.
    #[must_use]
    pub fn poll(&self) -> DurationMs {
        self.poll.unwrap_or(Self::DEFAULT_POLL)
    }
}

/// The runs of a workflow that must have come to their end: that of one business date, or all of a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwaitedRun {
    /// The workflow by its name, or as project/name when it is in another project.
    #[schemars(length(max = 164), extend("format" = "almanac-workflow"))]
    pub workflow: String,
    /// The business date seen from this run's, e.g. T or T-1@SSE; T when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-date-rule"))]
    pub business_date: Option<String>,
    /// The dates or hours before this run of which each must have its run, instead of one business date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Of the days of the window only those on which this calendar is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-calendar"))]
    pub calendar: Option<String>,
    /// The task of that workflow that must have ended; the whole run when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub task: Option<String>,
    /// The end that is waited for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub until: Until,
    /// What happens when it ended in another way.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_failed: OnFailed,
}

impl AwaitedRun {
    /// The business date as an expression, when it is not a window that is waited for; nothing when the text does not
    /// hold.
    #[must_use]
    pub fn to_expr(&self) -> Option<Expr> {
        match (&self.window, &self.business_date) {
            (Some(_), _) => None,
            (None, None) => Some(Expr::T),
            (None, Some(text)) => Expr::parse(text).ok(),
        }
    }
}

/// The end of a run that is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// It has succeeded.
    #[default]
    Succeeded,
    /// It has ended, no matter how.
    Ended,
}

/// What happens when the run that is waited for did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailed {
    /// The task fails.
    #[default]
    Fail,
    /// It waits on: somebody may run it again.
    Wait,
}

/// A file that must be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwaitedFile {
    /// Its path from / on; a template.
    #[schemars(length(min = 1, max = 4096), extend("format" = "almanac-path-template"))]
    pub path: String,
    /// The bytes that it must have at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_992_u64))]
    pub min_size: Option<u64>,
    /// How long neither its size nor its time of change may have changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable_for: Option<DurationMs>,
}

impl TaskType for WaitFor {
    const NATURE: Nature = Nature { worker: false, retries: false, timeout: true, items: false };
}
