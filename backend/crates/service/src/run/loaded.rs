//! A run in memory: its row, the state machine made of its task rows, and the definition it runs by.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::id::{RunId, TenantId};
use domain::run::{Effect, Refused, Run, RunEvent, RunState, TaskRun, TaskState};
use store::{Conn, attempt, job, run, task_run};

use crate::Services;
use crate::error::{Error, Result};
use crate::run::scope::{RunConditions, Surroundings};
use crate::workflow::Definition;

/// A run as it is at `row.revision`.
#[derive(Clone, Debug)]
pub(crate) struct LoadedRun {
    pub(crate) row: run::Row,
    pub(crate) machine: Run,
    pub(crate) definition: Arc<Definition>,
    pub(crate) around: Surroundings,
    /// Attempts that workers hold, by the task's ordinal, as far as they were seen.
    pub(crate) attempts: HashMap<i32, attempt::Row>,
}

impl LoadedRun {
    /// A run that is not stored yet.
    pub(crate) fn new(row: run::Row, definition: Arc<Definition>, around: Surroundings) -> Self {
        let machine = Run::new(definition.plan.clone());
        Self { row, machine, definition, around, attempts: HashMap::new() }
    }

    /// Reads a run.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; [`Error::Store`].
    pub(crate) async fn load(services: &Services, db: &impl Conn, tenant: TenantId, id: RunId) -> Result<Self> {
        let row = run::find(db, tenant, id).await?.ok_or(Error::NotFound { kind: "run" })?;
        let definition = services.definition(tenant, row.workflow_id.into(), row.version).await?;
        let around = Surroundings::of(services, &definition, services.calendars(tenant).await?).await?;
        let tasks = task_run::get_all(db, tenant, id).await?;
        if tasks.len() != definition.plan.tasks.len() {
            return Err(inconsistent("run", "task_total", row.id));
        }
        let tasks = tasks.iter().map(task_of).collect::<Result<Vec<_>>>()?;
        let state = RunState::parse(&row.state).ok_or_else(|| inconsistent("run", "state", row.id))?;
        let reason = parse_json(row.reason_json.as_deref(), "run", row.id)?;
        let machine = Run::restore(definition.plan.clone(), state, row.generation, tasks).with_history(
            row.started_ms,
            row.finished_ms,
            reason,
            row.stop_requested,
        );
        Ok(Self { row, machine, definition, around, attempts: HashMap::new() })
    }

    pub(crate) fn key(&self) -> (TenantId, RunId) {
        (TenantId(self.row.tenant_id), RunId(self.row.id))
    }

    /// Applies an event with the run's own parameters and outputs at hand.
    pub(crate) fn step(&mut self, event: RunEvent, now_ms: i64) -> std::result::Result<Vec<Effect>, Refused> {
        let conditions = RunConditions { around: &self.around, row: &self.row, definition: &self.definition };
        self.machine.step(event, now_ms, &conditions)
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
        let planned = &self.definition.plan.tasks[ordinal as usize];
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
        }
    }

    /// A waiting job for a task's next attempt.
    pub(crate) fn job_row(&self, task: u32, attempt: i32, due_ms: i64) -> job::Row {
        job::Row {
            tenant_id: self.row.tenant_id,
            run_id: self.row.id,
            ordinal: task as i32,
            attempt,
            workflow_id: self.row.workflow_id,
            version: self.row.version,
            pool: self.definition.pool(task).to_owned(),
            state: job::READY,
            priority: self.definition.rank(task, self.row.priority),
            due_ms,
            claim_token: None,
            node_id: None,
            fence: self.machine.tasks()[task as usize].epoch,
            lease_until_ms: None,
            stop_requested: false,
        }
    }
}

fn task_of(row: &task_run::Row) -> Result<TaskRun> {
    Ok(TaskRun {
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
