//! Whose turn it is when there are fewer workers than work.

use tokio::sync::Notify;

use super::*;
use crate::testing::Act;

/// Waits until the loop that fills free slots has looked at the queue `more` times from now on.
async fn looked(engine: &EngineHandle, more: u64) {
    let ticks = || engine.loops().get("workers").map_or(0, |status| status.ticks);
    let enough = ticks() + more;
    let looked = async {
        while ticks() < enough {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looked).await.expect("the loop goes on");
}

/// The one worker is busy with the first of a chain's tasks when somebody else's task comes: the chain's second is handed
/// on within the commit of the first, but not before what waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_does_not_keep_its_worker_from_others() {
    let lab = Lab::new().await;
    let other = lab.another().await;
    let chain = lab.workflow(&document("chain", "", &chain(3))).await;
    let single = other.workflow(&document("single", "", "    only: {type: noop}\n")).await;
    let (scripted, mut started) = Scripted::new();
    let gate = Arc::new(Notify::new());
    scripted.next("t0", Act::Until(gate.clone(), Box::new(Act::succeed())));
    let engine = lab.engine_with(1, Executors::default().with("noop", scripted)).await;
    let mut next = async || {
        let next = tokio::time::timeout(Duration::from_secs(30), started.recv()).await;
        next.expect("something starts").expect("runs").task
    };
    let first = lab.start(chain).await;
    assert_eq!(next().await, "t0");
    let second = other.start(single).await;
    looked(&engine, 2).await;
    gate.notify_one();
    assert_eq!([next().await, next().await, next().await], ["only", "t1", "t2"]);
    assert_eq!(lab.ended(first).await.state, "succeeded");
    assert_eq!(other.ended(second).await.state, "succeeded");
    engine.stop(Duration::from_secs(5)).await;
}

/// Four workers, and a burst of one department that fills them for long: the few tasks of another department begin
/// among the next ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_one_department_does_not_starve_another() {
    let lab = Lab::new().await;
    let other = lab.another().await;
    let large = lab.workflow(&document("large", "", &burst(200))).await;
    let small = other.workflow(&document("small", "", &burst(3).replace('t', "few").replace("fewype", "type"))).await;
    let (scripted, mut started) = Scripted::new();
    let gate = Arc::new(Notify::new());
    for task in 0..200 {
        scripted.next(&format!("t{task}"), Act::Until(gate.clone(), Box::new(Act::succeed())));
    }
    let engine = lab.engine_with(4, Executors::default().with("noop", scripted)).await;
    let mut next = async || {
        let next = tokio::time::timeout(Duration::from_secs(30), started.recv()).await;
        next.expect("something starts").expect("runs").task
    };
    let first = lab.start(large).await;
    for _ in 0..4 {
        assert!(next().await.starts_with('t'));
    }
    let second = other.start(small).await;
    let mut begun = Vec::new();
    while begun.iter().filter(|task: &&String| task.starts_with("few")).count() < 3 {
        gate.notify_one();
        begun.push(next().await);
        assert!(begun.len() < 12, "{begun:?}");
    }
    assert_eq!(other.ended(second).await.state, "succeeded");
    let open = lab.services.clone();
    service::run::stop(&open, &lab.ctx(), lab.tenant, first, "enough").await.expect("stops");
    assert_eq!(lab.ended(first).await.state, "stopped");
    engine.stop(Duration::from_secs(5)).await;
}
