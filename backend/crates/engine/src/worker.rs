//! The local worker pools: slots, the loop that fills them, and the execution of one attempt.
//!
//! # The life of a claim on this node
//! A job comes in one of two ways: the claim loop takes it from the queue, or the group commit claims it as it makes it
//! ([`service::run::Workers`]). Either way a slot was taken first. The attempt then runs in a task of its own; its end
//! is reported and, whatever the answer, the slot is free as soon as the process is gone.
//!
//! The heartbeat ([`crate::heartbeat`]) renews the claims, and through [`Pools`] tells attempts to stop: on a person's
//! order, or at once when their lease is over. While the claims can't be relied on ([`crate::trust`]) no job is taken,
//! and what was taken before waits with its start.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::run::{Ended, Reason};
use futures_util::FutureExt;
use service::Services;
use service::run::{LogEnd, News, NodeIdentity, Progress, Receipt, Report, Usage, Workers};
use service::task::{self, Held, Job};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::crew::Crew;
use crate::executor::log::{LogLimits, LogStore};
use crate::executor::{Attempt, Executors, Invocation, Stop};
use crate::looper::Next;
use crate::trust::Trust;

/// How long a machine that can't start tasks takes none, at first and at most.
const FIRST_REST: Duration = Duration::from_secs(5);
const LAST_REST: Duration = Duration::from_secs(60);

/// The slots of all pools of this node, and what runs in them.
#[derive(Debug)]
pub struct Pools {
    state: Mutex<State>,
    /// A slot became free.
    pub freed: Arc<Notify>,
    arrivals: Mutex<Vec<Arc<Job>>>,
    /// The group commit handed jobs over.
    arrived: Arc<Notify>,
    /// Until when the claims can be relied on.
    trust: Trust,
}

#[derive(Debug)]
struct State {
    /// Slots by pool: all, and free.
    slots: BTreeMap<String, (usize, usize)>,
    /// Pools in whose queue jobs wait, as far as is known: their free slots are for the claim, which knows who is next.
    backlog: BTreeSet<String>,
    running: BTreeMap<Held, watch::Sender<Option<Stop>>>,
    /// False for good once the process is to stop.
    open: bool,
    /// A person took the node out of work.
    draining: bool,
    /// What keeps this machine from starting anything, as it was last found out.
    unfit: Option<Unfit>,
}

/// Why a machine can't start tasks, and when it is tried again.
#[derive(Debug)]
struct Unfit {
    why: String,
    until: Instant,
    pause: Duration,
}

impl State {
    fn takes_work(&self) -> bool {
        self.serves() && !self.rests()
    }

    /// Whether nobody took it out of work.
    fn serves(&self) -> bool {
        self.open && !self.draining
    }

    /// Whether it takes no work for a while because this machine can't start any.
    fn rests(&self) -> bool {
        self.unfit.as_ref().is_some_and(|unfit| unfit.until > Instant::now())
    }
}

/// How full a pool is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolLoad {
    /// Its name.
    pub name: String,
    /// Its slots on this node.
    pub slots: usize,
    /// Those that are taken.
    pub busy: usize,
}

impl Pools {
    /// Pools with so many slots each, open for work.
    #[must_use]
    pub fn new(slots: &BTreeMap<String, usize>) -> Self {
        let slots = slots.iter().map(|(name, slots)| (name.clone(), (*slots, *slots))).collect();
        Self {
            state: Mutex::new(State {
                slots,
                backlog: BTreeSet::new(),
                running: BTreeMap::new(),
                open: true,
                draining: false,
                unfit: None,
            }),
            freed: Arc::default(),
            arrivals: Mutex::default(),
            arrived: Arc::default(),
            trust: Trust::for_ever(),
        }
    }

    /// The same on a node whose claims are others' when it does not renew them.
    #[must_use]
    pub fn under(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// How full each pool is.
    #[must_use]
    pub fn load(&self) -> Vec<PoolLoad> {
        let state = self.lock();
        let load = |(name, (slots, free)): (&String, &(usize, usize))| PoolLoad {
            name: name.clone(),
            slots: *slots,
            busy: slots - free,
        };
        state.slots.iter().map(load).collect()
    }

    /// Takes no more work for the rest of its life.
    pub fn close(&self) {
        self.lock().open = false;
    }

    /// Takes no work while `draining`; what was taken goes on. Gives whether that is a change.
    pub fn set_draining(&self, draining: bool) -> bool {
        std::mem::replace(&mut self.lock().draining, draining) != draining
    }

    /// Whether nothing new comes any more, not even by a claim that was on its way when that was decided: every taken
    /// slot has its attempt.
    #[must_use]
    pub fn takes_nothing(&self) -> bool {
        let state = self.lock();
        let taken: usize = state.slots.values().map(|(slots, free)| slots - free).sum();
        !state.serves() && taken <= state.running.len()
    }

    /// The attempts that run here.
    #[must_use]
    pub fn running(&self) -> Vec<Held> {
        self.lock().running.keys().copied().collect()
    }

    /// Tells an attempt to stop; an order that is stronger than the one before it replaces it.
    pub fn stop(&self, held: &Held, stop: Stop) {
        if let Some(sender) = self.lock().running.get(held) {
            sender.send_if_modified(|current| {
                let stronger = *current != Some(stop) && *current != Some(Stop::LeaseLost);
                if stronger {
                    *current = Some(stop);
                }
                stronger
            });
        }
    }

    /// Takes no work for a while: this machine could not even begin what it took. Each time in a row for longer.
    fn rest(&self, why: String) {
        let mut state = self.lock();
        let before = state.unfit.as_ref().filter(|unfit| unfit.until <= Instant::now()).map(|unfit| unfit.pause * 2);
        if before.is_none() && state.unfit.is_some() {
            return;
        }
        let pause = before.unwrap_or(FIRST_REST).min(LAST_REST);
        tracing::error!(why, pause_secs = pause.as_secs(), "this machine can't start tasks; it takes none for a while");
        state.unfit = Some(Unfit { why, until: Instant::now() + pause, pause });
    }

    /// Notes that this machine could begin a task.
    fn is_fit(&self) {
        self.lock().unfit = None;
    }

    /// Why this machine can't start tasks, while it is not tried again.
    #[must_use]
    pub fn unfit(&self) -> Option<String> {
        let state = self.lock();
        state.unfit.as_ref().filter(|_| state.rests()).map(|unfit| unfit.why.clone())
    }

    /// Kills what runs here: its claims are over, or may be.
    pub fn kill_all(&self) {
        let running = self.running();
        if !running.is_empty() {
            tracing::error!(attempts = running.len(), "the claims of this node are over; its attempts are killed");
        }
        for attempt in running {
            self.stop(&attempt, Stop::LeaseLost);
        }
    }

    /// Whether an attempt was told that its lease is over.
    #[must_use]
    pub fn is_killed(&self, held: &Held) -> bool {
        self.lock().running.get(held).is_none_or(|sender| *sender.borrow() == Some(Stop::LeaseLost))
    }

    /// Takes all free slots of a pool for a claim; gives how many. Without one it is not known who waits.
    fn take_free(&self, pool: &str) -> usize {
        let mut state = self.lock();
        if !state.takes_work() || !self.trust.holds() {
            return 0;
        }
        let free = state.slots.get_mut(pool).map_or(0, |(_, free)| std::mem::take(free));
        if free == 0 {
            state.backlog.insert(pool.to_owned());
        } else {
            state.backlog.remove(pool);
        }
        free
    }

    /// Notes that jobs wait in a pool's queue.
    fn has_backlog(&self, pool: &str) {
        self.lock().backlog.insert(pool.to_owned());
    }

    fn free(&self, pool: &str, slots: usize) {
        if slots == 0 {
            return;
        }
        if let Some((_, free)) = self.lock().slots.get_mut(pool) {
            *free += slots;
        }
        self.freed.notify_one();
    }

    fn names(&self) -> Vec<String> {
        self.lock().slots.keys().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing that holds the lock can leave the state half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Workers for Pools {
    fn reserve(&self, pool: &str) -> bool {
        let mut state = self.lock();
        if !state.takes_work() || !self.trust.holds() || state.backlog.contains(pool) {
            return false;
        }
        match state.slots.get_mut(pool) {
            Some((_, free)) if *free > 0 => {
                *free -= 1;
                true
            }
            Some(_) => {
                // The job goes to the queue, where the next one must not overtake it.
                state.backlog.insert(pool.to_owned());
                false
            }
            None => false,
        }
    }

    fn give_back(&self, pool: &str) {
        self.free(pool, 1);
    }

    fn deliver(&self, job: Job) {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(job));
        self.arrived.notify_one();
    }
}

/// What executes the jobs of this node.
#[derive(Clone)]
pub struct Worker {
    /// The use cases.
    pub services: Services,
    /// This process.
    pub node: NodeIdentity,
    /// Its slots.
    pub pools: Arc<Pools>,
    /// Where attempts are reported.
    pub progress: Progress,
    /// What executes.
    pub executors: Executors,
    /// Where logs go.
    pub log_store: Arc<dyn LogStore>,
    /// How much of a log is kept.
    pub log_limits: LogLimits,
    /// Knows which attempts are still there.
    pub tracker: TaskTracker,
    /// What spawns them.
    pub crew: Crew,
}

impl Worker {
    /// The hint on which [`Worker::take_arrivals`] is due.
    #[must_use]
    pub fn arrived(&self) -> Arc<Notify> {
        self.pools.arrived.clone()
    }

    /// Starts what the group commit handed over.
    pub fn take_arrivals(&self) {
        let jobs = std::mem::take(&mut *self.pools.arrivals.lock().unwrap_or_else(PoisonError::into_inner));
        for job in jobs {
            self.spawn(job, true);
        }
    }

    /// One look at the queue: fills the free slots of every pool.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_tick(&self) -> Result<Next, service::Error> {
        let mut pause = None;
        // Also without a free slot, so that the group commit knows who has a quota.
        self.services.shares().await?;
        for pool in self.pools.names() {
            let free = self.pools.take_free(&pool);
            if free == 0 {
                continue;
            }
            let claimed = task::claim(&self.services, &self.node, &pool, free as u64).await;
            let claimed = claimed.inspect_err(|_| self.pools.free(&pool, free))?;
            let left = free - claimed.jobs.len().min(free);
            if claimed.left {
                self.pools.has_backlog(&pool);
            }
            for job in claimed.jobs {
                self.spawn(job, false);
            }
            if left > 0 {
                // Not through `free`: that would wake this loop again.
                if let Some((_, free)) = self.pools.lock().slots.get_mut(&pool) {
                    *free += left;
                }
                let wait = if claimed.again {
                    Some(Duration::ZERO)
                } else {
                    let due_ms = task::next_due(&self.services, &pool).await?;
                    due_ms.map(|due_ms| {
                        Duration::from_millis((due_ms - self.services.store().db_now_ms()).max(1).unsigned_abs())
                    })
                };
                pause = pause.into_iter().chain(wait).min();
            }
        }
        Ok(pause.map_or(Next::Period, Next::Within))
    }

    fn spawn(&self, job: Arc<Job>, reported: bool) {
        if !reported {
            self.progress.tell(self.report(&job, News::Claimed));
        }
        if self.is_late(&job) {
            tracing::warn!(run = job.run_id, task = job.ordinal, "a claim came too late to be relied on; given back");
            self.pools.free(&job.pool, 1);
            self.progress.tell(self.report(&job, ended(Ended::Returned)));
            return;
        }
        let worker = self.clone();
        let (sender, stop) = watch::channel(None);
        let held = task::held_of(&job);
        self.pools.lock().running.insert(held, sender);
        self.crew.spawn(&self.tracker, async move {
            // A fault of ours must not hold the slot and the claim for ever.
            let news = AssertUnwindSafe(worker.execute(&job, stop)).catch_unwind().await.unwrap_or_else(|_| {
                tracing::error!(run = job.run_id, task = job.ordinal, "executing an attempt panicked");
                let reason = Reason::NotStarted { message: "an internal fault of the worker".into() };
                ended(Ended::Failed { exit_code: None, reason, retryable: false })
            });
            worker.pools.lock().running.remove(&held);
            worker.pools.free(&job.pool, 1);
            if worker.progress.report(worker.report(&job, news)).await == Some(Receipt::Stale) {
                tracing::warn!(
                    run = job.run_id,
                    task = job.ordinal,
                    epoch = job.fence,
                    "an attempt ended after its claim was over"
                );
            }
        });
    }

    /// Whether a claim is older than claims are trusted without a renewal: this process stood still after it was made,
    /// and it may be another's by now without the heartbeat having known of it.
    fn is_late(&self, job: &Job) -> bool {
        let Some(until_ms) = job.lease_until_ms.filter(|_| self.pools.trust.end().is_some()) else { return false };
        let age_ms = self.services.store().db_now_ms() - (until_ms - self.node.lease_ms);
        age_ms >= i64::try_from(Trust::of_lease(self.node.lease_ms).as_millis()).unwrap_or(i64::MAX)
    }

    fn report(&self, job: &Arc<Job>, news: News) -> Report {
        Report { job: job.clone(), node_name: self.node.name.clone(), news }
    }

    /// Executes an attempt to its end.
    async fn execute(&self, job: &Arc<Job>, stop: watch::Receiver<Option<Stop>>) -> News {
        let scope = match task::prepare(&self.services, job).await {
            Ok(scope) => scope,
            Err(error) if error.is_fault() => {
                // The database is at fault, not the task.
                tracing::warn!(%error, run = job.run_id, task = job.ordinal, "an attempt could not be prepared");
                return ended(Ended::Returned);
            }
            Err(error) => {
                let reason = Reason::Template { message: error.message(domain::error::Lang::En) };
                return ended(Ended::Failed { exit_code: None, reason, retryable: false });
            }
        };
        let warn_after_ms = scope.warn_after_ms;
        let invocation = match Invocation::try_from(scope) {
            Ok(invocation) => invocation,
            Err(error) => {
                let reason = Reason::NotStarted { message: error.to_string() };
                return ended(Ended::Failed { exit_code: None, reason, retryable: false });
            }
        };
        if !self.may_begin(stop.clone()).await {
            return News::Lost;
        }
        let starter = self.clone();
        let started_job = job.clone();
        let started = move |started: crate::executor::Started| {
            if started.pid.is_some() {
                starter.pools.is_fit();
            }
            let news = News::Started { pid: started.pid, at_ms: started.at_ms };
            starter.progress.tell(starter.report(&started_job, news));
        };
        let mut lost = stop.clone();
        let attempt = Attempt {
            stop,
            started: Box::new(started),
            log_store: self.log_store.clone(),
            log_limits: self.log_limits,
            clock: self.services.clock().clone(),
            trust: self.pools.trust.clone(),
        };
        let mut run = std::pin::pin!(self.executors.run(invocation, attempt));
        let (report, log) = tokio::select! {
            biased;
            ended = &mut run => ended,
            () = warned(warn_after_ms) => {
                self.progress.tell(self.report(job, News::Overdue));
                run.await
            }
        };
        if let Some(why) = report.unfit {
            self.pools.rest(why);
        }
        if *lost.borrow_and_update() == Some(Stop::LeaseLost) {
            return News::Lost;
        }
        let usage = Usage { cpu_ms: report.usage.cpu_ms, peak_rss_kb: report.usage.peak_rss_kb };
        let log = LogEnd { bytes: log.bytes, truncated: log.truncated, rest: log.rest };
        News::Ended { ended: report.ended, usage, signal: report.signal, log }
    }

    /// Waits until the claims can be relied on; `false` when this one is over.
    async fn may_begin(&self, mut stop: watch::Receiver<Option<Stop>>) -> bool {
        let lost = async {
            // A sender that is gone says nothing any more.
            if stop.wait_for(|stop| *stop == Some(Stop::LeaseLost)).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = lost => false,
            () = self.pools.trust.wait() => true,
        }
    }
}

/// Resolves when an attempt has taken longer than its limit, which only warns.
async fn warned(after_ms: Option<i64>) {
    match after_ms {
        Some(after_ms) => tokio::time::sleep(std::time::Duration::from_millis(after_ms.max(0).unsigned_abs())).await,
        None => std::future::pending().await,
    }
}

/// The end of an attempt without a process.
fn ended(ended: Ended) -> News {
    News::Ended { ended, usage: Usage::default(), signal: None, log: LogEnd::default() }
}
