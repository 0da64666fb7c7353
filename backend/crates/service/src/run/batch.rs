//! What a transaction writes of some runs, gathered first and then written with few statements.

use std::collections::BTreeMap;

use domain::id::{AttemptKey, TenantId};
use domain::run::{AttemptState, Effect, RunEvent};
use store::log::Chunk;
use store::{Tx, attempt, job, run, task_run};

use crate::Services;
use crate::error::{Error, Result};
use crate::run::loaded::LoadedRun;
use crate::run::workers::{NodeIdentity, Workers};

/// Writes of one transaction. The order of [`Batch::write`] matters: the guarded update of a run comes first, so
/// that a lost race costs one statement.
#[derive(Default)]
pub(crate) struct Batch {
    new_runs: Vec<run::Row>,
    new_tasks: Vec<task_run::Row>,
    saves: Vec<(i64, run::Row)>,
    tasks: Vec<((TenantId, domain::id::RunId), Vec<task_run::Row>)>,
    released: Vec<job::Held>,
    jobs: Vec<job::Row>,
    new_attempts: Vec<attempt::Row>,
    attempts: BTreeMap<i64, Vec<attempt::Row>>,
    logs: Vec<(AttemptKey, Vec<Chunk>)>,
    /// Jobs that were claimed for this node's workers as they were made.
    pub(crate) claimed: Vec<job::Row>,
}

/// Why a batch was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotWritten {
    /// Some of the claims whose attempts ended were over.
    #[error("a claim was over")]
    StaleClaim,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<store::Error> for NotWritten {
    fn from(error: store::Error) -> Self {
        Self::Other(error.into())
    }
}

impl store::Retryable for NotWritten {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Other(error) if error.is_retryable())
    }
}

impl From<NotWritten> for Error {
    fn from(error: NotWritten) -> Self {
        match error {
            NotWritten::StaleClaim => store::Error::Stale.into(),
            NotWritten::Other(error) => error,
        }
    }
}

impl Batch {
    /// Notes that an attempt ended: its job goes.
    pub(crate) fn release(&mut self, held: job::Held) {
        self.released.push(held);
    }

    /// The claims whose attempts ended.
    pub(crate) fn released(&self) -> &[job::Held] {
        &self.released
    }

    /// Takes the last chunks of an attempt's log.
    pub(crate) fn log(&mut self, key: AttemptKey, chunks: Vec<Chunk>) {
        if !chunks.is_empty() {
            self.logs.push((key, chunks));
        }
    }

    /// Makes the jobs that a run's effects ask for. Those that are due and for which a local worker is free are
    /// claimed at once, in the same transaction.
    pub(crate) fn enqueue(
        &mut self,
        services: &Services,
        run: &mut LoadedRun,
        effects: &[Effect],
        now_ms: i64,
        local: Option<(&NodeIdentity, &dyn Workers)>,
    ) {
        for effect in effects {
            let Effect::Enqueue { task, attempt, due_ms } = *effect else { continue };
            let mut job = run.job_row(task, attempt, due_ms);
            if let Some((node, workers)) = local
                && due_ms <= now_ms
                && workers.reserve(&job.pool)
            {
                node.hold(&mut job, services.store().ids().next(), now_ms);
                let claimed = RunEvent::Claimed { task, epoch: job.fence };
                if run.step(claimed, now_ms).is_ok() {
                    let row = new_attempt(&job, &node.name, run.machine.generation(), now_ms);
                    run.attempts.insert(job.ordinal, row.clone());
                    self.new_attempts.push(row);
                    self.claimed.push(job.clone());
                } else {
                    workers.give_back(&job.pool);
                    job = run.job_row(task, attempt, due_ms);
                }
            }
            self.jobs.push(job);
        }
    }

    /// Notes an attempt's row; `known` tells whether it was stored before.
    pub(crate) fn attempt(&mut self, row: attempt::Row, known: bool) {
        if known {
            let pending = self.new_attempts.iter_mut().find(|new| key(new) == key(&row));
            if let Some(new) = pending {
                *new = row;
                return;
            }
            let rows = self.attempts.entry(row.tenant_id).or_default();
            rows.retain(|other| key(other) != key(&row));
            rows.push(row);
        } else {
            self.new_attempts.push(row);
        }
    }

    /// Takes what changed of a stored run; its row then has the next revision.
    pub(crate) fn save(&mut self, run: &mut LoadedRun, now_ms: i64) {
        let revision = run.row.revision;
        let changed = run.machine.take_changed();
        run.sync_row(now_ms);
        let rows = run.task_rows(&changed, revision + 1);
        self.saves.push((revision, run.row.clone()));
        if !rows.is_empty() {
            self.tasks.push((run.key(), rows));
        }
        run.row.revision = revision + 1;
    }

    /// Takes a run that is not stored yet, with all its tasks.
    pub(crate) fn insert(&mut self, run: &mut LoadedRun, now_ms: i64) {
        run.machine.take_changed();
        run.sync_row(now_ms);
        let all = (0..run.machine.tasks().len() as u32).collect();
        self.new_tasks.extend(run.task_rows(&all, run.row.revision));
        self.new_runs.push(run.row.clone());
    }

    /// Writes everything.
    ///
    /// # Errors
    /// [`NotWritten::StaleClaim`] when a claim that ended was over; [`store::Error::Stale`] when a run changed
    /// meanwhile. Nothing is written then, once the transaction is rolled back.
    pub(crate) async fn write(&self, tx: &Tx<'_>) -> Result<(), NotWritten> {
        if !self.new_runs.is_empty() {
            run::insert(tx, self.new_runs.clone()).await?;
            task_run::insert(tx, self.new_tasks.clone()).await?;
        }
        for (revision, row) in &self.saves {
            run::save(tx, *revision, row).await?;
        }
        if !self.released.is_empty() && job::release(tx, &self.released).await? != self.released.len() as u64 {
            return Err(NotWritten::StaleClaim);
        }
        for ((tenant, run), rows) in &self.tasks {
            task_run::replace(tx, *tenant, *run, rows.clone()).await?;
        }
        for (tenant, rows) in &self.attempts {
            attempt::replace(tx, TenantId(*tenant), rows.clone()).await?;
        }
        attempt::insert(tx, self.new_attempts.clone()).await?;
        job::insert(tx, self.jobs.clone()).await?;
        for (key, chunks) in &self.logs {
            store::log::insert(tx, *key, chunks).await?;
        }
        Ok(())
    }

    /// The attempts whose logs this batch completed.
    pub(crate) fn logged(&self) -> impl Iterator<Item = AttemptKey> {
        self.logs.iter().map(|(key, _)| *key)
    }

    /// The pools for which this batch made jobs that no local worker took.
    pub(crate) fn waiting_pools(&self) -> impl Iterator<Item = &str> {
        self.jobs.iter().filter(|job| job.state == job::READY).map(|job| job.pool.as_str())
    }
}

fn key(row: &attempt::Row) -> (i64, i64, i32, i32) {
    (row.tenant_id, row.run_id, row.ordinal, row.number)
}

/// The row of an attempt that was just claimed.
pub(crate) fn new_attempt(job: &job::Row, node_name: &str, generation: i32, now_ms: i64) -> attempt::Row {
    attempt::Row {
        tenant_id: job.tenant_id,
        run_id: job.run_id,
        ordinal: job.ordinal,
        number: job.attempt,
        epoch: job.fence,
        generation,
        node_id: job.node_id.unwrap_or_default(),
        node_name: node_name.to_owned(),
        pool: job.pool.clone(),
        state: AttemptState::Claimed.as_str().to_owned(),
        claimed_ms: now_ms,
        started_ms: None,
        finished_ms: None,
        pid: None,
        exit_code: None,
        term_signal: None,
        cpu_ms: None,
        peak_rss_kb: None,
        reason_json: None,
        log_bytes: 0,
        log_truncated: false,
    }
}
