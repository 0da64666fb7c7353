//! The workloads, and the same work without the product.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use tests::client::Client;
use tests::{wait, work};

use crate::measure::{Bench, busy_ms, quantile};

/// Slots of the default pool.
const SLOTS: usize = 8;

/// B1: one run of a thousand independent `true` against the bare rate of starting the same shell at the same width.
pub(crate) async fn burst(bench: &Bench) {
    const TASKS: usize = 1_000;
    let tasks: serde_json::Map<String, Value> =
        (0..TASKS).map(|number| (format!("t{number}"), json!({ "type": "shell", "script": "true" }))).collect();
    let workflow = create(bench, "burst", &tasks).await;
    let (mut rates, mut ratios, mut costs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        let bare = bare_rate(TASKS);
        let (begun, busy) = (Instant::now(), busy_ms());
        finish(&bench.department.head, &[work::start(&bench.department.head, &workflow, json!({})).await]).await;
        let rate = per_second(TASKS, begun);
        costs.push((busy_ms() - busy) / count(TASKS));
        rates.push(rate);
        ratios.push(rate / bare);
    }
    bench.tell("burst", "task runs/s", TASKS, rates);
    bench.tell("burst", "ratio to bare fork/exec", TASKS, ratios);
    bench.tell("burst", "CPU ms/task run", TASKS, costs);
}

/// B2: many runs of no-op tasks; what the engine and the database can do when the work itself is nothing.
pub(crate) async fn noop(bench: &Bench) {
    const RUNS: usize = 500;
    const TASKS: usize = 100;
    let tasks: serde_json::Map<String, Value> =
        (0..TASKS).map(|number| (format!("t{number}"), json!({ "type": "noop" }))).collect();
    let workflow = &create(bench, "noop", &tasks).await;
    let head = &bench.department.head;
    let (mut rates, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        let (begun, busy) = (Instant::now(), busy_ms());
        let starters = (0..SLOTS).map(|_| async move {
            let mut runs = Vec::new();
            for _ in 0..RUNS.div_ceil(SLOTS) {
                runs.push(work::start(head, workflow, json!({})).await);
            }
            runs
        });
        let runs = futures_util::future::join_all(starters).await.concat();
        finish(head, &runs).await;
        let total = runs.len() * TASKS;
        rates.push(per_second(total, begun));
        costs.push((busy_ms() - busy) / count(total));
    }
    bench.tell("noop", "task runs/s", RUNS * TASKS, rates);
    bench.tell("noop", "CPU ms/task run", RUNS * TASKS, costs);
}

/// B3: a chain of no-op tasks; the gap between the end of one and the start of the next, as the product records it.
pub(crate) async fn chain(bench: &Bench) {
    const TASKS: usize = 200;
    let tasks: serde_json::Map<String, Value> = (0..TASKS)
        .map(|number| {
            let needs = if number == 0 { json!([]) } else { json!([format!("t{:03}", number - 1)]) };
            (format!("t{number:03}"), json!({ "type": "noop", "needs": needs }))
        })
        .collect();
    let workflow = create(bench, "chain", &tasks).await;
    let head = &bench.department.head;
    let (mut middle, mut tail, mut costs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        let busy = busy_ms();
        let run = work::start(head, &workflow, json!({})).await;
        finish(head, std::slice::from_ref(&run)).await;
        costs.push((busy_ms() - busy) / count(TASKS));
        let gaps = gaps(head, &run).await;
        middle.push(quantile(&gaps, 0.5));
        tail.push(quantile(&gaps, 0.99));
    }
    bench.tell("chain", "ms gap p50", TASKS, middle);
    bench.tell("chain", "ms gap p99", TASKS, tail);
    bench.tell("chain", "CPU ms/task run", TASKS, costs);
}

async fn create(bench: &Bench, name: &str, tasks: &serde_json::Map<String, Value>) -> String {
    let document = json!({
        "apiVersion": "almanac/v1", "kind": "Workflow", "metadata": { "name": name }, "spec": { "tasks": tasks },
    });
    work::create(&bench.department.head, &bench.department.project, &document).await
}

/// Waits until all runs have ended well.
async fn finish(client: &Client, runs: &[String]) {
    const AT_ONCE: usize = 100;
    for some in runs.chunks(AT_ONCE) {
        wait::until_or(wait::PATIENCE * 10, || async {
            let data = client
                .ask("query($ids: [ID!]!) { nodes(ids: $ids) { ... on Run { state } } }", json!({ "ids": some }))
                .await
                .ok();
            let states = data["nodes"].as_array().expect("runs");
            assert!(states.iter().all(|it| it["state"] != "FAILED"), "a run failed");
            states.iter().all(|it| it["state"] == "SUCCEEDED").then_some(())
        })
        .await
        .expect("the runs end");
    }
}

/// Milliseconds between the end of each task of a chain and the start of the next.
async fn gaps(client: &Client, run: &str) -> Vec<f64> {
    let query = "query($id: ID!) { run(id: $id) { taskRuns(first: 200) { nodes { startedAt finishedAt } } } }";
    let data = client.ask(query, json!({ "id": run })).await.ok();
    let tasks = data["run"]["taskRuns"]["nodes"].as_array().expect("tasks").clone();
    tasks.windows(2).map(|two| millis(&two[1]["startedAt"]) - millis(&two[0]["finishedAt"])).collect()
}

/// The milliseconds of an RFC 3339 instant within its day: enough for a difference, but at midnight.
fn millis(instant: &Value) -> f64 {
    let text = instant.as_str().expect("an instant");
    let time = text.split_once('T').expect("a time").1.trim_end_matches("+00:00").trim_end_matches('Z');
    time.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().expect("a number")) * 1000.0
}

/// How many shells that run `true` a second this machine starts, as many at once as the product has slots.
fn bare_rate(total: usize) -> f64 {
    let left = AtomicUsize::new(total);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..SLOTS {
            scope.spawn(|| {
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                    let mut shell = Command::new("/bin/bash");
                    shell.args(["-c", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                    assert!(shell.status().expect("a shell starts").success());
                }
            });
        }
    });
    per_second(total, begun)
}

fn per_second(total: usize, begun: Instant) -> f64 {
    count(total) / begun.elapsed().as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn count(total: usize) -> f64 {
    total as f64
}
