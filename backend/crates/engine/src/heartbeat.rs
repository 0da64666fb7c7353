//! The sign of life of a node and of the claims it holds.
//!
//! # The lease
//! A claim lasts `lease_ms` on the *database's* clock unless it is renewed; the heartbeat renews all claims of the node
//! every third of that. Whoever finds a lease lapsed by more than a margin takes the attempt as lost (see
//! [`crate::rescue`]). This node stops earlier by itself: when no renewal has gone through for `lease_ms` less the
//! margin, counted on the *local* clock from before the last good one was sent, it kills every attempt at once. So by
//! the time another node may act, nothing of the attempt runs here, whatever the network or the database did.
//!
//! A renewal also tells what is held: an attempt that runs here but is not in that list has lost its claim and is
//! killed; one that is marked to stop is asked to. The other way round, a claim that is held but does not run here was
//! won by a commit whose answer got lost: after a while it is given back, since nothing of it was started.
//!
//! # The node's row
//! The same beat writes the node's state, every few seconds with how its loops and pools are doing, and learns whether
//! a person drains the node: then the pools take no new work from this beat on, and the row says so with the next one,
//! which follows at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::run::Ended;
use service::node::{LoopState, PoolState, Says, Status};
use service::run::{LogEnd, News, NodeIdentity, Progress, Report, Usage};
use service::task::{self, Held, Job};
use service::{Error, Services};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::executor::Stop;
use crate::looper::{Board, Next};
use crate::worker::Pools;

/// How often a node writes how it is doing: every other beat of the shipped lease.
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
    /// From when on the claims are known to be good for a lease.
    pub trusted_from: Instant,
    /// Where claims are given back.
    pub progress: Progress,
    /// Claims that are held but don't run here, and since when that is known.
    pub idle: HashMap<Held, Instant>,
    /// What the node last said of itself, and when it last told how it is doing.
    pub told: Option<(Says, Instant)>,
}

impl Heartbeat {
    /// How long claims are trusted without a renewal.
    #[must_use]
    pub fn trust(lease_ms: i64) -> Duration {
        Duration::from_millis(lease_ms.unsigned_abs() * 2 / 3)
    }

    /// Renews the claims and stops what is to stop.
    ///
    /// # Errors
    /// The database's. Past the time of trust the attempts are then killed.
    pub async fn tick(&mut self) -> Result<Next, Error> {
        let running = self.pools.running();
        let sent = Instant::now();
        match self.renew().await {
            Ok(held) => {
                self.trusted_from = sent;
                let held: HashMap<Held, Job> = held.into_iter().map(|job| (task::held_of(&job), job)).collect();
                for attempt in &running {
                    match held.get(attempt) {
                        None => self.pools.stop(attempt, Stop::LeaseLost),
                        Some(job) if job.stop_requested => self.pools.stop(attempt, Stop::Requested),
                        Some(_) => {}
                    }
                }
                self.give_back_idle(held);
                // A change of state is told at once.
                Ok(if self.told.is_some_and(|(said, _)| said != self.says()) { Next::Now } else { Next::Period })
            }
            Err(error) => {
                if matches!(error, Error::Conflict { .. }) {
                    tracing::error!(node = %self.node.name, "another process has this node's name; this one stops");
                    self.over.cancel();
                    self.kill_all();
                } else if self.trusted_from.elapsed() > Self::trust(self.node.lease_ms) {
                    self.kill_all();
                }
                Err(error)
            }
        }
    }

    /// Gives back claims that have not been running here for half a lease.
    fn give_back_idle(&mut self, mut held: HashMap<Held, Job>) {
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
        // Without an answer in time the renewal counts as failed, so that a hanging database can't outlive the trust.
        let patience = Duration::from_millis(self.node.lease_ms.unsigned_abs() / 4);
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

    fn kill_all(&self) {
        let running = self.pools.running();
        if !running.is_empty() {
            tracing::error!(attempts = running.len(), "the claims of this node are over; its attempts are killed");
        }
        for attempt in running {
            self.pools.stop(&attempt, Stop::LeaseLost);
        }
    }
}
