//! One shape for all loops: wake on a hint or after a jittered interval, do one `tick`, remember how it went.
//!
//! A tick that fails is logged once per failure streak, tried again with growing pauses, and never ends its loop.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use store::{Chance, Clock};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::crew::Crew;

/// How a loop is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoopStatus {
    /// Ticks so far.
    pub ticks: u64,
    /// When the last tick that went well ended.
    pub last_ok_ms: Option<i64>,
    /// How long the last tick took.
    pub last_duration_ms: i64,
    /// Ticks that failed since the last that went well.
    pub failures: u32,
    /// What the last failure was, without the words of a driver: those are in the log.
    pub last_error: Option<String>,
    /// The longest time this loop lets pass between two ticks.
    pub period_ms: i64,
    /// When it began.
    pub begun_ms: i64,
}

impl LoopStatus {
    /// By how much the next good tick is overdue: it is late as soon as the loop's period has passed since the last one
    /// (or, before the first one, since the loop began).
    #[must_use]
    pub fn lag_ms(&self, now_ms: i64) -> i64 {
        let from_ms = self.last_ok_ms.unwrap_or(self.begun_ms);
        (now_ms - from_ms - self.period_ms).max(0)
    }
}

/// The status of all loops of a process.
#[derive(Clone, Debug, Default)]
pub struct Board {
    loops: Arc<Mutex<BTreeMap<&'static str, LoopStatus>>>,
}

impl Board {
    /// A copy of every loop's status, by name.
    #[must_use]
    pub fn all(&self) -> BTreeMap<&'static str, LoopStatus> {
        self.loops.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, name: &'static str, update: impl FnOnce(&mut LoopStatus)) {
        update(self.loops.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default());
    }
}

/// What a tick wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is more to do: go on at once.
    Now,
    /// Wait for a hint, at most this long, and never longer than the loop's period.
    Within(Duration),
    /// Wait for a hint or the loop's period.
    Period,
}

/// The work of a loop: one bounded step.
pub type Tick = Box<dyn FnMut() -> BoxFuture<'static, Result<Next, service::Error>> + Send>;

/// A loop before it runs.
pub struct Looper {
    /// Its name in logs, metrics and status.
    pub name: &'static str,
    /// The longest pause between two ticks.
    pub period: Duration,
    /// The hint that wakes it earlier.
    pub wake: Arc<Notify>,
    /// Its work.
    pub tick: Tick,
}

/// What all loops of a process share.
#[derive(Clone)]
pub struct Frame {
    /// Where loops write how they are doing.
    pub board: Board,
    /// The time for the status.
    pub clock: Clock,
    /// For the jitter of the pauses.
    pub chance: Chance,
    /// What spawns the loops.
    pub crew: Crew,
    /// Ends all loops.
    pub stop: CancellationToken,
    /// Knows which tasks are still there.
    pub tracker: TaskTracker,
}

impl Frame {
    /// Runs a loop until the frame is stopped.
    pub fn spawn(&self, looper: Looper) {
        let frame = self.clone();
        self.crew.spawn(&self.tracker, async move { frame.run(looper).await });
    }

    async fn run(self, mut looper: Looper) {
        let period_ms = i64::try_from(looper.period.as_millis()).unwrap_or(i64::MAX);
        let begun_ms = self.clock.now_ms();
        self.board.update(looper.name, |status| *status = LoopStatus { period_ms, begun_ms, ..status.clone() });
        let mut failures = 0_u32;
        loop {
            // Interest is registered before the look, so that a hint during the tick is not lost.
            let wake = looper.wake.clone();
            let mut hint = std::pin::pin!(wake.notified());
            hint.as_mut().enable();
            let started_ms = self.clock.now_ms();
            let result = (looper.tick)().await;
            let pause = match result {
                Ok(Next::Now) => Duration::ZERO,
                Ok(Next::Within(pause)) => pause.min(jittered(looper.period, self.chance.fraction())),
                Ok(Next::Period) => jittered(looper.period, self.chance.fraction()),
                Err(_) => back_off(failures + 1, looper.period, self.chance.fraction()),
            };
            self.note(looper.name, started_ms, &result, &mut failures);
            if self.stop.is_cancelled() {
                return;
            }
            if pause.is_zero() {
                tokio::task::yield_now().await;
                continue;
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = hint, if failures == 0 => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn note(&self, name: &'static str, started_ms: i64, result: &Result<Next, service::Error>, failures: &mut u32) {
        let now_ms = self.clock.now_ms();
        match result {
            Ok(_) => {
                if *failures > 0 {
                    tracing::info!(name, failures, "loop goes on");
                }
                *failures = 0;
            }
            Err(error) => {
                *failures += 1;
                if *failures == 1 {
                    tracing::warn!(name, %error, "loop failed; trying again");
                } else {
                    tracing::debug!(name, %error, failures, "loop failed again");
                }
            }
        }
        self.board.update(name, |status| {
            status.ticks += 1;
            status.last_duration_ms = now_ms - started_ms;
            status.failures = *failures;
            match result {
                Ok(_) => {
                    status.last_ok_ms = Some(now_ms);
                    status.last_error = None;
                }
                Err(error) => status.last_error = Some(error.summary()),
            }
        });
    }
}

/// A period with up to 10 % less, so that nodes don't tick in step.
fn jittered(period: Duration, random: f64) -> Duration {
    period.mul_f64(1.0 - 0.1 * random)
}

/// The pause after the n-th failure in a row: 100 ms doubled up to 5 s, between half and the whole of it. Never longer
/// than the loop waits when all is well: a database that is back is found as soon as any change would be.
fn back_off(failures: u32, period: Duration, random: f64) -> Duration {
    let whole_secs = (0.1 * 2_f64.powi(failures.min(10) as i32 - 1)).min(5.0);
    Duration::from_secs_f64(whole_secs).min(period).mul_f64(0.5 + 0.5 * random)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn frame() -> Frame {
        let (board, stop, tracker) = (Board::default(), CancellationToken::new(), TaskTracker::new());
        Frame { board, clock: Clock::system(), chance: Chance::system(), crew: Crew::default(), stop, tracker }
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_survives_failures_and_says_so() {
        let frame = frame();
        let ticks = Arc::new(AtomicU32::new(0));
        let wake = Arc::new(Notify::new());
        let seen = ticks.clone();
        let tick: Tick = Box::new(move || {
            let n = seen.fetch_add(1, Ordering::SeqCst);
            Box::pin(
                async move { if n < 3 { Err(service::Error::Internal("disk full".into())) } else { Ok(Next::Period) } },
            )
        });
        frame.spawn(Looper { name: "test", period: Duration::from_secs(60), wake: wake.clone(), tick });
        while ticks.load(Ordering::SeqCst) < 4 {
            tokio::time::advance(Duration::from_millis(100)).await;
            tokio::task::yield_now().await;
        }
        tokio::task::yield_now().await;
        let status = frame.board.all()["test"].clone();
        assert_eq!((status.ticks, status.failures, status.last_error), (4, 0, None));
        wake.notify_one();
        while ticks.load(Ordering::SeqCst) < 5 {
            tokio::task::yield_now().await;
        }
        frame.stop.cancel();
        frame.tracker.close();
        frame.tracker.wait().await;
    }

    #[test]
    fn a_loop_lags_by_what_its_next_good_tick_is_overdue() {
        let begun = LoopStatus { period_ms: 1_000, begun_ms: 50_000, ..LoopStatus::default() };
        assert_eq!((begun.lag_ms(50_900), begun.lag_ms(53_000)), (0, 2_000));
        let failing = LoopStatus { last_ok_ms: Some(60_000), failures: 3, ..begun };
        assert_eq!((failing.lag_ms(60_999), failing.lag_ms(71_000)), (0, 10_000));
    }

    #[test]
    fn pauses_stay_within_their_bounds() {
        assert_eq!(jittered(Duration::from_secs(10), 0.0), Duration::from_secs(10));
        assert_eq!(jittered(Duration::from_secs(10), 1.0), Duration::from_secs(9));
        let minute = Duration::from_secs(60);
        assert_eq!(back_off(1, minute, 1.0), Duration::from_millis(100));
        assert_eq!(back_off(40, minute, 1.0), Duration::from_secs(5));
        assert_eq!(back_off(40, Duration::from_secs(1), 0.0), Duration::from_millis(500));
    }
}
