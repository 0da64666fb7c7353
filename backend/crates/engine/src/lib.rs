//! The engine: loops that feed the use cases with time, free workers and the ends of attempts.
//!
//! # What runs
//! Each loop has one public step and is driven by [`looper`]: it wakes on a hint, and looks by itself every so often.
//! Hints make it quick; looking makes it right. No loop keeps anything that a restart must know: that is all in the
//! database, and every node does every step (there is no master).
//!
//! | loop | step | what it guarantees |
//! |---|---|---|
//! | `committer` | [`service::run::Committer::tick`] | what workers report is stored, in groups |
//! | `schedules` | [`service::schedule::fire_due`] | every due instant becomes a run or a reason |
//! | `admission` | [`service::run::admit_all`] | queued runs begin when they may |
//! | `waits` | [`service::wait::tick`] | what tasks wait for is looked for; time limits of runs |
//! | `backfills` | [`service::backfill::tick`] | the windows of backfills slide, however nodes come and go |
//! | `workers` | [`worker::Worker::claim_tick`] | free slots take waiting jobs |
//! | `heartbeat` | [`heartbeat::Heartbeat::tick`] | claims are renewed |
//! | `trust` | [`trust::Watch::tick`] | attempts whose claims could not be renewed are halted or killed |
//! | `rescue` | [`rescue::Rescuer::tick`] | lost attempts are found |
//! | `horizons` | [`service::calendar::horizon_tick`] | alarms before a calendar ends; what waits at its end goes on |
//! | `replans` | [`service::calendar::replan_tick`] | schedules follow the calendars in force, also after a crash |
//! | `limits` | [`service::limit::tick`] | slots of what is gone are freed, parked jobs go on |
//! | `retention` | [`service::retention::tick`] | what is older than it must be kept is deleted, in small steps |
//! | `upkeep` | [`store::Store::renew_id_tag`] | ids stay unique, the clock's offset known |
//! | `registry` | [`service::node::forget_tick`] | the list of nodes shows those that are, not all that ever were |
//!
//! # Start and stop
//! [`Member::join`] takes the node's name. When the process that had it before is known to be over ([`home`]), its
//! processes are killed and its attempts reported lost at once, without waiting for their leases; else they are waited
//! for as any other node's. [`EngineHandle::stop`] takes no
//! more work, waits for the running attempts as long as it may, then stops them and reports them lost, so that each
//! task's `on_lost` decides.
//!
//! # Draining
//! A node that a person drains goes on with every loop: schedules fire, runs are admitted, lost attempts are found, as
//! any node may do any of it. Only its workers take nothing new. The answer to each heartbeat says whether it is so
//! ([`heartbeat`]).

pub mod crew;
pub mod executor;
pub mod heartbeat;
pub mod home;
pub mod looper;
pub mod rescue;
pub mod testing;
#[cfg(test)]
mod tests;
pub mod trust;
pub mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use service::node::Says;
use service::run::{Committer, NodeIdentity, Progress};
use service::{Error, Services};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crew::Crew;
use executor::log::{LogLimits, LogStore};
use executor::{Executors, Stop};
use heartbeat::Heartbeat;
pub use home::Home;
pub use looper::{Board, LoopStatus};
use looper::{Frame, Looper, Next};
use rescue::Rescuer;
use trust::Trust;
pub use worker::PoolLoad;
use worker::{Pools, Worker};

/// How the engine of a process runs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name of this node; one process at a time has it.
    pub node_name: String,
    /// The program's version, shown among the nodes.
    pub app_version: String,
    /// Where the API of this process is reached, shown among the nodes.
    pub address: Option<String>,
    /// Name of the machine, shown among the nodes.
    pub host: Option<String>,
    /// Slots of each pool that this node serves.
    pub pools: BTreeMap<String, usize>,
    /// How long a claim lasts unless it is renewed.
    pub lease_ms: i64,
    /// Whether no other process can work on the database: claims are relied on without renewals then.
    pub alone: bool,
    /// The longest pause between two looks at schedules and queue.
    pub poll: Duration,
    /// How much of a log is kept.
    pub log_limits: LogLimits,
    /// What spawns its tasks.
    pub crew: Crew,
}

/// A process that joined the cluster and does nothing yet.
pub struct Member {
    config: Config,
    services: Services,
    joined: service::node::Joined,
    /// Whether the process that had the name before may live on.
    previous_may_live: bool,
    home: Option<Home>,
}

/// A running engine.
pub struct EngineHandle {
    worker: Worker,
    frame: Frame,
    committers: TaskTracker,
    row: service::node::Row,
    over: CancellationToken,
    trust: Trust,
    _home: Option<Home>,
}

impl Member {
    /// Joins the cluster under the configured name; from here on the process that had it before is over.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another process takes the name at this moment; the database's.
    pub async fn join(config: Config, services: Services) -> Result<Self, Error> {
        let newcomer = service::node::Newcomer {
            name: config.node_name.clone(),
            app_version: config.app_version.clone(),
            address: config.address.clone(),
            host: config.host.clone(),
            pid: i32::try_from(std::process::id()).ok(),
        };
        let joined = service::node::join(&services, newcomer).await?;
        Ok(Self { config, services, joined, previous_may_live: false, home: None })
    }

    /// Says where this node works, until it has stopped: only of a process that worked there before is it known that
    /// it is over.
    ///
    /// # Errors
    /// When the data directory can't be written.
    pub fn at_home(self, mut home: Home) -> std::io::Result<Self> {
        let previous_may_live = self.joined.previous != home.last();
        home.note(self.joined.row.incarnation)?;
        Ok(Self { previous_may_live, home: Some(home), ..self })
    }

    /// What the processes of this node's attempts are marked with.
    #[must_use]
    pub fn mark(&self) -> executor::NodeMark {
        executor::NodeMark { node: self.joined.row.id, incarnation: self.joined.row.incarnation }
    }

    /// Starts all loops. What an earlier life of this node left running must have been killed
    /// ([`executor::Host::kill_orphans`]): its attempts are reported lost here, and may start again.
    ///
    /// # Errors
    /// The database's.
    pub async fn start(self, executors: Executors, log_store: Arc<dyn LogStore>) -> Result<EngineHandle, Error> {
        let Self { config, services, joined, previous_may_live, home } = self;
        let node = NodeIdentity {
            incarnation: joined.row.incarnation,
            name: Arc::from(config.node_name.as_str()),
            lease_ms: config.lease_ms,
        };
        let trust = if config.alone {
            Trust::for_ever()
        } else {
            Trust::until(Instant::now() + Trust::of_lease(config.lease_ms))
        };
        let pools = Arc::new(Pools::new(&config.pools).under(trust.clone()));
        // Drained before it stopped: not one task may slip in until the first heartbeat.
        pools.set_draining(joined.row.drain_ms.is_some());
        let (committer, progress) = Committer::new(services.clone(), node.clone(), pools.clone());
        let committers = TaskTracker::new();
        config.crew.spawn(&committers, commit(committer));
        if let Some(previous) = joined.previous.filter(|_| !previous_may_live) {
            let jobs = service::task::of_incarnation(&services, previous).await?;
            rescue::report_lost(&services, &progress, jobs).await?;
        }
        let worker = Worker {
            services,
            node,
            pools,
            progress,
            executors,
            log_store,
            log_limits: config.log_limits,
            tracker: TaskTracker::new(),
            crew: config.crew.clone(),
        };
        let frame = Frame {
            board: Board::default(),
            clock: worker.services.clock().clone(),
            chance: worker.services.store().chance().clone(),
            crew: config.crew.clone(),
            stop: CancellationToken::new(),
            tracker: TaskTracker::new(),
        };
        let over = CancellationToken::new();
        let handle = EngineHandle { worker, frame, committers, row: joined.row, over, trust, _home: home };
        handle.spawn_loops(&config);
        Ok(handle)
    }
}

/// The committer's loop ends when nobody can report any more.
async fn commit(mut committer: Committer) {
    while committer.tick().await {}
}

impl EngineHandle {
    /// How each loop is doing.
    #[must_use]
    pub fn loops(&self) -> BTreeMap<&'static str, LoopStatus> {
        self.frame.board.all()
    }

    /// How full each pool of this node is.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolLoad> {
        self.worker.pools.load()
    }

    /// Whether this node may act on its claims; if not, its attempts are halted until the database answers again.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.trust.holds()
    }

    /// Why this machine can't start tasks now, if so.
    #[must_use]
    pub fn unfit(&self) -> Option<String> {
        self.worker.pools.unfit()
    }

    /// Resolves when this process must end because another one has its node's name.
    pub fn over(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.over.clone().cancelled_owned()
    }

    /// Where attempts are reported; for tests that play a worker.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.worker.progress
    }

    /// Stops: no new work; `drain` for what runs; then TERM and KILL, and the rest is reported lost.
    pub async fn stop(self, drain: Duration) {
        let EngineHandle { worker, frame, committers, row, .. } = self;
        worker.pools.close();
        worker.tracker.close();
        if tokio::time::timeout(drain, worker.tracker.wait()).await.is_err() {
            let running = worker.pools.running();
            tracing::warn!(attempts = running.len(), "attempts still run after the drain time; they are stopped");
            for attempt in running {
                worker.pools.stop(&attempt, Stop::LeaseLost);
            }
            worker.tracker.wait().await;
        }
        frame.stop.cancel();
        frame.tracker.close();
        frame.tracker.wait().await;
        if let Err(error) = service::node::heartbeat(&worker.services, &row, Says::Gone, None).await {
            tracing::debug!(%error, "the node could not sign off");
        }
        // The last sender goes with the worker; the committer then stores what is left and ends.
        drop(worker);
        committers.close();
        committers.wait().await;
    }

    fn spawn_loops(&self, config: &Config) {
        let services = &self.worker.services;
        let hints = services.hints();
        self.spawn_worker_loops(config);
        let due = services.clone();
        self.spawn("schedules", config.poll, hints.schedules.clone(), move || {
            let services = due.clone();
            async move { fire(&services).await }
        });
        let queued = services.clone();
        self.spawn("admission", config.poll * 5, hints.admissions.clone(), move || {
            let services = queued.clone();
            async move { service::run::admit_all(&services).await.map(|()| Next::Period) }
        });
        let waits = services.clone();
        self.spawn("waits", config.poll, hints.waits.clone(), move || {
            let services = waits.clone();
            async move { look(&services).await }
        });
        let backfills = services.clone();
        self.spawn("backfills", config.poll * 2, hints.backfills.clone(), move || {
            let services = backfills.clone();
            async move { service::backfill::tick(&services).await.map(|()| Next::Period) }
        });
        self.spawn_slow_loops();
        self.spawn_rescue(config);
    }

    /// The loops that nobody waits for.
    fn spawn_slow_loops(&self) {
        let services = &self.worker.services;
        let replanned = services.clone();
        self.spawn("replans", Duration::from_secs(30), Arc::default(), move || {
            let services = replanned.clone();
            async move { service::calendar::replan_tick(&services).await.map(|()| Next::Period) }
        });
        let calendars = services.clone();
        self.spawn("horizons", Duration::from_secs(600), Arc::default(), move || {
            let services = calendars.clone();
            async move { service::calendar::horizon_tick(&services).await.map(|()| Next::Period) }
        });
        let limited = services.clone();
        self.spawn("limits", Duration::from_secs(30), Arc::default(), move || {
            let services = limited.clone();
            async move { service::limit::tick(&services).await.map(|more| if more { Next::Now } else { Next::Period }) }
        });
        let registry = services.clone();
        self.spawn("registry", Duration::from_secs(600), Arc::default(), move || {
            let services = registry.clone();
            async move { service::node::forget_tick(&services).await.map(|()| Next::Period) }
        });
        let kept = services.clone();
        self.spawn("retention", Duration::from_secs(60), Arc::default(), move || {
            let services = kept.clone();
            async move { delete_old(&services).await }
        });
        let store = services.store().clone();
        self.spawn("upkeep", Duration::from_secs(20), Arc::default(), move || {
            let store = store.clone();
            async move {
                store.renew_id_tag().await?;
                store.measure_clock().await?;
                Ok(Next::Period)
            }
        });
    }

    fn spawn_rescue(&self, config: &Config) {
        let (services, progress) = (self.worker.services.clone(), self.worker.progress.clone());
        let rescuer = Rescuer::new(services, progress, self.worker.node.incarnation, config.lease_ms);
        let rescuer = Arc::new(tokio::sync::Mutex::new(rescuer));
        let period = Duration::from_millis(config.lease_ms.unsigned_abs() / 12).min(Duration::from_millis(500));
        self.spawn("rescue", period, Arc::default(), move || {
            let rescuer = rescuer.clone();
            async move { rescuer.lock().await.tick().await }
        });
    }

    fn spawn_worker_loops(&self, config: &Config) {
        let worker = self.worker.clone();
        self.spawn("workers", config.poll, self.worker.services.hints().jobs.clone(), move || {
            let worker = worker.clone();
            async move { worker.claim_tick().await }
        });
        // A freed slot is a reason to look at the queue, too.
        let (freed, jobs) = (self.worker.pools.freed.clone(), self.worker.services.hints().jobs.clone());
        self.spawn("slots", Duration::from_secs(60), freed, move || {
            jobs.notify_one();
            async { Ok(Next::Period) }
        });
        let worker = self.worker.clone();
        self.spawn("arrivals", config.poll, self.worker.arrived(), move || {
            worker.take_arrivals();
            async { Ok(Next::Period) }
        });
        let heartbeat = Heartbeat {
            services: self.worker.services.clone(),
            node: self.worker.node.clone(),
            row: self.row.clone(),
            pools: self.worker.pools.clone(),
            board: self.frame.board.clone(),
            over: self.over.clone(),
            trust: self.trust.clone(),
            guard: self.worker.executors.guard(),
            progress: self.worker.progress.clone(),
            idle: BTreeMap::new(),
            told: None,
        };
        let heartbeat = Arc::new(tokio::sync::Mutex::new(heartbeat));
        let period = Duration::from_millis(config.lease_ms.unsigned_abs() / 6).min(Duration::from_secs(3));
        self.spawn("heartbeat", period, self.worker.services.hints().stops.clone(), move || {
            let heartbeat = heartbeat.clone();
            async move { heartbeat.lock().await.tick().await }
        });
        let (trust, pools) = (self.trust.clone(), self.worker.pools.clone());
        let watch = trust::Watch::new(trust, pools, self.worker.executors.guard().is_some());
        let watch = Arc::new(std::sync::Mutex::new(watch));
        self.spawn("trust", Duration::from_secs(60), Arc::default(), move || {
            let next = watch.lock().unwrap_or_else(std::sync::PoisonError::into_inner).tick();
            async move { Ok(next) }
        });
    }

    fn spawn<F, Fut>(&self, name: &'static str, period: Duration, wake: Arc<tokio::sync::Notify>, mut tick: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<Next, Error>> + Send + 'static,
    {
        let tick: looper::Tick = Box::new(move || Box::pin(tick()));
        self.frame.spawn(Looper { name, period, wake, tick });
    }
}

/// Deletes some of what is old, and pauses so that work goes first.
async fn delete_old(services: &Services) -> Result<Next, Error> {
    match service::retention::tick(services).await? {
        service::retention::Due::Soon => Ok(Next::Within(Duration::from_millis(500))),
        service::retention::Due::Later => Ok(Next::Period),
    }
}

/// Looks at what is waited for, and sleeps until the next is due.
async fn look(services: &Services) -> Result<Next, Error> {
    match service::wait::tick(services).await? {
        service::wait::Due::More => Ok(Next::Now),
        service::wait::Due::None => Ok(Next::Period),
        service::wait::Due::At(at_ms) => {
            let wait_ms = at_ms.saturating_sub(services.store().db_now_ms()).max(1).unsigned_abs();
            Ok(Next::Within(Duration::from_millis(wait_ms)))
        }
    }
}

/// Fires what is due, and sleeps until the next instant.
async fn fire(services: &Services) -> Result<Next, Error> {
    match service::schedule::fire_due(services).await? {
        service::schedule::Due::More => Ok(Next::Now),
        service::schedule::Due::None => Ok(Next::Period),
        service::schedule::Due::At(at_ms) => {
            let wait_ms = (at_ms - services.store().db_now_ms()).max(0).unsigned_abs();
            Ok(Next::Within(Duration::from_millis(wait_ms)))
        }
    }
}
