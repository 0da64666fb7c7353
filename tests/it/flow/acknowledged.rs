//! Power cuts in the midst of changes: whatever the API has acknowledged before a cut is there after it, once, and the
//! database file is sound. The server writes through to the disk (`synchronous=FULL`), so the cut may come at any time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::client::Client;
use tests::firm::Firm;
use tests::server::{Options, Server, program};
use tests::work;

const CUTS: u32 = 18;

/// Who changes things at once.
const CLIENTS: u32 = 6;

/// What the API has acknowledged so far.
#[derive(Default)]
struct Acknowledged {
    next: AtomicU32,
    /// Runs by the key under which they were asked for.
    runs: Mutex<BTreeMap<String, String>>,
    /// Versions of the edited workflow, with their notes.
    versions: Mutex<BTreeMap<u64, String>>,
    /// Ids of projects by their slugs.
    projects: Mutex<BTreeMap<String, String>>,
}

/// Where things are changed.
struct Place {
    client: Client,
    tenant: String,
    started: String,
    edited: String,
    said: Acknowledged,
}

impl Place {
    /// Changes things until the server is gone.
    async fn change(&self, client: u32) {
        loop {
            let number = self.said.next.fetch_add(1, Ordering::Relaxed);
            let done = match client % 3 {
                0 => self.start_run(number).await,
                1 => self.make_project(number).await,
                _ => self.edit(number).await,
            };
            if done.is_none() {
                return;
            }
        }
    }

    /// The data of an answer; `None` when none comes any more. A refusal is an answer.
    async fn ask(&self, query: &str, input: Value) -> Option<Value> {
        let asking = self.client.try_ask(query, json!({ "input": input }));
        tokio::time::timeout(Duration::from_secs(10), asking).await.ok()?.ok().map(|answer| answer.data)
    }

    async fn start_run(&self, number: u32) -> Option<()> {
        let key = format!("key {number}");
        let query =
            "mutation($input: StartRunInput!) { startRun(input: $input) { run { id } userErrors { code message } } }";
        let input = json!({ "workflow": self.started, "idempotencyKey": key });
        let data = self.ask(query, input).await?;
        if let Some(id) = data["startRun"]["run"]["id"].as_str() {
            lock(&self.said.runs).insert(key, id.to_owned());
        }
        Some(())
    }

    async fn make_project(&self, number: u32) -> Option<()> {
        let slug = format!("p{number}");
        let query = "mutation($input: CreateProjectInput!) { createProject(input: $input) { project { id } userErrors { code message } } }";
        let data = self.ask(query, json!({ "tenant": self.tenant, "slug": slug, "title": slug })).await?;
        if let Some(id) = data["createProject"]["project"]["id"].as_str() {
            lock(&self.said.projects).insert(slug, id.to_owned());
        }
        Some(())
    }

    /// Saves a version over the newest one that is known; whoever loses the race looks again.
    async fn edit(&self, number: u32) -> Option<()> {
        let read = "query($id: ID!) { workflow(id: $id) { currentVersion { number } } }";
        let asking = self.client.try_ask(read, json!({ "id": self.edited }));
        let found = tokio::time::timeout(Duration::from_secs(10), asking).await.ok()?.ok()?;
        let base = &found.data["workflow"]["currentVersion"]["number"];
        let (note, source) = (format!("edit {number}"), document("edited", number).to_string());
        let query = "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { \
            workflow { currentVersion { number note } } userErrors { code message } } }";
        let input = json!({ "id": self.edited, "baseVersion": base, "source": source, "note": note });
        let data = self.ask(query, input).await?;
        let version = &data["updateWorkflow"]["workflow"]["currentVersion"];
        // Another one may have been saved before the answer was made.
        if let Some(saved) = version["number"].as_u64().filter(|_| version["note"] == note.as_str()) {
            lock(&self.said.versions).insert(saved, note);
        }
        Some(())
    }

    /// What was acknowledged and is not there.
    async fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let (runs, projects) = (lock(&self.said.runs).clone(), lock(&self.said.projects).clone());
        let query =
            "mutation($input: StartRunInput!) { startRun(input: $input) { run { id } userErrors { code message } } }";
        for (key, id) in &runs {
            let input = json!({ "workflow": self.started, "idempotencyKey": key });
            let data = self.client.ask(query, json!({ "input": input })).await.ok();
            if data["startRun"]["run"]["id"] != id.as_str() {
                missing.push(format!("{key} gave {id} and gives {}", data["startRun"]["run"]["id"]));
            }
        }
        for (slug, id) in &projects {
            let data = self.client.ask("query($id: ID!) { project(id: $id) { slug } }", json!({ "id": id })).await.ok();
            if data["project"]["slug"] != slug.as_str() {
                missing.push(format!("project {slug} is {}", data["project"]));
            }
        }
        let versions = lock(&self.said.versions).clone();
        let query = "query($id: ID!, $number: Int!) { workflow(id: $id) { version(number: $number) { note } } }";
        for (number, note) in &versions {
            let data = self.client.ask(query, json!({ "id": self.edited, "number": number })).await.ok();
            if data["workflow"]["version"]["note"] != note.as_str() {
                missing.push(format!("version {number} was “{note}” and is {}", data["workflow"]["version"]));
            }
        }
        missing
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn document(name: &str, number: u32) -> Value {
    let mut document = work::document(name, &[]);
    document["metadata"]["title"] = json!(format!("number {number}"));
    document["spec"]["tasks"] = json!({ "only": { "type": "noop" } });
    document
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_power_cut() {
    let mut firm = Firm::start_with(Options::default()).await;
    let department = firm.department("cuts", "Cuts").await;
    let (client, project) = (department.head, department.project);
    let started = work::create(&client, &project, &document("started", 0)).await;
    let edited = work::create(&client, &project, &document("edited", 0)).await;
    let place = Place { client, tenant: department.tenant, started, edited, said: Acknowledged::default() };
    for cut in 0..CUTS {
        // Early and late cuts: a checkpoint, a growing file, a first commit.
        let after = Duration::from_millis(u64::from(40 + 97 * (cut % 7)));
        let working = join_all((0..CLIENTS).map(|number| place.change(number)));
        let kill = async {
            tokio::time::sleep(after).await;
            firm.server.kill().await;
        };
        tokio::join!(working, kill);
        firm.server.restart().await;
    }
    let counts = (lock(&place.said.runs).len(), lock(&place.said.projects).len(), lock(&place.said.versions).len());
    eprintln!("acknowledged over {CUTS} cuts: {counts:?} runs, projects and versions");
    assert!(counts.0 > 20 && counts.1 > 20 && counts.2 > 10, "{counts:?}");
    let missing = place.missing().await;
    assert!(missing.is_empty(), "{missing:#?}");
    firm.server.kill().await;
    assert_eq!(verify(&firm.server), "", "the file and the audit trail");
}

/// What is wrong with the data of a server that is not running.
fn verify(server: &Server) -> String {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
                  print('\\n'.join(row[0] for row in c.execute('PRAGMA integrity_check') if row[0] != 'ok'), end='')";
    let file = server.data().join("almanac.db");
    let mut check = std::process::Command::new("python3");
    let mut audit = std::process::Command::new(program());
    check.args(["-c", script]).arg(file);
    audit.args(["audit", "verify", "--data-dir"]).arg(server.data());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ALMANAC_")) {
        audit.env_remove(name);
    }
    let check = check.output().expect("python3 is there");
    let audit = audit.output().expect("the program starts");
    let mut said = [check.stdout, check.stderr].concat();
    if !audit.status.success() {
        said.extend([audit.stdout, audit.stderr].concat());
    }
    String::from_utf8_lossy(&said).into_owned()
}
