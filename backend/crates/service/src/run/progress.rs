//! Group commit: what workers report of their attempts is gathered for as long as the last transaction takes and then
//! written in one transaction, whatever the number of runs; each reporter is answered after the commit.
//!
//! # Protocol
//! 1. Reports queue in a channel. The committer takes all that are there (nothing is waited for: under load the time
//!    of one commit gathers the next batch).
//! 2. The runs they belong to are lent by the cache, or read. Each report is one event of the pure state machine;
//!    a refused event (an old epoch) answers its reporter [`Receipt::Stale`].
//! 3. One transaction writes it all: each run under its revision, each ended attempt by deleting its job under its
//!    fence. A run that changed meanwhile, or a claim that was over, rolls everything back; the runs are read anew and
//!    step 2 is repeated, without the reports whose claim is over.
//! 4. After the commit: answers, the cache, hints, jobs for local workers, and runs that waited for a finished one.
//!
//! A database that fails makes the committer wait and try again; reports are kept until they are written or the
//! process ends, in which case the leases lapse and the attempts are found lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::id::{AttemptKey, RunId, TenantId, WorkflowId};
use domain::run::{AttemptState, Ended, RunEvent};
use store::{attempt, job};
use tokio::sync::{mpsc, oneshot};

use crate::Services;
use crate::error::{Error, Result};
use crate::run::batch::{Batch, NotWritten, new_attempt};
use crate::run::loaded::{LoadedRun, to_json};
use crate::run::workers::{News, NodeIdentity, Report, Workers};

/// Most reports of one transaction: some thousand rows, well below a second on every engine.
const MAX_REPORTS: usize = 1000;

/// How often reports are tried together that something in them keeps from being written.
const TOGETHER: u32 = 4;

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is stored.
    Stored,
    /// Its claim was over: the worker must end what it still does for it.
    Stale,
}

struct Message {
    report: Report,
    reply: Option<oneshot::Sender<Receipt>>,
}

/// Where reports are handed in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Progress {
    sender: mpsc::UnboundedSender<Message>,
}

impl Progress {
    /// Hands a report in and waits until it is stored. `None` when the committer has ended.
    pub async fn report(&self, report: Report) -> Option<Receipt> {
        let (reply, receipt) = oneshot::channel();
        self.sender.send(Message { report, reply: Some(reply) }).ok()?;
        receipt.await.ok()
    }

    /// Hands a report in without waiting for its commit; it is stored before any later report of the same caller.
    pub fn tell(&self, report: Report) {
        // After the committer's end there is nobody to tell; the attempt is found lost.
        let _ = self.sender.send(Message { report, reply: None });
    }
}

/// Writes reports; one per process.
pub struct Committer {
    services: Services,
    node: NodeIdentity,
    workers: Arc<dyn Workers>,
    receiver: mpsc::UnboundedReceiver<Message>,
}

type Key = (TenantId, RunId);

/// A batch that is ready to be written, with the runs it changes.
struct Prepared {
    batch: Batch,
    runs: BTreeMap<Key, LoadedRun>,
    receipts: Vec<Receipt>,
}

impl Committer {
    /// A committer and the way to hand reports in.
    #[must_use]
    pub fn new(services: Services, node: NodeIdentity, workers: Arc<dyn Workers>) -> (Self, Progress) {
        // Not bounded by itself: each claim has at most three reports under way, and slots bound the claims.
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { services, node, workers, receiver }, Progress { sender })
    }

    /// Waits for reports and writes them. `false` when nobody can report any more.
    pub async fn tick(&mut self) -> bool {
        let mut messages = Vec::new();
        if self.receiver.recv_many(&mut messages, MAX_REPORTS).await == 0 {
            return false;
        }
        self.store(messages).await;
        true
    }

    /// Tries until the reports are written. When it isn't the database as a whole that fails but something in them, each
    /// is written by itself, so that one that can't be stored keeps no other from it.
    async fn store(&self, mut messages: Vec<Message>) {
        let mut failures = 0;
        // After a lost race the claims that the runs don't know yet are read, too.
        let mut learns = false;
        while !messages.is_empty() {
            match self.commit(&mut messages, learns).await {
                Ok(()) => break,
                Err(Error::Store(store::Error::Stale)) => {
                    tracing::debug!("a run changed meanwhile; reports are applied again");
                    learns = true;
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(%error, reports = messages.len(), failures, "reports could not be stored; trying again");
                    if failures >= TOGETHER && matches!(error, Error::Store(store::Error::Unstorable(_))) {
                        if messages.len() > 1 {
                            for message in messages.drain(..) {
                                Box::pin(self.store(vec![message])).await;
                            }
                            break;
                        }
                        if failures >= 2 * TOGETHER {
                            // It isn't what the attempt brought: the claim lapses, and the attempt is found lost.
                            messages.drain(..).for_each(|message| answer(message.reply, Receipt::Stale));
                            break;
                        }
                        messages[0].report.news.leave_out_what_it_brought();
                    }
                    tokio::time::sleep(pause(failures, self.services.store().chance().fraction())).await;
                }
            }
        }
    }

    /// Tries to write `messages` in one transaction. Those whose claim is over are answered and taken out.
    async fn commit(&self, messages: &mut Vec<Message>, learns: bool) -> Result<()> {
        let prepared = self.prepare(messages, learns).await?;
        let batch = &prepared.batch;
        let written = self.services.store().write(|tx| Box::pin(batch.write(tx))).await;
        match written {
            Ok(()) => {
                self.answer(messages, prepared).await;
                Ok(())
            }
            Err(error) => {
                for key in prepared.runs.keys() {
                    self.services.runs().forget(*key);
                }
                for job in &batch.claimed {
                    self.workers.give_back(&job.pool);
                }
                if matches!(error, NotWritten::StaleClaim) {
                    self.drop_stale(messages, batch.released()).await?;
                }
                Err(error.into())
            }
        }
    }

    /// Applies the reports to their runs.
    async fn prepare(&self, messages: &[Message], learns: bool) -> Result<Prepared> {
        let now_ms = self.services.store().db_now_ms();
        let mut runs = self.load(messages).await?;
        let mut batch = Batch::default();
        if learns {
            for run in runs.values_mut() {
                run.learn_claims(&self.services, self.services.store().read(), &mut batch).await?;
            }
        }
        let mut receipts = Vec::with_capacity(messages.len());
        for message in messages {
            let job = &message.report.job;
            let receipt = match runs.get_mut(&(TenantId(job.tenant_id), RunId(job.run_id))) {
                Some(run) => self.apply(run, &mut batch, &message.report, now_ms),
                None => Receipt::Stale,
            };
            receipts.push(receipt);
        }
        for run in runs.values_mut() {
            batch.save(run, now_ms);
        }
        Ok(Prepared { batch, runs, receipts })
    }

    /// The runs of some reports, from the cache or the database, with the attempts that the reports are about.
    async fn load(&self, messages: &[Message]) -> Result<BTreeMap<Key, LoadedRun>> {
        let mut runs = BTreeMap::new();
        let keys: BTreeSet<Key> =
            messages.iter().map(|m| (TenantId(m.report.job.tenant_id), RunId(m.report.job.run_id))).collect();
        for (tenant, id) in keys {
            let run = match self.services.runs().lend((tenant, id)) {
                Some(run) => run,
                None => match LoadedRun::load(&self.services, self.services.store().read(), tenant, id).await {
                    Ok(run) => run,
                    Err(Error::NotFound { .. }) => continue,
                    Err(error) => return Err(error),
                },
            };
            runs.insert((tenant, id), run);
        }
        self.load_attempts(messages, &mut runs).await?;
        Ok(runs)
    }

    async fn load_attempts(&self, messages: &[Message], runs: &mut BTreeMap<Key, LoadedRun>) -> Result<()> {
        let mut wanted: BTreeMap<TenantId, Vec<attempt::Key>> = BTreeMap::new();
        for message in messages {
            let job = &message.report.job;
            let Some(run) = runs.get(&(TenantId(job.tenant_id), RunId(job.run_id))) else { continue };
            let seen = run.attempts.get(&job.ordinal).is_some_and(|row| row.number == job.attempt);
            let known = |task: &domain::run::TaskRun| task.state.is_held() && task.epoch == job.fence;
            let first = matches!(message.report.news, News::Claimed);
            if !seen && (!first || run.machine.tasks().get(job.ordinal as usize).is_some_and(known)) {
                let key = (RunId(job.run_id), job.ordinal, job.attempt);
                wanted.entry(TenantId(job.tenant_id)).or_default().push(key);
            }
        }
        for (tenant, keys) in wanted {
            for row in attempt::get_many(self.services.store().read(), tenant, &keys).await? {
                if let Some(run) = runs.get_mut(&(tenant, RunId(row.run_id))) {
                    run.attempts.insert(row.ordinal, row);
                }
            }
        }
        Ok(())
    }

    /// Applies one report to its run.
    fn apply(&self, run: &mut LoadedRun, batch: &mut Batch, report: &Report, now_ms: i64) -> Receipt {
        let job = &*report.job;
        let (task, epoch) = (job.ordinal as u32, job.fence);
        let event = match &report.news {
            News::Claimed => RunEvent::Claimed { task, epoch },
            News::Started { .. } => RunEvent::Started { task, epoch },
            News::Overdue => RunEvent::Overdue { task, epoch },
            News::Ended { ended, .. } => {
                let random = self.services.store().chance().fraction();
                RunEvent::Ended { task, epoch, ended: ended.clone(), random }
            }
            News::Lost => RunEvent::Lost { task, epoch },
        };
        let generation = run.machine.generation();
        let Ok(effects) = run.step(event, now_ms) else { return Receipt::Stale };
        let known = run.attempts.get(&job.ordinal).filter(|row| row.number == job.attempt).cloned();
        let mut row = known.clone().unwrap_or_else(|| new_attempt(job, &report.node_name, generation, now_ms));
        if note(&mut row, &report.news, now_ms) {
            run.attempts.remove(&job.ordinal);
            batch.release(job::held_of(job));
            if let News::Ended { log, .. } = &report.news {
                batch.log(attempt_key(job), log.rest.clone());
            }
        } else {
            run.attempts.insert(job.ordinal, row.clone());
        }
        if known.as_ref() != Some(&row) {
            batch.attempt(row, known.is_some());
        }
        let local = self.workers.as_ref();
        batch.absorb(&self.services, run, &effects, now_ms, Some((&self.node, local)));
        Receipt::Stored
    }

    /// Takes out and answers the reports whose claims are over.
    async fn drop_stale(&self, messages: &mut Vec<Message>, released: &[job::Held]) -> Result<()> {
        let standing: BTreeSet<job::Held> =
            job::standing(self.services.store().read(), released).await?.into_iter().collect();
        let over: BTreeSet<job::Held> = released.iter().copied().filter(|held| !standing.contains(held)).collect();
        let (stale, rest): (Vec<_>, Vec<_>) =
            messages.drain(..).partition(|message| over.contains(&job::held_of(&message.report.job)));
        *messages = rest;
        for message in stale {
            answer(message.reply, Receipt::Stale);
        }
        Ok(())
    }

    /// What follows a commit.
    async fn answer(&self, messages: &mut Vec<Message>, prepared: Prepared) {
        for (message, receipt) in messages.drain(..).zip(prepared.receipts) {
            answer(message.reply, receipt);
        }
        if prepared.batch.has_stops() {
            self.services.hints().stops.notify_one();
        }
        if prepared.batch.has_waits() {
            self.services.hints().waits.notify_one();
        }
        let mut admissions: BTreeSet<(TenantId, WorkflowId)> = BTreeSet::new();
        for (key, run) in prepared.runs {
            if run.machine.state().is_final() {
                self.services.runs().forget(key);
                self.services.hints().run_ended(key.0, WorkflowId(run.row.workflow_id));
                if run.definition.max_active_runs().is_some() {
                    admissions.insert((key.0, WorkflowId(run.row.workflow_id)));
                }
            } else {
                self.services.runs().put(run);
            }
            self.services.hints().run_changed(key);
        }
        for key in prepared.batch.logged() {
            self.services.hints().logs.appended(key);
        }
        let freed = prepared.batch.released().iter().any(|held| held.limited);
        if freed || prepared.batch.waiting_pools().next().is_some() {
            self.services.hints().jobs.notify_one();
        }
        for job in prepared.batch.claimed {
            self.workers.deliver(job);
        }
        for (tenant, workflow) in admissions {
            if let Err(error) = super::admit(&self.services, tenant, workflow).await {
                // The admission loop looks again by itself.
                tracing::debug!(%error, "queued runs could not be admitted now");
            }
        }
    }
}

fn attempt_key(job: &job::Row) -> AttemptKey {
    let (tenant, run) = (TenantId(job.tenant_id), RunId(job.run_id));
    AttemptKey { tenant, run, ordinal: job.ordinal, number: job.attempt }
}

fn answer(reply: Option<oneshot::Sender<Receipt>>, receipt: Receipt) {
    if let Some(reply) = reply {
        // A reporter that no longer waits is fine.
        let _ = reply.send(receipt);
    }
}

/// Brings an attempt's row up to date; `true` when the attempt is over.
fn note(row: &mut attempt::Row, news: &News, now_ms: i64) -> bool {
    let state = match news {
        News::Claimed | News::Overdue => return false,
        News::Started { pid, at_ms } => {
            row.pid = *pid;
            row.started_ms = Some(*at_ms);
            row.state = AttemptState::Running.as_str().to_owned();
            return false;
        }
        News::Lost => AttemptState::Lost,
        News::Ended { ended, usage, signal, log } => {
            row.log_bytes = log.bytes;
            row.log_truncated = log.truncated;
            row.term_signal = *signal;
            row.cpu_ms = usage.cpu_ms;
            row.peak_rss_kb = usage.peak_rss_kb;
            row.exit_code = match ended {
                Ended::Succeeded { .. } => Some(0),
                Ended::Failed { exit_code, .. } => *exit_code,
                _ => None,
            };
            match ended {
                Ended::Succeeded { .. } => AttemptState::Succeeded,
                Ended::Failed { .. } => AttemptState::Failed,
                Ended::TimedOut { .. } => AttemptState::TimedOut,
                Ended::Stopped | Ended::Returned => AttemptState::Stopped,
            }
        }
    };
    row.state = state.as_str().to_owned();
    row.finished_ms = Some(now_ms);
    row.reason_json = news.reason().as_ref().map(to_json);
    true
}

/// How long to wait after the n-th failure in a row: 50 ms doubled up to 5 s, between half and the whole of it.
fn pause(failures: u32, random: f64) -> Duration {
    let whole_ms = (50.0 * 2_f64.powi(failures.min(10) as i32 - 1)).min(5000.0);
    Duration::from_secs_f64(whole_ms * (0.5 + 0.5 * random) / 1000.0)
}
