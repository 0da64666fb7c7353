//! The director of a simulation: makes things happen, looks at the invariants after each, and at the end lets
//! everything come to rest.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::check::{self, Checks};
use crate::client;
use crate::cluster::Cluster;
use crate::deed::Deed;
use crate::host::Host;
use crate::operator;
use crate::rng::Rng;
use crate::world::World;

/// How long everything may take to come to rest once nothing fails any more.
const REST_MS: i64 = 240_000;

/// Runs one seed to its end.
pub(crate) struct Director {
    cluster: Arc<Cluster>,
    world: Arc<World>,
    rng: Rng,
    checks: Checks,
}

impl Director {
    pub(crate) fn new(world: &Arc<World>) -> Self {
        let (cluster, rng) = (Cluster::new(world), world.rng(2));
        Self { cluster, world: world.clone(), rng, checks: Checks::default() }
    }

    /// The whole of a simulation.
    pub(crate) async fn run(&mut self) {
        for host in &self.cluster.hosts {
            host.boot(&self.cluster.numbers);
        }
        self.save_workflows().await;
        while self.world.elapsed_ms() < self.world.climate.span_ms && self.fine() {
            sleep(Duration::from_millis(self.rng.within(0, 2 * self.world.climate.pause_ms).unsigned_abs())).await;
            if let Some(deed) = self.rng.weighted(&self.world.climate.deeds) {
                self.perform(deed);
            }
            self.checks.look(&self.cluster);
        }
        if self.fine() {
            self.come_to_rest().await;
        }
        self.cluster.hosts.iter().for_each(|host| host.end());
    }

    /// What there is when it is over.
    pub(crate) fn left(&self) -> (&Cluster, &Checks) {
        (&self.cluster, &self.checks)
    }

    fn fine(&self) -> bool {
        self.world.violations().is_empty()
    }

    async fn save_workflows(&mut self) {
        let count = self.rng.within(1, 4) as usize;
        for number in 0..count {
            client::create(&self.cluster, &mut self.rng, number).await;
        }
    }

    fn perform(&mut self, deed: Deed) {
        let (cluster, rng) = (self.cluster.clone(), Rng::of(self.rng.bits(), 3));
        match deed {
            Deed::Start => cluster.clone().client("start", client::start(cluster, rng)),
            Deed::Stop => cluster.clone().client("stop", operator::stop(cluster, rng)),
            Deed::Rerun => cluster.clone().client("rerun", operator::rerun(cluster, rng)),
            Deed::Decide => cluster.clone().client("decide", operator::decide(cluster, rng)),
            Deed::Pause => cluster.clone().client("pause", operator::pause(cluster, rng)),
            Deed::Hold => cluster.clone().client("hold", operator::hold(cluster, rng)),
            Deed::Mark => cluster.clone().client("mark", operator::mark(cluster, rng)),
            Deed::Rank => cluster.clone().client("rank", operator::rank(cluster, rng)),
            Deed::Drain => cluster.clone().client("drain", operator::drain(cluster, rng)),
            Deed::Toggle => cluster.clone().client("toggle", client::toggle(cluster, rng)),
            Deed::Save => cluster.clone().client("save", client::save(cluster, rng)),
            Deed::Delete => cluster.clone().client("delete", client::delete(cluster, rng)),
            Deed::Ask => cluster.clone().client("ask", client::ask(cluster, rng)),
            fault => self.strike(fault),
        }
    }

    /// Something goes wrong, or is set right.
    fn strike(&mut self, fault: Deed) {
        let host = self.rng.pick(&self.cluster.hosts).clone();
        let long_ms = self.rng.within(200, 3 * self.world.climate.lease_ms);
        let until_ms = self.world.elapsed_ms() + long_ms;
        let percent = self.rng.within(1, 30) as f64;
        let stall_ms = self.rng.within(200, 2 * self.world.climate.lease_ms);
        match fault {
            Deed::Boot if !host.is_up() => host.boot(&self.cluster.numbers),
            Deed::Kill => host.crash(true),
            Deed::PowerCut => host.crash(false),
            Deed::StopNode => host.stop(),
            Deed::Freeze if host.freeze() => self.later(long_ms, move || host.thaw()),
            Deed::CutOff => host.weather(|weather| weather.cut = Some((until_ms, true))),
            Deed::Refuse => host.weather(|weather| weather.cut = Some((until_ms, false))),
            Deed::Outage => {
                let hangs = self.rng.percent(50.0);
                self.cluster.hosts.iter().for_each(|host| host.weather(|it| it.cut = Some((until_ms, hangs))));
            }
            Deed::Flaky => {
                host.weather(|weather| weather.fail = percent / 3.0);
                self.later(long_ms, move || host.weather(|weather| weather.fail = 0.0));
            }
            Deed::LoseAnswers => {
                host.weather(|weather| weather.lose = percent);
                self.later(long_ms, move || host.weather(|weather| weather.lose = 0.0));
            }
            Deed::Contention => {
                host.weather(|weather| weather.busy = percent / 3.0);
                self.later(long_ms, move || host.weather(|weather| weather.busy = 0.0));
            }
            Deed::Stall => {
                host.weather(|weather| weather.stall = (percent, stall_ms));
                self.later(long_ms, move || host.weather(|weather| weather.stall = (0.0, 0)));
            }
            Deed::Jump => self.jump(&host, long_ms),
            Deed::Impostor if host.is_up() => host.boot_beside(&self.cluster.numbers),
            _ => {}
        }
    }

    /// A clock is set wrongly, and later set right.
    fn jump(&mut self, host: &Arc<Host>, long_ms: i64) {
        let far_ms = 4 * self.world.climate.lease_ms;
        host.jump(self.rng.within(-far_ms, far_ms));
        let host = host.clone();
        self.later(4 * long_ms, move || host.set_clock());
    }

    fn later(&self, after_ms: i64, work: impl FnOnce() + Send + 'static) {
        self.world.spawn(Box::pin(async move {
            sleep(Duration::from_millis(after_ms.unsigned_abs())).await;
            work();
        }));
    }

    /// Faults stop; people turn the schedules off, decide about what is lost and stop what hangs; all must end.
    async fn come_to_rest(&mut self) {
        self.world.note(format_args!("faults stop"));
        let deadline_ms = self.world.elapsed_ms() + REST_MS;
        self.calm();
        let mut round: u32 = 0;
        while self.fine() && !check::rest::reached(&self.cluster) {
            if self.world.elapsed_ms() > deadline_ms {
                let left = check::rest::left(&self.cluster);
                self.world.violation(format!("it did not come to rest: {left}"));
                return;
            }
            // Again and again: somebody may have been about to turn one on.
            if round.is_multiple_of(10) {
                let cluster = self.cluster.clone();
                cluster.clone().client("turn_off", client::turn_off(cluster, Rng::of(self.rng.bits(), 4)));
            }
            sleep(Duration::from_millis(1_000)).await;
            round += 1;
            self.calm();
            self.tidy_up(round);
            self.checks.look(&self.cluster);
        }
        if self.fine() {
            self.checks.conclude(&self.cluster);
        }
    }

    /// People see to what waits for them, and after a while stop what does not end by itself.
    fn tidy_up(&mut self, round: u32) {
        let (cluster, mut rng) = (self.cluster.clone(), Rng::of(self.rng.bits(), 5));
        cluster.clone().client("tidy up", async move {
            operator::resume(cluster.clone(), Rng::of(rng.bits(), 6)).await;
            operator::undrain(cluster.clone(), Rng::of(rng.bits(), 8)).await;
            operator::release(cluster.clone(), Rng::of(rng.bits(), 7)).await;
            operator::decide(cluster, rng).await;
        });
        if round.is_multiple_of(3) {
            self.perform(Deed::Ask);
        }
        if round > 12 {
            self.perform(Deed::Stop);
        }
    }

    /// Every machine reaches the database and shows the time, and one at least has a process.
    fn calm(&mut self) {
        for (index, host) in self.cluster.hosts.iter().enumerate() {
            host.calm();
            // Some never come back: their claims must lapse.
            if !host.is_up() && (index == 0 || self.rng.percent(5.0)) {
                host.boot(&self.cluster.numbers);
            }
        }
    }
}
