//! What the cluster is given to do.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Answer, Client};
use crate::cluster::Cluster;
use crate::cluster::database::Database;
use crate::{wait, work};

/// Seconds between two instants of the schedule.
pub const EVERY_SECS: i64 = 3;

/// A server that is frozen takes a request and never answers.
const PATIENCE: Duration = Duration::from_secs(4);

/// Who starts runs at once.
const STARTERS: u64 = 4;

/// The work of a trial, and what was acknowledged of it.
pub struct Load {
    /// One person, at each server.
    clients: Vec<Client>,
    /// Workflows whose runs are started through the API.
    workflows: Vec<String>,
    /// The workflow that runs by itself.
    scheduled: String,
    traces: TempDir,
    seed: u64,
    next: AtomicUsize,
    said: Mutex<Said>,
}

/// What the API said, and what it was asked.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Run ids that were given for an idempotency key, each with that key; a key may stand here twice.
    pub acknowledged: Vec<(String, i64)>,
    /// Lost tasks, by run and ordinal, with the decisions that were asked for.
    pub decided: BTreeMap<(i64, i32), BTreeSet<&'static str>>,
    /// The last moment at which the schedule was in force, by the clock of this machine.
    pub scheduled_until_ms: Option<i64>,
}

impl Load {
    /// Makes a department with its workflows.
    ///
    /// # Panics
    /// When the servers refuse.
    pub async fn prepare(cluster: &mut Cluster, rng: &mut StdRng) -> Self {
        let traces = tempfile::tempdir().expect("a temporary folder");
        let department = cluster.department("chaos").await;
        let clients = cluster.everywhere(&department.head);
        let mut workflows = Vec::new();
        for document in [wide(traces.path()), narrow(traces.path())] {
            workflows.push(work::create(&clients[0], &department.project, &document).await);
        }
        let scheduled = work::create(&clients[0], &department.project, &ticking(traces.path(), true)).await;
        Self {
            clients,
            workflows,
            scheduled,
            traces,
            seed: rng.random(),
            next: AtomicUsize::new(0),
            said: Mutex::default(),
        }
    }

    /// Where the tasks leave their traces, one file per run.
    #[must_use]
    pub fn traces(&self) -> &Path {
        self.traces.path()
    }

    /// What was said so far.
    #[must_use]
    pub fn said(&self) -> Said {
        self.note().clone()
    }

    /// Starts so many runs, each asked for until it is acknowledged.
    pub async fn start_runs(&self, count: usize) {
        join_all((0..STARTERS).map(|number| self.start_some(count, number))).await;
    }

    async fn start_some(&self, count: usize, starter: u64) {
        let mut rng = StdRng::seed_from_u64(self.seed.wrapping_add(starter));
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            let workflow = &self.workflows[usize::from(rng.random_bool(0.2))];
            let input = json!({ "workflow": workflow, "idempotencyKey": format!("run {number}"), "reason": "chaos" });
            // Now and then a client asks again though it had its answer.
            for _ in 0..=usize::from(rng.random_bool(0.1)) {
                let run = self.start(&input, &mut rng).await;
                self.note().acknowledged.push((format!("run {number}"), run));
            }
            tokio::time::sleep(Duration::from_millis(rng.random_range(100..1_500))).await;
        }
    }

    async fn start(&self, input: &Value, rng: &mut StdRng) -> i64 {
        let query =
            "mutation($input: StartRunInput!) { startRun(input: $input) { run { id } userErrors { code message } } }";
        loop {
            let answer = self.ask(rng, query, json!({ "input": input })).await;
            let id = answer.as_ref().and_then(|answer| answer.data["startRun"]["run"]["id"].as_str());
            if let Some(id) = id.and_then(|id| id.rsplit_once('.')).and_then(|(_, id)| id.parse().ok()) {
                return id;
            }
            tokio::time::sleep(Duration::from_millis(rng.random_range(50..300))).await;
        }
    }

    /// Asks one of the servers; `None` when it does not answer.
    async fn ask(&self, rng: &mut StdRng, query: &str, variables: Value) -> Option<Answer> {
        let client = &self.clients[rng.random_range(0..self.clients.len())];
        in_time(client.try_ask(query, variables)).await
    }

    /// Decides about tasks that wait for a person, for ever.
    pub async fn resolve_lost(&self, database: &Database) {
        const LOST: &str = "SELECT tenant_id, run_id, ordinal FROM task_run WHERE state = 'lost'";
        let query = "mutation($input: ResolveLostTaskInput!) { resolveLostTask(input: $input) { userErrors { code message } } }";
        let mut rng = StdRng::seed_from_u64(self.seed.wrapping_add(STARTERS));
        loop {
            for row in database.try_rows(LOST).await.unwrap_or_default() {
                let (tenant, run): (i64, i64) =
                    (row.try_get_by_index(0).expect("a number"), row.try_get_by_index(1).expect("a number"));
                let ordinal: i32 = row.try_get_by_index(2).expect("a number");
                let decision = ["RETRY", "SUCCEED", "FAIL"][rng.random_range(0..3)];
                // The answer may get lost, the decision not.
                self.note().decided.entry((run, ordinal)).or_default().insert(decision);
                let id = format!("taskRun:{tenant}.{run}.{ordinal}");
                let input = json!({ "taskRun": id, "decision": decision, "reason": "looked at the traces" });
                self.ask(&mut rng, query, json!({ "input": input })).await;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Takes the schedule out of force.
    ///
    /// # Panics
    /// When no server does it in time.
    pub async fn end_schedule(&self) {
        let read = "query($id: ID!) { workflow(id: $id) { currentVersion { number } } }";
        let query = "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { \
            workflow { id } problems { path line message } userErrors { code message } } }";
        let source = serde_json::to_string(&ticking(self.traces.path(), false)).expect("JSON");
        wait::until("the schedule to end", || async {
            let until_ms = now_ms();
            let client = &self.clients[0];
            let version = in_time(client.try_ask(read, json!({ "id": self.scheduled }))).await?;
            let number = version.data["workflow"]["currentVersion"]["number"].clone();
            let input = json!({ "id": self.scheduled, "baseVersion": number, "source": source });
            let answer = in_time(client.try_ask(query, json!({ "input": input }))).await?;
            answer.data["updateWorkflow"]["workflow"]["id"].as_str()?;
            self.note().scheduled_until_ms = Some(until_ms);
            Some(())
        })
        .await;
    }

    fn note(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn in_time<T>(request: impl Future<Output = reqwest::Result<T>>) -> Option<T> {
    tokio::time::timeout(PATIENCE, request).await.ok()?.ok()
}

/// This machine's clock, which is also the database's.
#[expect(clippy::disallowed_methods, reason = "what the cluster did is compared with when it happened")]
pub(super) fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A task that leaves a line when it begins, some while it works and one when it ends, and ends with `code`.
fn task(traces: &Path, needs: &[&str], on_lost: &str, beats: u32, code: &str) -> Value {
    let folder: PathBuf = traces.to_owned();
    let script = format!(
        "say() {{ echo \"$1 $ALMANAC_ATTEMPT_ID\" >> '{}'/$ALMANAC_RUN_ID; }}\n\
         say begin\nfor n in $(seq {beats}); do sleep 0.1; say beat; done\nsay end\nexit {code}",
        folder.display()
    );
    json!({ "type": "shell", "needs": needs, "on_lost": on_lost, "script": script, "retries": { "max": 2, "delay": "500ms" } })
}

fn document(name: &str, spec: Value) -> Value {
    json!({ "apiVersion": "almanac/v1", "kind": "Workflow", "metadata": { "name": name }, "spec": spec })
}

/// A few tasks beside and after each other. The names begin with what becomes of a lost attempt.
fn wide(traces: &Path) -> Value {
    let tasks = json!({
        "retry_first": task(traces, &[], "retry", 6, "0"),
        "hold_left": task(traces, &["retry_first"], "hold", 10, "0"),
        "retry_right": task(traces, &["retry_first"], "retry", 8, "$(( ALMANAC_ATTEMPT < 2 ? 3 : 0 ))"),
        "fail_last": task(traces, &["retry_right"], "fail", 3, "0"),
        "noop": { "type": "noop", "needs": ["hold_left", "fail_last"], "on_lost": "retry" },
    });
    document("wide", json!({ "tasks": tasks }))
}

/// Two runs of it at a time.
fn narrow(traces: &Path) -> Value {
    let tasks = json!({ "retry_only": task(traces, &[], "retry", 2, "0") });
    document("narrow", json!({ "concurrency": { "max_active_runs": 2 }, "tasks": tasks }))
}

/// It runs by itself every few seconds, also for the instants that were missed.
fn ticking(traces: &Path, in_force: bool) -> Value {
    let schedule = json!({ "name": "often", "cron": format!("*/{EVERY_SECS} * * * * ?"), "timezone": "Asia/Shanghai" });
    let schedules = if in_force { json!([schedule]) } else { json!([]) };
    let tasks = json!({
        "retry_tick": task(traces, &[], "retry", 4, "0"),
        "hold_tock": task(traces, &["retry_tick"], "hold", 2, "0"),
    });
    document("ticking", json!({ "catch_up": "all", "schedules": schedules, "tasks": tasks }))
}
