//! Nodes that share a database: who is there, taking one out of work, and the command line that does so.

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tests::client::Client;
use tests::firm::Firm;
use tests::server::{Options, Server, program};
use tests::{wait, work};

/// The nodes as somebody sees them, by name.
async fn nodes(client: &Client) -> Value {
    let query = "{ cluster { nodes { id name state appVersion address heldCount drain { by reason heeded } \
        pools { name slots busy } loops { name failures lastError } \
        held(first: 20) { run { id } task { name state } attempt pool since leaseUntil } } } }";
    let data = client.ask(query, json!({})).await.ok();
    let nodes = data["cluster"]["nodes"].as_array().expect("nodes").clone();
    nodes.into_iter().map(|node| (node["name"].as_str().unwrap_or_default().to_owned(), node)).collect()
}

async fn until(client: &Client, what: &str, wish: impl Fn(&Value) -> bool) -> Value {
    let found = wait::until_or(wait::PATIENCE, || async {
        let nodes = nodes(client).await;
        wish(&nodes).then_some(nodes)
    });
    match found.await {
        Some(nodes) => nodes,
        None => panic!("waited in vain for {what}: {:#}", nodes(client).await),
    }
}

/// Runs the program beside a server to its end.
fn almanac(arguments: &[&str]) -> Output {
    let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ALMANAC_"));
    let mut command = Command::new(program());
    for (name, _) in ours {
        command.env_remove(name);
    }
    command.args(arguments).output().expect("the program starts")
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// A script that ends when a file is there.
fn until_there(path: &std::path::Path) -> String {
    format!("until [ -e '{}' ]; do sleep 0.05; done", path.display())
}

#[tokio::test]
async fn the_command_line_takes_a_node_out_of_work_and_back() {
    let options = Options { settings: vec!["engine.node_name=n1".into()], ..Options::default() };
    let firm = Firm::start_with(options).await;
    let department = firm.department("ops", "Ops").await;
    let gate = firm.server.scratch().join("gate");
    let (first, second) = (until_there(&gate), "true".to_owned());
    let tasks: [(&str, &[&str], &str); 2] = [("first", &[], &first), ("second", &["first"], &second)];
    let workflow = work::create(&department.head, &department.project, &work::document("gated", &tasks)).await;
    let run = work::start(&department.head, &workflow, json!({})).await;
    work::until(&department.head, &run, "the task to run", |run| work::task(run, "first")["state"] == "RUNNING").await;

    let data = firm.server.data().to_string_lossy().into_owned();
    let node = |arguments: &[&str]| almanac(&[&["node", "--data-dir", &data], arguments].concat());
    let listed = node(&["list"]);
    let table = said(&listed);
    assert!(listed.status.success() && table.starts_with("NODE") && table.contains("\nn1"), "{table}");

    // It holds a task whose end nobody lets come.
    let drained = node(&["drain", "n1", "--reason", "new kernel", "--wait", "500ms"]);
    assert_eq!(drained.status.code(), Some(6), "{}", said(&drained));
    let seen = until(&firm.admin, "the node to drain", |nodes| nodes["n1"]["drain"]["heeded"] == true).await;
    assert_eq!((&seen["n1"]["state"], &seen["n1"]["heldCount"]), (&json!("DRAINING"), &json!(1)));
    assert_eq!((&seen["n1"]["drain"]["by"], &seen["n1"]["drain"]["reason"]), (&json!("cli"), &json!("new kernel")));
    let own = nodes(&department.head).await;
    assert_eq!(own["n1"]["held"][0]["task"]["name"], "first", "{own:#}");

    fs::write(&gate, "").expect("a file");
    let drained = node(&["-o", "json", "drain", "n1", "--reason", "again", "--wait", "60s"]);
    let told: Value = serde_json::from_slice(&drained.stdout).expect("JSON");
    assert!(drained.status.success() && told["empty"] == true && told["heldCount"] == 0, "{told:#}");
    let waiting = work::look(&department.head, &run).await;
    assert_eq!(work::task(&waiting, "second")["state"], "READY", "it was not handed over: {waiting:#}");

    let wrong = node(&["resume", "n2", "--reason", "done"]);
    assert_eq!(wrong.status.code(), Some(1), "{}", said(&wrong));
    let resumed = node(&["resume", "n1", "--reason", "done"]);
    assert!(resumed.status.success() && said(&resumed).contains("takes work again"), "{}", said(&resumed));
    assert_eq!(work::end(&department.head, &run).await["state"], "SUCCEEDED");
    let query = "{ auditEvents(tenant: \"tenant:0\", first: 5) { nodes { action actor reason } } }";
    let trail = firm.admin.ask(query, json!({})).await.ok()["auditEvents"]["nodes"].clone();
    let acts = |action: &str| trail.as_array().expect("events").iter().filter(|it| it["action"] == action).count();
    assert_eq!((acts("node.drain"), acts("node.resume")), (1, 1), "{trail:#}");
}

#[tokio::test]
async fn two_nodes_show_each_other_and_one_takes_over_from_the_other() {
    let Some(database) = postgres().await else { return };
    let options = |name: &str| Options {
        settings: vec![format!("engine.node_name={name}"), "engine.pools=default=2".into()],
        database: Some(database.clone()),
        ..Options::default()
    };
    let firm = Firm::start_with(options("n1")).await;
    let mut other = Server::start(options("n2")).await;
    let department = firm.department("pair", "Pair").await;
    let both = |nodes: &Value| ["n1", "n2"].iter().all(|name| nodes[name]["loops"].is_array());
    let seen = until(&firm.admin, "both nodes to tell", both).await;
    for name in ["n1", "n2"] {
        let node = &seen[name];
        assert_eq!((&node["state"], &node["pools"][0]["slots"]), (&json!("ACTIVE"), &json!(2)), "{node:#}");
        let heart = |it: &Value| it["name"] == "heartbeat" && it["failures"] == 0;
        assert!(node["loops"].as_array().expect("loops").iter().any(heart), "{node:#}");
    }
    assert_ne!(seen["n1"]["address"], seen["n2"]["address"]);

    let gate = firm.server.scratch().join("gate");
    let script = until_there(&gate);
    let names: Vec<String> = (0..8).map(|number| format!("t{number}")).collect();
    let tasks: Vec<(&str, &[&str], &str)> =
        names.iter().map(|name| (name.as_str(), &[][..], script.as_str())).collect();
    let workflow = work::create(&department.head, &department.project, &work::document("eight", &tasks)).await;
    let run = work::start(&department.head, &workflow, json!({})).await;
    let full = |nodes: &Value| nodes["n1"]["heldCount"] == 2 && nodes["n2"]["heldCount"] == 2;
    until(&firm.admin, "both nodes to be full", full).await;

    let drain = "mutation($input: DrainNodeInput!) { drainNode(input: $input) { status userErrors { message } } }";
    let input = json!({ "id": seen["n1"]["id"], "reason": "upgrade" });
    let done = firm.admin.ask(drain, json!({ "input": input })).await.ok();
    assert_eq!(done["drainNode"]["status"], "DRAINING");
    until(&firm.admin, "the first node to heed", |nodes| nodes["n1"]["drain"]["heeded"] == true).await;
    fs::write(&gate, "").expect("a file");
    let end = work::end(&department.head, &run).await;
    assert_eq!(end["state"], "SUCCEEDED", "{end:#}");
    let by = by_node(&department.head, &run).await;
    assert_eq!(by, [("n1".to_owned(), 2), ("n2".to_owned(), 6)], "the first one ended what it held and took no more");
    until(&firm.admin, "the first node to be empty", |nodes| nodes["n1"]["heldCount"] == 0).await;

    other.kill().await;
    let seen = until(&firm.admin, "the silence to be noticed", |nodes| nodes["n2"]["state"] == "SILENT").await;
    assert_eq!(seen["n1"]["state"], "DRAINING");
    other.restart().await;
    until(&firm.admin, "it to come back", |nodes| nodes["n2"]["state"] == "ACTIVE").await;
    assert!(other.stop().await.success());
    until(&firm.admin, "it to sign off", |nodes| nodes["n2"]["state"] == "GONE").await;
}

/// How many attempts of a run each node made.
async fn by_node(client: &Client, run: &str) -> Vec<(String, usize)> {
    let query = "query($id: ID!) { run(id: $id) { taskRuns(first: 50) { nodes { attempts { node } } } } }";
    let data = client.ask(query, json!({ "id": run })).await.ok();
    let mut counts = std::collections::BTreeMap::new();
    for task in data["run"]["taskRuns"]["nodes"].as_array().expect("tasks") {
        for attempt in task["attempts"].as_array().expect("attempts") {
            *counts.entry(attempt["node"].as_str().unwrap_or_default().to_owned()).or_insert(0) += 1;
        }
    }
    counts.into_iter().collect()
}

/// A new database on the PostgreSQL that the environment names; `None` when it names none.
#[expect(clippy::disallowed_methods, reason = "where the servers are is said to tests by the environment alone")]
async fn postgres() -> Option<String> {
    let url = std::env::var("ALMANAC_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty());
    let Some(url) = url else {
        eprintln!("not run: ALMANAC_TEST_POSTGRES_URL is not set");
        return None;
    };
    let name = format!("almanac_nodes_{}", std::process::id());
    for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        let made =
            tokio::process::Command::new("psql").args([&url, "-qc", &sql]).output().await.expect("psql is there");
        assert!(made.status.success(), "{}", said(&made));
    }
    let (server, _) = url.rsplit_once('/').expect("the URL names a database");
    Some(format!("{server}/{name}"))
}
