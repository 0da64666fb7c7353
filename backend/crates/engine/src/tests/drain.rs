//! A drained node takes nothing new, neither from the queue nor from the group commit, and ends what it holds.

use std::sync::Arc;
use std::time::Duration;

use domain::id::NodeId;
use service::node::{Node, State};
use tokio::sync::Notify;

use super::{Lab, document};
use crate::EngineHandle;
use crate::executor::{Executors, Invocation};
use crate::testing::{Act, Scripted};

impl Lab {
    async fn told(&self, name: &str) -> Node {
        service::node::find(&self.services, &self.ctx(), name).await.expect("a node")
    }

    async fn drain(&self, name: &str) {
        let id = NodeId(self.told(name).await.id);
        let done = service::node::drain(&self.services, &self.ctx(), id, "a test").await.expect("drains");
        assert!(done.changed);
        // The heartbeat was woken and beats twice: it hears, and says that it has.
        self.until(name, |node| node.heeds_drain).await;
    }

    /// Looks at a node until it is as wished; its heartbeat is woken each time.
    async fn until(&self, name: &str, wish: impl Fn(&Node) -> bool) -> Node {
        let looks = async {
            loop {
                let node = self.told(name).await;
                if wish(&node) {
                    return node;
                }
                self.services.hints().stops.notify_one();
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), looks).await.expect("the node becomes so")
    }
}

fn held(node: &Node) -> u64 {
    node.inside.as_ref().map_or(0, |inside| inside.held)
}

struct Shop {
    engine: EngineHandle,
    scripted: Arc<Scripted>,
    started: tokio::sync::mpsc::UnboundedReceiver<Invocation>,
}

impl Shop {
    async fn open(lab: &Lab, name: &str) -> Self {
        let (scripted, started) = Scripted::new();
        let executors = Executors::default().with("noop", scripted.clone());
        Self { engine: lab.node(name, 4, executors).await, scripted, started }
    }

    async fn next(&mut self) -> String {
        let begun = tokio::time::timeout(Duration::from_secs(30), self.started.recv()).await;
        begun.expect("an attempt begins").expect("an attempt").task
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drained_node_ends_what_it_holds_and_takes_nothing() {
    let lab = Lab::new().await;
    let mut one = Shop::open(&lab, "n1").await;
    let gate = Arc::new(Notify::new());
    one.scripted.next("first", Act::Until(gate.clone(), Box::new(Act::succeed())));
    let tasks = "    first: {type: noop}\n    second: {type: noop, needs: [first]}\n";
    let chain = lab.workflow(&document("chain", "", tasks)).await;
    let run = lab.start(chain).await;
    assert_eq!(one.next().await, "first");

    lab.drain("n1").await;
    let node = lab.told("n1").await;
    assert_eq!((node.state, held(&node)), (State::Draining, 1), "it holds what it has taken");
    // From the queue: another run waits, whatever wakes the workers.
    let other = lab.workflow(&document("other", "", "    only: {type: noop}\n")).await;
    let waiting = lab.start(other).await;
    lab.services.hints().jobs.notify_one();
    // By the group commit: the end of the first task would hand the second one over to a free slot here.
    gate.notify_one();
    let node = lab.until("n1", |node| held(node) == 0).await;
    assert_eq!(node.state, State::Draining);
    assert_eq!(one.engine.pools()[0].busy, 0);
    assert!(one.started.try_recv().is_err(), "nothing else began");

    // Another node takes over; loops that are no workers go on everywhere.
    let mut two = Shop::open(&lab, "n2").await;
    let begun = [two.next().await, two.next().await];
    assert!(begun.contains(&"second".to_owned()) && begun.contains(&"only".to_owned()), "{begun:?}");
    for run in [run, waiting] {
        assert_eq!(lab.ended(run).await.state, "succeeded");
    }
    assert!(one.started.try_recv().is_err());
    one.engine.stop(Duration::from_secs(5)).await;
    two.engine.stop(Duration::from_secs(5)).await;
    assert_eq!(lab.told("n2").await.state, State::Gone);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_holds_over_a_restart_until_the_node_resumes() {
    let lab = Lab::new().await;
    let one = Shop::open(&lab, "n1").await;
    lab.drain("n1").await;
    one.engine.stop(Duration::from_secs(5)).await;
    let mut again = Shop::open(&lab, "n1").await;
    let workflow = lab.workflow(&document("one", "", "    only: {type: noop}\n")).await;
    let run = lab.start(workflow).await;
    lab.until("n1", |node| node.heeds_drain && node.inside.as_ref().is_some_and(|it| it.status.is_some())).await;
    assert!(again.started.try_recv().is_err(), "not one task slips in");

    let id = NodeId(lab.told("n1").await.id);
    service::node::resume(&lab.services, &lab.ctx(), id, "a test").await.expect("resumes");
    assert_eq!(again.next().await, "only");
    assert_eq!(lab.ended(run).await.state, "succeeded");
    let node = lab.until("n1", |node| node.state == State::Active).await;
    assert_eq!(node.drain, None);
    again.engine.stop(Duration::from_secs(5)).await;
}

/// A stop of the process is no wish of a person: it leaves nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_tells_how_it_is_doing_and_comes_back_active() {
    let lab = Lab::new().await;
    let one = Shop::open(&lab, "n1").await;
    let told = lab.until("n1", |node| node.inside.as_ref().is_some_and(|it| it.status.is_some())).await;
    let status = told.inside.expect("the platform's").status.expect("told");
    assert_eq!((status.lease_ms, status.running), (15_000, 0));
    assert!(status.loops.iter().any(|it| it.name == "heartbeat" && it.period_ms == 2_500), "{:?}", status.loops);
    assert_eq!((told.pools[0].name.as_str(), told.pools[0].slots), ("default", 4));
    one.engine.stop(Duration::from_secs(5)).await;
    assert_eq!(lab.told("n1").await.state, State::Gone);
    let again = Shop::open(&lab, "n1").await;
    assert_eq!(lab.told("n1").await.state, State::Active);
    again.engine.stop(Duration::from_secs(5)).await;
}
