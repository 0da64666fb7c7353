//! A process of the product within the simulation: its tasks can be frozen and ended as one, wherever they are.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::world::World;

type Work = BoxFuture<'static, ()>;

/// How a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Running,
    /// Its tasks stand still; its clock goes on.
    Frozen,
    Dead,
}

/// A process; a restart is another one.
pub(crate) struct Process {
    pub(crate) number: u32,
    world: Arc<World>,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    /// Whether what it has started outlives it.
    orphans: bool,
    next: u64,
    tasks: BTreeMap<u64, Task>,
}

/// A task; its work is absent while it is polled.
#[derive(Default)]
struct Task {
    work: Option<Work>,
    waker: Option<Waker>,
}

impl Process {
    pub(crate) fn new(world: Arc<World>, number: u32) -> Arc<Self> {
        let state = State { phase: Phase::Running, orphans: false, next: 0, tasks: BTreeMap::new() };
        Arc::new(Self { number, world, state: Mutex::new(state) })
    }

    pub(crate) fn leaves_orphans(&self) -> bool {
        self.lock().orphans
    }

    pub(crate) fn phase(&self) -> Phase {
        self.lock().phase
    }

    /// Makes some work stop and end with the process.
    pub(crate) fn bind(self: &Arc<Self>, work: Work) -> Work {
        let mut state = self.lock();
        let key = state.next;
        state.next += 1;
        state.tasks.insert(key, Task { work: Some(work), waker: None });
        Box::pin(Bound { process: self.clone(), key })
    }

    /// Does something in the process; `None` when it ended before.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, answer) = oneshot::channel();
        let bound = self.bind(Box::pin(async move {
            // Whoever asked may be gone.
            let _ = sender.send(work.await);
        }));
        self.world.spawn(bound);
        answer.await.ok()
    }

    pub(crate) fn freeze(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Running {
            state.phase = Phase::Frozen;
        }
    }

    pub(crate) fn thaw(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Frozen {
            state.phase = Phase::Running;
        }
        wake(state);
    }

    /// Ends the process: whatever its tasks were waiting for, they are gone. What it has started may outlive it.
    pub(crate) fn end(&self, orphans: bool) {
        let mut state = self.lock();
        state.phase = Phase::Dead;
        state.orphans = orphans;
        let works: Vec<Work> = state.tasks.values_mut().filter_map(|task| task.work.take()).collect();
        drop(state);
        drop(works);
        wake(self.lock());
    }

    /// Ends the process from within, once the task that calls it ends.
    pub(crate) fn exit(self: &Arc<Self>) {
        let process = self.clone();
        self.world.spawn(Box::pin(async move { process.end(false) }));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let wakers: Vec<Waker> = state.tasks.values_mut().filter_map(|task| task.waker.take()).collect();
    drop(state);
    wakers.into_iter().for_each(Waker::wake);
}

/// Work of a process.
struct Bound {
    process: Arc<Process>,
    key: u64,
}

impl Bound {
    /// The work, if it may go on now.
    fn take(&self, cx: &Context<'_>) -> Poll<Option<Work>> {
        let mut state = self.process.lock();
        let phase = state.phase;
        let Some(task) = state.tasks.get_mut(&self.key) else { return Poll::Ready(None) };
        if phase == Phase::Frozen {
            task.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(task.work.take().filter(|_| phase == Phase::Running))
    }
}

impl Future for Bound {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Poll::Ready(work) = self.take(cx) else { return Poll::Pending };
        let Some(mut work) = work else { return Poll::Ready(()) };
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        let polled = polled.unwrap_or_else(|_| {
            self.process.world.violation(format!("a task of process {} panicked", self.process.number));
            Poll::Ready(())
        });
        let mut state = self.process.lock();
        let dead = state.phase == Phase::Dead;
        if polled.is_pending()
            && !dead
            && let Some(task) = state.tasks.get_mut(&self.key)
        {
            *task = Task { work: Some(work), waker: Some(cx.waker().clone()) };
            return Poll::Pending;
        }
        drop(state);
        Poll::Ready(())
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        let task = self.process.lock().tasks.remove(&self.key);
        // Not under the lock: what is dropped may ask the process something.
        drop(task);
    }
}
