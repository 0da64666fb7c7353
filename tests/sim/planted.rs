//! Planted errors: for each rule of the checks a simulation that went well, with one thing in it that must never be.
//!
//! A check that finds nothing may be one that sees nothing. So each rule is shown to fail, on a copy of the database, the
//! ledger and the book that a calm simulation has left; the product has no part in it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::check::{Checks, number, text};
use crate::client;
use crate::climate::Climate;
use crate::cluster::Cluster;
use crate::director::Director;
use crate::ledger::{Body, How};
use crate::seeds::in_simulated_time;
use crate::world::World;

/// What there must be for all to be spoilt.
const NEEDED: [&str; 5] = [
    "SELECT id FROM run WHERE schedule_id IS NOT NULL",
    "SELECT id FROM run WHERE idem_key IS NOT NULL",
    "SELECT run_id FROM attempt WHERE state = 'failed' AND exit_code = 3",
    "SELECT run_id FROM attempt WHERE state = 'succeeded'",
    "SELECT seq FROM sim_journal WHERE tbl = 'job'",
];

/// What a simulation has left, to be spoilt.
struct Scene {
    cluster: Arc<Cluster>,
    checks: Checks,
}

impl Scene {
    fn of(cluster: &Cluster, checks: &Checks) -> Self {
        let cluster = Cluster::copy(cluster);
        Self { cluster, checks: checks.clone() }
    }

    fn select(&self, sql: &str) -> Vec<Value> {
        self.cluster.world.database.select(sql)
    }

    fn one(&self, sql: &str) -> Value {
        self.select(sql).into_iter().next().unwrap_or_else(|| panic!("the simulation has left none: {sql}"))
    }

    fn sql(&self, sql: &str) {
        self.cluster.world.database.execute(sql);
    }

    /// The last state of the newest row of a table, which may be gone by now.
    fn last(&self, table: &str) -> Value {
        let entry = self.one(&format!("SELECT row FROM sim_journal WHERE tbl = '{table}' ORDER BY seq DESC LIMIT 1"));
        serde_json::from_str(text(&entry, "row")).expect("the triggers write JSON")
    }

    /// Adds a row.
    fn insert(&self, table: &str, row: Value, but: Value) {
        let mut row: Map<String, Value> = serde_json::from_value(row).expect("a row is an object");
        row.extend(serde_json::from_value::<Map<String, Value>>(but).expect("an object"));
        let literal = |value: &Value| match value {
            Value::Null => "NULL".to_owned(),
            Value::Bool(value) => i32::from(*value).to_string(),
            Value::String(value) => format!("'{}'", value.replace('\'', "''")),
            other => other.to_string(),
        };
        let columns: Vec<&str> = row.keys().map(String::as_str).collect();
        let values: Vec<String> = row.values().map(literal).collect();
        self.sql(&format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", ")));
    }

    /// A job of an ended task, in a state, and the task in one that goes with it or not.
    fn job(&self, job_state: i64, task_state: &str) -> Value {
        let job = self.last("job");
        self.task(&job, task_state);
        let but = match job_state {
            1 => json!({"state": 1, "node_id": 1, "lease_until_ms": 1, "claim_token": 1}),
            state => json!({"state": state}),
        };
        self.insert("job", job.clone(), but);
        job
    }

    /// Puts the task of a row in a state.
    fn task(&self, row: &Value, state: &str) {
        let (run, ordinal) = (number(row, "run_id"), number(row, "ordinal"));
        self.sql(&format!("UPDATE task_run SET state = '{state}' WHERE run_id = {run} AND ordinal = {ordinal}"));
    }

    fn body(&self, how: How) -> Body {
        let bodies = self.cluster.world.ledger.all();
        bodies.into_iter().find(|body| body.how == Some(how)).unwrap_or_else(|| panic!("no body {how:?}"))
    }

    /// Sets the last run's columns.
    fn run(&self, change: &str) {
        let run = number(&self.last("run"), "id");
        self.sql(&format!("UPDATE run SET {change} WHERE id = {run}"));
    }

    /// An ended attempt's columns.
    fn attempt(&self, state: &str) -> Value {
        self.one(&format!(
            "SELECT a.* FROM attempt a WHERE a.state = '{state}' AND NOT EXISTS (SELECT 1 FROM attempt b \
             WHERE b.run_id = a.run_id AND b.ordinal = a.ordinal AND b.number > a.number) LIMIT 1"
        ))
    }

    /// Another attempt after one.
    fn again(&self, attempt: &Value, epochs: i64) {
        let next = json!({"number": number(attempt, "number") + 1, "epoch": number(attempt, "epoch") + epochs});
        self.insert("attempt", attempt.clone(), next);
    }

    /// Nobody and nothing has stopped a run.
    fn unasked(&self) {
        let mut book = self.cluster.book();
        for workflow in book.workflows.values_mut().flatten() {
            (workflow.timeout_secs, workflow.overlap) = (None, "allow");
        }
        book.stops.clear();
        book.deleted.clear();
    }

    /// What the checks say.
    fn found(mut self) -> Vec<String> {
        self.checks.conclude(&self.cluster);
        self.cluster.world.violations()
    }
}

/// What must be said, and what it is said of.
type Planted = (&'static str, fn(&Scene));

/// Invariant 1: one fire, one run.
const FIRES: &[Planted] = &[
    ("has the fires", |scene| {
        let run = scene.one("SELECT * FROM run WHERE schedule_id IS NOT NULL");
        scene.insert("run", run, json!({"id": 7, "active_slot": null, "idem_key": null}));
    }),
    ("a fire is neither a run nor a reason", |scene| {
        scene.sql("UPDATE schedule_fire SET run_id = NULL WHERE run_id IS NOT NULL");
    }),
    ("is not decided", |scene| {
        let fire = number(&scene.last("schedule_fire"), "instant_ms");
        scene.sql(&format!("DELETE FROM schedule_fire WHERE instant_ms = {fire}"));
    }),
    ("should not be", |scene| {
        let fire = scene.last("schedule_fire");
        let earlier = number(&fire, "instant_ms") - 86_400_000;
        scene.insert("schedule_fire", fire, json!({"instant_ms": earlier}));
    }),
    ("a row of schedule_fire was changed", |scene| scene.sql("UPDATE schedule_fire SET reason_json = '{}'")),
    ("a schedule decides again", |scene| scene.sql("UPDATE schedule SET decided_ms = decided_ms - 1000")),
];

/// Invariants 2 and 3: one worker per attempt, and none again without a reason.
const ATTEMPTS: &[Planted] = &[
    ("two bodies of one epoch", |scene| {
        let body = scene.body(How::Succeeded);
        scene.cluster.world.ledger.begin(Body { begun_ms: 900_000, ended_ms: Some(900_001), ..body });
    }),
    ("two bodies of a task at once", |scene| {
        let body = scene.body(How::Succeeded);
        scene.cluster.world.ledger.begin(Body { epoch: body.epoch + 1, ..body });
    }),
    ("a body that no attempt knows of", |scene| {
        let body = scene.body(How::Succeeded);
        let (begun_ms, ended_ms) = (900_000, Some(900_001));
        scene.cluster.world.ledger.begin(Body { epoch: body.epoch + 1, begun_ms, ended_ms, ..body });
    }),
    ("an attempt is not what happened", |scene| {
        let failed = scene.attempt("failed");
        let (run, ordinal) = (number(&failed, "run_id"), number(&failed, "ordinal"));
        scene.sql(&format!("UPDATE attempt SET state = 'succeeded' WHERE run_id = {run} AND ordinal = {ordinal}"));
    }),
    ("follows a succeeded one", |scene| scene.again(&scene.attempt("succeeded"), 1)),
    ("follows a lost one", |scene| {
        for workflow in scene.cluster.book().workflows.values_mut().flatten() {
            workflow.tasks.iter_mut().for_each(|task| task.on_lost = "hold");
        }
        let attempt = scene.attempt("succeeded");
        let (run, ordinal) = (number(&attempt, "run_id"), number(&attempt, "ordinal"));
        scene.sql(&format!("UPDATE attempt SET state = 'lost' WHERE run_id = {run} AND ordinal = {ordinal}"));
        scene.again(&attempt, 1);
    }),
    ("the epoch did not rise", |scene| scene.again(&scene.attempt("succeeded"), 0)),
    ("an attempt without the one before", |scene| {
        let attempt = scene.attempt("succeeded");
        scene.insert("attempt", attempt, json!({"number": 40}));
    }),
    ("an attempt has another epoch", |scene| scene.sql("UPDATE attempt SET epoch = epoch + 1")),
    ("a fence went back", |scene| {
        let job = scene.last("job");
        scene.insert("job", job.clone(), json!({"fence": number(&job, "fence") - 1}));
    }),
    ("a lost task went on and nobody decided so", |scene| {
        let task = scene.one(
            "SELECT t.* FROM task_run t JOIN run r ON r.id = t.run_id WHERE r.stop_requested = 0 \
             AND r.parent_run_id IS NULL LIMIT 1",
        );
        scene.unasked();
        scene.task(&task, "lost");
        scene.task(&task, "running");
    }),
];

/// Invariant 4: terminal is final.
const ENDS: &[Planted] = &[
    ("an ended run changed", |scene| scene.run("state = 'failed', revision = revision + 1")),
    ("the revision did not rise by one", |scene| scene.run("state = 'failed'")),
    ("the generation went back", |scene| scene.run("generation = generation - 1, revision = revision + 1")),
    ("done again and nobody asked", |scene| {
        scene.cluster.book().generations.clear();
        scene.sql(
            "UPDATE run SET generation = generation + 1, revision = revision + 1, state = 'running' \
             WHERE parent_run_id IS NULL",
        );
    }),
    ("business_date changed", |scene| {
        let run = number(&scene.last("run"), "id");
        scene.cluster.book().generations.insert(run, 9);
        scene.run("business_date = '2026-09-29', generation = generation + 1, revision = revision + 1");
    }),
    ("a run stops and nobody asked", |scene| {
        scene.unasked();
        let again = "state = 'running', generation = generation + 1, revision = revision + 1";
        scene.sql(&format!("UPDATE run SET stop_requested = 0, {again} WHERE parent_run_id IS NULL"));
        scene.sql("UPDATE run SET stop_requested = 1, revision = revision + 1 WHERE parent_run_id IS NULL");
    }),
    ("state of an ended task changed", |scene| scene.task(&scene.attempt("succeeded"), "failed")),
    ("an ended attempt changed", |scene| scene.sql("UPDATE attempt SET started_ms = 1")),
    ("history was deleted", |scene| scene.sql("DELETE FROM attempt")),
];

/// Invariant 5: acknowledged is durable.
const ANSWERS: &[Planted] = &[
    ("was acknowledged and is not there", |scene| client::acknowledged(&scene.cluster, None, 7)),
    ("stands for", |scene| {
        let run = scene.one("SELECT * FROM run WHERE idem_key IS NOT NULL");
        let other = scene.one(&format!("SELECT id FROM run WHERE id <> {}", run["id"]));
        client::acknowledged(&scene.cluster, Some(text(&run, "idem_key").into()), number(&other, "id"));
    }),
];

/// Invariant 8: every wait has a reason.
const WAITS: &[Planted] = &[
    ("it waits and says nothing", |scene| scene.run("state = 'queued', reason_json = NULL")),
    ("it waits and says nothing", |scene| scene.sql("UPDATE schedule SET state = 'stopped', state_reason = NULL")),
    ("it waits and says nothing", |scene| scene.sql("UPDATE task_run SET state = 'lost', reason_json = NULL")),
];

/// Tables that agree with each other.
const TABLES: &[Planted] = &[
    ("a held task without a job", |scene| scene.task(&scene.attempt("succeeded"), "running")),
    ("a task that may start without a job or a wait", |scene| scene.task(&scene.attempt("succeeded"), "ready")),
    ("a waiting job of a task or run that is halted", |scene| {
        let run = number(&scene.job(0, "ready"), "run_id");
        scene.sql(&format!("UPDATE run SET state = 'paused' WHERE id = {run}"));
    }),
    ("a job without an open task", |scene| drop(scene.job(0, "failed"))),
    ("a waiting job of a held task", |scene| drop(scene.job(0, "running"))),
    ("a fence behind the epoch", |scene| {
        scene.job(1, "running");
        scene.sql("UPDATE task_run SET epoch = epoch + 1");
    }),
    ("a held job that nobody holds", |scene| {
        scene.job(1, "running");
        scene.sql("UPDATE job SET claim_token = NULL");
    }),
    ("a task that waits for nothing", |scene| scene.task(&scene.attempt("succeeded"), "waiting")),
    ("a wait without a task", |scene| {
        let tenant = scene.cluster.world.database.tenant.0;
        let attempt = scene.attempt("succeeded");
        let (run, ordinal) = (number(&attempt, "run_id"), number(&attempt, "ordinal"));
        scene.sql(&format!(
            "INSERT INTO wait (tenant_id, run_id, ordinal, attempt, kind, due_ms, revision) \
             VALUES ({tenant}, {run}, {ordinal}, 1, 'approval', 1, 1)"
        ));
    }),
    ("an ended run with an open task", |scene| scene.task(&scene.attempt("succeeded"), "pending")),
    ("a run under way without an open task", |scene| scene.run("state = 'running'")),
    ("an ended run that keeps its slot", |scene| scene.run("active_slot = 0")),
    ("more slots taken than a limit has", |scene| slot(scene, 9)),
    ("a slot of a job that nobody holds", |scene| slot(scene, 1)),
    ("a run whose counts are wrong", |scene| scene.run("task_ok = task_ok + 1")),
];

/// A slot of an ended task that was not freed.
fn slot(scene: &Scene, weight: i64) {
    let tenant = scene.cluster.world.database.tenant.0;
    let (name, run) = (crate::database::LIMIT.0, number(&scene.last("run"), "id"));
    scene.sql(&format!(
        "INSERT INTO limit_slot (tenant_id, name, run_id, ordinal, fence, weight, taken_ms) \
         VALUES ({tenant}, '{name}', {run}, 0, 1, {weight}, 1)"
    ));
}

/// A simulation in which nothing went wrong, and all there is to spoil has happened.
async fn calm() -> Director {
    for seed in 0.. {
        let world = World::with(seed, Climate::calm(), false);
        let mut director = Director::new(&world);
        director.run().await;
        if NEEDED.iter().all(|sql| !world.database.select(sql).is_empty()) {
            return director;
        }
    }
    unreachable!("some seed has it all");
}

#[test]
fn each_rule_finds_what_it_is_for() {
    in_simulated_time(async {
        let director = calm().await;
        let (cluster, checks) = director.left();
        assert_eq!(Scene::of(cluster, checks).found(), <[String; 0]>::default(), "it went well");
        let mut missed = Vec::new();
        for (what, plant) in [FIRES, ATTEMPTS, ENDS, ANSWERS, WAITS, TABLES].concat() {
            let scene = Scene::of(cluster, checks);
            plant(&scene);
            let found = scene.found();
            if !found.iter().any(|it| it.contains(what)) {
                missed.push(format!("{what:?} is not among {found:#?}"));
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n"));
    });
}
