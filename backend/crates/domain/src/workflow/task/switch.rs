//! A choice between branches of the graph.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nature, TaskType};
use crate::workflow::spec::MAX_TASKS;

/// Chooses which of the tasks that need it run: those of the first case that holds. The others it names are skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Switch {
    /// The cases, asked in this order.
    #[schemars(length(min = 1, max = 100))]
    pub cases: Vec<Case>,
    /// The tasks that run when no case holds.
    #[serde(default, rename = "else", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_TASKS), extend("uniqueItems" = true))]
    pub otherwise: Vec<String>,
}

/// A case of a switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The expression that must be true.
    #[schemars(length(min = 1, max = 4000), extend("format" = "almanac-expression"))]
    pub when: String,
    /// The tasks that then run.
    #[schemars(length(max = MAX_TASKS), extend("uniqueItems" = true))]
    pub then: Vec<String>,
}

impl Switch {
    /// All tasks that stand in a branch, some perhaps in several.
    pub fn branches(&self) -> impl Iterator<Item = &str> {
        self.cases.iter().flat_map(|case| &case.then).chain(&self.otherwise).map(String::as_str)
    }

    /// The tasks that run when this case was the first to hold, or none did.
    #[must_use]
    pub fn chosen(&self, case: Option<usize>) -> &[String] {
        case.map_or(&self.otherwise, |case| self.cases.get(case).map_or(&[], |case| &case.then))
    }
}

impl TaskType for Switch {
    const NATURE: Nature = Nature { worker: false, retries: false, timeout: false, items: false };
}
