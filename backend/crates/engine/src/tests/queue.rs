//! Whose turn it is when there are fewer workers than work.

use std::collections::BTreeSet;

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

async fn stop(lab: &Lab, run: RunId) {
    let stop = service::run::Operation::Stop;
    service::run::operate(&lab.services, &lab.ctx(), (lab.tenant, run), &stop, "enough").await.expect("stops");
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
    let full = Reason::PoolFull { pool: "default".into(), slots: 1, busy: 1, ahead: 0 };
    let told = async {
        // The node tells of its pools with its heartbeat, which a stop wakes.
        while waits_for(&other, second, "only").await != [full.clone()] {
            lab.services.hints().stops.notify_one();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told).await.expect("it says that the pool is full");
    gate.notify_one();
    assert_eq!([next().await, next().await, next().await], ["only", "t1", "t2"]);
    assert_eq!(lab.ended(first).await.state, "succeeded");
    assert_eq!(other.ended(second).await.state, "succeeded");
    engine.stop(Duration::from_secs(5)).await;
    let third = other.start(single).await;
    assert_eq!(waits_for(&other, third, "only").await, [Reason::NoWorker { pool: "default".into() }]);
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
    stop(&lab, first).await;
    assert_eq!(lab.ended(first).await.state, "stopped");
    engine.stop(Duration::from_secs(5)).await;
}

/// What a task waits for now.
async fn waits_for(lab: &Lab, run: RunId, task: &str) -> Vec<Reason> {
    let page = service::run::tasks(&lab.services, &lab.ctx(), lab.tenant, run, None, 500).await.expect("reads");
    let row = page.items.iter().find(|row| row.name == task).expect("the task");
    service::run::waiting_reasons(&lab.services, &lab.ctx(), row).await.expect("reads")
}

async fn used(lab: &Lab, name: &str) -> (u64, u64) {
    let limits = service::limit::list(&lab.services, &lab.ctx(), lab.tenant).await.expect("reads");
    let usage = limits.iter().find(|usage| usage.row.name == name).expect("the limit");
    (usage.used, usage.waiting)
}

async fn make_limit(lab: &Lab, name: &str, slots: u32) {
    let new = service::limit::NewLimit { tenant: lab.tenant, name: name.into(), slots, note: None };
    service::limit::create(&lab.services, &lab.ctx(), new).await.expect("a limit");
}

/// Tasks `t0`, `t1` … that wait for the test, each at a gate of its own.
fn gates(scripted: &Scripted, tasks: usize) -> Vec<Arc<Notify>> {
    let gates: Vec<Arc<Notify>> = (0..tasks).map(|_| Arc::default()).collect();
    for (task, gate) in gates.iter().enumerate() {
        scripted.next(&format!("t{task}"), Act::Until(gate.clone(), Box::new(Act::succeed())));
    }
    gates
}

/// Six workers and a limit of two slots: two tasks run, the others say for what they wait, and each end lets the next
/// one begin. Whoever stops the run gets all slots back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_share_the_slots_of_a_limit() {
    let lab = Lab::new().await;
    make_limit(&lab, "mart", 2).await;
    let tasks: String =
        (0..6).map(|n| format!("    t{n}: {{type: shell, script: load, limits: {{mart: 1}}}}\n")).collect();
    let workflow = lab.workflow(&document("loads", "", &tasks)).await;
    let (scripted, mut started) = Scripted::new();
    let gates = gates(&scripted, 6);
    let engine = lab.engine_with(6, Executors::default().with("shell", scripted)).await;
    let mut next = async || {
        let next = tokio::time::timeout(Duration::from_secs(30), started.recv()).await;
        next.expect("something starts").expect("runs").task
    };
    let run = lab.start(workflow).await;
    assert_eq!(BTreeSet::from([next().await, next().await]), BTreeSet::from(["t0".to_owned(), "t1".to_owned()]));
    while used(&lab, "mart").await != (2, 4) {
        tokio::task::yield_now().await;
    }
    let full = |ahead| Reason::WaitsForLimit { name: "mart".into(), slots: 2, used: 2, weight: 1, ahead };
    let waiting = waits_for(&lab, run, "t5").await;
    assert!(matches!(waiting.as_slice(), [Reason::WaitsForLimit { slots: 2, used: 2, weight: 1, .. }]), "{waiting:?}");
    assert_eq!(waits_for(&lab, run, "t2").await, [full(0)]);
    gates[0].notify_one();
    assert_eq!(next().await, "t2");
    let change = service::limit::Change { slots: Some(3), ..Default::default() };
    let key = (lab.tenant, "mart");
    service::limit::update(&lab.services, &lab.ctx(), key, change, "more licences").await.expect("changes");
    assert_eq!(next().await, "t3");
    service::limit::delete(&lab.services, &lab.ctx(), key, "not needed").await.expect("deletes");
    gates[1].notify_one();
    // What waited looks anew and finds no limit.
    while waits_for(&lab, run, "t5").await != [Reason::LimitMissing { name: "mart".into() }] {
        tokio::task::yield_now().await;
    }
    stop(&lab, run).await;
    assert_eq!(lab.ended(run).await.state, "stopped");
    make_limit(&lab, "mart", 1).await;
    assert_eq!(used(&lab, "mart").await, (0, 0));
    engine.stop(Duration::from_secs(5)).await;
}

/// Six workers, of which a department may use two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_leaves_workers_to_others() {
    let lab = Lab::new().await;
    let other = lab.another().await;
    let workflow = lab.workflow(&document("burst", "", &burst(4))).await;
    let single = other.workflow(&document("single", "", "    only: {type: noop}\n")).await;
    let share = service::tenant::Share { weight: 1, max_running_tasks: Some(2), tenant: lab.tenant };
    service::tenant::set_share(&lab.services, &lab.ctx(), share, "a test").await.expect("a quota");
    let (scripted, mut started) = Scripted::new();
    let gates = gates(&scripted, 4);
    let engine = lab.engine_with(6, Executors::default().with("noop", scripted)).await;
    let mut next = async || {
        let next = tokio::time::timeout(Duration::from_secs(30), started.recv()).await;
        next.expect("something starts").expect("runs").task
    };
    let run = lab.start(workflow).await;
    assert_eq!(BTreeSet::from([next().await, next().await]), BTreeSet::from(["t0".to_owned(), "t1".to_owned()]));
    looked(&engine, 2).await;
    let waiting = waits_for(&lab, run, "t3").await;
    assert_eq!(waiting[0], Reason::WaitsForQuota { max: 2, running: 2 });
    let second = other.start(single).await;
    assert_eq!(next().await, "only");
    assert_eq!(other.ended(second).await.state, "succeeded");
    for (ended, task) in ["t2", "t3"].into_iter().enumerate() {
        gates[ended].notify_one();
        assert_eq!(next().await, task);
    }
    gates.iter().for_each(|gate| gate.notify_one());
    assert_eq!(lab.ended(run).await.state, "succeeded");
    engine.stop(Duration::from_secs(5)).await;
}
