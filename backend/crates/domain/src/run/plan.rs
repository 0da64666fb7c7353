//! The DAG of a workflow version, made ready for running: numbers instead of names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::retry::RetryPolicy;
use crate::workflow::{Handler, OnItemFailure};

/// Which ends of its needs let a task start.
///
/// A need ends *well* (succeeded), *badly* (failed, timed out, upstream failed) or *aside* (skipped, stopped). A task
/// that a person skipped counts as ended well: those after it are to go on.
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

/// How the items of a task are worked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemsRule {
    /// How many are at work at once.
    pub max_parallel: u32,
    /// What becomes of the others when one ends badly.
    pub on_failure: OnItemFailure,
}

/// Who does the work of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// A worker.
    #[default]
    Work,
    /// Nobody: it chooses among the tasks after it. The branches, the last for when no case holds; each lists indices.
    Switch(Vec<Vec<u32>>),
    /// Nobody: it waits for something outside of the run.
    Wait,
    /// Another run, which it starts and waits for.
    Child,
    /// A person, who approves or rejects.
    Approval,
}

/// A task of a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlannedTask {
    /// Its name in the document.
    pub name: String,
    /// Its type, e.g. `shell`.
    pub kind: String,
    /// Who does its work.
    pub role: Role,
    /// Indices of the tasks it needs.
    pub needs: Vec<u32>,
    /// Indices of the tasks that need it; filled by [`Plan::new`].
    pub dependents: Vec<u32>,
    /// Which ends of its needs let it start.
    pub rule: NeedsRule,
    /// Whether it has a condition, which the caller evaluates when its needs are decided.
    pub conditional: bool,
    /// How it runs once for each item of a list, which the caller evaluates; absent: it runs once.
    pub items: Option<ItemsRule>,
    /// Whether it runs after all others, and when.
    pub handler: Option<Handler>,
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
    /// Whether nothing new is scheduled once a task ended badly; otherwise what does not depend on it goes on.
    pub halts: bool,
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
        Self { tasks, halts: false }
    }

    /// The index of a task's name.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<u32> {
        self.tasks.iter().position(|task| task.name == name).map(|index| index as u32)
    }

    /// The indices of the tasks that run after all others.
    pub(super) fn handlers(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.tasks.len() as u32).filter(|index| self.tasks[*index as usize].handler.is_some())
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
