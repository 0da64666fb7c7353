//! The tasks of a process: all are spawned through its crew, so that a simulation can freeze or end them as one.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio_util::task::TaskTracker;

type Bind = Arc<dyn Fn(BoxFuture<'static, ()>) -> BoxFuture<'static, ()> + Send + Sync>;

/// Spawns the tasks of a process.
#[derive(Clone, Default)]
pub struct Crew {
    bind: Option<Bind>,
}

impl Crew {
    /// A crew whose tasks are what the given function makes of them: futures that stop when their process does.
    #[must_use]
    pub fn bound(bind: impl Fn(BoxFuture<'static, ()>) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        Self { bind: Some(Arc::new(bind)) }
    }

    pub(crate) fn spawn(&self, tracker: &TaskTracker, work: impl Future<Output = ()> + Send + 'static) {
        match &self.bind {
            None => tracker.spawn(work),
            Some(bind) => tracker.spawn(bind(Box::pin(work))),
        };
    }
}

impl std::fmt::Debug for Crew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Crew")
    }
}
