//! What a watching client is told, over WebSocket: nothing twice, nothing missing, also after a break.

use serde_json::{Value, json};
use tests::firm::Firm;
use tests::socket::{Said, Subscription};
use tests::{wait, work};

const RUN_CHANGED: &str = "subscription($id: ID!, $after: String) { runChanged(id: $id, after: $after) { \
    cursor run { state } taskRuns { name state } } }";
const LOG_TAIL: &str = "subscription($id: ID!, $after: String) { logTail(taskRun: $id, after: $after) { \
    lines { offset stream text } endCursor complete } }";

#[tokio::test]
async fn a_watcher_sees_the_run_turn_green_and_loses_nothing_at_a_break() {
    let firm = Firm::start().await;
    let department = firm.department("live", "Live").await;
    let gate = firm.server.scratch().join("gate");
    let waits = format!("until test -e '{}'; do sleep 0.05; done", gate.display());
    let tasks: [(&str, &[&str], &str); 3] =
        [("one", &[], "true"), ("two", &["one"], &waits), ("three", &["two"], "true")];
    let workflow = work::create(&department.head, &department.project, &work::document("watched", &tasks)).await;
    let run = work::start(&department.head, &workflow, json!({})).await;

    let mut seen = std::collections::BTreeMap::new();
    let mut watch = Subscription::start(&department.head, RUN_CHANGED, json!({ "id": run })).await;
    let mut cursor = Value::Null;
    while seen.get("two").map(String::as_str) != Some("RUNNING") {
        cursor = take(&watch.next().await, &mut seen);
    }
    // The line breaks, and much happens meanwhile.
    drop(watch);
    std::fs::write(gate, "").expect("a gate");
    work::end(&department.head, &run).await;

    let mut watch = Subscription::start(&department.head, RUN_CHANGED, json!({ "id": run, "after": cursor })).await;
    while seen.values().any(|state| state != "SUCCEEDED") || seen.len() < 3 {
        take(&watch.next().await, &mut seen);
    }
}

fn take(message: &Value, seen: &mut std::collections::BTreeMap<String, String>) -> Value {
    let change = &message["runChanged"];
    for task in change["taskRuns"].as_array().expect("tasks") {
        let text = |key: &str| task[key].as_str().expect("text").to_owned();
        seen.insert(text("name"), text("state"));
    }
    change["cursor"].clone()
}

#[tokio::test]
async fn a_log_is_read_while_it_is_written() {
    let firm = Firm::start().await;
    let department = firm.department("live", "Live").await;
    let gate = firm.server.scratch().join("gate");
    let script = format!(
        "echo first; until test -e '{}'; do sleep 0.05; done; for i in $(seq 2 500); do echo line $i; done; printf 'bad \\377 byte\\n'",
        gate.display()
    );
    let workflow =
        work::create(&department.head, &department.project, &work::document("logged", &[("talk", &[], &script)])).await;
    let run = work::start(&department.head, &workflow, json!({})).await;
    let running =
        work::until(&department.head, &run, "the task to run", |run| work::task(run, "talk")["state"] == "RUNNING")
            .await;
    let task = work::task(&running, "talk")["id"].clone();

    let mut tail = Subscription::start(&department.head, LOG_TAIL, json!({ "id": task })).await;
    let (mut lines, mut cursor) = (Vec::new(), Value::Null);
    while lines.is_empty() {
        cursor = read(&tail.next().await, &mut lines);
    }
    assert_eq!(lines, ["first"], "the first line is there while the task still runs");
    drop(tail);
    std::fs::write(gate, "").expect("a gate");

    let mut tail = Subscription::start(&department.head, LOG_TAIL, json!({ "id": task, "after": cursor })).await;
    loop {
        match tail.listen(wait::PATIENCE).await {
            Said::Data(data) => {
                read(&data, &mut lines);
                if data["logTail"]["complete"] == true {
                    break;
                }
            }
            other => panic!("{other:?} after {} lines", lines.len()),
        }
    }
    let expected: Vec<String> = std::iter::once("first".to_owned())
        .chain((2..=500).map(|i| format!("line {i}")))
        .chain(["bad \u{fffd} byte".to_owned()])
        .collect();
    assert_eq!(lines, expected, "each line once and in order, over the break");
    assert_eq!(tail.listen(wait::PATIENCE).await, Said::Complete);
}

fn read(message: &Value, lines: &mut Vec<String>) -> Value {
    let page = &message["logTail"];
    let stdout = page["lines"].as_array().expect("lines").iter().filter(|line| line["stream"] == "STDOUT");
    lines.extend(stdout.map(|line| line["text"].as_str().expect("text").to_owned()));
    page["endCursor"].clone()
}
