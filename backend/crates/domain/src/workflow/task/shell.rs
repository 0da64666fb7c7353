//! A shell script run by a worker.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nature, TaskType};
use crate::workflow::DurationMs;

/// A script and how it is run and stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shell {
    /// The script; a template.
    #[schemars(length(min = 1, max = 262_144), extend("format" = "almanac-template"))]
    pub script: String,
    /// The interpreter; `/bin/bash`, or `/bin/sh` where there is none, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-absolute-path"))]
    pub shell: Option<String>,
    /// From the request to stop until the processes are killed; 10s when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<DurationMs>,
}

impl Shell {
    /// The grace of a task that names none.
    pub const DEFAULT_GRACE: DurationMs = DurationMs::from_secs(10);

    /// From the request to stop until the processes are killed.
    #[must_use]
    pub fn grace(&self) -> DurationMs {
        self.grace.unwrap_or(Self::DEFAULT_GRACE)
    }
}

impl TaskType for Shell {
    const NATURE: Nature = Nature { worker: true, retries: true, timeout: true, items: true };
}
