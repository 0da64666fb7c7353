//! The DAG of a workflow version, made ready for running: numbers instead of names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::retry::RetryPolicy;
use crate::workflow::{Document, Task};

/// Which ends of its needs let a task start.
///
/// A need ends *well* (succeeded), *badly* (failed, timed out, upstream failed) or *aside* (skipped, stopped).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeedsRule {
    /// All ended well.
    #[default]
    AllSuccess,
    /// All ended, no matter how.
    AllDone,
    /// One ended well; the others may still be at work.
    AnySuccess,
    /// One ended badly; the others may still be at work.
    AnyFailed,
    /// All ended, none badly.
    NoneFailed,
}

/// What becomes of a task whose worker was lost while it held it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnLost {
    /// It is idempotent: try again.
    Retry,
    /// A person looks and decides.
    #[default]
    Hold,
    /// It counts as failed.
    Fail,
}

/// A task of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedTask {
    /// Its name in the document.
    pub name: String,
    /// Its type, e.g. `shell`.
    pub kind: String,
    /// Indices of the tasks it needs.
    pub needs: Vec<u32>,
    /// Indices of the tasks that need it; filled by [`Plan::new`].
    pub dependents: Vec<u32>,
    /// Which ends of its needs let it start.
    pub rule: NeedsRule,
    /// Whether it has a condition, which the caller evaluates when its needs are decided.
    pub conditional: bool,
    /// Retries.
    pub retry: RetryPolicy,
    /// What becomes of it when its worker is lost.
    pub on_lost: OnLost,
}

/// The tasks of a run, in the document's order; the index is the task's ordinal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The tasks.
    pub tasks: Vec<PlannedTask>,
}

impl Plan {
    /// A plan of tasks whose `needs` are valid indices without a cycle (the document's checks saw to that).
    #[must_use]
    pub fn new(mut tasks: Vec<PlannedTask>) -> Self {
        for task in &mut tasks {
            task.dependents.clear();
        }
        for index in 0..tasks.len() {
            for need in tasks[index].needs.clone() {
                tasks[need as usize].dependents.push(index as u32);
            }
        }
        Self { tasks }
    }

    /// The plan of a document whose needs all name tasks, without a cycle.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let tasks = &document.spec.tasks;
        let plan = |(name, task): (&String, &Task)| PlannedTask {
            name: name.clone(),
            kind: task.kind.name().to_owned(),
            needs: task.needs.iter().filter_map(|need| tasks.get_index_of(need)).map(|index| index as u32).collect(),
            dependents: Vec::new(),
            rule: task.needs_rule,
            conditional: task.when.is_some(),
            retry: RetryPolicy {
                max: task.retries.max,
                delay_ms: task.retries.delay.ms(),
                backoff: task.retries.backoff,
                max_delay_ms: task.retries.max_delay.ms(),
                jitter: task.retries.jitter,
            },
            on_lost: task.on_lost,
        };
        Self::new(tasks.iter().map(plan).collect())
    }

    /// The index of a task's name.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<u32> {
        self.tasks.iter().position(|task| task.name == name).map(|index| index as u32)
    }

    /// `start` and all that need one of them, directly or not.
    #[must_use]
    pub fn with_dependents(&self, start: impl IntoIterator<Item = u32>) -> std::collections::BTreeSet<u32> {
        let mut open: Vec<u32> = start.into_iter().collect();
        let mut reached = std::collections::BTreeSet::new();
        while let Some(index) = open.pop() {
            if reached.insert(index) {
                open.extend(&self.tasks[index as usize].dependents);
            }
        }
        reached
    }
}
