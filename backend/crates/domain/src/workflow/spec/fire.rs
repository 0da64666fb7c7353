//! For which business date runs are, how many are active at once, and what becomes of missed fires.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_default;
use crate::bizdate::Expr;

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

impl BusinessDate {
    /// The rule as an expression; nothing when the text does not hold.
    #[must_use]
    pub fn to_expr(&self) -> Option<Expr> {
        Expr::parse(&self.rule).ok()
    }
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
    /// The oldest of the active runs are stopped, and its run starts in their place.
    CancelRunning,
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
