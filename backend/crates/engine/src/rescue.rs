//! Finding attempts whose worker is gone.
//!
//! # When a node is taken for gone
//! Every renewal of a node changes the ends of its leases in the database ([`store::job`]). Who looks for lost attempts
//! remembers the latest end of each node and since when it has seen that unchanged, by its own steady clock; unchanged
//! for a whole lease, the node's claims are taken away and their attempts reported lost. So no clock is compared with
//! another: neither a node whose clock is set nor a database whose clock jumps makes a claim look lapsed. By then the
//! node itself has halted or killed its attempts ([`crate::trust`]): its trust is shorter than a lease and began before
//! the renewal that was seen.
//!
//! Only time in which the database answered counts. When it was away for all, nodes get the rest of a lease to renew
//! their claims after its return, and no attempt is lost over it.
//!
//! A node may be configured with a longer lease than this one. How far the end of a lease lies ahead when it is first
//! seen tells: that is waited for, too.
//!
//! Every node looks; the one whose report is stored first decides, the others are told that the claim was over. What
//! becomes of a lost attempt is the task's `on_lost`: the run's state machine knows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use service::run::{News, Progress, Report};
use service::task::{self, Holder, Job};
use service::{Error, Services};
use tokio::time::Instant;

use crate::looper::Next;

/// Most attempts of one look.
const BATCH: u64 = 500;

/// The longest pause between two looks that counts: a longer one was an absent database, or this process stood still.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The longest lease of another node that is believed.
const LONGEST_LEASE: Duration = Duration::from_secs(300);

/// Looks for nodes that are gone.
pub struct Rescuer {
    services: Services,
    progress: Progress,
    sightings: Sightings,
}

impl Rescuer {
    /// One that has seen nothing yet. The claims of the process `own` are its heartbeat's to judge.
    #[must_use]
    pub fn new(services: Services, progress: Progress, own: i64, lease_ms: i64) -> Self {
        let lease = Duration::from_millis(lease_ms.unsigned_abs());
        Self { services, progress, sightings: Sightings { own, lease, seen: HashMap::new(), looked: None } }
    }

    /// One look: takes away the claims of nodes that are gone, and reports their attempts lost.
    ///
    /// # Errors
    /// The database's.
    pub async fn tick(&mut self) -> Result<Next, Error> {
        let asked = Instant::now();
        let holders = task::holders(&self.services).await?;
        let now_ms = self.services.store().db_now_ms();
        for gone in self.sightings.look(&holders, (asked, Instant::now()), now_ms) {
            let taken = task::abandon(&self.services, gone).await?;
            tracing::warn!(node = gone.node, attempts = taken, "a node shows no sign of life; its claims are over");
        }
        let jobs = task::abandoned(&self.services, BATCH).await?;
        let full = jobs.len() as u64 == BATCH;
        report_lost(&self.services, &self.progress, jobs).await?;
        Ok(if full { Next::Now } else { Next::Period })
    }
}

/// What was seen of the nodes that hold claims.
struct Sightings {
    own: i64,
    lease: Duration,
    seen: HashMap<i64, Seen>,
    looked: Option<Instant>,
}

/// What was seen of a node.
struct Seen {
    lease_until_ms: i64,
    since: Instant,
    /// How long that must stay unchanged.
    lease: Duration,
}

impl Sightings {
    /// Takes note of what the database told between two instants; gives the nodes that are gone.
    fn look(&mut self, holders: &[Holder], (asked, answered): (Instant, Instant), now_ms: i64) -> Vec<Holder> {
        let pause = self.looked.map_or(Duration::ZERO, |looked| asked.duration_since(looked));
        let uncounted = pause.saturating_sub(LONGEST_PAUSE);
        self.looked = Some(answered);
        self.seen.retain(|node, _| holders.iter().any(|holder| holder.node == *node));
        let mut gone = Vec::new();
        for holder in holders.iter().filter(|holder| holder.node != self.own) {
            match self.seen.get_mut(&holder.node) {
                Some(seen) if seen.lease_until_ms == holder.lease_until_ms => {
                    seen.since += uncounted;
                    // From an answer to a question: what was seen was so in between at least.
                    if asked.saturating_duration_since(seen.since) >= seen.lease {
                        gone.push(*holder);
                    }
                }
                _ => {
                    let ahead = Duration::from_millis(u64::try_from(holder.lease_until_ms - now_ms).unwrap_or(0));
                    let lease = self.lease.max(ahead.min(LONGEST_LEASE));
                    let seen = Seen { lease_until_ms: holder.lease_until_ms, since: answered, lease };
                    self.seen.insert(holder.node, seen);
                }
            }
        }
        gone
    }
}

/// Reports that nobody holds these claims any more.
///
/// # Errors
/// The database's.
pub async fn report_lost(services: &Services, progress: &Progress, jobs: Vec<Job>) -> Result<(), Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    let names: HashMap<i64, String> = service::node::names(services).await?.into_iter().collect();
    tracing::warn!(attempts = jobs.len(), "attempts whose worker is gone");
    let reports = jobs.into_iter().map(|job| {
        let name = job.node_id.and_then(|node| names.get(&node)).map_or("?", String::as_str);
        let report = Report { node_name: Arc::from(name), news: News::Lost, job: Arc::new(job) };
        progress.report(report)
    });
    futures_util::future::join_all(reports).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at the given second; gives the nodes that are gone. Each answer takes a tenth of a second.
    struct Watcher {
        start: Instant,
        sightings: Sightings,
    }

    impl Watcher {
        fn new() -> Self {
            let sightings = Sightings { own: 1, lease: Duration::from_secs(7), seen: HashMap::new(), looked: None };
            Self { start: Instant::now(), sightings }
        }

        fn at(&mut self, second: f64, holders: &[(i64, i64)]) -> Vec<i64> {
            let asked = self.start + Duration::from_secs_f64(second);
            let holders: Vec<_> =
                holders.iter().map(|(node, until)| Holder { node: *node, lease_until_ms: *until }).collect();
            let gone = self.sightings.look(&holders, (asked, asked + Duration::from_millis(100)), 1_000);
            gone.iter().map(|holder| holder.node).collect()
        }

        /// Looks twice a second from one to the other.
        fn between(&mut self, from: u32, to: u32, holders: &[(i64, i64)]) -> Option<(f64, Vec<i64>)> {
            (from * 2..=to * 2).map(|half| f64::from(half) / 2.0).find_map(|second| {
                let gone = self.at(second, holders);
                (!gone.is_empty()).then_some((second, gone))
            })
        }
    }

    #[test]
    fn a_node_is_gone_when_nothing_of_it_changed_for_a_lease() {
        let mut watcher = Watcher::new();
        // Its own claims are not its to judge, and a renewal begins the time anew.
        assert_eq!(watcher.between(0, 6, &[(1, 5_000), (2, 5_000), (3, 5_000)]), None);
        assert_eq!(watcher.between(7, 13, &[(1, 5_000), (2, 5_001), (3, 4_999)]), None);
        let gone = watcher.between(14, 20, &[(1, 5_000), (2, 5_001), (3, 6_000)]);
        assert_eq!(gone, Some((14.5, vec![2])));
        assert_eq!(watcher.at(15.0, &[(2, 5_001)]), [2], "until its claims are gone");
        assert_eq!(watcher.at(15.5, &[]), [0_i64; 0]);
        assert_eq!(watcher.between(16, 22, &[(2, 5_001)]), None, "what comes again is new");
    }

    #[test]
    fn an_absent_database_makes_no_node_look_gone() {
        let mut watcher = Watcher::new();
        assert_eq!(watcher.between(0, 3, &[(2, 5_000)]), None);
        // Away for ten minutes, of which two seconds count.
        assert_eq!(watcher.between(603, 604, &[(2, 5_000)]), None);
        assert_eq!(watcher.between(605, 700, &[(2, 5_000)]), Some((605.0, vec![2])));
    }

    #[test]
    fn a_longer_lease_of_another_node_is_waited_for() {
        let mut watcher = Watcher::new();
        let holders = [(2, 1_000 + 30_000), (3, i64::MAX), (4, i64::MIN / 2)];
        assert_eq!(watcher.between(0, 100, &holders), Some((7.5, vec![4])));
        assert_eq!(watcher.between(8, 100, &holders[..2]), Some((30.5, vec![2])));
        assert_eq!(watcher.between(31, 400, &holders[1..2]), Some((300.5, vec![3])));
    }
}
