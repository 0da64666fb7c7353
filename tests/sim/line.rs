//! The network between a host and the database, with its weather.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use store::wire::{Broken, Call, Turn, Wire};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep, timeout};

use crate::database::drive;
use crate::rng::Rng;
use crate::world::World;

/// How long a process waits for its turn to write: as for a connection of the pool.
const TURN: Duration = Duration::from_secs(10);

/// How long a call without an answer hangs until the line counts as broken; shorter in a transaction, since the one
/// writer of this database would keep all others waiting, where a real one has rows.
const HANG_MS: i64 = 12_000;
const HANG_IN_TURN_MS: i64 = 2_500;

/// A host's network, as it is now. The chances are in percent of the calls.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Weather {
    /// Until when nothing comes through, and whether calls then hang instead of being refused.
    pub(crate) cut: Option<(i64, bool)>,
    /// Calls that fail.
    pub(crate) fail: f64,
    /// Commits whose answer gets lost.
    pub(crate) lose: f64,
    /// Transactions that must be tried again.
    pub(crate) busy: f64,
    /// Answers that take long, and how long at most.
    pub(crate) stall: (f64, i64),
}

/// The line of one process.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) world: Arc<World>,
    pub(crate) host: String,
    pub(crate) weather: Arc<Mutex<Weather>>,
    pub(crate) rng: Mutex<Rng>,
    pub(crate) writing: Arc<Mutex<bool>>,
}

/// The two legs of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leg {
    There,
    Back,
}

impl Line {
    fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn weather(&self) -> Weather {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the line is cut, and whether calls hang.
    fn cut(&self) -> Option<(i64, bool)> {
        self.weather().cut.filter(|(until_ms, _)| *until_ms > self.world.elapsed_ms())
    }

    async fn leg(&self, call: Call<'_>, leg: Leg) -> Result<(), Broken> {
        self.pause(leg).await;
        if let Some((until_ms, hangs)) = self.cut() {
            if hangs {
                let in_turn = matches!(call, Call::Statement(_) | Call::Commit) && leg == Leg::There;
                let longest_ms = if in_turn { HANG_IN_TURN_MS } else { HANG_MS };
                let left_ms = until_ms - self.world.elapsed_ms();
                sleep(Duration::from_millis(left_ms.min(longest_ms).unsigned_abs())).await;
            }
            if !hangs || self.cut().is_some() {
                return self.broken(call, leg, Broken::Line);
            }
        }
        let weather = self.weather();
        if weather.fail > 0.0 && self.draw(|rng| rng.percent(weather.fail)) {
            return self.broken(call, leg, Broken::Line);
        }
        let retryable = matches!(call, Call::Statement(_) | Call::Commit) && leg == Leg::There;
        if retryable && weather.busy > 0.0 && self.draw(|rng| rng.percent(weather.busy)) {
            return self.broken(call, leg, Broken::Busy);
        }
        let losable = call == Call::Commit && leg == Leg::Back;
        if losable && weather.lose > 0.0 && self.draw(|rng| rng.percent(weather.lose)) {
            return self.broken(call, leg, Broken::Line);
        }
        Ok(())
    }

    /// How long a leg takes.
    async fn pause(&self, leg: Leg) {
        let latency_ms = self.world.climate.latency_ms;
        let (chance, longest_ms) = self.weather().stall;
        let pause_ms = self.draw(|rng| match rng.below(4) {
            0 if chance > 0.0 && rng.percent(chance) => rng.within(1, longest_ms).unsigned_abs(),
            // Most calls have their two legs in one.
            0 | 1 if leg == Leg::There => rng.below(latency_ms + 1),
            0 => rng.below(latency_ms + 1),
            _ => 0,
        });
        if pause_ms > 0 {
            sleep(Duration::from_millis(pause_ms)).await;
        }
    }

    fn broken(&self, call: Call<'_>, leg: Leg, broken: Broken) -> Result<(), Broken> {
        let what = match call {
            Call::Read(sql) | Call::Statement(sql) => sql.split('"').next().unwrap_or(sql).trim(),
            Call::Begin => "BEGIN",
            Call::Commit => "COMMIT",
            Call::Clock => "the clock",
        };
        let host = &self.host;
        self.world.note(format_args!("{host}: {what} {leg:?}: {broken}"));
        Err(broken)
    }
}

/// The turn of a process, which it may not be frozen in.
#[derive(Debug)]
struct Writing {
    _permit: OwnedSemaphorePermit,
    writing: Arc<Mutex<bool>>,
}

impl Drop for Writing {
    fn drop(&mut self) {
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

#[async_trait::async_trait]
impl Wire for Line {
    async fn turn(&self) -> Result<Turn, Broken> {
        let turn = timeout(TURN, self.world.turn.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = turn else { return Err(Broken::Line) };
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) = true;
        Ok(Box::new(Writing { _permit: permit, writing: self.writing.clone() }))
    }

    async fn before(&self, call: Call<'_>) -> Result<(), Broken> {
        if let Call::Read(sql) | Call::Statement(sql) = call {
            self.world.trace.fold(self.world.elapsed_ms(), sql);
        }
        self.leg(call, Leg::There).await
    }

    async fn after(&self, call: Call<'_>) -> Result<(), Broken> {
        self.leg(call, Leg::Back).await
    }

    fn drive(&self, work: BoxFuture<'_, ()>) {
        drive(work);
    }

    fn clock_ms(&self) -> i64 {
        self.world.now_ms()
    }
}
