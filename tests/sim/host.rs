//! A machine of the cluster: its clock, its network, and the process of the product that runs there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::crew::Crew;
use engine::executor::Executors;
use engine::executor::log::LogLimits;
use engine::{Config, EngineHandle, Home, Member};
use service::{ServiceConfig, Services};
use store::testing::Own;
use store::{Chance, Clock};
use tokio::time::sleep;

use crate::line::{Line, Weather};
use crate::process::{Phase, Process};
use crate::work::Workbench;
use crate::world::World;

/// How long a supervisor waits before it starts a process anew that could not start.
const AGAIN: Duration = Duration::from_secs(1);

/// How long an orderly stop lets attempts run on.
const DRAIN: Duration = Duration::from_secs(3);

/// A machine.
pub(crate) struct Host {
    pub(crate) name: String,
    world: Arc<World>,
    /// How far its clock is from the true time.
    offset_ms: Arc<AtomicI64>,
    weather: Arc<Mutex<Weather>>,
    live: Mutex<Option<Live>>,
    /// Processes whose name another one took.
    replaced: Mutex<Vec<Live>>,
}

/// The process that runs on a machine.
#[derive(Clone)]
struct Live {
    process: Arc<Process>,
    /// Where it is: one that took another one's name is elsewhere.
    machine: String,
    writing: Arc<Mutex<bool>>,
    /// There once it has started.
    parts: Arc<Mutex<Option<Parts>>>,
}

impl Live {
    fn end(&self, orphans: bool) {
        self.process.end(orphans);
        drop(lock(&self.parts).take());
    }
}

/// A process that has started.
struct Parts {
    services: Services,
    engine: EngineHandle,
}

/// Processes have numbers over all machines.
#[derive(Debug, Default)]
pub(crate) struct Numbers(AtomicU32);

impl Host {
    pub(crate) fn new(world: &Arc<World>, index: usize) -> Arc<Self> {
        let mut rng = world.rng(1_000 + index as u64);
        let skew_ms = world.climate.skew_ms;
        Arc::new(Self {
            name: format!("n{}", index + 1),
            world: world.clone(),
            offset_ms: Arc::new(AtomicI64::new(rng.within(-skew_ms, skew_ms))),
            weather: Arc::default(),
            live: Mutex::default(),
            replaced: Mutex::default(),
        })
    }

    /// Starts a process, tried again until it works.
    pub(crate) fn boot(&self, numbers: &Numbers) {
        self.boot_on(self.name.clone(), numbers);
    }

    fn boot_on(&self, machine: String, numbers: &Numbers) {
        let number = numbers.0.fetch_add(1, Ordering::Relaxed) + 1;
        let process = Process::new(self.world.clone(), number);
        let live =
            Live { process: process.clone(), machine: machine.clone(), writing: Arc::default(), parts: Arc::default() };
        // A machine has room for one: whoever starts another sees to that.
        lock(&self.replaced).extract_if(.., |old| old.machine == machine).for_each(|old| old.end(false));
        self.world.note(format_args!("{} boots process {number} on {machine}", self.name));
        let starting = Starting {
            host: self.name.clone(),
            home: self.world.database.folder(&machine),
            machine,
            world: self.world.clone(),
            process: process.clone(),
            offset_ms: self.offset_ms.clone(),
            weather: self.weather.clone(),
            writing: live.writing.clone(),
        };
        let parts = live.parts.clone();
        *self.live() = Some(live);
        self.world.spawn(process.bind(Box::pin(async move {
            for attempt in 0_u64.. {
                match starting.start(attempt).await {
                    Ok(started) => {
                        starting.world.note(format_args!("{} is up", starting.host));
                        let over = started.engine.over();
                        *lock(&parts) = Some(started);
                        over.await;
                        starting.world.note(format_args!("{} is told that it is over", starting.host));
                        let parts = lock(&parts).take();
                        if let Some(parts) = parts {
                            parts.engine.stop(DRAIN).await;
                        }
                        starting.process.exit();
                        return;
                    }
                    Err(error) => starting.world.note(format_args!("{} can't start: {error}", starting.host)),
                }
                sleep(AGAIN).await;
            }
        })));
    }

    /// Starts a process under the name of the one that runs.
    pub(crate) fn boot_beside(&self, numbers: &Numbers) {
        let live = self.live().take();
        self.thaw_all(live.iter());
        lock(&self.replaced).extend(live);
        let elsewhere = numbers.0.load(Ordering::Relaxed);
        self.boot_on(format!("{}-{elsewhere}", self.name), numbers);
    }

    /// Whether a process runs here, frozen or not.
    pub(crate) fn is_up(&self) -> bool {
        self.live().as_ref().is_some_and(|live| live.process.phase() != Phase::Dead)
    }

    /// Whether a process has started and runs.
    pub(crate) fn is_serving(&self) -> bool {
        self.services().is_some()
    }

    /// What to call use cases with, and the process in which they run.
    pub(crate) fn services(&self) -> Option<(Arc<Process>, Services)> {
        let live = self.live().clone()?;
        let services = lock(&live.parts).as_ref().map(|parts| parts.services.clone())?;
        (live.process.phase() == Phase::Running).then_some((live.process, services))
    }

    /// Ends the process at once; what it has started goes with it or not.
    pub(crate) fn crash(&self, orphans: bool) {
        let Some(live) = self.live().take() else { return };
        self.world.note(format_args!("{} crashes{}", self.name, if orphans { ", its tasks don't" } else { "" }));
        live.end(orphans);
    }

    /// Ends all that runs under its name.
    pub(crate) fn end(&self) {
        let ended: Vec<Live> = self.live().take().into_iter().chain(lock(&self.replaced).drain(..)).collect();
        ended.iter().for_each(|live| live.end(false));
    }

    /// Asks the process to stop in order.
    pub(crate) fn stop(&self) {
        let Some(live) = self.live().clone() else { return };
        let Some(parts) = lock(&live.parts).take() else { return };
        self.world.note(format_args!("{} stops in order", self.name));
        let (world, process, name) = (self.world.clone(), live.process.clone(), self.name.clone());
        self.world.spawn(live.process.bind(Box::pin(async move {
            parts.engine.stop(DRAIN).await;
            world.note(format_args!("{name} has stopped"));
            process.exit();
        })));
    }

    /// Lets the machine stand still, unless it is writing now: others would wait for it, which on a real database only
    /// those do who want the same rows.
    pub(crate) fn freeze(&self) -> bool {
        let Some(live) = self.live().clone() else { return false };
        if *lock(&live.writing) || live.process.phase() != Phase::Running {
            return false;
        }
        self.world.note(format_args!("{} freezes", self.name));
        self.world.ledger.disturb(live.process.number);
        live.process.freeze();
        true
    }

    pub(crate) fn thaw(&self) {
        let live = self.live().clone();
        self.thaw_all(live.iter());
    }

    fn thaw_all<'a>(&self, lives: impl Iterator<Item = &'a Live>) {
        for live in lives.filter(|live| live.process.phase() == Phase::Frozen) {
            self.world.note(format_args!("{} thaws", self.name));
            live.process.thaw();
        }
    }

    /// Nothing is wrong with the machine any more.
    pub(crate) fn calm(&self) {
        self.thaw();
        if *lock(&self.weather) != Weather::default() {
            self.weather(|weather| *weather = Weather::default());
        }
        self.set_clock();
    }

    /// Sets the machine's clock.
    pub(crate) fn jump(&self, by_ms: i64) {
        self.world.note(format_args!("the clock of {} jumps by {by_ms} ms", self.name));
        self.offset_ms.fetch_add(by_ms, Ordering::Relaxed);
    }

    /// Sets the machine's clock right, up to the ordinary skew.
    pub(crate) fn set_clock(&self) {
        let skew_ms = self.world.climate.skew_ms;
        let offset_ms = self.offset_ms.load(Ordering::Relaxed);
        self.offset_ms.store(offset_ms.clamp(-skew_ms, skew_ms), Ordering::Relaxed);
    }

    /// Changes the machine's network.
    pub(crate) fn weather(&self, change: impl FnOnce(&mut Weather)) {
        let mut weather = lock(&self.weather);
        change(&mut weather);
        self.world.note(format_args!("the network of {}: {:?}", self.name, *weather));
    }

    fn live(&self) -> MutexGuard<'_, Option<Live>> {
        lock(&self.live)
    }
}

/// What a start needs to know of its machine.
struct Starting {
    host: String,
    machine: String,
    home: PathBuf,
    world: Arc<World>,
    process: Arc<Process>,
    offset_ms: Arc<AtomicI64>,
    weather: Arc<Mutex<Weather>>,
    writing: Arc<Mutex<bool>>,
}

impl Starting {
    async fn start(&self, attempt: u64) -> Result<Parts, service::Error> {
        let world = &self.world;
        let label = u64::from(self.process.number) << 8 | attempt;
        let (mut chance, rng) = (world.rng(label << 1), world.rng(label << 1 | 1));
        let (true_clock, offset_ms) = (world.clock(), self.offset_ms.clone());
        let chance = Mutex::new(move || chance.bits());
        let steady = world.clock();
        let own = Own {
            clock: Clock::new(move || true_clock.now_ms() + offset_ms.load(Ordering::Relaxed))
                .with_steady(move || steady.now_ms()),
            chance: Chance::new(move || lock(&chance)()),
            wire: Arc::new(Line {
                world: world.clone(),
                host: self.host.clone(),
                weather: self.weather.clone(),
                rng: Mutex::new(rng),
                writing: self.writing.clone(),
            }),
        };
        let store = world.database.twin(own).await?;
        let services = Services::new(store, ServiceConfig::default())?;
        let process = self.process.clone();
        let climate = &world.climate;
        let config = Config {
            node_name: self.host.clone(),
            app_version: "simulated".into(),
            address: None,
            host: Some(self.host.clone()),
            alone: false,
            pools: BTreeMap::from([("default".to_owned(), climate.slots), ("small".to_owned(), 1)]),
            lease_ms: climate.lease_ms,
            poll: climate.poll,
            log_limits: LogLimits::default(),
            crew: Crew::bound(move |work| process.bind(work)),
        };
        let home = Home::enter(&self.home).map_err(|error| service::Error::Internal(error.to_string()))?;
        let member = Member::join(config, services.clone()).await?;
        let member = member.at_home(home).map_err(|error| service::Error::Internal(error.to_string()))?;
        world.ledger.kill_orphans(&self.machine, self.process.number, world.elapsed_ms());
        let bench = Workbench { world: world.clone(), machine: self.machine.clone(), process: self.process.clone() };
        let executors = Executors::default().with("shell", Arc::new(bench));
        let engine = member.start(executors, Arc::new(services.clone())).await?;
        Ok(Parts { services, engine })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
