//! Doing a run, or a part of it, again: same run, new generation, history untouched. What is still under way is left
//! alone; a rerun of it is refused.

use std::collections::BTreeSet;

use super::transition::{Conditions, Step};
use super::{Effect, Reason, Run, RunState, TaskRun, TaskState};

/// Which tasks a rerun does again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RerunScope {
    /// All that did not end well, and what depends on them.
    Failed,
    /// One task and all that depend on it.
    From(String),
    /// One task alone.
    Only(String),
    /// Every task.
    All,
}

/// Why a run cannot be done again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RerunRefused {
    /// It has not begun, or is to stop.
    #[error("the run has not ended")]
    NotFinal,
    /// A task that would be done again is under way.
    #[error("the task `{0}` is under way")]
    UnderWay(String),
    /// It never began, so nothing is to be repeated.
    #[error("the run was skipped")]
    Skipped,
    /// It has no task of that name.
    #[error("the run has no task `{0}`")]
    NoSuchTask(String),
    /// No task ended badly.
    #[error("no task of the run ended badly")]
    NothingFailed,
}

impl Run {
    /// The tasks and items that a rerun of `scope` would do again; a preview. Handlers of an ended run are always
    /// among them: they come after its end.
    ///
    /// # Errors
    /// [`RerunRefused`] when the scope is empty or something of it is under way.
    pub fn rerun_tasks(&self, scope: &RerunScope) -> Result<Vec<u32>, RerunRefused> {
        match self.state {
            RunState::Skipped => return Err(RerunRefused::Skipped),
            RunState::Queued => return Err(RerunRefused::NotFinal),
            state if !state.is_final() && self.stop_requested => return Err(RerunRefused::NotFinal),
            _ => {}
        }
        let find = |name: &String| self.plan.index_of(name).ok_or_else(|| RerunRefused::NoSuchTask(name.clone()));
        let planned = 0..self.plan.tasks.len() as u32;
        let mut again: BTreeSet<u32> = match scope {
            RerunScope::All => planned.collect(),
            RerunScope::Only(name) => BTreeSet::from([find(name)?]),
            RerunScope::From(name) => self.plan.with_dependents([find(name)?]),
            RerunScope::Failed => {
                let unwell = |state: TaskState| state.is_bad() || state == TaskState::Stopped;
                self.plan.with_dependents(planned.filter(|task| unwell(self.tasks[*task as usize].state)))
            }
        };
        if again.is_empty() {
            return Err(RerunRefused::NothingFailed);
        }
        if self.state.is_final() {
            again.extend(self.plan.handlers());
        } else {
            again.retain(|task| self.tasks[*task as usize].state != TaskState::Pending);
        }
        let under_way = |task: &&u32| self.tasks[**task as usize].state.is_under_way();
        if let Some(task) = again.iter().find(under_way) {
            return Err(RerunRefused::UnderWay(self.plan.tasks[*task as usize].name.clone()));
        }
        let mut all: Vec<u32> = again.iter().copied().collect();
        for task in &again {
            all.extend(self.items_again(*task, &again, scope));
        }
        Ok(all)
    }

    /// The items of a task that are done again with it: those that did not end well when only that is repeated, else
    /// all.
    fn items_again(&self, task: u32, again: &BTreeSet<u32>, scope: &RerunScope) -> Vec<u32> {
        let after_others = self.plan.tasks[task as usize].needs.iter().any(|need| again.contains(need));
        let only_bad = *scope == RerunScope::Failed && !after_others;
        let mut items = self.items_of(task);
        let well = |item: &u32| {
            let item = &self.tasks[*item as usize];
            item.state == TaskState::Succeeded || matches!(item.reason, Some(Reason::NoLongerItem))
        };
        let repeats = !only_bad || items.iter().all(|item| !well(item));
        items.retain(|item| repeats || !well(item));
        items
    }

    /// Starts a new generation with the tasks of `scope` pending; gives these tasks. A run that had ended is `queued`
    /// again and begins, like a new run, when it gets its place among the active runs; one that is under way goes on.
    ///
    /// # Errors
    /// As [`Run::rerun_tasks`]; the run is then unchanged.
    pub fn rerun(
        &mut self,
        scope: &RerunScope,
        now_ms: i64,
        conditions: &dyn Conditions,
    ) -> Result<(Vec<u32>, Vec<Effect>), RerunRefused> {
        let again = self.rerun_tasks(scope)?;
        self.new_generation();
        for task in &again {
            self.reset(*task);
        }
        self.recount();
        if self.state == RunState::Queued {
            return Ok((again, Vec::new()));
        }
        let mut step = Step { run: self, now_ms, conditions, effects: Vec::new() };
        let planned = step.run.plan.tasks.len();
        step.decide(again.iter().copied().filter(|task| (*task as usize) < planned).collect());
        step.finish();
        Ok((again, step.effects))
    }

    /// Lets a task that is final count otherwise, under a new generation; what could not start because of it is
    /// pending again. Gives these tasks.
    pub(super) fn reopen(&mut self, task: u32, state: TaskState, reason: Reason, now_ms: i64) -> Vec<u32> {
        self.new_generation();
        let marked = &mut self.tasks[task as usize];
        marked.state = state;
        marked.generation = self.generation;
        marked.finished_ms = Some(now_ms);
        marked.reason = Some(reason);
        let parent = marked.item.as_ref().map(|item| item.parent);
        self.changed.insert(task);
        if parent.is_some_and(|parent| self.tasks[parent as usize].state == TaskState::Waiting) {
            // Its task still counts its items.
            self.recount();
            return Vec::new();
        }
        let mut open = match parent {
            // Its task gathers its items anew.
            Some(parent) => vec![parent],
            None => self.plan.tasks[task as usize].dependents.clone(),
        };
        let mut again = BTreeSet::new();
        while let Some(next) = open.pop() {
            if (Some(next) == parent || self.could_not_start(next)) && again.insert(next) {
                open.extend(&self.plan.tasks[next as usize].dependents);
            }
        }
        if self.failed_main(0).next().is_none() {
            // Nothing is left that halted the run.
            let planned = 0..self.plan.tasks.len() as u32;
            let halted = |task: &u32| matches!(self.tasks[*task as usize].reason, Some(Reason::Halted { .. }));
            again.extend(planned.filter(halted));
        }
        if self.state == RunState::Queued {
            again.extend(self.plan.handlers());
        }
        for next in &again {
            self.reset(*next);
        }
        self.recount();
        again.into_iter().collect()
    }

    /// Whether a task was decided by others alone.
    fn could_not_start(&self, task: u32) -> bool {
        let task = &self.tasks[task as usize];
        match task.state {
            TaskState::UpstreamFailed | TaskState::Stopped => true,
            TaskState::Skipped => matches!(task.reason, Some(Reason::RuleNotMet | Reason::NotChosen { .. })),
            _ => false,
        }
    }

    fn new_generation(&mut self) {
        self.generation += 1;
        if self.state.is_final() {
            self.state = RunState::Queued;
            self.stop_requested = false;
            self.finished_ms = None;
            self.reason = None;
        }
    }

    fn reset(&mut self, task: u32) {
        let generation = self.generation;
        let old = &mut self.tasks[task as usize];
        *old = TaskRun {
            item: old.item.take(),
            attempt: old.attempt,
            earlier_attempts: old.attempt,
            epoch: old.epoch,
            generation,
            ..TaskRun::default()
        };
        self.changed.insert(task);
    }
}
