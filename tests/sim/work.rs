//! The work of tasks: bodies that take time, fail, hang and ignore orders as the seed says, and leave their trace in
//! the ledger.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::run::{Ended, Outputs, Reason};
use engine::executor::{Control, Executor, Invocation, Report, Started, Stop, Work};
use store::Clock;
use tokio::time::{Instant, sleep, sleep_until};

use crate::check::scope;
use crate::ledger::{Body, How, Place};
use crate::process::{Phase, Process};
use crate::rng::Rng;
use crate::world::World;

/// How long it takes until a killed process is gone.
const KILL_MS: i64 = 60;

/// The executor of one process.
pub(crate) struct Workbench {
    pub(crate) world: Arc<World>,
    pub(crate) machine: String,
    pub(crate) process: Arc<Process>,
}

/// What a body means to do.
struct Plan {
    takes_ms: i64,
    end: PlannedEnd,
    /// How long it needs after TERM.
    grace_ms: i64,
    /// Whether it writes to its log.
    says: bool,
}

enum PlannedEnd {
    Succeed,
    Fail,
    Hang,
}

impl Plan {
    fn of(world: &World, invocation: &Invocation) -> Self {
        let key = invocation.key;
        let label = (key.run.0 as u64).wrapping_mul(31).wrapping_add(key.ordinal as u64) ^ (key.number as u64) << 40;
        let mut rng: Rng = world.rng(label);
        let takes_ms = match rng.below(10) {
            0 => 0,
            1..=6 => rng.within(20, 1_500),
            7 | 8 => rng.within(1_000, 4_000),
            _ => rng.within(3_000, 8_000),
        };
        let end = match rng.below(100) {
            0..78 => PlannedEnd::Succeed,
            78..97 => PlannedEnd::Fail,
            _ => PlannedEnd::Hang,
        };
        let grace_ms = if rng.percent(80.0) { rng.within(0, 300) } else { rng.within(1_000, 4_000) };
        Self { takes_ms, end, grace_ms, says: rng.percent(10.0) }
    }
}

/// Notes the end of a body that goes with its process.
struct Guard {
    world: Arc<World>,
    process: Arc<Process>,
    place: Place,
    /// When it would have ended by itself.
    would_end: Option<Instant>,
    done: bool,
}

impl Guard {
    fn end(mut self, how: How) -> How {
        self.done = true;
        self.world.ledger.end(self.place, how, self.world.elapsed_ms())
    }
}

impl Guard {
    fn timed_out(self, invocation: &Invocation, started_ms: i64, clock: &Clock) -> Report {
        let after_ms = invocation.timeout_ms.unwrap_or_default();
        let ended = match self.end(How::TimedOut) {
            How::TimedOut => Ended::TimedOut { after_ms },
            _ => by_signal(),
        };
        report(ended, started_ms, clock.now_ms())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        if !self.process.leaves_orphans() {
            self.world.ledger.end(self.place, How::Crashed, self.world.elapsed_ms());
            return;
        }
        self.world.ledger.orphan(self.place);
        let (world, place, would_end) = (self.world.clone(), self.place, self.would_end);
        self.world.spawn(Box::pin(async move {
            match would_end {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
            world.ledger.end(place, How::Succeeded, world.elapsed_ms());
        }));
    }
}

impl Workbench {
    fn begin(&self, invocation: &Invocation) -> Guard {
        let key = invocation.key;
        let world = &self.world;
        let body = Body {
            run: key.run.0,
            ordinal: key.ordinal,
            epoch: invocation.epoch,
            process: self.process.number,
            machine: self.machine.clone(),
            begun_ms: world.elapsed_ms(),
            ended_ms: None,
            how: None,
            disturbed: self.process.phase() != Phase::Running,
        };
        world.note(format_args!(
            "{} begins {} of run {} attempt {} epoch {}",
            self.machine, invocation.task, key.run.0, key.number, invocation.epoch
        ));
        let (place, twin) = world.ledger.begin(body);
        if let Some(twin) = twin {
            world.violation(format!("two bodies of one epoch: {twin:?} and another on {}", self.machine));
        }
        let (world, process) = (world.clone(), self.process.clone());
        Guard { world, process, place, would_end: None, done: false }
    }
}

#[async_trait]
impl Executor for Workbench {
    async fn run(&self, invocation: Invocation, control: Control) -> Report {
        let Control { mut stop, started, log, clock, trust } = control;
        if stop.borrow().is_some() {
            return Report::without_process(Ended::Stopped, clock.now_ms());
        }
        if !trust.holds() {
            return Report::without_process(Ended::Returned, clock.now_ms());
        }
        let mut guard = self.begin(&invocation);
        if let Work::Shell(shell) = &invocation.work {
            scope::check(&self.world, &invocation, &shell.script);
        }
        let started_ms = clock.now_ms();
        started(Started { pid: Some(4242), at_ms: started_ms });
        let plan = Plan::of(&self.world, &invocation);
        if plan.says {
            log.system("at work");
        }
        let hangs = matches!(plan.end, PlannedEnd::Hang);
        let time = |ms: i64| Instant::now() + Duration::from_millis(ms.unsigned_abs());
        let end_at = (!hangs).then(|| time(plan.takes_ms));
        let limit_at = invocation.timeout_ms.map(time);
        guard.would_end = end_at;
        let ended = tokio::select! {
            biased;
            () = at(end_at) => None,
            stop = Control::stopped(&mut stop) => Some(stop),
            () = at(limit_at) => return guard.timed_out(&invocation, started_ms, &clock),
        };
        let (how, ended) = match (ended, plan.end) {
            (Some(Stop::LeaseLost), _) => {
                sleep(Duration::from_millis(KILL_MS.unsigned_abs())).await;
                (How::Killed, Ended::Stopped)
            }
            (Some(Stop::Requested), _) => {
                // KILL at once when the lease is lost meanwhile, as a process tree is ended.
                tokio::select! {
                    biased;
                    () = sleep(Duration::from_millis(plan.grace_ms.unsigned_abs())) => {}
                    _ = stop.wait_for(|stop| *stop == Some(Stop::LeaseLost)) => {}
                }
                (How::Stopped, Ended::Stopped)
            }
            (None, PlannedEnd::Fail) => {
                let reason = Reason::ExitCode { code: 3 };
                (How::Failed, Ended::Failed { exit_code: Some(3), reason, retryable: true })
            }
            (None, _) => (How::Succeeded, Ended::Succeeded { outputs: token(&invocation) }),
        };
        let ended = if guard.end(how) == how { ended } else { by_signal() };
        report(ended, started_ms, clock.now_ms())
    }
}

/// The end of a body that somebody else has killed.
fn by_signal() -> Ended {
    Ended::Failed { exit_code: None, reason: Reason::Signal { signal: 9 }, retryable: true }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// What a body leaves for others: which one it was.
fn token(invocation: &Invocation) -> Outputs {
    let token = format!("{}.{}", invocation.key.ordinal, invocation.epoch);
    Outputs::from_iter([("token".to_owned(), token.into())])
}

fn report(ended: Ended, started_ms: i64, finished_ms: i64) -> Report {
    Report { started_ms: Some(started_ms), ..Report::without_process(ended, finished_ms) }
}
