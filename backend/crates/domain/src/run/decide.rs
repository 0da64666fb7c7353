//! What the end of a task means for the others: who may start, who can't any more, and when the run is over.

use std::collections::VecDeque;

use super::transition::Step;
use super::{Effect, NeedsRule, Reason, Role, Run, RunState, TaskState};
use crate::workflow::Handler;

/// What becomes of a pending task.
enum Verdict {
    Wait,
    Start,
    End(TaskState, Reason),
}

/// The field of a switch's outputs that tells the number of the branch it took.
const BRANCH: &str = "branch";

impl Step<'_> {
    /// Looks at each pending task of `open` whether it may start, and goes on with what that decides.
    pub(super) fn decide(&mut self, open: Vec<u32>) {
        // In the document's order, so that of tasks with the same rank the first is the first to start.
        let mut open = VecDeque::from(open);
        while let Some(task) = open.pop_front() {
            if self.ends(task) || self.run.tasks[task as usize].state != TaskState::Pending {
                continue;
            }
            match self.verdict(task) {
                Verdict::Wait => {}
                Verdict::Start => open.extend(self.enqueue(task, self.now_ms, TaskState::Ready)),
                Verdict::End(state, reason) => open.extend(self.mark_final(task, state, Some(reason))),
            }
        }
    }

    /// Whether nothing may start of a task because the run is to stop; handlers run when a time limit stopped it.
    fn ends(&self, task: u32) -> bool {
        self.run.stop_requested && !(self.run.timed_out() && self.run.planned(task).handler.is_some())
    }

    /// Whether the run's policy lets nothing new be scheduled because a task ended badly. What failed before a person
    /// let a part of the run be done again does not halt that part.
    pub(super) fn halted(&self) -> bool {
        self.run.plan.halts && self.run.tally.bad_main > 0 && self.run.failed_main(self.run.generation).next().is_some()
    }

    /// What the ends of its needs, its rule and its condition say of a pending task.
    fn verdict(&self, task: u32) -> Verdict {
        let planned = &self.run.plan.tasks[task as usize];
        match planned.handler {
            Some(_) if self.run.tally.open_main > 0 => return Verdict::Wait,
            Some(Handler::OnFailure) if self.run.tally.bad_main == 0 && !self.run.timed_out() => {
                return Verdict::End(TaskState::Skipped, Reason::NothingFailed);
            }
            Some(_) => {}
            None if self.halted() => return Verdict::End(TaskState::UpstreamFailed, self.halted_by()),
            None => {}
        }
        if let Some(switch) = planned.needs.iter().find(|need| self.run.passes_by(**need, task)) {
            let switch = self.run.plan.tasks[*switch as usize].name.clone();
            return Verdict::End(TaskState::Skipped, Reason::NotChosen { switch });
        }
        let mut bad = Vec::new();
        let (mut good, mut aside) = (0, 0);
        for need in &planned.needs {
            let need_run = &self.run.tasks[*need as usize];
            match need_run.state {
                TaskState::Succeeded => good += 1,
                TaskState::Skipped if matches!(need_run.reason, Some(Reason::ByPerson { .. })) => good += 1,
                state if state.is_bad() => bad.push(*need),
                state if state.is_final() => aside += 1,
                _ => {}
            }
        }
        let decided = self.run.tally.open_needs[task as usize] == 0;
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
            // Without outputs a condition often can't be told; a walk then goes on rather than stop there.
            Err(_) if self.run.dry => Verdict::Start,
            Err(message) => Verdict::End(TaskState::Failed, Reason::Template { message }),
        }
    }

    fn halted_by(&self) -> Reason {
        let first = self.run.failed_main(self.run.generation).next();
        Reason::Halted { task: first.map(|task| self.run.plan.tasks[task as usize].name.clone()).unwrap_or_default() }
    }

    /// A switch takes its branch.
    fn choose(&mut self, task: u32) -> Vec<u32> {
        let Role::Switch(branches) = &self.run.plan.tasks[task as usize].role else { return Vec::new() };
        let last = branches.len().saturating_sub(1);
        let branch = match self.conditions.branch(self.run, task) {
            Ok(branch) => branch.min(last),
            Err(_) if self.run.dry => last,
            Err(message) => return self.mark_final(task, TaskState::Failed, Some(Reason::Template { message })),
        };
        let outputs = [(BRANCH.to_owned(), branch.into())].into_iter().collect();
        let chosen = &mut self.run.tasks[task as usize];
        chosen.started_ms = Some(self.now_ms);
        chosen.outputs = Some(outputs);
        self.mark_final(task, TaskState::Succeeded, None)
    }

    /// Lets a task's next attempt start; gives the tasks to look at next when it is over already.
    pub(super) fn enqueue(&mut self, task: u32, due_ms: i64, state: TaskState) -> Vec<u32> {
        self.set(task, state);
        let generation = self.run.generation;
        let waiting = &mut self.run.tasks[task as usize];
        waiting.generation = generation;
        waiting.ready_ms = Some(due_ms);
        waiting.retry_at_ms = (state == TaskState::RetryWait).then_some(due_ms);
        if state == TaskState::Ready && !waiting.held {
            waiting.reason = None;
        }
        self.dispatch(task)
    }

    /// Asks for what makes a task go on that may start, unless a person halted it.
    pub(super) fn dispatch(&mut self, task: u32) -> Vec<u32> {
        if !self.run.is_dispatched(task) {
            return Vec::new();
        }
        let planned = self.run.planned(task);
        if matches!(planned.role, Role::Switch(_)) {
            return self.choose(task);
        }
        if self.run.dry {
            return self.mark_final(task, TaskState::Succeeded, Some(Reason::DryRun));
        }
        if planned.items.is_some() && self.run.tasks[task as usize].item.is_none() {
            return self.open_items(task);
        }
        let waiting = &self.run.tasks[task as usize];
        let (attempt, due_ms) = (waiting.attempt + 1, waiting.ready_ms.unwrap_or(self.now_ms));
        self.effects.push(Effect::Enqueue { task, attempt, due_ms });
        Vec::new()
    }

    /// Makes a task final and decides about those that need it.
    pub(super) fn close(&mut self, task: u32, state: TaskState, reason: Option<Reason>) {
        let next = self.mark_final(task, state, reason);
        self.decide(next);
    }

    /// Makes a task final; gives the tasks to look at next.
    pub(super) fn mark_final(&mut self, task: u32, state: TaskState, reason: Option<Reason>) -> Vec<u32> {
        self.set(task, state);
        let generation = self.run.generation;
        let closed = &mut self.run.tasks[task as usize];
        closed.generation = generation;
        closed.finished_ms = Some(self.now_ms);
        closed.retry_at_ms = None;
        closed.held = false;
        closed.reason = reason;
        if let Some(item) = &closed.item {
            let parent = item.parent;
            return self.item_ended(parent);
        }
        let dependents = self.run.plan.tasks[task as usize].dependents.clone();
        for dependent in &dependents {
            self.run.tally.open_needs[*dependent as usize] -= 1;
        }
        dependents
    }

    /// What follows an event for the run as a whole: the halt of its policy, its handlers, its state, its end.
    pub(super) fn finish(&mut self) {
        if self.run.state.is_final() {
            return;
        }
        let begun = self.run.state != RunState::Queued;
        if begun && self.halted() && self.run.tally.open_main > 0 && !self.run.stop_requested {
            self.halt();
        }
        if begun && self.run.tally.open_main == 0 && self.run.tally.open > 0 {
            let handlers = self.run.plan.handlers().collect();
            self.decide(handlers);
        }
        if self.run.tally.open > 0 || !begun && !self.run.stop_requested {
            self.run.tell_approvals();
            return;
        }
        let state = self.run.outcome(begun);
        self.run.state = state;
        self.run.finished_ms = Some(self.now_ms);
        self.effects.push(Effect::Finished(state));
    }

    /// Closes what is not at work: nothing new is scheduled. Items go first, so that each group closes itself.
    fn halt(&mut self) {
        let reason = self.halted_by();
        for task in (0..self.run.tasks.len() as u32).rev() {
            let state = self.run.tasks[task as usize].state;
            let waits_for_items = self.run.tally.groups.contains_key(&task) && state == TaskState::Waiting;
            let handler = self.run.planned(task).handler.is_some();
            if handler || state.is_final() || state.is_held() || state == TaskState::Lost || waits_for_items {
                continue;
            }
            self.withdraw(task);
            self.mark_final(task, TaskState::UpstreamFailed, Some(reason.clone()));
        }
    }

    /// Takes back what was asked for by [`Step::dispatch`], or ends a wait.
    pub(super) fn withdraw(&mut self, task: u32) {
        let state = self.run.tasks[task as usize].state;
        if state.may_start() && self.run.is_dispatched(task) {
            self.effects.push(Effect::Withdraw { task });
        } else if state == TaskState::Waiting && !self.run.tally.groups.contains_key(&task) {
            self.effects.push(Effect::Dismiss { task });
        }
    }
}

impl Run {
    /// Whether a job or a wait exists for a task that may start: nobody halted the run or the task.
    #[must_use]
    pub fn is_dispatched(&self, task: u32) -> bool {
        self.state != RunState::Paused && !self.tasks[task as usize].held
    }

    /// Whether its own time limit ended it.
    pub(super) fn timed_out(&self) -> bool {
        self.stop_requested && matches!(self.reason, Some(Reason::TimedOut { .. }))
    }

    /// Whether the switch `need` took a branch that passes by `task`, which is in another of its branches.
    fn passes_by(&self, need: u32, task: u32) -> bool {
        let Role::Switch(branches) = &self.plan.tasks[need as usize].role else { return false };
        let switch = &self.tasks[need as usize];
        let taken = switch.outputs.as_ref().and_then(|outputs| outputs.get(BRANCH)?.as_u64());
        let Some(taken) = taken.filter(|_| switch.state == TaskState::Succeeded) else { return false };
        let within = |branch: usize| branches.get(branch).is_some_and(|branch| branch.contains(&task));
        branches.iter().any(|branch| branch.contains(&task)) && !usize::try_from(taken).is_ok_and(within)
    }

    /// Keeps its state in line with whether nothing but approvals is under way.
    fn tell_approvals(&mut self) {
        let waits = self.tally.approvals > 0 && self.tally.approvals == self.tally.under_way;
        self.state = match self.state {
            RunState::Running if waits => RunState::WaitingApproval,
            RunState::WaitingApproval if !waits => RunState::Running,
            state => state,
        };
    }

    /// How it ended; handlers do not matter.
    fn outcome(&self, begun: bool) -> RunState {
        let main = |task: &usize| self.plan.tasks[*task].handler.is_none();
        let states: Vec<TaskState> =
            (0..self.plan.tasks.len()).filter(main).map(|task| self.tasks[task].state).collect();
        let well = |state: &TaskState| matches!(state, TaskState::Succeeded | TaskState::Skipped);
        if self.timed_out() {
            RunState::Failed
        } else if begun && states.iter().all(well) {
            RunState::Succeeded
        } else if self.stop_requested || states.contains(&TaskState::Stopped) {
            RunState::Stopped
        } else {
            RunState::Failed
        }
    }
}
