//! What the process does for its store once a minute: keep its id tag, measure the database's clock.

use std::time::Duration;

use store::Store;
use tokio::{task::JoinSet, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

const PERIOD: Duration = Duration::from_secs(60);

/// The running task.
pub(super) struct Housekeeping(JoinSet<()>);

impl Housekeeping {
    /// Starts; it ends when `shutdown` is cancelled.
    pub(super) fn start(store: Store, shutdown: CancellationToken) -> Self {
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + PERIOD, PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    _ = ticks.tick() => tick(&store).await,
                }
            }
        });
        Self(task)
    }

    /// Waits for its end.
    pub(super) async fn stop(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

/// A failure is told and tried again at the next tick: the lease on the id tag outlasts many of them.
async fn tick(store: &Store) {
    if let Err(error) = store.renew_id_tag().await {
        tracing::warn!(%error, "the lease on the id tag was not renewed");
    }
    if let Err(error) = store.measure_clock().await {
        tracing::warn!(%error, "the database's clock was not measured");
    }
}
