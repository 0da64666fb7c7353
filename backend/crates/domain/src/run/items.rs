//! A task that runs once for each item of a list.
//!
//! Its items are task runs of their own, after those of the plan, so that a worker, an attempt or a log need not know
//! of items. The task itself is `waiting` meanwhile. At most `max_parallel` items are under way at once; when one
//! ends the next pending one starts, and with the last the task ends. Items keep their place over reruns: item `i` of
//! a task is always the same task run.

use std::sync::Arc;

use serde_json::Value;

use super::transition::Step;
use super::{Item, Outputs, Reason, TaskRun, TaskState};
use crate::workflow::{ForEach, OnItemFailure};

/// The outputs of all items go to the task's own when they are no longer than this, as JSON.
const MAX_GATHERED_BYTES: usize = 64 * 1024;

impl Step<'_> {
    /// Lets the items of a task start. Items that ended well in an earlier generation and were not reset stay as they
    /// are; otherwise the list is evaluated anew. Gives the tasks to look at next when all is over already.
    pub(super) fn open_items(&mut self, task: u32) -> Vec<u32> {
        let group = self.run.tally.groups.get(&task);
        let goes_on = group.is_some_and(|group| (group.open as usize) < group.items.len());
        if !goes_on {
            let values = match self.conditions.items(self.run, task) {
                Ok(values) => values,
                Err(message) => return self.mark_final(task, TaskState::Failed, Some(Reason::Template { message })),
            };
            if values.len() > ForEach::MAX_ITEMS {
                let reason = Reason::TooManyItems { count: values.len() as u64, most: ForEach::MAX_ITEMS as u64 };
                return self.mark_final(task, TaskState::Failed, Some(reason));
            }
            self.lay_out(task, values);
        }
        self.set(task, TaskState::Waiting);
        self.run.tasks[task as usize].started_ms = Some(self.now_ms);
        self.fill(task)
    }

    /// Gives each item its task run; those beyond the list are skipped.
    fn lay_out(&mut self, task: u32, values: Vec<Value>) {
        let known = self.run.tally.groups.entry(task).or_default().items.clone();
        let count = values.len();
        for (index, value) in values.into_iter().enumerate() {
            let item = Item { parent: task, index: index as u32, value: Arc::new(value) };
            if let Some(ordinal) = known.get(index) {
                self.run.tasks[*ordinal as usize].item = Some(item);
                self.run.changed.insert(*ordinal);
                continue;
            }
            let ordinal = self.run.tasks.len() as u32;
            let generation = self.run.generation;
            self.run.tasks.push(TaskRun { item: Some(item), generation, ..TaskRun::default() });
            self.run.tally.counts.total += 1;
            if let Some(group) = self.run.tally.groups.get_mut(&task) {
                group.items.push(ordinal);
            }
            self.run.tally_state(ordinal, TaskState::Pending, 1);
            self.run.changed.insert(ordinal);
        }
        for ordinal in known.iter().skip(count) {
            if !self.run.tasks[*ordinal as usize].state.is_final() {
                self.skip_item(*ordinal, Reason::NoLongerItem);
            }
        }
    }

    /// Starts as many items as may be under way at once; gives the tasks to look at next when none is left.
    fn fill(&mut self, task: u32) -> Vec<u32> {
        let Some(rule) = self.run.plan.tasks[task as usize].items else { return Vec::new() };
        while let Some(group) = self.run.tally.groups.get_mut(&task) {
            if group.open == 0 {
                return self.close_items(task);
            }
            if group.under_way >= rule.max_parallel {
                break;
            }
            let Some(ordinal) = group.items.get(group.next).copied() else { break };
            group.next += 1;
            let item = &self.run.tasks[ordinal as usize];
            if item.state == TaskState::Pending && !item.held {
                self.enqueue(ordinal, self.now_ms, TaskState::Ready);
            }
        }
        Vec::new()
    }

    /// What follows the end of an item; gives the tasks to look at next when it was the last.
    pub(super) fn item_ended(&mut self, task: u32) -> Vec<u32> {
        if self.run.tasks[task as usize].state != TaskState::Waiting {
            return Vec::new();
        }
        let stops = self.run.plan.tasks[task as usize].items.is_some_and(|rule| rule.on_failure == OnItemFailure::Stop);
        if stops && self.run.tally.groups.get(&task).is_some_and(|group| group.bad > 0) {
            for ordinal in self.run.items_of(task) {
                if self.run.tasks[ordinal as usize].state == TaskState::Pending {
                    self.skip_item(ordinal, Reason::ItemsStopped);
                }
            }
        }
        self.fill(task)
    }

    /// Makes an item final that never starts, without a word to its task.
    pub(super) fn skip_item(&mut self, ordinal: u32, reason: Reason) {
        self.set(ordinal, TaskState::Skipped);
        let generation = self.run.generation;
        let item = &mut self.run.tasks[ordinal as usize];
        item.generation = generation;
        item.finished_ms = Some(self.now_ms);
        item.held = false;
        item.reason = Some(reason);
    }

    /// The end of a task with the last of its items.
    fn close_items(&mut self, task: u32) -> Vec<u32> {
        let items = self.run.items_of(task);
        let bad = self.run.tally.groups.get(&task).map_or(0, |group| group.bad);
        let ignores = self.run.plan.tasks[task as usize].items.is_some_and(|it| it.on_failure == OnItemFailure::Ignore);
        self.run.tasks[task as usize].outputs = Some(self.gathered(&items, bad));
        if bad > 0 && !ignores {
            let reason = Reason::ItemsFailed { failed: bad, total: items.len() as u32 };
            return self.mark_final(task, TaskState::Failed, Some(reason));
        }
        self.mark_final(task, TaskState::Succeeded, None)
    }

    /// The outputs of a task with items: how many there are and how they ended, and theirs unless they are too long.
    fn gathered(&self, items: &[u32], bad: u32) -> Outputs {
        let tasks = items.iter().map(|ordinal| &self.run.tasks[*ordinal as usize]);
        let succeeded = tasks.clone().filter(|task| task.state == TaskState::Succeeded).count();
        let mut outputs = Outputs::new();
        outputs.insert("total".into(), items.len().into());
        outputs.insert("succeeded".into(), succeeded.into());
        outputs.insert("failed".into(), bad.into());
        let mut bytes = 0;
        let mut all = Vec::with_capacity(items.len());
        for task in tasks {
            let value = task.outputs.clone().map_or(Value::Null, Value::Object);
            bytes += value.to_string().len();
            if bytes > MAX_GATHERED_BYTES {
                return outputs;
            }
            all.push(value);
        }
        outputs.insert("items".into(), Value::Array(all));
        outputs
    }
}

impl super::Run {
    /// The task runs of a task's items, by number.
    #[must_use]
    pub fn items_of(&self, task: u32) -> Vec<u32> {
        self.tally.groups.get(&task).map(|group| group.items.clone()).unwrap_or_default()
    }
}
