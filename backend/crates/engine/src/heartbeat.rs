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

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::run::Ended;
use service::run::{LogEnd, News, NodeIdentity, Progress, Report, Usage};
use service::task::{self, Held, Job};
use service::{Error, Services};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::executor::Stop;
use crate::looper::Next;
use crate::worker::Pools;

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
    /// Ends the process's engine when another process has its name.
    pub over: CancellationToken,
    /// From when on the claims are known to be good for a lease.
    pub trusted_from: Instant,
    /// Where claims are given back.
    pub progress: Progress,
    /// Claims that are held but don't run here, and since when that is known.
    pub idle: HashMap<Held, Instant>,
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
                Ok(Next::Period)
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

    async fn renew(&self) -> Result<Vec<Job>, Error> {
        // Without an answer in time the renewal counts as failed, so that a hanging database can't outlive the trust.
        let patience = Duration::from_millis(self.node.lease_ms.unsigned_abs() / 4);
        let renewal = async {
            let held = task::renew(&self.services, &self.node).await?;
            service::node::heartbeat(&self.services, &self.row, "active").await?;
            Ok(held)
        };
        match tokio::time::timeout(patience, renewal).await {
            Ok(result) => result,
            Err(_) => Err(Error::Internal("the database did not answer the heartbeat in time".to_owned())),
        }
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
