//! How a run changes: [`Run::step`].

use super::{Effect, Ended, LostDecision, NeedsRule, OnLost, Reason, Refused, Run, RunEvent, RunState, TaskState};

/// A lost task that may be retried is retried at least this often, whatever its retries say: losing a worker is not
/// the task's fault. Past that it is held for a person, so that a task that kills its worker cannot go on for ever.
const LOST_RETRIES: i32 = 3;

/// Answers the conditions of tasks; given by the caller, who knows parameters and outputs.
pub trait Conditions {
    /// Whether `task` may run now that its needs are decided.
    ///
    /// # Errors
    /// What is wrong with the condition; the task fails with it.
    fn holds(&self, run: &Run, task: u32) -> Result<bool, String>;
}

/// A closure is a set of conditions.
impl<F: Fn(&Run, u32) -> Result<bool, String>> Conditions for F {
    fn holds(&self, run: &Run, task: u32) -> Result<bool, String> {
        self(run, task)
    }
}

impl Run {
    /// Applies one event. On refusal the run is unchanged.
    ///
    /// # Errors
    /// [`Refused`] when the event does not fit: a report of a claim that is over, a final run, an unknown task.
    pub fn step(&mut self, event: RunEvent, now_ms: i64, conditions: &dyn Conditions) -> Result<Vec<Effect>, Refused> {
        let mut step = Step { run: self, now_ms, conditions, effects: Vec::new() };
        match event {
            RunEvent::Begun => step.begin()?,
            RunEvent::Claimed { task, epoch } => step.hold(task, epoch)?,
            RunEvent::Started { task, epoch } => step.start(task, epoch)?,
            RunEvent::Ended { task, epoch, ended, random } => step.end(task, epoch, ended, random)?,
            RunEvent::Lost { task, epoch } => step.lose(task, epoch)?,
            RunEvent::StopRequested { held, reason } => step.stop(&held, reason)?,
            RunEvent::LostResolved { task, decision, reason } => step.resolve_lost(task, decision, reason)?,
        }
        step.finish();
        let effects = step.effects;
        Ok(effects)
    }
}

/// One application of an event.
struct Step<'a> {
    run: &'a mut Run,
    now_ms: i64,
    conditions: &'a dyn Conditions,
    effects: Vec<Effect>,
}

impl Step<'_> {
    fn begin(&mut self) -> Result<(), Refused> {
        match self.run.state {
            RunState::Queued => {}
            state if state.is_final() => return Err(Refused::RunFinal),
            _ => return Err(Refused::AlreadyBegun),
        }
        self.run.state = RunState::Running;
        self.run.reason = None;
        self.run.started_ms = Some(self.now_ms);
        self.run.finished_ms = None;
        self.decide((0..self.run.tasks.len() as u32).collect());
        Ok(())
    }

    /// A worker holds the task under `epoch`; repeated reports of the same claim change nothing.
    fn hold(&mut self, task: u32, epoch: i64) -> Result<(), Refused> {
        let known = self.task(task)?;
        if known.state.is_held() && known.epoch == epoch {
            return Ok(());
        }
        if !matches!(known.state, TaskState::Ready | TaskState::RetryWait) || epoch <= known.epoch {
            return Err(Refused::StaleEpoch);
        }
        self.set(task, TaskState::Claimed);
        let task = &mut self.run.tasks[task as usize];
        task.epoch = epoch;
        task.attempt += 1;
        task.started_ms = None;
        task.retry_at_ms = None;
        task.exit_code = None;
        task.reason = None;
        Ok(())
    }

    fn start(&mut self, task: u32, epoch: i64) -> Result<(), Refused> {
        self.hold(task, epoch)?;
        self.set(task, TaskState::Running);
        self.run.tasks[task as usize].started_ms = Some(self.now_ms);
        Ok(())
    }

    fn end(&mut self, task: u32, epoch: i64, ended: Ended, random: f64) -> Result<(), Refused> {
        self.hold(task, epoch)?;
        let started_ms = &mut self.run.tasks[task as usize].started_ms;
        if ended != Ended::Returned {
            // Work without a process has no start of its own.
            started_ms.get_or_insert(self.now_ms);
        }
        match ended {
            Ended::Succeeded { outputs } => {
                self.run.tasks[task as usize].outputs = (!outputs.is_empty()).then_some(outputs);
                self.run.tasks[task as usize].exit_code = Some(0);
                self.close(task, TaskState::Succeeded, None);
            }
            Ended::Failed { exit_code, reason, retryable } => {
                self.run.tasks[task as usize].exit_code = exit_code;
                self.fail(task, TaskState::Failed, reason, retryable, random);
            }
            Ended::TimedOut { after_ms } => {
                self.fail(task, TaskState::TimedOut, Reason::TimedOut { after_ms }, true, random);
            }
            Ended::Stopped => {
                let reason = self.run.reason.clone();
                self.close(task, TaskState::Stopped, reason);
            }
            Ended::Returned if self.run.stop_requested => self.close(task, TaskState::Stopped, None),
            Ended::Returned => {
                // It did nothing, so it takes no retry away.
                self.run.tasks[task as usize].earlier_attempts += 1;
                self.enqueue(task, self.now_ms, TaskState::Ready);
            }
        }
        Ok(())
    }

    /// A failure: another try when the policy has one left, else the end.
    fn fail(&mut self, task: u32, state: TaskState, reason: Reason, retryable: bool, random: f64) {
        let retry = self.run.plan.tasks[task as usize].retry;
        let tried = self.tries(task);
        if retryable && !self.run.stop_requested && i64::from(tried) <= i64::from(retry.max) {
            let due_ms = self.now_ms + retry.delay_ms(tried.unsigned_abs(), random);
            self.run.tasks[task as usize].reason = Some(reason);
            self.enqueue(task, due_ms, TaskState::RetryWait);
        } else {
            self.close(task, state, Some(reason));
        }
    }

    fn lose(&mut self, task: u32, epoch: i64) -> Result<(), Refused> {
        self.hold(task, epoch)?;
        let planned = &self.run.plan.tasks[task as usize];
        let most = LOST_RETRIES.max(i32::try_from(planned.retry.max).unwrap_or(i32::MAX));
        let lost = Reason::WorkerLost { held: false };
        match planned.on_lost {
            _ if self.run.stop_requested => self.close(task, TaskState::Stopped, Some(lost)),
            OnLost::Fail => self.close(task, TaskState::Failed, Some(lost)),
            OnLost::Retry if self.tries(task) <= most => {
                self.run.tasks[task as usize].reason = Some(lost);
                self.enqueue(task, self.now_ms, TaskState::RetryWait);
            }
            OnLost::Retry | OnLost::Hold => {
                self.set(task, TaskState::Lost);
                self.run.tasks[task as usize].reason = Some(Reason::WorkerLost { held: true });
            }
        }
        Ok(())
    }

    fn stop(&mut self, held: &[u32], reason: Reason) -> Result<(), Refused> {
        if self.run.state.is_final() {
            return Err(Refused::RunFinal);
        }
        self.run.stop_requested = true;
        self.run.reason = Some(reason.clone());
        for task in 0..self.run.tasks.len() as u32 {
            let state = self.run.tasks[task as usize].state;
            if !state.is_final() && !held.contains(&task) {
                self.close(task, TaskState::Stopped, Some(reason.clone()));
            }
        }
        Ok(())
    }

    fn resolve_lost(&mut self, task: u32, decision: LostDecision, reason: Reason) -> Result<(), Refused> {
        if self.task(task)?.state != TaskState::Lost {
            return Err(Refused::NotLost);
        }
        match decision {
            LostDecision::Retry => self.enqueue(task, self.now_ms, TaskState::Ready),
            LostDecision::Fail => self.close(task, TaskState::Failed, Some(reason)),
            LostDecision::Succeed => self.close(task, TaskState::Succeeded, Some(reason)),
        }
        Ok(())
    }

    /// Looks at each pending task of `open` whether it may start, and goes on with what that decides.
    fn decide(&mut self, mut open: Vec<u32>) {
        while let Some(task) = open.pop() {
            if self.run.stop_requested || self.run.tasks[task as usize].state != TaskState::Pending {
                continue;
            }
            match self.verdict(task) {
                Verdict::Wait => {}
                Verdict::Start => self.enqueue(task, self.now_ms, TaskState::Ready),
                Verdict::End(state, reason) => open.extend(self.mark_final(task, state, Some(reason))),
            }
        }
    }

    /// What the ends of its needs, its rule and its condition say of a pending task.
    fn verdict(&self, task: u32) -> Verdict {
        let planned = &self.run.plan.tasks[task as usize];
        let mut bad = Vec::new();
        let (mut good, mut aside) = (0, 0);
        for need in &planned.needs {
            match self.run.tasks[*need as usize].state {
                TaskState::Succeeded => good += 1,
                state if state.is_bad() => bad.push(*need),
                state if state.is_final() => aside += 1,
                _ => {}
            }
        }
        let decided = self.run.open_needs[task as usize] == 0;
        let starts = match planned.rule {
            NeedsRule::AllDone => decided,
            NeedsRule::AllSuccess => decided && bad.is_empty() && aside == 0,
            NeedsRule::NoneFailed => decided && bad.is_empty(),
            NeedsRule::AnySuccess => good > 0 || planned.needs.is_empty(),
            NeedsRule::AnyFailed => !bad.is_empty(),
        };
        if starts {
            return self.condition(task);
        }
        if !decided {
            return Verdict::Wait;
        }
        match planned.rule {
            NeedsRule::AllSuccess | NeedsRule::NoneFailed | NeedsRule::AnySuccess if !bad.is_empty() => {
                let tasks = bad.iter().map(|need| self.run.plan.tasks[*need as usize].name.clone()).collect();
                Verdict::End(TaskState::UpstreamFailed, Reason::UpstreamFailed { tasks })
            }
            _ => Verdict::End(TaskState::Skipped, Reason::RuleNotMet),
        }
    }

    fn condition(&self, task: u32) -> Verdict {
        if !self.run.plan.tasks[task as usize].conditional {
            return Verdict::Start;
        }
        match self.conditions.holds(self.run, task) {
            Ok(true) => Verdict::Start,
            Ok(false) => Verdict::End(TaskState::Skipped, Reason::ConditionFalse),
            Err(message) => Verdict::End(TaskState::Failed, Reason::Template { message }),
        }
    }

    /// Asks for a job for the task's next attempt.
    fn enqueue(&mut self, task: u32, due_ms: i64, state: TaskState) {
        self.set(task, state);
        let generation = self.run.generation;
        let waiting = &mut self.run.tasks[task as usize];
        waiting.generation = generation;
        waiting.ready_ms = Some(due_ms);
        waiting.retry_at_ms = (state == TaskState::RetryWait).then_some(due_ms);
        if state == TaskState::Ready {
            waiting.reason = None;
        }
        self.effects.push(Effect::Enqueue { task, attempt: waiting.attempt + 1, due_ms });
    }

    /// Makes a task final and decides about those that need it.
    fn close(&mut self, task: u32, state: TaskState, reason: Option<Reason>) {
        let dependents = self.mark_final(task, state, reason);
        self.decide(dependents);
    }

    /// Makes a task final; gives the tasks to look at next.
    fn mark_final(&mut self, task: u32, state: TaskState, reason: Option<Reason>) -> Vec<u32> {
        self.set(task, state);
        let generation = self.run.generation;
        let closed = &mut self.run.tasks[task as usize];
        closed.generation = generation;
        closed.finished_ms = Some(self.now_ms);
        closed.retry_at_ms = None;
        closed.reason = reason;
        self.run.open_tasks -= 1;
        let dependents = self.run.plan.tasks[task as usize].dependents.clone();
        for dependent in &dependents {
            self.run.open_needs[*dependent as usize] -= 1;
        }
        dependents
    }

    /// Ends the run when its last task is final.
    fn finish(&mut self) {
        if self.run.open_tasks > 0 || self.run.state.is_final() || self.run.state == RunState::Queued && !self.stopped()
        {
            return;
        }
        let state = if self.run.tasks.iter().any(|task| task.state == TaskState::Stopped) || self.stopped() {
            if self.run.counts.ok == self.run.counts.total && self.run.state != RunState::Queued {
                RunState::Succeeded
            } else {
                RunState::Stopped
            }
        } else if self.run.tasks.iter().any(|task| task.state.is_bad()) {
            RunState::Failed
        } else {
            RunState::Succeeded
        };
        self.run.state = state;
        self.run.finished_ms = Some(self.now_ms);
        self.effects.push(Effect::Finished(state));
    }

    fn stopped(&self) -> bool {
        self.run.stop_requested
    }

    fn set(&mut self, task: u32, state: TaskState) {
        let old = std::mem::replace(&mut self.run.tasks[task as usize].state, state);
        self.run.count(old, -1);
        self.run.count(state, 1);
        self.run.changed.insert(task);
    }

    /// Attempts of this generation so far.
    fn tries(&self, task: u32) -> i32 {
        let task = &self.run.tasks[task as usize];
        task.attempt - task.earlier_attempts
    }

    fn task(&self, task: u32) -> Result<&super::TaskRun, Refused> {
        self.run.tasks.get(task as usize).ok_or(Refused::NoSuchTask)
    }
}

/// What becomes of a pending task.
enum Verdict {
    Wait,
    Start,
    End(TaskState, Reason),
}
