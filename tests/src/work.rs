//! Workflows and runs: documents to try, and what one does with them as a developer or an operator.

use serde_json::{Value, json};

use crate::client::Client;
use crate::wait;

/// Everything that a test asks about a run.
const RUN: &str = "id state generation reason taskTotal taskSucceeded taskFailed cursor \
    taskRuns(first: 200) { nodes { id ordinal name state attempt exitCode reason outputs } }";

/// States in which a run has ended.
const FINAL: [&str; 4] = ["SUCCEEDED", "FAILED", "STOPPED", "SKIPPED"];

/// A document of shell tasks, each given as (name, what it needs, script).
#[must_use]
pub fn document(name: &str, tasks: &[(&str, &[&str], &str)]) -> Value {
    let tasks: serde_json::Map<String, Value> = tasks
        .iter()
        .map(|(task, needs, script)| ((*task).to_owned(), json!({ "type": "shell", "needs": needs, "script": script })))
        .collect();
    json!({
        "apiVersion": "almanac/v1", "kind": "Workflow", "metadata": { "name": name },
        "spec": { "tasks": tasks },
    })
}

/// Saves a new workflow; gives its id.
pub async fn create(client: &Client, project: &str, document: &Value) -> String {
    // JSON is YAML, so the document needs no other form.
    let source = serde_json::to_string_pretty(document).expect("JSON");
    let query = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { \
        workflow { id } problems { path line message } userErrors { code message } } }";
    let data = client.ask(query, json!({ "input": { "project": project, "source": source } })).await.ok();
    data["createWorkflow"]["workflow"]["id"].as_str().expect("an id").to_owned()
}

/// Starts a run; gives its id.
pub async fn start(client: &Client, workflow: &str, input: Value) -> String {
    let query =
        "mutation($input: StartRunInput!) { startRun(input: $input) { run { id } userErrors { code message } } }";
    let mut whole = json!({ "workflow": workflow });
    for (key, value) in input.as_object().into_iter().flatten() {
        whole[key] = value.clone();
    }
    let data = client.ask(query, json!({ "input": whole })).await.ok();
    data["startRun"]["run"]["id"].as_str().expect("an id").to_owned()
}

/// A run with its tasks as it is now.
pub async fn look(client: &Client, run: &str) -> Value {
    let query = format!("query($id: ID!) {{ run(id: $id) {{ {RUN} }} }}");
    client.ask(&query, json!({ "id": run })).await.ok()["run"].clone()
}

/// Waits until a run has ended and gives its end.
pub async fn end(client: &Client, run: &str) -> Value {
    until(client, run, "the run to end", |run| FINAL.contains(&run["state"].as_str().unwrap_or_default())).await
}

/// Waits until a run is as wished.
///
/// # Panics
/// When it does not become so; the run is printed.
pub async fn until(client: &Client, run: &str, what: &str, wish: impl Fn(&Value) -> bool) -> Value {
    let found = wait::until_or(wait::PATIENCE, || async {
        let run = look(client, run).await;
        wish(&run).then_some(run)
    });
    match found.await {
        Some(run) => run,
        None => panic!("waited in vain for {what}: {:#}", look(client, run).await),
    }
}

/// Pairs of task name and state, in the order of the document.
#[must_use]
pub fn states(run: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    tasks(run).iter().map(|task| (text(&task["name"]), text(&task["state"]))).collect()
}

/// The task runs of a run.
///
/// # Panics
/// When the run was asked without them.
#[must_use]
pub fn tasks(run: &Value) -> &[Value] {
    run["taskRuns"]["nodes"].as_array().expect("the run was asked with its tasks")
}

/// The task run of a name.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn task<'run>(run: &'run Value, name: &str) -> &'run Value {
    tasks(run).iter().find(|task| task["name"] == name).unwrap_or_else(|| panic!("no task {name} in {run:#}"))
}

/// The log of a task's newest attempt: stream and text of each line.
pub async fn log(client: &Client, task_run: &Value) -> Vec<(String, String)> {
    let query = "query($id: ID!, $after: String) { taskRun(id: $id) { log(first: 200, after: $after) { \
        lines { stream text } endCursor complete } } }";
    let (mut lines, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = client.ask(query, json!({ "id": task_run["id"], "after": after })).await.ok();
        let page = &data["taskRun"]["log"];
        let found = page["lines"].as_array().expect("lines");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        lines.extend(found.iter().map(|line| (text(&line["stream"]), text(&line["text"]))));
        if found.is_empty() || page["complete"] == true {
            return lines;
        }
        after = page["endCursor"].clone();
    }
}
