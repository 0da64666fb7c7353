//! How long it takes until what a node did is done by another, with the settings as they are shipped; and that a node
//! which only seemed to be gone neither goes on with it nor is believed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::client::Client;
use tests::cluster::Cluster;
use tests::cluster::database::{Database, Engine};
use tests::cluster::proxy::Way;
use tests::{wait, work};

/// What is promised from the moment at which a node falls silent to the moment at which its task runs elsewhere.
const PROMISED: Duration = Duration::from_secs(10);

/// Two nodes and a workflow of one task that works for a minute and a half, and may run again.
struct Lab {
    cluster: Cluster,
    operator: Client,
    workflow: String,
    traces: PathBuf,
    _folder: tempfile::TempDir,
}

impl Lab {
    async fn start(engine: Engine) -> Option<Self> {
        let database = Database::create(engine).await?;
        let mut cluster = Cluster::start(database, 2, &["engine.pools=default=1"]).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let traces = folder.path().join("traces");
        let department = cluster.department("firm").await;
        let script =
            format!("for n in $(seq 900); do echo $ALMANAC_ATTEMPT >> '{}'; sleep 0.1; done", traces.display());
        let mut document = work::document("long", &[("long", &[], &script)]);
        document["spec"]["tasks"]["long"]["on_lost"] = json!("retry");
        let workflow = work::create(&department.head, &department.project, &document).await;
        Some(Self { cluster, operator: department.head, workflow, traces, _folder: folder })
    }

    /// Starts a run and waits until its task works; gives the run, the node that does it and the one that does not.
    async fn begin(&self) -> (String, usize, usize) {
        let _ = std::fs::remove_file(&self.traces);
        let run = work::start(&self.operator, &self.workflow, json!({})).await;
        wait::until("the task to begin", || async { (last(&self.traces) == Some(1)).then_some(()) }).await;
        let name: String = wait::until("the start to be reported", || async {
            let rows = self.cluster.database.rows("SELECT node_name FROM attempt WHERE state = 'running'").await;
            rows.first().map(|row| row.try_get_by_index(0).expect("a name"))
        })
        .await;
        let at = self.cluster.nodes.iter().position(|node| node.name == name).expect("a node of that name");
        (run, at, 1 - at)
    }

    /// How long it takes from now until the second attempt works.
    async fn taken_over(&self, what: &str) -> Duration {
        let begun = Instant::now();
        wait::until("the task to be taken over", || async { (last(&self.traces) == Some(2)).then_some(()) }).await;
        eprintln!("{what}: taken over after {:.1} s", begun.elapsed().as_secs_f64());
        begun.elapsed()
    }

    /// Ends the run by way of a node; fails when the first attempt left a trace after the second had begun.
    async fn end(&self, run: &str, at: usize) {
        let client = self.operator.at(self.cluster.nodes[at].server.client().address());
        let query = "mutation($input: StopRunInput!) { stopRun(input: $input) { userErrors { code message } } }";
        client.ask(query, json!({ "input": { "id": run, "reason": "seen enough" } })).await.ok();
        work::end(&client, run).await;
        let traces = std::fs::read_to_string(&self.traces).expect("traces");
        let mut attempts: Vec<&str> = traces.lines().collect();
        attempts.dedup();
        assert_eq!(attempts, ["1", "2"], "one after the other");
    }
}

/// The attempt that left the newest trace.
fn last(traces: &Path) -> Option<u32> {
    std::fs::read_to_string(traces).ok()?.lines().next_back()?.parse().ok()
}

/// Whether a process of a task leaves traces now.
async fn is_still(traces: &Path) -> bool {
    let length = || std::fs::metadata(traces).map_or(0, |file| file.len());
    let before = length();
    wait::until_or(Duration::from_secs(1), || async { (length() > before).then_some(()) }).await.is_none()
}

async fn nodes_that_fall_silent(engine: Engine) {
    let Some(mut lab) = Lab::start(engine).await else { return };

    let (run, gone, other) = lab.begin().await;
    lab.cluster.nodes[gone].server.kill().await;
    assert!(lab.taken_over("killed").await < PROMISED);
    lab.end(&run, other).await;
    lab.cluster.nodes[gone].server.restart().await;

    let (run, frozen, other) = lab.begin().await;
    lab.cluster.nodes[frozen].server.freeze().await;
    assert!(lab.taken_over("frozen").await < PROMISED);
    lab.cluster.nodes[frozen].server.thaw().await;
    lab.cluster.nodes[frozen].server.ready().await;
    lab.end(&run, other).await;

    let (run, cut, other) = lab.begin().await;
    lab.cluster.nodes[cut].proxy.set(Way::Cut);
    assert!(lab.taken_over("cut off").await < PROMISED);
    lab.cluster.nodes[cut].proxy.set(Way::Open);
    lab.cluster.nodes[cut].server.ready().await;
    lab.end(&run, other).await;
    lab.cluster.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_node_is_replaced_in_time_on_postgres() {
    nodes_that_fall_silent(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_node_is_replaced_in_time_on_oceanbase() {
    nodes_that_fall_silent(Engine::OceanBase).await;
}

/// A database that is away ends nothing, however long: what runs is halted, and goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absent_database_halts_what_runs_and_ends_nothing() {
    let Some(mut lab) = Lab::start(Engine::Postgres).await else { return };
    let (run, at, _) = lab.begin().await;
    for node in &lab.cluster.nodes {
        node.proxy.set(Way::Cut);
    }
    wait::until("the task to be halted", || async { is_still(&lab.traces).await.then_some(()) }).await;
    let (status, said) = lab.cluster.nodes[at].server.client().page("/readyz").await.expect("an answer");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let detail = said["checks"]["claims"]["detail"].as_str().unwrap_or_default().to_owned();
    assert!(status == 503 && detail.contains("halted"), "{said:#}");
    for node in &mut lab.cluster.nodes {
        node.proxy.set(Way::Open);
        node.server.ready().await;
    }
    wait::until("the task to go on", || async { (!is_still(&lab.traces).await).then_some(()) }).await;
    let now = work::look(&lab.operator, &run).await;
    assert_eq!(
        (&work::task(&now, "long")["state"], &work::task(&now, "long")["attempt"]),
        (&json!("RUNNING"), &json!(1))
    );
    lab.cluster.remove().await;
}
