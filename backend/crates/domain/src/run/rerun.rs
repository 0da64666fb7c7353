//! Doing a finished run, or a part of it, again: same run, new generation, history untouched.

use super::{Run, RunState, TaskRun, TaskState};

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
    /// It has not ended.
    #[error("the run has not ended")]
    NotFinal,
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
    /// The tasks that a rerun of `scope` would do again; a preview.
    ///
    /// # Errors
    /// [`RerunRefused`] when the run is not final or the scope is empty.
    pub fn rerun_tasks(&self, scope: &RerunScope) -> Result<Vec<u32>, RerunRefused> {
        match self.state {
            RunState::Skipped => return Err(RerunRefused::Skipped),
            state if !state.is_final() => return Err(RerunRefused::NotFinal),
            _ => {}
        }
        let find = |name: &String| self.plan.index_of(name).ok_or_else(|| RerunRefused::NoSuchTask(name.clone()));
        let again = match scope {
            RerunScope::All => (0..self.tasks.len() as u32).collect(),
            RerunScope::Only(name) => vec![find(name)?],
            RerunScope::From(name) => self.plan.with_dependents([find(name)?]).into_iter().collect(),
            RerunScope::Failed => {
                let unwell = |task: &TaskRun| task.state.is_bad() || task.state == TaskState::Stopped;
                let bad = (0..self.tasks.len() as u32).filter(|index| unwell(&self.tasks[*index as usize]));
                self.plan.with_dependents(bad).into_iter().collect::<Vec<_>>()
            }
        };
        if again.is_empty() && *scope == RerunScope::Failed {
            return Err(RerunRefused::NothingFailed);
        }
        Ok(again)
    }

    /// Puts the run back to `queued` under a new generation with the tasks of `scope` pending; gives these tasks.
    /// It begins, like a new run, when it gets its place among the active runs.
    ///
    /// # Errors
    /// As [`Run::rerun_tasks`]; the run is then unchanged.
    pub fn rerun(&mut self, scope: &RerunScope) -> Result<Vec<u32>, RerunRefused> {
        let again = self.rerun_tasks(scope)?;
        self.generation += 1;
        self.state = RunState::Queued;
        self.stop_requested = false;
        self.finished_ms = None;
        self.reason = None;
        for index in &again {
            let task = &mut self.tasks[*index as usize];
            *task = TaskRun {
                attempt: task.attempt,
                earlier_attempts: task.attempt,
                epoch: task.epoch,
                generation: self.generation,
                ..TaskRun::default()
            };
            self.changed.insert(*index);
        }
        self.recount();
        Ok(again)
    }
}
