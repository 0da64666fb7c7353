//! What a database denies for a while: room, writing, time. The server says what is wrong and goes on by itself when it
//! is over; no instant of a schedule is lost, none is made twice, and every run ends well.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tests::client::Client;
use tests::cluster::database::{Database, Engine};
use tests::firm::Firm;
use tests::server::Options;
use tests::{wait, work};
use tokio::task::JoinSet;

/// A server with a workflow that runs every second.
struct Night {
    firm: Firm,
    operator: Client,
    workflow: String,
}

impl Night {
    async fn begin(options: Options) -> Self {
        let firm = Firm::start_with(options).await;
        let department = firm.department("ops", "Ops").await;
        let mut document = work::document("pulse", &[("beat", &[], "true")]);
        document["spec"]["schedules"] = json!([{ "name": "s", "cron": "* * * * * ?", "timezone": "Asia/Shanghai" }]);
        document["spec"]["catch_up"] = json!("all");
        document["spec"]["params"] = json!([{ "name": "ballast", "type": "string", "default": "" }]);
        let workflow = work::create(&department.head, &department.project, &document).await;
        let night = Self { firm, operator: department.head, workflow };
        night.fires_until(3).await;
        night
    }

    /// What became of past instants, newest first.
    async fn fires(&self) -> Vec<Value> {
        let query = "query($id: ID!) { workflow(id: $id) { schedules { \
            fires(first: 200) { nodes { instant outcome run { id state } } } } } }";
        let data = self.operator.ask(query, json!({ "id": self.workflow })).await.ok();
        data["workflow"]["schedules"][0]["fires"]["nodes"].as_array().expect("fires").clone()
    }

    async fn fires_until(&self, count: usize) {
        wait::until("the schedule to fire", || async { (self.fires().await.len() >= count).then_some(()) }).await;
    }

    /// Waits until the server says that it isn't well, in words that hold these.
    async fn says(&self, words: &str) {
        let client = self.firm.server.client();
        let seen = wait::until_or(wait::PATIENCE, || async {
            client.page("/readyz").await.ok().filter(|(status, said)| *status == 503 && said.contains(words))
        });
        let seen = seen.await;
        assert!(seen.is_some(), "not told: {words}; but: {:?}", client.page("/readyz").await);
        let (_, said) = client.page("/readyz").await.expect("an answer");
        assert!(!said.contains("SELECT") && !said.contains("sqlx"), "the driver's words are for the log: {said}");
        let (status, _) = client.page("/healthz").await.expect("an answer");
        assert_eq!(status, 200, "a restart would not help");
    }

    /// Waits until it is well again and has gone on for some seconds; then nothing is missing.
    async fn is_whole(&self) {
        let client = self.firm.server.client();
        wait::until("the server to be well again", || async {
            client.page("/readyz").await.ok().filter(|(status, _)| *status == 200)
        })
        .await;
        let before = self.fires().await.len();
        self.fires_until(before + 3).await;
        let query =
            "mutation($input: SetWorkflowEnabledInput!) { setWorkflowEnabled(input: $input) { userErrors { code } } }";
        self.operator.ask(query, json!({ "input": { "id": self.workflow, "enabled": false } })).await.ok();
        let fires = wait::until_or(wait::PATIENCE, || async {
            let fires = self.fires().await;
            fires.iter().all(|fire| fire["run"]["state"] == "SUCCEEDED").then_some(fires)
        });
        let Some(fires) = fires.await else { panic!("not all runs ended well: {:#?}", self.fires().await) };
        assert!(fires.iter().all(|fire| fire["outcome"] == "started"), "{fires:#?}");
        let second = |fire: &Value| fire["instant"].as_str().expect("a time")[17..19].parse::<u32>().expect("seconds");
        let follows = |two: &[Value]| second(&two[0]) == (second(&two[1]) + 1) % 60;
        assert!(fires.windows(2).all(follows), "an instant is missing or there twice: {fires:#?}");
    }
}

/// Takes all room of a disk, and whatever becomes free on it, until it is dropped.
fn fill(path: &Path) -> JoinSet<()> {
    let mut filler = fs::File::create(path).expect("a file on the disk");
    let mut again = tokio::time::interval(Duration::from_millis(20));
    let mut filling = JoinSet::new();
    filling.spawn(async move {
        loop {
            again.tick().await;
            for size in [1 << 20, 1 << 12, 1] {
                let block = vec![0_u8; size];
                while filler.write_all(&block).is_ok() {}
            }
        }
    });
    filling
}

#[tokio::test]
async fn a_full_disk_is_told_and_got_over() {
    let night = Night::begin(Options { disk_mib: Some(48), ..Options::default() }).await;
    let filler = night.firm.server.data_inside().join("filler");
    let filling = fill(&filler);
    // What SQLite has of room within its own files is used up first.
    let query =
        "mutation($input: StartRunInput!) { startRun(input: $input) { run { id } userErrors { code message } } }";
    let params = json!({ "ballast": "x".repeat(50_000) });
    let input = json!({ "input": { "workflow": night.workflow, "params": params } });
    let refused = wait::until("a run to be refused", || async {
        let answer = night.operator.ask(query, input.clone()).await;
        answer.errors.first().map(|error| (answer.codes(), error["message"].to_string()))
    });
    let (codes, message) = refused.await;
    assert!(codes == ["DATABASE"] && message.contains("disk is full"), "{codes:?} {message}");
    night.says("its disk is full").await;
    drop(filling);
    fs::remove_file(&filler).expect("the filler goes");
    night.is_whole().await;
}

#[tokio::test]
async fn a_read_only_database_is_told_and_got_over() {
    let Some(database) = Database::create(Engine::Postgres).await else { return };
    let night = Night::begin(Options { database: Some(database.url.clone()), ..Options::default() }).await;
    let set = |to: &str| format!("ALTER DATABASE {} SET default_transaction_read_only = {to}", database.name());
    database.administer(&set("on")).await.expect("it becomes read-only");
    database.end_sessions().await;
    night.says("read-only").await;
    database.administer(&set("off")).await.expect("it can be written again");
    database.end_sessions().await;
    night.is_whole().await;
    drop(night);
    database.remove().await;
}

#[tokio::test]
async fn statements_that_take_too_long_are_told_and_got_over() {
    let Some(database) = Database::create(Engine::Postgres).await else { return };
    let limit = format!("ALTER DATABASE {} SET statement_timeout = '500ms'", database.name());
    database.administer(&limit).await.expect("a limit is set");
    let night = Night::begin(Options { database: Some(database.url.clone()), ..Options::default() }).await;
    // A table that somebody repairs, say.
    let lock = ["SET LOCAL statement_timeout = 0", "LOCK TABLE job, schedule IN ACCESS EXCLUSIVE MODE"];
    let held = database.hold(&lock).await;
    night.says("longer than a limit").await;
    held.rollback().await.expect("the lock is given up");
    night.is_whole().await;
    drop(night);
    database.remove().await;
}
