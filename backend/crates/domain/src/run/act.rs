//! What people do to a run while it is under way, and to its tasks.

use super::transition::Step;
use super::{Act, Effect, LostDecision, Mark, Reason, Refused, RunState, TaskState};

impl Step<'_> {
    pub(super) fn act(&mut self, act: Act) -> Result<(), Refused> {
        match act {
            Act::Stop { reason } => self.stop(reason),
            Act::Pause { reason } => self.pause(reason),
            Act::Resume => self.resume(),
            Act::Hold { task, reason } => self.hold_back(task, reason),
            Act::Release { task } => self.release(task),
            Act::ResolveLost { task, decision, reason } => self.resolve_lost(task, decision, reason),
            Act::Mark { task, mark, reason } => self.mark(task, mark, reason),
        }
    }

    fn stop(&mut self, reason: Reason) -> Result<(), Refused> {
        if self.run.state.is_final() {
            return Err(Refused::RunFinal);
        }
        self.end_all(reason);
        Ok(())
    }

    /// Ends all that is not final: what a worker holds is told to end, the rest at once. Handlers stay when the reason
    /// is a time limit: that is a failure, which they handle.
    pub(super) fn end_all(&mut self, reason: Reason) {
        let spares_handlers = matches!(reason, Reason::TimedOut { .. });
        let dispatched = self.run.state != RunState::Paused;
        self.run.stop_requested = true;
        self.run.reason = Some(reason.clone());
        for task in 0..self.run.tasks.len() as u32 {
            let state = self.run.tasks[task as usize].state;
            if state.is_final() || spares_handlers && self.run.planned(task).handler.is_some() {
                continue;
            }
            if state.is_held() {
                self.effects.push(Effect::Kill { task });
                continue;
            }
            self.withdraw(task);
            self.mark_final(task, TaskState::Stopped, Some(reason.clone()));
        }
        if !dispatched {
            // What is left of a paused run, its handlers, goes on.
            self.run.state = RunState::Running;
            self.dispatch_all();
        }
    }

    fn pause(&mut self, reason: Reason) -> Result<(), Refused> {
        match self.run.state {
            state if state.is_final() => return Err(Refused::RunFinal),
            RunState::Queued => return Err(Refused::NotBegun),
            RunState::Paused => return Err(Refused::Paused),
            _ if self.run.stop_requested => return Err(Refused::Stopping),
            _ => {}
        }
        for task in self.startable() {
            self.withdraw(task);
        }
        self.run.state = RunState::Paused;
        self.run.reason = Some(reason);
        Ok(())
    }

    fn resume(&mut self) -> Result<(), Refused> {
        if self.run.state != RunState::Paused {
            return Err(Refused::NotPaused);
        }
        self.run.state = RunState::Running;
        self.run.reason = None;
        self.dispatch_all();
        Ok(())
    }

    /// Lets all go on that a pause kept from starting.
    fn dispatch_all(&mut self) {
        for task in self.startable() {
            let next = self.dispatch(task);
            self.decide(next);
        }
    }

    /// The tasks and items that may start.
    fn startable(&self) -> Vec<u32> {
        let tasks = 0..self.run.tasks.len() as u32;
        tasks.filter(|task| self.run.tasks[*task as usize].state.may_start()).collect()
    }

    fn hold_back(&mut self, task: u32, reason: Reason) -> Result<(), Refused> {
        let known = self.task(task)?;
        match known.state {
            state if state.is_final() => return Err(Refused::Decided),
            _ if known.held => return Err(Refused::Held),
            TaskState::Pending | TaskState::Ready | TaskState::RetryWait => {}
            _ => return Err(Refused::AtWork),
        }
        self.withdraw(task);
        self.run.tasks[task as usize].held = true;
        self.run.tasks[task as usize].reason = Some(reason);
        self.run.changed.insert(task);
        Ok(())
    }

    fn release(&mut self, task: u32) -> Result<(), Refused> {
        if !self.task(task)?.held {
            return Err(Refused::NotHeld);
        }
        let held = &mut self.run.tasks[task as usize];
        held.held = false;
        held.reason = None;
        let (state, item) = (held.state, held.item.clone());
        self.run.changed.insert(task);
        let next = match (state, item) {
            (state, _) if state.may_start() => self.dispatch(task),
            // Its turn among the items may have passed.
            (TaskState::Pending, Some(item)) if self.run.tasks[item.parent as usize].state == TaskState::Waiting => {
                self.enqueue(task, self.now_ms, TaskState::Ready)
            }
            _ => Vec::new(),
        };
        self.decide(next);
        Ok(())
    }

    fn resolve_lost(&mut self, task: u32, decision: LostDecision, reason: Reason) -> Result<(), Refused> {
        if self.task(task)?.state != TaskState::Lost {
            return Err(Refused::NotLost);
        }
        match decision {
            LostDecision::Retry => self.requeue(task, self.now_ms, TaskState::Ready),
            LostDecision::Fail => self.close(task, TaskState::Failed, Some(reason)),
            LostDecision::Succeed => self.close(task, TaskState::Succeeded, Some(reason)),
        }
        Ok(())
    }

    fn mark(&mut self, task: u32, mark: Mark, reason: Reason) -> Result<(), Refused> {
        let state = self.task(task)?.state;
        let at_work = |task: &u32| self.run.tasks[*task as usize].state.is_held();
        let becomes = match mark {
            Mark::Succeeded if state == TaskState::Succeeded => return Err(Refused::Decided),
            Mark::Skipped if matches!(state, TaskState::Succeeded | TaskState::Skipped) => {
                return Err(Refused::Decided);
            }
            _ if state.is_held() || self.run.items_of(task).iter().any(at_work) => return Err(Refused::AtWork),
            Mark::Succeeded => TaskState::Succeeded,
            Mark::Skipped => TaskState::Skipped,
        };
        if state.is_final() {
            let again = self.run.reopen(task, becomes, reason, self.now_ms);
            if self.run.state != RunState::Queued {
                self.decide(again);
            }
            return Ok(());
        }
        match self.run.state {
            RunState::Queued => return Err(Refused::NotBegun),
            _ if self.run.stop_requested => return Err(Refused::Stopping),
            _ => {}
        }
        self.withdraw(task);
        for item in self.run.items_of(task) {
            if !self.run.tasks[item as usize].state.is_final() {
                self.withdraw(item);
                self.skip_item(item, reason.clone());
            }
        }
        self.close(task, becomes, Some(reason));
        Ok(())
    }
}
