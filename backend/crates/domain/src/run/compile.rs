//! The plan of a document.

use indexmap::IndexMap;

use super::{ItemsRule, Plan, PlannedTask, Role};
use crate::retry::RetryPolicy;
use crate::workflow::{Document, FailurePolicy, Task, TaskKind};

impl Plan {
    /// The plan of a document whose needs all name tasks, without a cycle.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let tasks = &document.spec.tasks;
        let planned = tasks.iter().map(|(name, task)| planned(tasks, name, task)).collect();
        Self { halts: document.spec.failure_policy == FailurePolicy::Halt, ..Self::new(planned) }
    }
}

fn planned(tasks: &IndexMap<String, Task>, name: &str, task: &Task) -> PlannedTask {
    let items = ItemsRule { max_parallel: task.max_parallel(), on_failure: task.on_item_failure };
    PlannedTask {
        name: name.to_owned(),
        kind: task.kind.name().to_owned(),
        role: role(tasks, &task.kind),
        needs: indices(tasks, &task.needs),
        dependents: Vec::new(),
        rule: task.needs_rule,
        conditional: task.when.is_some(),
        items: task.for_each.is_some().then_some(items),
        handler: task.handler,
        retry: RetryPolicy {
            max: task.retries.max,
            delay_ms: task.retries.delay.ms(),
            backoff: task.retries.backoff,
            max_delay_ms: task.retries.max_delay.ms(),
            jitter: task.retries.jitter,
        },
        on_lost: task.on_lost,
    }
}

fn role(tasks: &IndexMap<String, Task>, kind: &TaskKind) -> Role {
    match kind {
        TaskKind::Shell(_) | TaskKind::Noop(_) => Role::Work,
        TaskKind::Switch(switch) => {
            let cases = switch.cases.iter().map(|case| &case.then);
            Role::Switch(cases.chain([&switch.otherwise]).map(|branch| indices(tasks, branch)).collect())
        }
        TaskKind::WaitFor(_) => Role::Wait,
        TaskKind::SubWorkflow(_) => Role::Child,
        TaskKind::Approval(_) => Role::Approval,
    }
}

fn indices(tasks: &IndexMap<String, Task>, names: &[String]) -> Vec<u32> {
    names.iter().filter_map(|name| tasks.get_index_of(name)).map(|index| index as u32).collect()
}
