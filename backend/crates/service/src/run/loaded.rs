//! A run in memory: its row, the state machine made of its task rows, and the definition it runs by.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::id::{RunId, TenantId};
use domain::param;
use domain::queue;
use domain::run::{
    Act, Effect, Item, Reason, Refused, RerunRefused, RerunScope, Run, RunEvent, RunState, TaskRun, TaskState,
};
use store::{Conn, attempt, job, run, task_run};

use crate::Services;
use crate::calendar::RunNote;
use crate::error::{Error, Result};
use crate::run::batch::{Batch, new_attempt};
use crate::run::scope::{RunConditions, Surroundings, scope};
use crate::workflow::Definition;

/// A run as it is at `row.revision`.
#[derive(Clone, Debug)]
pub(crate) struct LoadedRun {
    pub(crate) row: run::Row,
    /// The row as it was read or last written.
    pub(crate) stored: run::Row,
    pub(crate) machine: Run,
    pub(crate) definition: Arc<Definition>,
    pub(crate) around: Surroundings,
    /// Attempts that workers hold, by the task's ordinal, as far as they were seen.
    pub(crate) attempts: HashMap<i32, attempt::Row>,
}

impl LoadedRun {
    /// A run that is not stored yet.
    pub(crate) fn new(row: run::Row, definition: Arc<Definition>, around: Surroundings) -> Self {
        let machine = Run::new(definition.plan.clone()).dry(row.dry_run.unwrap_or(false));
        Self { stored: row.clone(), row, machine, definition, around, attempts: HashMap::new() }
    }

    /// Reads a run.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; [`Error::Store`].
    pub(crate) async fn load(services: &Services, db: &impl Conn, tenant: TenantId, id: RunId) -> Result<Self> {
        let row = run::find(db, tenant, id).await?.ok_or(Error::NotFound { kind: "run" })?;
        let definition = services.definition(tenant, row.workflow_id.into(), row.version).await?;
        // The calendars as they were when the run was made.
        let calendars = services.calendars_of_run(tenant, &RunNote::read(&row)?.pins()).await?;
        let around = Surroundings::of(db, &definition, calendars).await?;
        let tasks = task_run::get_all(db, tenant, id).await?;
        let tasks = tasks.iter().map(task_of).collect::<Result<Vec<_>>>()?;
        if !Run::fits(&definition.plan, &tasks) {
            return Err(inconsistent("run", "task_total", row.id));
        }
        let state = RunState::parse(&row.state).ok_or_else(|| inconsistent("run", "state", row.id))?;
        let reason = parse_json(row.reason_json.as_deref(), "run", row.id)?;
        let machine = Run::restore(definition.plan.clone(), state, row.generation, tasks)
            .dry(row.dry_run.unwrap_or(false))
            .with_history(row.started_ms, row.finished_ms, row.overdue_ms, reason, row.stop_requested);
        Ok(Self { stored: row.clone(), row, machine, definition, around, attempts: HashMap::new() })
    }

    pub(crate) fn key(&self) -> (TenantId, RunId) {
        (TenantId(self.row.tenant_id), RunId(self.row.id))
    }

    /// Applies an event with the run's own parameters and outputs at hand.
    pub(crate) fn step(&mut self, event: RunEvent, now_ms: i64) -> std::result::Result<Vec<Effect>, Refused> {
        let conditions = RunConditions { around: &self.around, row: &self.row, definition: &self.definition };
        self.machine.step(event, now_ms, &conditions)
    }

    /// Applies what a person does.
    pub(crate) fn act(&mut self, act: Act, now_ms: i64) -> std::result::Result<Vec<Effect>, Refused> {
        self.step(RunEvent::Acted(act), now_ms)
    }

    /// Begins; its time limit counts from here.
    pub(crate) fn begin(&mut self, batch: &mut Batch, now_ms: i64) -> std::result::Result<Vec<Effect>, Refused> {
        let effects = self.step(RunEvent::Begun, now_ms)?;
        if !self.machine.state().is_final() {
            batch.limit_run(self, now_ms);
        }
        Ok(effects)
    }

    /// Does a part of it again.
    pub(crate) fn rerun(
        &mut self,
        scope: &RerunScope,
        now_ms: i64,
    ) -> std::result::Result<(Vec<u32>, Vec<Effect>), RerunRefused> {
        let conditions = RunConditions { around: &self.around, row: &self.row, definition: &self.definition };
        self.machine.rerun(scope, now_ms, &conditions)
    }

    /// Says that it waits for a place among its workflow's active runs, when it has not begun.
    pub(crate) fn wait_for_place(&mut self) {
        if let Some(max_active_runs) = self.definition.max_active_runs() {
            self.machine.wait(Reason::WaitsForSlot { max_active_runs });
        }
    }

    /// Fills in what the run leaves for others, when it ended well. What can't be told is left out: the tasks that it
    /// is about may have been skipped.
    pub(crate) fn tell_outputs(&mut self) {
        let declared = &self.definition.document.spec.outputs;
        if declared.is_empty() || self.machine.state() != RunState::Succeeded {
            self.row.outputs_json = None;
            return;
        }
        let Ok(scope) = scope(&self.around, &self.row, &self.definition, &self.machine, None) else { return };
        let value = |(name, template): (&String, &String)| Some((name.clone(), param::value(template, &scope).ok()?));
        let outputs: serde_json::Map<_, _> = declared.iter().filter_map(value).collect();
        self.row.outputs_json = (!outputs.is_empty()).then(|| to_json(&outputs));
    }

    /// Whether it is as new as a claimed job: everything that the job's task needs is decided in it.
    pub(crate) fn knows(&self, job: &job::Row) -> bool {
        let Some(task) = usize::try_from(job.ordinal).ok().and_then(|it| self.machine.tasks().get(it)) else {
            return false;
        };
        match task.state {
            state if state.is_held() => task.epoch == job.fence,
            TaskState::Ready | TaskState::RetryWait => task.attempt + 1 == job.attempt && task.epoch < job.fence,
            _ => false,
        }
    }

    /// Whether nothing of the row has changed but the instant of the change.
    pub(crate) fn is_as_stored(&self) -> bool {
        let stored = run::Row { changed_ms: self.row.changed_ms, ..self.stored.clone() };
        self.row == stored
    }

    /// Brings the row in line with the machine; the row's revision stays the one that was read.
    pub(crate) fn sync_row(&mut self, now_ms: i64) {
        let counts = self.machine.counts();
        let row = &mut self.row;
        row.state = self.machine.state().as_str().to_owned();
        row.generation = self.machine.generation();
        row.stop_requested = self.machine.stop_requested();
        row.reason_json = self.machine.reason().map(to_json);
        row.task_total = counts.total;
        row.task_ok = counts.ok;
        row.task_failed = counts.failed;
        row.task_running = counts.running;
        row.started_ms = self.machine.started_ms();
        row.finished_ms = self.machine.finished_ms();
        row.overdue_ms = self.machine.overdue_ms();
        // Never backwards, so that a reader who resumes from a change's instant misses none.
        row.changed_ms = now_ms.max(row.changed_ms);
        if self.machine.state().is_final() {
            row.active_slot = None;
        }
    }

    /// Rows of some tasks as the machine sees them, stamped with `revision`.
    pub(crate) fn task_rows(&self, ordinals: &BTreeSet<u32>, revision: i64) -> Vec<task_run::Row> {
        ordinals.iter().map(|ordinal| self.task_row(*ordinal, revision)).collect()
    }

    fn task_row(&self, ordinal: u32, revision: i64) -> task_run::Row {
        let task = &self.machine.tasks()[ordinal as usize];
        let planned = self.machine.planned(ordinal);
        let item = task.item.as_ref();
        task_run::Row {
            tenant_id: self.row.tenant_id,
            run_id: self.row.id,
            ordinal: ordinal as i32,
            name: planned.name.clone(),
            kind: planned.kind.clone(),
            state: task.state.as_str().to_owned(),
            attempt: task.attempt,
            earlier_attempts: task.earlier_attempts,
            epoch: task.epoch,
            generation: task.generation,
            revision,
            ready_ms: task.ready_ms,
            started_ms: task.started_ms,
            finished_ms: task.finished_ms,
            retry_at_ms: task.retry_at_ms,
            exit_code: task.exit_code,
            reason_json: task.reason.as_ref().map(to_json),
            outputs_json: task.outputs.as_ref().map(to_json),
            parent: item.map(|item| item.parent as i32),
            item_index: item.map(|item| item.index as i32),
            item_json: item.map(|item| to_json(&*item.value)),
            held: task.held.then_some(true),
            overdue_ms: task.overdue_ms,
        }
    }

    /// Brings what was learnt of claims up to date: a worker may hold a task that the machine still thinks waits.
    pub(crate) async fn learn_claims(&mut self, services: &Services, db: &impl Conn, batch: &mut Batch) -> Result<()> {
        let (tenant, id) = self.key();
        if !self.machine.tasks().iter().any(|task| task.state.may_start()) {
            return Ok(());
        }
        let now_ms = services.store().db_now_ms();
        for job in job::claimed_of_run(db, tenant, id).await? {
            let event = RunEvent::Claimed { task: job.ordinal as u32, epoch: job.fence };
            let known = self.machine.tasks().get(job.ordinal as usize).is_some_and(|task| task.epoch == job.fence);
            if known || self.step(event, now_ms).is_err() {
                continue;
            }
            let names = crate::node::names(services).await?;
            let name = names.into_iter().find(|(node, _)| Some(*node) == job.node_id).map(|(_, name)| name);
            let row = new_attempt(&job, &name.unwrap_or_default(), self.machine.generation(), now_ms);
            self.attempts.insert(job.ordinal, row.clone());
            batch.attempt(row, false);
        }
        Ok(())
    }

    /// A waiting job for a task's next attempt.
    pub(crate) fn job_row(&self, task: u32, attempt: i32, due_ms: i64) -> job::Row {
        let planned = self.machine.planned_index(task);
        let priority = self.definition.priority(planned, self.row.priority);
        job::Row {
            tenant_id: self.row.tenant_id,
            run_id: self.row.id,
            ordinal: task as i32,
            attempt,
            workflow_id: self.row.workflow_id,
            version: self.row.version,
            pool: self.definition.pool(planned).to_owned(),
            state: job::READY,
            // What nodes of the version before go by.
            priority: -priority.level(),
            due_ms,
            claim_token: None,
            node_id: None,
            fence: self.machine.tasks()[task as usize].epoch,
            lease_until_ms: None,
            stop_requested: false,
            rank_ms: queue::rank_ms(priority, due_ms),
            class: crate::backfill::class_of(&self.row).number(),
            limits_json: self.definition.limits_json(planned),
            blocked_on: None,
        }
    }
}

fn task_of(row: &task_run::Row) -> Result<TaskRun> {
    let item = match (row.parent, row.item_index, row.item_json.as_deref()) {
        (Some(parent), Some(index), Some(json)) => {
            let value = serde_json::from_str(json).map_err(|_| inconsistent("task_run", "item_json", row.run_id))?;
            Some(Item { parent: parent as u32, index: index as u32, value: Arc::new(value) })
        }
        _ => None,
    };
    Ok(TaskRun {
        item,
        held: row.held.unwrap_or(false),
        overdue_ms: row.overdue_ms,
        state: TaskState::parse(&row.state).ok_or_else(|| inconsistent("task_run", "state", row.run_id))?,
        attempt: row.attempt,
        earlier_attempts: row.earlier_attempts,
        epoch: row.epoch,
        generation: row.generation,
        ready_ms: row.ready_ms,
        started_ms: row.started_ms,
        finished_ms: row.finished_ms,
        retry_at_ms: row.retry_at_ms,
        exit_code: row.exit_code,
        reason: parse_json(row.reason_json.as_deref(), "task_run", row.run_id)?,
        outputs: parse_json(row.outputs_json.as_deref(), "task_run", row.run_id)?,
    })
}

/// A value as JSON text.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("our own types have text keys")
}

/// Reads a JSON column that Almanac itself wrote.
pub(crate) fn parse_json<T: serde::de::DeserializeOwned>(
    text: Option<&str>,
    table: &'static str,
    id: i64,
) -> Result<Option<T>> {
    text.map(serde_json::from_str).transpose().map_err(|_| inconsistent(table, "json", id))
}

pub(crate) fn inconsistent(table: &'static str, column: &'static str, id: i64) -> Error {
    Error::Store(store::Error::Inconsistent { table, column, id: id.to_string() })
}
