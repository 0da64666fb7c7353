//! What a transaction writes of some runs, gathered first and then written with few statements.

use std::collections::BTreeMap;

use domain::id::{AttemptKey, RunId, TenantId};
use domain::queue::Class;
use domain::run::{AttemptState, Effect, Role, RunEvent};
use domain::workflow::Priority;
use store::log::Chunk;
use store::{Tx, attempt, job, run, task_run, wait};

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
    /// Runs that do not change, and the revisions by which that was decided.
    confirmed: Vec<((TenantId, RunId), i64)>,
    tasks: Vec<((TenantId, RunId), Vec<task_run::Row>)>,
    released: Vec<job::Held>,
    /// By run: jobs that must not start any more, and those that are to stop.
    withdrawn: BTreeMap<(TenantId, RunId), Vec<i32>>,
    stops: BTreeMap<(TenantId, RunId), Vec<i32>>,
    /// By run and priority: jobs that get its rank.
    ranked: BTreeMap<(TenantId, RunId, Priority), Vec<i32>>,
    jobs: Vec<job::Row>,
    new_waits: Vec<wait::Row>,
    ended_waits: Vec<wait::Key>,
    /// Waits that end if they still are as they were looked at.
    looked: Vec<wait::Row>,
    orphaned_waits: Vec<wait::Key>,
    saved_waits: Vec<(i64, wait::Row)>,
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
    /// A job that was to be withdrawn was claimed meanwhile.
    #[error("a job was claimed meanwhile")]
    Claimed,
    /// A wait is no longer as it was looked at.
    #[error("a wait was over")]
    WaitOver,
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
        match self {
            Self::Other(error) => error.is_retryable(),
            Self::Claimed => true,
            Self::StaleClaim | Self::WaitOver => false,
        }
    }
}

impl From<NotWritten> for Error {
    fn from(error: NotWritten) -> Self {
        match error {
            NotWritten::StaleClaim | NotWritten::WaitOver | NotWritten::Claimed => store::Error::Stale.into(),
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

    /// Takes what a run asks for. Jobs that are due and for which a local worker is free are claimed at once, in the
    /// same transaction.
    pub(crate) fn absorb(
        &mut self,
        services: &Services,
        run: &mut LoadedRun,
        effects: &[Effect],
        now_ms: i64,
        local: Option<(&NodeIdentity, &dyn Workers)>,
    ) {
        for effect in effects {
            match *effect {
                Effect::Enqueue { task, attempt, due_ms } if run.machine.planned(task).role == Role::Work => {
                    let job = run.job_row(task, attempt, due_ms);
                    let job = self.claim_at_once(services, run, job, now_ms, local);
                    self.jobs.push(job);
                }
                Effect::Enqueue { task, attempt, due_ms } => {
                    self.new_waits.push(crate::wait::row(run, task, attempt, due_ms));
                }
                Effect::Withdraw { task } => self.withdraw(run, task),
                Effect::Kill { task } => self.stops.entry(run.key()).or_default().push(task as i32),
                Effect::Dismiss { task } => self.dismiss(run, task),
                Effect::Finished(_) => {
                    run.tell_outputs();
                    if run.definition.document.spec.timeout.is_some() {
                        self.ended_waits.push((run.key().0, run.key().1, wait::OF_RUN));
                    }
                }
            }
        }
    }

    /// Begins the time that a run has.
    pub(crate) fn limit_run(&mut self, run: &LoadedRun, now_ms: i64) {
        self.new_waits.extend(crate::wait::limit_row(run, now_ms));
    }

    /// A job that is due is claimed as it is made when a local worker is free for it.
    fn claim_at_once(
        &mut self,
        services: &Services,
        run: &mut LoadedRun,
        mut job: job::Row,
        now_ms: i64,
        local: Option<(&NodeIdentity, &dyn Workers)>,
    ) -> job::Row {
        let Some((node, workers)) = local else { return job };
        if job.due_ms > now_ms || !may_be_handed_on(services, &job) || !workers.reserve(&job.pool) {
            return job;
        }
        let unclaimed = job.clone();
        node.hold(&mut job, services.store().ids().next(), now_ms);
        let claimed = RunEvent::Claimed { task: job.ordinal as u32, epoch: job.fence };
        if run.step(claimed, now_ms).is_err() {
            workers.give_back(&job.pool);
            return unclaimed;
        }
        let row = new_attempt(&job, &node.name, run.machine.generation(), now_ms);
        run.attempts.insert(job.ordinal, row.clone());
        self.new_attempts.push(row);
        self.claimed.push(job.clone());
        job
    }

    /// Gives the waiting jobs of a run the rank that its priority means now.
    pub(crate) fn rank_anew(&mut self, run: &LoadedRun) {
        let (tenant, id) = run.key();
        for (index, task) in run.machine.tasks().iter().enumerate() {
            let ordinal = index as u32;
            if task.state.may_start() && run.machine.planned(ordinal).role == Role::Work {
                let priority = run.definition.priority(run.machine.planned_index(ordinal), run.row.priority);
                self.ranked.entry((tenant, id, priority)).or_default().push(ordinal as i32);
            }
        }
    }

    /// What was asked for must not start any more; when it is not stored yet, it is forgotten.
    fn withdraw(&mut self, run: &LoadedRun, task: u32) {
        let (tenant, id) = run.key();
        let ordinal = task as i32;
        if run.machine.planned(task).role != Role::Work {
            self.dismiss(run, task);
            return;
        }
        let before = self.jobs.len();
        self.jobs.retain(|job| (job.tenant_id, job.run_id, job.ordinal) != (tenant.0, id.0, ordinal));
        if self.jobs.len() == before {
            self.withdrawn.entry((tenant, id)).or_default().push(ordinal);
        }
    }

    /// A wait is over. A run that was started for it is to stop, which its row remembers until that is done.
    fn dismiss(&mut self, run: &LoadedRun, task: u32) {
        let (tenant, id) = run.key();
        let key = (tenant, id, task as i32);
        let before = self.new_waits.len();
        self.new_waits.retain(|row| wait::key_of(row) != key);
        if self.new_waits.len() < before {
            return;
        }
        match run.machine.planned(task).role {
            Role::Child => self.orphaned_waits.push(key),
            _ => self.ended_waits.push(key),
        }
    }

    /// Notes that a wait ended.
    pub(crate) fn end_wait(&mut self, key: wait::Key) {
        self.ended_waits.push(key);
    }

    /// Notes what a look at a wait came to: it ends if it still is as it was then.
    pub(crate) fn end_look(&mut self, row: wait::Row) {
        self.looked.push(row);
    }

    /// Takes what changed of a wait that was read at `revision`.
    pub(crate) fn save_wait(&mut self, revision: i64, row: wait::Row) {
        self.saved_waits.push((revision, row));
    }

    /// Whether this batch tells workers to stop.
    pub(crate) fn has_stops(&self) -> bool {
        !self.stops.is_empty()
    }

    /// Whether this batch makes waits.
    pub(crate) fn has_waits(&self) -> bool {
        !self.new_waits.is_empty() || !self.orphaned_waits.is_empty()
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

    /// Takes what changed of a stored run; its row then has the next revision. One that did not change stays as it is,
    /// it may have ended; but what was decided about it counts only if it was not out of date.
    pub(crate) fn save(&mut self, run: &mut LoadedRun, now_ms: i64) {
        let revision = run.row.revision;
        let changed = run.machine.take_changed();
        run.sync_row(now_ms);
        if changed.is_empty() && run.is_as_stored() {
            run.row = run.stored.clone();
            self.confirmed.push((run.key(), revision));
            return;
        }
        let rows = run.task_rows(&changed, revision + 1);
        self.saves.push((revision, run.row.clone()));
        if !rows.is_empty() {
            self.tasks.push((run.key(), rows));
        }
        run.row.revision = revision + 1;
        run.stored = run.row.clone();
    }

    /// Takes a run that is not stored yet, with all its tasks.
    pub(crate) fn insert(&mut self, run: &mut LoadedRun, now_ms: i64) {
        run.machine.take_changed();
        run.sync_row(now_ms);
        let all = (0..run.machine.tasks().len() as u32).collect();
        self.new_tasks.extend(run.task_rows(&all, run.row.revision));
        self.new_runs.push(run.row.clone());
        run.stored = run.row.clone();
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
        for ((tenant, run), ordinals) in &self.withdrawn {
            if job::withdraw(tx, *tenant, *run, ordinals).await? != ordinals.len() as u64 {
                return Err(NotWritten::Claimed);
            }
        }
        for ((tenant, run), ordinals) in &self.stops {
            job::request_stop(tx, *tenant, *run, ordinals).await?;
        }
        for ((tenant, run, priority), ordinals) in &self.ranked {
            job::rank(tx, (*tenant, *run), ordinals, *priority).await?;
        }
        self.write_waits(tx).await?;
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
        // Last: what changed such a run before it was looked at is seen, what changes it after waits for this.
        for ((tenant, id), revision) in &self.confirmed {
            let now = run::find(tx, *tenant, *id).await?.map(|row| row.revision);
            if now != Some(*revision) {
                return Err(store::Error::Stale.into());
            }
        }
        Ok(())
    }

    async fn write_waits(&self, tx: &Tx<'_>) -> Result<(), NotWritten> {
        for (revision, row) in &self.saved_waits {
            if !wait::save(tx, *revision, row).await? {
                return Err(store::Error::Stale.into());
            }
        }
        for row in &self.looked {
            if !wait::end(tx, row).await? {
                return Err(NotWritten::WaitOver);
            }
        }
        if !self.ended_waits.is_empty() {
            wait::delete(tx, &self.ended_waits).await?;
        }
        if !self.orphaned_waits.is_empty() {
            wait::turn(tx, &self.orphaned_waits, crate::wait::ORPHAN).await?;
        }
        if !self.new_waits.is_empty() {
            wait::insert(tx, self.new_waits.clone()).await?;
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

/// Whether a job may go to a free worker without a claim: nothing needs to be counted for it, and it does not have to
/// let others go first.
fn may_be_handed_on(services: &Services, job: &job::Row) -> bool {
    job.limits_json.is_none()
        && Class::of_number(job.class) == Class::Production
        && services.is_without_quota(TenantId(job.tenant_id))
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
        log_deleted_ms: None,
    }
}
