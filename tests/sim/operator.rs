//! What operators do to runs and their tasks, and what an answer obliges to.

use std::sync::Arc;

use domain::id::{NodeId, RunId};
use domain::run::{LostDecision, Mark, RerunScope};
use domain::workflow::Priority;
use serde_json::Value;
use service::run::{Operated, Operation};

use crate::client::{number, ordinal};
use crate::cluster::{Cluster, Wish};
use crate::rng::Rng;

const OPEN: &str = "state NOT IN ('succeeded', 'failed', 'stopped', 'skipped')";

/// One of the rows that a query gives.
fn pick(cluster: &Cluster, rng: &mut Rng, sql: &str) -> Option<Value> {
    let rows = cluster.world.database.select(sql);
    (!rows.is_empty()).then(|| rng.pick(&rows).clone())
}

fn pick_run(cluster: &Cluster, rng: &mut Rng, condition: &str) -> Option<Value> {
    pick(cluster, rng, &format!("SELECT * FROM run WHERE {condition} ORDER BY id DESC LIMIT 12"))
}

fn pick_task(cluster: &Cluster, rng: &mut Rng, condition: &str) -> Option<Value> {
    pick(cluster, rng, &format!("SELECT * FROM task_run WHERE {condition} ORDER BY run_id DESC, ordinal LIMIT 30"))
}

/// Stops a run.
pub(crate) async fn stop(cluster: Arc<Cluster>, mut rng: Rng) {
    let Some(row) = pick_run(&cluster, &mut rng, OPEN) else { return };
    operate(&cluster, &mut rng, number(&row, "id"), Operation::Stop).await;
}

/// Has an ended run, or a part of any, done again.
pub(crate) async fn rerun(cluster: Arc<Cluster>, mut rng: Rng) {
    let which = if rng.percent(80.0) { "state IN ('succeeded', 'failed', 'stopped')" } else { OPEN };
    let Some(row) = pick_run(&cluster, &mut rng, which) else { return };
    let run = number(&row, "id");
    let of_plan = format!("SELECT name FROM task_run WHERE run_id = {run} AND parent IS NULL ORDER BY ordinal");
    let Some(task) = pick(&cluster, &mut rng, &of_plan) else { return };
    let name = task["name"].as_str().unwrap_or_default().to_owned();
    let scope = match rng.below(4) {
        0 => RerunScope::All,
        1 => RerunScope::From(name),
        2 => RerunScope::Only(name),
        _ => RerunScope::Failed,
    };
    operate(&cluster, &mut rng, run, Operation::Rerun(scope)).await;
}

/// Decides about a lost task.
pub(crate) async fn decide(cluster: Arc<Cluster>, mut rng: Rng) {
    let Some(task) = pick_task(&cluster, &mut rng, "state = 'lost'") else { return };
    let decision = *rng.pick(&[LostDecision::Retry, LostDecision::Fail, LostDecision::Succeed]);
    let operation = Operation::ResolveLost(ordinal(&task), decision);
    operate(&cluster, &mut rng, number(&task, "run_id"), operation).await;
}

/// Halts a run, or lets a halted one go on.
pub(crate) async fn pause(cluster: Arc<Cluster>, mut rng: Rng) {
    if rng.percent(50.0) {
        return resume(cluster, rng).await;
    }
    let Some(row) = pick_run(&cluster, &mut rng, "state IN ('running', 'waiting_approval')") else { return };
    operate(&cluster, &mut rng, number(&row, "id"), Operation::Pause).await;
}

/// Lets a halted run go on.
pub(crate) async fn resume(cluster: Arc<Cluster>, mut rng: Rng) {
    let Some(row) = pick_run(&cluster, &mut rng, "state = 'paused'") else { return };
    operate(&cluster, &mut rng, number(&row, "id"), Operation::Resume).await;
}

/// Keeps a task from starting, or lets a kept one start.
pub(crate) async fn hold(cluster: Arc<Cluster>, mut rng: Rng) {
    if rng.percent(50.0) {
        return release(cluster, rng).await;
    }
    let startable = "state IN ('pending', 'ready', 'retry_wait') AND held IS NOT TRUE";
    let Some(task) = pick_task(&cluster, &mut rng, startable) else { return };
    operate(&cluster, &mut rng, number(&task, "run_id"), Operation::Hold(ordinal(&task))).await;
}

/// Lets a kept task start.
pub(crate) async fn release(cluster: Arc<Cluster>, mut rng: Rng) {
    let Some(task) = pick_task(&cluster, &mut rng, "held IS TRUE") else { return };
    operate(&cluster, &mut rng, number(&task, "run_id"), Operation::Release(ordinal(&task))).await;
}

/// Lets a task count as done or as not needed.
pub(crate) async fn mark(cluster: Arc<Cluster>, mut rng: Rng) {
    let Some(task) = pick_task(&cluster, &mut rng, "state NOT IN ('succeeded', 'claimed', 'running')") else { return };
    let mark = if rng.percent(70.0) { Mark::Succeeded } else { Mark::Skipped };
    operate(&cluster, &mut rng, number(&task, "run_id"), Operation::Mark(ordinal(&task), mark)).await;
}

/// Gives a run another rank.
pub(crate) async fn rank(cluster: Arc<Cluster>, mut rng: Rng) {
    let Some(row) = pick_run(&cluster, &mut rng, OPEN) else { return };
    let priority = *rng.pick(&[Priority::Low, Priority::Normal, Priority::High, Priority::Urgent]);
    operate(&cluster, &mut rng, number(&row, "id"), Operation::SetPriority(priority)).await;
}

/// Takes a node out of work, or back.
pub(crate) async fn drain(cluster: Arc<Cluster>, mut rng: Rng) {
    if rng.percent(60.0) {
        return undrain(cluster, rng).await;
    }
    set_drain(&cluster, &mut rng, true).await;
}

/// Lets a drained node work again.
pub(crate) async fn undrain(cluster: Arc<Cluster>, mut rng: Rng) {
    set_drain(&cluster, &mut rng, false).await;
}

async fn set_drain(cluster: &Cluster, rng: &mut Rng, drains: bool) {
    let which = if drains { "NULL" } else { "NOT NULL" };
    let Some(node) = pick(cluster, rng, &format!("SELECT id FROM node WHERE drain_ms IS {which}")) else { return };
    let id = NodeId(number(&node, "id"));
    cluster
        .call(rng, if drains { "drain" } else { "undrain" }, move |services, ctx| {
            Box::pin(async move {
                match drains {
                    true => service::node::drain(&services, &ctx, id, "repairs").await,
                    false => service::node::resume(&services, &ctx, id, "repaired").await,
                }
            })
        })
        .await;
}

/// Does something to a run, once; what is answered must stand.
async fn operate(cluster: &Arc<Cluster>, rng: &mut Rng, run: i64, operation: Operation) {
    let tenant = cluster.world.database.tenant;
    let ordinal = match &operation {
        Operation::Hold(at) | Operation::Release(at) | Operation::Mark(at, _) | Operation::ResolveLost(at, _) => {
            Some(*at)
        }
        _ => None,
    };
    let before = ordinal.map(|ordinal| task_of(cluster, run, ordinal));
    let generation = number(&crate::client::run_of(cluster, run), "generation") as i32;
    note(cluster, run, &operation, before.as_ref());
    let what = format!("{operation:?} {run}");
    let wanted = operation.clone();
    let done = cluster
        .call(rng, &what, move |services, ctx| {
            let key = (tenant, RunId(run));
            Box::pin(async move { service::run::operate(&services, &ctx, key, &operation, "it has to be").await })
        })
        .await;
    let Some(Ok(done)) = done else { return };
    // What a rerun began is told; what was stopped may be done again before the answer is read.
    let generation = match &done {
        Operated::Done(done) if matches!(wanted, Operation::Rerun(_)) => done.run.generation,
        _ => generation,
    };
    let row = crate::client::run_of(cluster, run);
    let task = ordinal.map(|ordinal| task_of(cluster, run, ordinal));
    if !stands(&wanted, &row, generation, before.as_ref().zip(task.as_ref())) {
        cluster.world.violation(format!("{what} was acknowledged and does not stand: {row}, {task:?}"));
    }
}

/// Remembers what was asked for: whether it is done or not, it may be.
fn note(cluster: &Cluster, run: i64, operation: &Operation, task: Option<&Value>) {
    let mut book = cluster.book();
    let wish = match operation {
        Operation::Stop => {
            book.stops.insert(run);
            return;
        }
        Operation::Rerun(_) => {
            *book.generations.entry(run).or_default() += 1;
            return;
        }
        Operation::Mark(..) => {
            // A task that had ended is opened again under a new generation.
            *book.generations.entry(run).or_default() += 1;
            Wish::Mark
        }
        Operation::ResolveLost(_, decision) => Wish::Lost(*decision),
        _ => return,
    };
    if let Some(task) = task {
        book.wishes.entry((run, ordinal(task), number(task, "epoch"))).or_default().push(wish);
    }
}

/// Whether what was answered is so, or something later.
fn stands(operation: &Operation, run: &Value, generation: i32, task: Option<(&Value, &Value)>) -> bool {
    let ended = matches!(run["state"].as_str(), Some("succeeded" | "failed" | "stopped" | "skipped"));
    let later = number(run, "generation") > i64::from(generation);
    match operation {
        Operation::Stop => run["stop_requested"] != false || ended || later,
        Operation::Rerun(_) => number(run, "generation") >= i64::from(generation),
        Operation::ResolveLost(..) => task.is_none_or(|(before, now)| {
            now["state"] != "lost" || now["epoch"] != before["epoch"] || now["generation"] != before["generation"]
        }),
        // Others may have changed these since.
        _ => true,
    }
}

fn task_of(cluster: &Cluster, run: i64, ordinal: i32) -> Value {
    let sql = format!("SELECT * FROM task_run WHERE run_id = {run} AND ordinal = {ordinal}");
    cluster.world.database.select(&sql).remove(0)
}
