//! A task without work: it succeeds when its turn comes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nature, TaskType};

/// Nothing to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Noop {}

impl TaskType for Noop {
    const NATURE: Nature = Nature { worker: true, retries: true, timeout: true, items: true };
}
