//! The sign of life of a node and of the claims it holds.
//!
//! # The lease
//! The heartbeat renews all claims of the node six times per lease. A renewal that has gone through is good for five
//! sixths of a lease on the *local* steady clock, counted from before it was sent ([`crate::trust`]). Past that nothing
//! of an attempt goes on here and nothing begins, whatever the network or the database did: the attempts are halted, or
//! killed where nothing can halt them. Whoever has seen no renewal for a whole lease, by its own steady clock, takes the
//! claims away ([`crate::rescue`]). The last sixth is what halting may take.
//!
//! A renewal and the taking away change the same rows under guards, so one of the two comes first: after a gap the
//! first good renewal tells which claims are still held. Those that are not are killed before the others go on. So a
//! node that was cut off, frozen, or whose database was away neither does twice what another has begun, nor ends what
//! nobody has taken.
//!
//! A renewal also tells what is held: an attempt that runs here but is not in that list has lost its claim and is
//! killed; one that is marked to stop is asked to. The other way round, a claim that is held but does not run here was
//! won by a commit whose answer got lost: after a while it is given back, since nothing of it was started.
//!
//! # The node's row
//! The same beat writes the node's state, every few seconds with how its loops and pools are doing, and learns whether
//! a person drains the node: then the pools take no new work from this beat on, and the row says so with the next one,
//! which follows at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::run::Ended;
use service::node::{LoopState, PoolState, Says, Status};
use service::run::{LogEnd, News, NodeIdentity, Progress, Report, Usage};
use service::task::{self, Held, Job};
use service::{Error, Services};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::executor::{Guard, Stop};
use crate::looper::{Board, Next};
use crate::trust::Trust;
use crate::worker::Pools;

/// How often a node writes how it is doing: often enough for people who watch, seldom enough to cost nothing.
const TELL_EVERY: Duration = Duration::from_secs(4);

/// The heartbeat of a process.
pub struct Heartbeat {
    /// The use cases.
    pub services: Services,
    /// This process.
    pub node: NodeIdentity,
    /// Its row among the nodes.
    pub row: service::node::Row,
    /// What runs here.
    pub pools: Arc<Pools>,
    /// How the loops are doing.
    pub board: Board,
    /// Ends the process's engine when another process has its name.
    pub over: CancellationToken,
    /// Until when the claims can be relied on.
    pub trust: Trust,
    /// What halts the attempts when that is over.
    pub guard: Option<Arc<Guard>>,
    /// Where claims are given back.
    pub progress: Progress,
    /// Claims that are held but don't run here, and since when that is known.
    pub idle: BTreeMap<Held, Instant>,
    /// What the node last said of itself, and when it last told how it is doing.
    pub told: Option<(Says, Instant)>,
}

impl Heartbeat {
    /// Renews the claims and stops what is to stop.
    ///
    /// # Errors
    /// The database's.
    pub async fn tick(&mut self) -> Result<Next, Error> {
        let running = self.pools.running();
        let trusted = self.trust.holds();
        let (sent, stamp) = (Instant::now(), Guard::stamp());
        match self.renew().await {
            Ok(held) => {
                let held: BTreeMap<Held, Job> = held.into_iter().map(|job| (task::held_of(&job), job)).collect();
                for attempt in &running {
                    match held.get(attempt) {
                        None => self.pools.stop(attempt, Stop::LeaseLost),
                        Some(job) if job.stop_requested => self.pools.stop(attempt, Stop::Requested),
                        Some(_) => {}
                    }
                }
                if !trusted && !self.only_held_are_left(&held).await {
                    return Ok(Next::Now);
                }
                self.give_back_idle(held);
                let trust = Trust::of_lease(self.node.lease_ms);
                if let Some(guard) = self.guard.as_ref().filter(|_| self.trust.end().is_some()) {
                    guard.extend(stamp, trust).await;
                }
                self.trust.extend(sent + trust);
                // A change of state is told at once.
                Ok(if self.told.is_some_and(|(said, _)| said != self.says()) { Next::Now } else { Next::Period })
            }
            Err(error) => {
                if matches!(error, Error::Conflict { .. }) {
                    tracing::error!(node = %self.node.name, "another process has this node's name; this one stops");
                    self.over.cancel();
                    self.pools.kill_all();
                }
                Err(error)
            }
        }
    }

    /// Waits after a gap until the attempts whose claims are over have ended, before the others go on. `false` when
    /// there are others, claimed too late to be known of: the next renewal tells.
    async fn only_held_are_left(&self, held: &BTreeMap<Held, Job>) -> bool {
        let look = self.node.lease_ms.unsigned_abs() / 100;
        for _ in 0..20 {
            if self.pools.running().iter().all(|attempt| held.contains_key(attempt)) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(look)).await;
        }
        // What can't be killed holds nothing up: it has its KILL, and the kernel does not let it run.
        self.pools.running().iter().all(|attempt| held.contains_key(attempt) || self.pools.is_killed(attempt))
    }

    /// Gives back claims that have not been running here for half a lease.
    fn give_back_idle(&mut self, mut held: BTreeMap<Held, Job>) {
        for attempt in self.pools.running() {
            held.remove(&attempt);
        }
        self.idle.retain(|claim, _| held.contains_key(claim));
        let patience = Duration::from_millis(self.node.lease_ms.unsigned_abs() / 2);
        for (claim, job) in held {
            if self.idle.entry(claim).or_insert_with(Instant::now).elapsed() < patience {
                continue;
            }
            tracing::warn!(run = job.run_id, task = job.ordinal, "a claim that nothing runs for is given back");
            let (usage, log) = (Usage::default(), LogEnd::default());
            let news = News::Ended { ended: Ended::Returned, usage, signal: None, log };
            self.progress.tell(Report { job: Arc::new(job), node_name: self.node.name.clone(), news });
        }
    }

    /// What this node is: draining only once no claim is on its way, so that who sees it empty can rely on it.
    fn says(&self) -> Says {
        if self.pools.takes_nothing() { Says::Draining } else { Says::Active }
    }

    /// How this node is doing.
    fn status(&self) -> Status {
        let now_ms = self.services.store().db_now_ms();
        let board = self.board.all().into_iter();
        let loops = board.map(|(name, it)| LoopState {
            name: name.to_owned(),
            period_ms: it.period_ms,
            last_ok_ms: it.last_ok_ms,
            lag_ms: it.lag_ms(now_ms),
            duration_ms: it.last_duration_ms,
            failures: it.failures,
            last_error: it.last_error,
        });
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let pools = self.pools.load().into_iter();
        let pools = pools.map(|it| PoolState { name: it.name, slots: small(it.slots), busy: small(it.busy) });
        Status {
            at_ms: now_ms,
            lease_ms: self.node.lease_ms,
            running: small(self.pools.running().len()),
            loops: loops.collect(),
            pools: pools.collect(),
        }
    }

    async fn renew(&mut self) -> Result<Vec<Job>, Error> {
        // Without an answer in time the renewal counts as failed, so that there is time for a second one.
        let patience = Duration::from_millis(self.node.lease_ms.unsigned_abs() / 5 * 2);
        let says = self.says();
        let fresh = |(said, at): &(Says, Instant)| *said == says && at.elapsed() < TELL_EVERY;
        let status = if self.told.as_ref().is_some_and(fresh) { None } else { Some(self.status()) };
        let renewal = async {
            let held = task::renew(&self.services, &self.node).await?;
            let drain = service::node::heartbeat(&self.services, &self.row, says, status.as_ref()).await?;
            Ok::<_, Error>((held, drain))
        };
        let (held, drain) = match tokio::time::timeout(patience, renewal).await {
            Ok(result) => result?,
            Err(_) => return Err(Error::Internal("the database did not answer the heartbeat in time".to_owned())),
        };
        if status.is_some() {
            self.told = Some((says, Instant::now()));
        }
        if self.pools.set_draining(drain) {
            tracing::info!(node = %self.node.name, drain, "a person took this node out of work, or back");
            if !drain {
                self.services.hints().jobs.notify_one();
            }
        }
        Ok(held)
    }
}
