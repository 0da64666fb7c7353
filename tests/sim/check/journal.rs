//! Every committed change of the watched tables, in order: what may follow what.

use std::collections::{BTreeMap, BTreeSet};

use domain::run::LostDecision;
use serde_json::Value;

use crate::check::{is_final_run, is_final_task, number, text};
use crate::cluster::{Book, Cluster, Wish};
use crate::workload::Workflow;

/// Lost attempts that are tried again by themselves, whatever the task's retries say.
const LOST_RETRIES: i64 = 3;

type Key = (String, Vec<i64>);

/// What is known of the tables from their changes so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    seen: i64,
    rows: BTreeMap<Key, Value>,
    gone: BTreeSet<Key>,
    /// Attempts that were made since the last look.
    born: Vec<Value>,
    decided: BTreeMap<i64, Vec<Span>>,
    /// The newest fence of each task's jobs.
    fences: BTreeMap<(i64, i64), i64>,
}

/// A time over which a schedule decided about its instants by one rule.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    every_secs: i64,
    after_ms: i64,
    until_ms: i64,
}

impl Span {
    /// The instants within.
    pub(crate) fn instants(&self) -> impl Iterator<Item = i64> + use<> {
        let every_ms = self.every_secs * 1_000;
        let first = self.after_ms.div_euclid(every_ms) + 1;
        let last = self.until_ms.div_euclid(every_ms);
        (first..=last).map(move |n| n * every_ms)
    }
}

impl Journal {
    /// Reads what was committed since the last look. Gives whether there was anything.
    pub(super) fn advance(&mut self, cluster: &Cluster) -> bool {
        let before = self.seen;
        let sql = format!("SELECT seq, tbl, op, row FROM sim_journal WHERE seq > {} ORDER BY seq", self.seen);
        for entry in cluster.world.database.select(&sql) {
            self.seen = number(&entry, "seq");
            cluster.world.trace.fold(self.seen, text(&entry, "row"));
            let row: Value = serde_json::from_str(text(&entry, "row")).expect("the triggers write JSON");
            let key = key(text(&entry, "tbl"), &row);
            cluster.world.trace.show(|| {
                let what =
                    if text(&entry, "op") == "DELETE" { "gone".into() } else { changes(self.rows.get(&key), &row) };
                format!("{} {:?}: {what}", key.0, key.1)
            });
            if text(&entry, "op") == "DELETE" {
                self.gone.insert(key);
                continue;
            }
            let before = self.rows.get(&key).cloned();
            let again = self.gone.remove(&key);
            if text(&entry, "op") == "INSERT" && before.is_some() && !again {
                cluster.world.violation(format!("inserted twice: {row}"));
            }
            if let Err(what) = self.judge(&key.0, before.as_ref(), &row, &cluster.book()) {
                cluster.world.violation(format!("{what}: {} of {key:?}", changes(before.as_ref(), &row)));
            }
            self.rows.insert(key, row);
        }
        for key in std::mem::take(&mut self.gone) {
            if key.0 == "job" {
                self.rows.remove(&key);
                continue;
            }
            cluster.world.violation(format!("history was deleted: {key:?}"));
        }
        for row in std::mem::take(&mut self.born) {
            if let Err(what) = self.judge_born(&row, &cluster.book()) {
                cluster.world.violation(format!("{what}: {row}"));
            }
        }
        self.seen > before
    }

    /// The spans of time that each schedule has decided about.
    pub(super) fn decided(&self) -> impl Iterator<Item = (&i64, &Vec<Span>)> {
        self.decided.iter()
    }

    fn judge(&mut self, table: &str, before: Option<&Value>, row: &Value, book: &Book) -> Result<(), String> {
        match (table, before) {
            ("schedule", before) => self.judge_schedule(before, row),
            ("attempt", None) => {
                self.born.push(row.clone());
                Ok(())
            }
            ("run", Some(before)) => judge_run(before, row, book),
            ("task_run", Some(before)) => judge_task(before, row, self.run_of(row), book),
            ("attempt", Some(before)) => judge_attempt(before, row),
            ("job", _) => self.judge_job(row),
            (_, None) => Ok(()),
            (_, Some(_)) => Err(format!("a row of {table} was changed")),
        }
    }

    fn run_of(&self, row: &Value) -> &Value {
        &self.rows[&("run".to_owned(), vec![number(row, "run_id")])]
    }

    /// Why an attempt may follow the one before it.
    fn judge_born(&self, row: &Value, book: &Book) -> Result<(), String> {
        let id = |number: i64| vec![self::number(row, "run_id"), self::number(row, "ordinal"), number];
        let number = self::number(row, "number");
        if number == 1 {
            return Ok(());
        }
        let find = |number: i64| self.rows.get(&("attempt".to_owned(), id(number)));
        let Some(before) = find(number - 1) else { return Err("an attempt without the one before".into()) };
        if self::number(before, "epoch") >= self::number(row, "epoch") {
            return Err("the epoch did not rise".into());
        }
        if self::number(before, "generation") < self::number(row, "generation") {
            return Ok(());
        }
        let of_generation = |row: &&Value| self::number(row, "generation") == self::number(before, "generation");
        let tries =
            (1..number).filter_map(find).filter(of_generation).filter(|it| text(it, "state") != "stopped").count();
        let tries = tries as i64;
        let run = self.run_of(row);
        let version = self::number(run, "version") as usize;
        // An item goes by its task.
        let task_run = &self.rows[&("task_run".to_owned(), id(0)[..2].to_vec())];
        let planned = task_run["parent"].as_i64().unwrap_or(self::number(row, "ordinal"));
        let task = &book.workflows[&self::number(run, "workflow_id")][version - 1].tasks[planned as usize];
        let wanted = wishes(book, before).any(|wish| *wish == Wish::Lost(LostDecision::Retry));
        let retries = i64::from(task.retries);
        match text(before, "state") {
            "failed" | "timed_out" if tries <= retries => Ok(()),
            // Given back: it did nothing.
            "stopped" => Ok(()),
            "lost" if task.on_lost == "retry" && tries <= retries.max(LOST_RETRIES) => Ok(()),
            "lost" if task.on_lost != "fail" && wanted => Ok(()),
            state => Err(format!("attempt {number} follows a {state} one ({tries} tries of {task:?})")),
        }
    }

    /// The fence of a task's jobs never goes back, from job to job.
    fn judge_job(&mut self, row: &Value) -> Result<(), String> {
        let fence = self.fences.entry((number(row, "run_id"), number(row, "ordinal"))).or_default();
        if number(row, "fence") < *fence {
            return Err(format!("a fence went back from {fence}"));
        }
        *fence = number(row, "fence");
        Ok(())
    }

    fn judge_schedule(&mut self, before: Option<&Value>, row: &Value) -> Result<(), String> {
        let spans = self.decided.entry(number(row, "id")).or_default();
        let decided_ms = number(row, "decided_ms");
        let same = |before: &Value| text(before, "spec_json") == text(row, "spec_json");
        // One that has ended begins anew.
        let goes_on = before.is_some_and(|before| same(before) && text(before, "state") != "ended");
        if let Some(span) = spans.last_mut() {
            if decided_ms < span.until_ms {
                return Err("a schedule decides again about what it decided".into());
            }
            if goes_on {
                span.until_ms = decided_ms;
                return Ok(());
            }
        }
        spans.push(Span { every_secs: every_secs(row), after_ms: decided_ms, until_ms: decided_ms });
        Ok(())
    }
}

/// What a row has become: all of a new one, else what differs.
fn changes(before: Option<&Value>, row: &Value) -> String {
    let Some(before) = before else { return row.to_string() };
    let columns = row.as_object().into_iter().flatten();
    let differing = columns.filter(|(column, value)| before[column.as_str()] != **value);
    let texts: Vec<_> =
        differing.map(|(column, value)| format!("{column} from {} to {value}", before[column.as_str()])).collect();
    texts.join(", ")
}

/// The seconds between the fires of one of our cron expressions.
fn every_secs(row: &Value) -> i64 {
    let spec: Value = serde_json::from_str(text(row, "spec_json")).expect("JSON");
    let seconds = spec["cron"].as_str().and_then(|cron| cron.split(' ').next()).unwrap_or("*");
    seconds.strip_prefix("*/").map_or(1, |every| every.parse().expect("a number"))
}

fn judge_run(before: &Value, row: &Value, book: &Book) -> Result<(), String> {
    if number(row, "revision") != number(before, "revision") + 1 {
        return Err("the revision did not rise by one".into());
    }
    let rerun = number(row, "generation") == number(before, "generation") + 1;
    // A run of another run's task is done again with that.
    let asked = book.generations.get(&number(row, "id")).copied().unwrap_or(0);
    if rerun && row["parent_run_id"].is_null() && number(row, "generation") > 1 + asked {
        return Err("a run was done again and nobody asked for it".into());
    }
    if number(row, "generation") < number(before, "generation") {
        return Err("the generation went back".into());
    }
    if is_final_run(text(before, "state")) && !rerun {
        return Err("an ended run changed".into());
    }
    let kept = ["workflow_id", "version", "business_date", "cause", "schedule_id", "fire_ms", "idem_key", "created_ms"];
    if let Some(column) = kept.iter().find(|column| before[**column] != row[**column]) {
        return Err(format!("{column} changed"));
    }
    let stop = |row: &Value| number(row, "stop_requested") == 1;
    if !stop(before) && stop(row) && !may_stop(book, row) {
        return Err("a run stops and nobody asked for it".into());
    }
    Ok(())
}

/// Whether anybody or anything may have stopped a run.
fn may_stop(book: &Book, run: &Value) -> bool {
    let workflow = book.workflows.get(&number(run, "workflow_id"));
    let by_itself = |it: &Workflow| it.timeout_secs.is_some() || it.overlap == "cancel_running";
    book.stops.contains(&number(run, "id"))
        || book.deleted.contains(&number(run, "workflow_id"))
        || !run["parent_run_id"].is_null()
        || workflow.is_some_and(|versions| versions.iter().any(by_itself))
}

fn judge_task(before: &Value, row: &Value, run: &Value, book: &Book) -> Result<(), String> {
    for column in ["generation", "epoch", "attempt", "revision"] {
        if number(row, column) < number(before, column) {
            return Err(format!("{column} went back"));
        }
    }
    let same_generation = number(row, "generation") == number(before, "generation");
    if is_final_task(text(before, "state")) && same_generation {
        let kept =
            ["state", "attempt", "epoch", "finished_ms", "started_ms", "exit_code", "reason_json", "outputs_json"];
        return match kept.iter().find(|column| before[**column] != row[**column]) {
            Some(column) => Err(format!("{column} of an ended task changed")),
            None => Ok(()),
        };
    }
    let goes_on = text(before, "state") == "lost" && text(row, "state") != "lost" && same_generation;
    if goes_on && wishes(book, before).next().is_none() && !may_stop(book, run) {
        return Err("a lost task went on and nobody decided so".into());
    }
    Ok(())
}

/// What people wished of a task, up to its epoch: a wish may come late and meet a later attempt.
fn wishes<'a>(book: &'a Book, task: &Value) -> impl Iterator<Item = &'a Wish> + use<'a> {
    let (run, ordinal) = (number(task, "run_id"), number(task, "ordinal") as i32);
    book.wishes.range((run, ordinal, i64::MIN)..=(run, ordinal, number(task, "epoch"))).flat_map(|(_, all)| all)
}

fn judge_attempt(before: &Value, row: &Value) -> Result<(), String> {
    if number(before, "epoch") != number(row, "epoch") {
        return Err("an attempt has another epoch".into());
    }
    let (mut before, mut row) = (before.clone(), row.clone());
    if before["finished_ms"].is_null() {
        return Ok(());
    }
    for column in ["log_bytes", "log_truncated"] {
        before[column] = Value::Null;
        row[column] = Value::Null;
    }
    if before == row { Ok(()) } else { Err("an ended attempt changed".into()) }
}

/// The primary key of a row.
fn key(table: &str, row: &Value) -> Key {
    let columns: &[&str] = match table {
        "run" | "schedule" => &["id"],
        "task_run" | "job" => &["run_id", "ordinal"],
        "attempt" => &["run_id", "ordinal", "number"],
        "schedule_fire" => &["schedule_id", "instant_ms"],
        other => panic!("table {other} is watched and has no key here"),
    };
    (table.to_owned(), columns.iter().map(|column| number(row, column)).collect())
}
