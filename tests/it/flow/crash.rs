//! Power cuts: the server is killed in the middle of a large run, three times, and started again.
//!
//! Each task leaves its trace outside of the server: a line in a file when it begins and one when it ends. So what the
//! server says afterwards can be compared with what really happened.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::firm::Firm;
use tests::server::Options;
use tests::{wait, work};

const TASKS: usize = 200;

/// Every other task may be run again when its worker is lost; the rest wait for a person.
fn policy(number: usize) -> &'static str {
    if number.is_multiple_of(2) { "retry" } else { "hold" }
}

fn name(number: usize) -> String {
    format!("task_{number:03}")
}

fn document(traces: &Path) -> Value {
    let tasks: serde_json::Map<String, Value> = (0..TASKS)
        .map(|number| {
            let name = name(number);
            // Four levels of fifty: some tasks are still waiting for others at every cut.
            let needs = if number < 50 { json!([]) } else { json!([self::name(number - 50)]) };
            let script = format!(
                "cd '{}'; echo begin $ALMANAC_ATTEMPT >> {name}; sleep 0.1; echo end >> {name}",
                traces.display()
            );
            (name, json!({ "type": "shell", "needs": needs, "on_lost": policy(number), "script": script }))
        })
        .collect();
    json!({ "apiVersion": "almanac/v1", "kind": "Workflow", "metadata": { "name": "many" }, "spec": { "tasks": tasks } })
}

/// How often each task began, by the traces.
fn begun(traces: &Path) -> BTreeMap<String, usize> {
    let files = fs::read_dir(traces).expect("the folder of traces");
    let count = |text: String| text.lines().filter(|line| line.starts_with("begin")).count();
    files
        .map(|file| file.expect("a trace"))
        .map(|file| {
            (file.file_name().into_string().expect("UTF-8"), count(fs::read_to_string(file.path()).expect("text")))
        })
        .collect()
}

#[tokio::test]
async fn no_task_is_lost_or_run_twice_when_the_power_fails() {
    let options = Options { settings: vec!["engine.pools=default=8".into()], ..Options::default() };
    let mut firm = Firm::start_with(options).await;
    let department = firm.department("power", "Power").await;
    let operator = &department.head;
    let traces = firm.server.scratch().join("traces");
    fs::create_dir(&traces).expect("a folder for traces");
    let workflow = work::create(operator, &department.project, &document(&traces)).await;
    let run = work::start(operator, &workflow, json!({})).await;

    let mut acknowledged = Vec::new();
    for cut in 1..=3 {
        let enough = TASKS / 5 * cut;
        wait::until("a part of the tasks to begin", || async { (begun(&traces).len() >= enough).then_some(()) }).await;
        acknowledged = succeeded(&work::look(operator, &run).await);
        firm.server.kill().await;
        firm.server.restart().await;
    }
    // Access tokens are signed with a key that outlives the server, so the same client goes on.
    decide_held_tasks(operator, &run).await;
    let end = work::end(operator, &run).await;

    assert_eq!(work::tasks(&end).len(), TASKS, "every task is accounted for");
    assert_eq!(end["state"], "SUCCEEDED", "{end:#}");
    let begun = begun(&traces);
    for (number, task) in work::tasks(&end).iter().enumerate() {
        let (name, times) = (name(number), begun.get(&name(number)).copied().unwrap_or_default());
        let attempts = usize::try_from(task["attempt"].as_u64().expect("a number")).expect("small");
        assert_eq!(task["state"], "SUCCEEDED", "{name}");
        assert!(times <= attempts, "{name} began {times} times in {attempts} attempts");
        if policy(number) == "hold" {
            assert!(times <= 1, "{name} must never run twice by itself, and began {times} times");
        }
    }
    for (name, attempt) in acknowledged {
        assert_eq!(
            work::task(&end, &name)["attempt"],
            attempt,
            "{name} was reported done before the cut and ran again"
        );
    }
}

/// Names and attempts of the tasks that the API calls done.
fn succeeded(run: &Value) -> Vec<(String, Value)> {
    let done = work::tasks(run).iter().filter(|task| task["state"] == "SUCCEEDED");
    done.map(|task| (task["name"].as_str().expect("a name").to_owned(), task["attempt"].clone())).collect()
}

/// Vouches for each task that waits for a person, until none is left and the run has ended.
async fn decide_held_tasks(operator: &tests::client::Client, run: &str) {
    let query =
        "mutation($input: ResolveLostTaskInput!) { resolveLostTask(input: $input) { userErrors { code message } } }";
    loop {
        let now = work::until(operator, run, "a held task or the end", |run| {
            run["state"] == "SUCCEEDED" || work::tasks(run).iter().any(|task| task["state"] == "LOST")
        })
        .await;
        let held: Vec<&Value> = work::tasks(&now).iter().filter(|task| task["state"] == "LOST").collect();
        if held.is_empty() {
            return;
        }
        for task in held {
            let input =
                json!({ "taskRun": task["id"], "decision": "SUCCEED", "reason": "seen in the files that it wrote" });
            operator.ask(query, json!({ "input": input })).await.ok();
        }
    }
}
