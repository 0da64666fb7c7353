//! The cluster of a simulation, its clients, and what they know: which calls were made and what was answered.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::run::LostDecision;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use service::{Error, OpCtx, Services};
use tokio::time::sleep;

use crate::host::{Host, Numbers};
use crate::rng::Rng;
use crate::workload::Workflow;
use crate::world::World;

/// All machines, and all that clients know.
pub(crate) struct Cluster {
    pub(crate) world: Arc<World>,
    pub(crate) hosts: Vec<Arc<Host>>,
    pub(crate) numbers: Numbers,
    book: Mutex<Book>,
}

/// What the clients have asked for and been answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    /// The workflows by id, with all versions that were asked for; the last ones may not have been saved.
    pub(crate) workflows: BTreeMap<i64, Vec<Workflow>>,
    /// The runs by idempotency key, once answered.
    pub(crate) keys: BTreeMap<String, Option<i64>>,
    /// What was wished of tasks: run, ordinal, and the epoch that the wish was about.
    pub(crate) wishes: BTreeMap<(i64, i32, i64), Vec<Wish>>,
    /// Runs that were asked to stop.
    pub(crate) stops: BTreeSet<i64>,
    /// Workflows that were asked to go with their runs.
    pub(crate) deleted: BTreeSet<i64>,
    /// Workflows that were asked to come back.
    pub(crate) restored: BTreeSet<i64>,
    /// How often a run was asked for something that makes a new generation.
    pub(crate) generations: BTreeMap<i64, i64>,
    /// Clients that are at work, by number.
    pub(crate) open: BTreeMap<u64, &'static str>,
    clients: u64,
}

/// What somebody wished of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Lost(LostDecision),
    Mark,
}

impl Cluster {
    pub(crate) fn new(world: &Arc<World>) -> Arc<Self> {
        let hosts = (0..world.climate.nodes).map(|index| Host::new(world, index)).collect();
        let (numbers, book) = (Numbers::default(), Mutex::default());
        Arc::new(Self { world: world.clone(), hosts, numbers, book })
    }

    /// What a simulation has left; no machine runs.
    pub(crate) fn copy(&self) -> Arc<Self> {
        let book = Mutex::new(self.book().clone());
        Arc::new(Self { world: self.world.copy(), hosts: Vec::new(), numbers: Numbers::default(), book })
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls a use case on some machine. `None` when there is none, or it died before it answered.
    pub(crate) async fn call<T, F>(&self, rng: &mut Rng, what: &str, call: F) -> Option<Result<T, Error>>
    where
        T: Send + 'static,
        F: FnOnce(Services, OpCtx) -> BoxFuture<'static, Result<T, Error>> + Send + 'static,
    {
        let serving: Vec<_> = self.hosts.iter().filter(|host| host.is_serving()).collect();
        if serving.is_empty() {
            return None;
        }
        let host = *rng.pick(&serving);
        let (process, services) = host.services()?;
        let ctx = OpCtx::system("simulation", services.clock().now_ms());
        let answer = process.run(async move { call(services, ctx).await }).await;
        match &answer {
            Some(Ok(_)) => self.world.note(format_args!("{}: {what}: done", host.name)),
            Some(Err(error)) => self.world.note(format_args!("{}: {what}: {error}", host.name)),
            None => self.world.note(format_args!("{}: {what}: no answer", host.name)),
        }
        answer
    }

    /// Lets a client do something in the background.
    pub(crate) fn client(self: &Arc<Self>, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let cluster = self.clone();
        let number = {
            let mut book = self.book();
            book.clients += 1;
            let number = book.clients;
            book.open.insert(number, name);
            number
        };
        self.world.spawn(Box::pin(async move {
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                cluster.world.violation(format!("client {number} ({name}) panicked"));
            }
            cluster.book().open.remove(&number);
        }));
    }

    /// A pause of a client before it asks again.
    pub(crate) async fn pause(rng: &mut Rng) {
        sleep(Duration::from_millis(rng.within(100, 2_000).unsigned_abs())).await;
    }
}
