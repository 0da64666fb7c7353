//! How a run changes: [`Run::step`]. Here is what workers and waits report; `act` has what people do, `decide` what
//! follows for the other tasks.

use serde_json::Value;

use super::{Effect, Ended, OnLost, Outputs, Reason, Refused, Run, RunEvent, RunState, TaskRun, TaskState, Waited};

/// A lost task that may be retried is retried at least this often, whatever its retries say: losing a worker is not
/// the task's fault. Past that it is held for a person, so that a task that kills its worker cannot go on for ever.
const LOST_RETRIES: i32 = 3;

/// Answers the expressions of tasks; given by the caller, who knows parameters and outputs. An error tells what is
/// wrong with the expression; the task fails with it.
pub trait Conditions {
    /// Whether `task` may run now that its needs are decided.
    ///
    /// # Errors
    /// What is wrong with the condition.
    fn holds(&self, run: &Run, task: u32) -> Result<bool, String>;

    /// Which branch the switch `task` takes: the number of the first case that holds, or the number of cases.
    ///
    /// # Errors
    /// What is wrong with a case.
    fn branch(&self, run: &Run, task: u32) -> Result<usize, String>;

    /// The items for which `task` runs.
    ///
    /// # Errors
    /// What is wrong with the list.
    fn items(&self, run: &Run, task: u32) -> Result<Vec<Value>, String>;
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
            RunEvent::Overdue { task, epoch } => step.mark_overdue(task, epoch)?,
            RunEvent::Ended { task, epoch, ended, random } => step.end(task, epoch, ended, random)?,
            RunEvent::Lost { task, epoch } => step.lose(task, epoch)?,
            RunEvent::WaitBegun { task, attempt } => step.begin_wait(task, attempt)?,
            RunEvent::Waited { task, attempt, waited, random } => step.end_wait(task, attempt, waited, random)?,
            RunEvent::RunOverdue { after_ms, fails } => step.run_overdue(after_ms, fails)?,
            RunEvent::Acted(act) => step.act(act)?,
        }
        step.finish();
        Ok(step.effects)
    }
}

/// One application of an event.
pub(super) struct Step<'a> {
    pub(super) run: &'a mut Run,
    pub(super) now_ms: i64,
    pub(super) conditions: &'a dyn Conditions,
    pub(super) effects: Vec<Effect>,
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
        self.run.overdue_ms = None;
        self.decide((0..self.run.plan.tasks.len() as u32).collect());
        Ok(())
    }

    /// A worker holds the task under `epoch`; repeated reports of the same claim change nothing.
    fn hold(&mut self, task: u32, epoch: i64) -> Result<(), Refused> {
        let known = self.task(task)?;
        if known.state.is_held() && known.epoch == epoch {
            return Ok(());
        }
        if !known.state.may_start() || epoch <= known.epoch {
            return Err(Refused::StaleEpoch);
        }
        self.set(task, TaskState::Claimed);
        let task = &mut self.run.tasks[task as usize];
        task.epoch = epoch;
        task.begin_attempt();
        Ok(())
    }

    fn start(&mut self, task: u32, epoch: i64) -> Result<(), Refused> {
        self.hold(task, epoch)?;
        self.set(task, TaskState::Running);
        self.run.tasks[task as usize].started_ms = Some(self.now_ms);
        Ok(())
    }

    fn mark_overdue(&mut self, task: u32, epoch: i64) -> Result<(), Refused> {
        let known = self.task(task)?;
        let waits = known.state == TaskState::Waiting && i64::from(known.attempt) == epoch;
        let works = known.state.is_held() && known.epoch == epoch;
        if !waits && !works {
            return Err(Refused::StaleEpoch);
        }
        self.run.tasks[task as usize].overdue_ms.get_or_insert(self.now_ms);
        self.run.changed.insert(task);
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
                self.run.tasks[task as usize].exit_code = Some(0);
                self.succeed(task, outputs, None);
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
                self.requeue(task, self.now_ms, TaskState::Ready);
            }
        }
        Ok(())
    }

    fn succeed(&mut self, task: u32, outputs: Outputs, reason: Option<Reason>) {
        self.run.tasks[task as usize].outputs = (!outputs.is_empty()).then_some(outputs);
        self.close(task, TaskState::Succeeded, reason);
    }

    /// A failure: another try when the policy has one left, else the end.
    fn fail(&mut self, task: u32, state: TaskState, reason: Reason, retryable: bool, random: f64) {
        let retry = self.run.planned(task).retry;
        let tried = self.tries(task);
        let goes_on = retryable && !self.run.stop_requested && !self.halted();
        if goes_on && i64::from(tried) <= i64::from(retry.max) {
            let due_ms = self.now_ms + retry.delay_ms(tried.unsigned_abs(), random);
            self.run.tasks[task as usize].reason = Some(reason);
            self.requeue(task, due_ms, TaskState::RetryWait);
        } else {
            self.close(task, state, Some(reason));
        }
    }

    fn lose(&mut self, task: u32, epoch: i64) -> Result<(), Refused> {
        self.hold(task, epoch)?;
        let planned = self.run.planned(task);
        let most = LOST_RETRIES.max(i32::try_from(planned.retry.max).unwrap_or(i32::MAX));
        let lost = Reason::WorkerLost { held: false };
        match planned.on_lost {
            _ if self.run.stop_requested => self.close(task, TaskState::Stopped, Some(lost)),
            OnLost::Fail => self.close(task, TaskState::Failed, Some(lost)),
            OnLost::Retry if self.tries(task) <= most => {
                self.run.tasks[task as usize].reason = Some(lost);
                self.requeue(task, self.now_ms, TaskState::RetryWait);
            }
            OnLost::Retry | OnLost::Hold => {
                self.set(task, TaskState::Lost);
                self.run.tasks[task as usize].reason = Some(Reason::WorkerLost { held: true });
            }
        }
        Ok(())
    }

    fn begin_wait(&mut self, task: u32, attempt: i32) -> Result<(), Refused> {
        let known = self.task(task)?;
        if !known.state.may_start() || known.attempt + 1 != attempt {
            return Err(Refused::StaleEpoch);
        }
        self.set(task, TaskState::Waiting);
        let waiting = &mut self.run.tasks[task as usize];
        waiting.begin_attempt();
        waiting.started_ms = Some(self.now_ms);
        Ok(())
    }

    fn end_wait(&mut self, task: u32, attempt: i32, waited: Waited, random: f64) -> Result<(), Refused> {
        let known = self.task(task)?;
        if known.state != TaskState::Waiting || known.attempt != attempt {
            return Err(Refused::StaleEpoch);
        }
        match waited {
            Waited::Met { outputs, reason } => self.succeed(task, outputs, reason),
            Waited::Failed { reason, retryable } => self.fail(task, TaskState::Failed, reason, retryable, random),
            Waited::TimedOut { after_ms } => {
                self.fail(task, TaskState::TimedOut, Reason::TimedOut { after_ms }, true, random);
            }
            Waited::Skipped { reason } => self.close(task, TaskState::Skipped, Some(reason)),
        }
        Ok(())
    }

    fn run_overdue(&mut self, after_ms: i64, fails: bool) -> Result<(), Refused> {
        if self.run.state.is_final() {
            return Err(Refused::RunFinal);
        }
        self.run.overdue_ms.get_or_insert(self.now_ms);
        if fails && !self.run.stop_requested {
            self.end_all(Reason::TimedOut { after_ms });
        }
        Ok(())
    }

    /// Attempts of this generation so far.
    fn tries(&self, task: u32) -> i32 {
        let task = &self.run.tasks[task as usize];
        task.attempt - task.earlier_attempts
    }

    pub(super) fn task(&self, task: u32) -> Result<&TaskRun, Refused> {
        self.run.tasks.get(task as usize).ok_or(Refused::NoSuchTask)
    }

    pub(super) fn set(&mut self, task: u32, state: TaskState) {
        let old = std::mem::replace(&mut self.run.tasks[task as usize].state, state);
        self.run.tally_state(task, old, -1);
        self.run.tally_state(task, state, 1);
        self.run.changed.insert(task);
    }

    /// Lets a task's next attempt start, and goes on with what that decides.
    pub(super) fn requeue(&mut self, task: u32, due_ms: i64, state: TaskState) {
        let next = self.enqueue(task, due_ms, state);
        self.decide(next);
    }
}

impl TaskRun {
    fn begin_attempt(&mut self) {
        self.attempt += 1;
        self.started_ms = None;
        self.retry_at_ms = None;
        self.overdue_ms = None;
        self.exit_code = None;
        self.reason = None;
    }
}
