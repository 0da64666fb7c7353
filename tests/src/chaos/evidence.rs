//! What is left of a trial: rows of the database, traces of the tasks, answers of the API.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use sea_orm::QueryResult;

use super::load::{EVERY_SECS, Load, Said};
use crate::cluster::Cluster;
use crate::cluster::database::Database;
use crate::server::program;

/// An instant of a schedule and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fire {
    /// The schedule.
    pub schedule: i64,
    /// The instant.
    pub instant_ms: i64,
    /// `started` or `skipped`.
    pub outcome: String,
    /// The run that it made.
    pub run: Option<i64>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// Its state.
    pub state: String,
    /// The schedule and the instant that made it.
    pub fire: Option<(i64, i64)>,
    /// The key under which it was asked for.
    pub key: Option<String>,
    /// The limited place among its workflow's runs that it holds.
    pub slot: Option<i32>,
}

/// A task of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The run.
    pub run: i64,
    /// Its place in the run.
    pub ordinal: i32,
    /// Its name, which begins with its `on_lost`.
    pub name: String,
    /// Whether it leaves traces.
    pub traced: bool,
    /// Its state.
    pub state: String,
}

/// An attempt of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The run.
    pub run: i64,
    /// The task.
    pub ordinal: i32,
    /// Its number among the task's attempts.
    pub number: i32,
    /// The epoch of its claim.
    pub epoch: i64,
    /// Its state.
    pub state: String,
}

/// What a task's script left in its file, in the order in which it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The run.
    pub run: i64,
    /// The task.
    pub ordinal: i32,
    /// The attempt's number.
    pub number: i32,
    /// The epoch of its claim.
    pub epoch: i64,
    /// What it says.
    pub says: Says,
}

/// A moment in the life of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It begins.
    Begin,
    /// It works.
    Beat,
    /// It has done its work.
    End,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// All instants that were decided.
    pub fires: Vec<Fire>,
    /// Milliseconds between two of them.
    pub every_ms: i64,
    /// All runs.
    pub runs: Vec<Run>,
    /// All their tasks.
    pub tasks: Vec<Task>,
    /// All attempts at these.
    pub attempts: Vec<Attempt>,
    /// Jobs that are left.
    pub jobs: usize,
    /// Named, weighted slots that are still taken.
    pub limit_slots: usize,
    /// Everything that scripts wrote.
    pub lines: Vec<Line>,
    /// What the API said.
    pub said: Said,
    /// What `almanac audit verify` found wrong.
    pub audit: Option<String>,
}

/// Whether nothing is left to be done.
pub async fn is_at_rest(database: &Database) -> bool {
    let open = "SELECT id FROM run WHERE state NOT IN ('succeeded', 'failed', 'stopped', 'skipped')";
    let jobs = "SELECT run_id FROM job";
    for sql in [open, jobs] {
        if database.try_rows(sql).await.is_ok_and(|rows| rows.is_empty()) {
            continue;
        }
        return false;
    }
    true
}

/// Gathers it.
pub async fn gather(cluster: &Cluster, load: &Load) -> Evidence {
    let database = &cluster.database;
    let fires = database.rows("SELECT schedule_id, instant_ms, outcome, run_id FROM schedule_fire").await;
    let runs = database.rows("SELECT id, state, schedule_id, fire_ms, idem_key, active_slot FROM run").await;
    let tasks = database.rows("SELECT run_id, ordinal, name, kind, state FROM task_run").await;
    let attempts = database.rows("SELECT run_id, ordinal, number, epoch, state FROM attempt").await;
    let jobs = database.rows("SELECT run_id FROM job").await.len();
    // The table may not be there yet.
    let limit_slots = database.try_rows("SELECT run_id FROM limit_slot").await.map_or(0, |rows| rows.len());
    let fire = |row: &QueryResult| Fire {
        schedule: get(row, 0),
        instant_ms: get(row, 1),
        outcome: get(row, 2),
        run: get(row, 3),
    };
    let run = |row: &QueryResult| Run {
        id: get(row, 0),
        state: get(row, 1),
        fire: get::<Option<i64>>(row, 2).zip(get(row, 3)),
        key: get(row, 4),
        slot: get(row, 5),
    };
    let task = |row: &QueryResult| Task {
        run: get(row, 0),
        ordinal: get(row, 1),
        name: get(row, 2),
        traced: get::<String>(row, 3) == "shell",
        state: get(row, 4),
    };
    let attempt = |row: &QueryResult| Attempt {
        run: get(row, 0),
        ordinal: get(row, 1),
        number: get(row, 2),
        epoch: get(row, 3),
        state: get(row, 4),
    };
    Evidence {
        fires: fires.iter().map(fire).collect(),
        every_ms: EVERY_SECS * 1000,
        runs: runs.iter().map(run).collect(),
        tasks: tasks.iter().map(task).collect(),
        attempts: attempts.iter().map(attempt).collect(),
        jobs,
        limit_slots,
        lines: lines(load.traces()),
        said: load.said(),
        audit: audit(cluster),
    }
}

fn get<T: sea_orm::TryGetable>(row: &QueryResult, column: usize) -> T {
    row.try_get_by_index(column).unwrap_or_else(|error| panic!("column {column}: {error}"))
}

fn lines(folder: &Path) -> Vec<Line> {
    let files = fs::read_dir(folder).expect("the folder of traces").flatten();
    let texts = files.map(|file| fs::read_to_string(file.path()).expect("text"));
    texts
        .flat_map(|text| {
            text.lines().map(|text| line(text).unwrap_or_else(|| panic!("a trace: {text}"))).collect::<Vec<_>>()
        })
        .collect()
}

/// `begin 1-2-3-4-5-6`: node, incarnation, run, ordinal, number, epoch.
fn line(text: &str) -> Option<Line> {
    let (says, mark) = text.split_once(' ')?;
    let says = match says {
        "begin" => Says::Begin,
        "beat" => Says::Beat,
        "end" => Says::End,
        _ => return None,
    };
    let numbers: Vec<i64> = mark.split('-').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let [_, _, run, ordinal, number, epoch] = numbers[..] else { return None };
    Some(Line { run, ordinal: ordinal.try_into().ok()?, number: number.try_into().ok()?, epoch, says })
}

/// What the program itself finds of the audit chains.
fn audit(cluster: &Cluster) -> Option<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(program());
    command.args(["audit", "verify", "--database-url", &cluster.database.url, "--data-dir"]).arg(folder.path());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ALMANAC_")) {
        command.env_remove(name);
    }
    let output = command.output().expect("the program starts");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (!output.status.success()).then_some(said)
}

/// Keeps what a failed trial left, for whoever looks into it.
pub fn keep(cluster: &Cluster, load: &Load, seed: u64) {
    let folder = std::env::temp_dir().join(format!("almanac-chaos-{seed}"));
    let copied = fs::create_dir_all(folder.join("traces")).and_then(|()| {
        for file in fs::read_dir(load.traces())?.flatten() {
            fs::copy(file.path(), folder.join("traces").join(file.file_name()))?;
        }
        for node in &cluster.nodes {
            fs::write(folder.join(&node.name), node.server.said())?;
        }
        Ok(())
    });
    match copied {
        Ok(()) => eprintln!("the servers' logs and the tasks' traces are in {}", folder.display()),
        Err(error) => eprintln!("the logs could not be kept: {error}"),
    }
}

impl Evidence {
    /// What is known of each task, by run and ordinal.
    #[must_use]
    pub fn by_task(&self) -> BTreeMap<(i64, i32), OfTask<'_>> {
        let mut all: BTreeMap<_, OfTask<'_>> = BTreeMap::new();
        for task in &self.tasks {
            all.entry((task.run, task.ordinal)).or_default().task = Some(task);
        }
        for attempt in &self.attempts {
            all.entry((attempt.run, attempt.ordinal)).or_default().attempts.push(attempt);
        }
        for line in &self.lines {
            all.entry((line.run, line.ordinal)).or_default().lines.push(*line);
        }
        for of in all.values_mut() {
            of.attempts.sort_by_key(|attempt| attempt.number);
        }
        all
    }
}

/// What is known of one task.
#[derive(Clone, Debug, Default)]
pub struct OfTask<'a> {
    /// The task.
    pub task: Option<&'a Task>,
    /// Its attempts by number.
    pub attempts: Vec<&'a Attempt>,
    /// Its traces in their order.
    pub lines: Vec<Line>,
}
