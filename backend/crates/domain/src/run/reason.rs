//! Why a run or task is where it is: typed, stored as JSON, told in the reader's language.

mod text;

use serde::{Deserialize, Serialize, Serializer};

/// A reason. Names and texts in it belong to the run's own tenant. Stored, long texts and lists are cut: a column has its
/// bounds, and a reason that can't be stored would keep what it is about from being stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// The process ended with an exit code other than 0.
    ExitCode {
        /// The code.
        code: i32,
    },
    /// The process was ended by a signal that Almanac did not send.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// It took longer than its limit.
    TimedOut {
        /// The limit.
        after_ms: i64,
    },
    /// Tasks it needs ended badly.
    UpstreamFailed {
        /// Their names.
        #[serde(serialize_with = "few")]
        tasks: Vec<String>,
    },
    /// A task ended badly, and the workflow's policy is to schedule nothing new then.
    Halted {
        /// Its name.
        task: String,
    },
    /// None of the ends its rule asks for came.
    RuleNotMet,
    /// A switch took another branch.
    NotChosen {
        /// The switch.
        switch: String,
    },
    /// It handles failures, and there was none.
    NothingFailed,
    /// Its condition was false.
    ConditionFalse,
    /// The run only walks its DAG.
    DryRun,
    /// Its condition, script or parameters could not be evaluated.
    Template {
        /// What is wrong and where.
        #[serde(serialize_with = "cut")]
        message: String,
    },
    /// Some of its items ended badly.
    ItemsFailed {
        /// How many.
        failed: u32,
        /// Of how many.
        total: u32,
    },
    /// Its list has more items than a task may have.
    TooManyItems {
        /// How many.
        count: u64,
        /// How many there may be.
        most: u64,
    },
    /// Another item ended badly, and no further one starts then.
    ItemsStopped,
    /// The list is shorter than it was.
    NoLongerItem,
    /// The process could not be started.
    NotStarted {
        /// What the system said.
        #[serde(serialize_with = "cut")]
        message: String,
    },
    /// What it left in its output file was not usable.
    BadOutput {
        /// What is wrong.
        #[serde(serialize_with = "cut")]
        message: String,
    },
    /// Its worker vanished.
    WorkerLost {
        /// Whether a person must decide.
        held: bool,
    },
    /// A person acted.
    ByPerson {
        /// Who.
        who: String,
        /// Why, in their words.
        #[serde(serialize_with = "cut_if_any")]
        why: Option<String>,
    },
    /// A person keeps it from starting.
    HeldBy {
        /// Who.
        who: String,
        /// Why, in their words.
        #[serde(serialize_with = "cut_if_any")]
        why: Option<String>,
    },
    /// Its run is paused.
    RunPaused,
    /// All places among its workflow's active runs are taken.
    WaitsForSlot {
        /// How many may be active.
        max_active_runs: i32,
    },
    /// Another run was active and the workflow's overlap policy is to skip.
    Overlap,
    /// The task that started it ended, or does not wait for it any more.
    ParentEnded {
        /// The run of that task.
        run: i64,
    },
    /// A newer run of the workflow took its place.
    Superseded,
    /// The server was stopped before the task started.
    ServerStopped,
    /// Tasks that it needs have not ended.
    WaitsForTasks {
        /// Their names.
        #[serde(serialize_with = "few")]
        tasks: Vec<String>,
    },
    /// It runs after all other tasks.
    WaitsForEnd,
    /// Its items are at work.
    WaitsForItems {
        /// Those that ended.
        done: u32,
        /// Those that are under way.
        under_way: u32,
        /// All.
        total: u32,
    },
    /// It is ready, and a worker of its pool takes it when it is next.
    WaitsForWorker {
        /// The pool.
        pool: String,
        /// How many jobs of its department go before it; counted up to 1,000.
        ahead: u64,
    },
    /// All workers of its pool are busy.
    PoolFull {
        /// The pool.
        pool: String,
        /// The slots it has on nodes that take work.
        slots: u32,
        /// Those that are taken.
        busy: u64,
        /// How many jobs of its department go before it; counted up to 1,000.
        ahead: u64,
    },
    /// No node that takes work serves its pool.
    NoWorker {
        /// The pool.
        pool: String,
    },
    /// It waits for slots of a limit that other tasks hold.
    WaitsForLimit {
        /// The limit.
        name: String,
        /// Its slots; fewer than are needed when it was made smaller.
        slots: u32,
        /// Those that are taken.
        used: u64,
        /// How many it needs.
        weight: u32,
        /// How many tasks get slots before it; counted up to 1,000.
        ahead: u64,
    },
    /// It needs slots of a limit that was taken away.
    LimitMissing {
        /// The limit.
        name: String,
    },
    /// Its department runs as many tasks as it may.
    WaitsForQuota {
        /// How many may run at once.
        max: u32,
        /// How many do.
        running: u64,
    },
    /// It failed and is tried again later.
    WaitsForRetry {
        /// When, in epoch milliseconds.
        at_ms: i64,
    },
    /// It is about to be looked after.
    Starting,
    /// A worker is at work on it.
    AtWork,
    /// It waits for the run that it started.
    WaitsForChild {
        /// The workflow.
        workflow: String,
        /// The run.
        run: i64,
    },
    /// The run that it started did not succeed.
    ChildEnded {
        /// The workflow.
        workflow: String,
        /// The run.
        run: i64,
        /// How it ended: the name of a state.
        state: String,
    },
    /// The workflow that it names is not there, or may not be used.
    NoSuchWorkflow {
        /// What it names.
        workflow: String,
    },
    /// The workflow that it names would start itself by way of others, or runs would start each other too deep.
    StartsItself {
        /// What it names.
        workflow: String,
        /// How deep they may.
        most: u32,
    },
    /// It waits for runs of another workflow.
    WaitsForRun {
        /// The workflow.
        workflow: String,
        /// The workflow's id.
        workflow_id: i64,
        /// Business dates or hours whose run has not ended well.
        #[serde(serialize_with = "few")]
        missing: Vec<String>,
        /// The newest run that was found for the first of them.
        run: Option<i64>,
        /// Where that run is: the name of a state.
        state: Option<String>,
    },
    /// A run of another workflow that it waited for ended badly.
    AwaitedFailed {
        /// The workflow.
        workflow: String,
        /// The business date or hour.
        date: String,
        /// The run.
        run: i64,
        /// How it ended: the name of a state.
        state: String,
    },
    /// A calendar's days are not known so far ahead, so a business date can't be told.
    BeyondHorizon {
        /// What is not known.
        #[serde(serialize_with = "cut")]
        message: String,
    },
    /// It waits for a file.
    WaitsForFile {
        /// Its path.
        #[serde(serialize_with = "cut")]
        path: String,
        /// Bytes that it has now; none when it is not there.
        bytes: Option<u64>,
        /// Whether it still grows or is too small.
        unready: bool,
    },
    /// A file that it waits for can't be looked at.
    FileUnreadable {
        /// Its path.
        #[serde(serialize_with = "cut")]
        path: String,
        /// What the system said.
        #[serde(serialize_with = "cut")]
        message: String,
    },
    /// It waits for a person's approval.
    WaitsForApproval {
        /// Who may decide: user names and roles.
        #[serde(serialize_with = "few")]
        approvers: Vec<String>,
        /// What they are asked.
        #[serde(serialize_with = "cut_if_any")]
        message: Option<String>,
        /// Until when, in epoch milliseconds.
        until_ms: Option<i64>,
    },
    /// A person approved.
    Approved {
        /// Who.
        who: String,
        /// Why, in their words.
        #[serde(serialize_with = "cut_if_any")]
        why: Option<String>,
    },
    /// A person rejected.
    Rejected {
        /// Who.
        who: String,
        /// Why, in their words.
        #[serde(serialize_with = "cut_if_any")]
        why: Option<String>,
    },
    /// Nobody decided in time.
    NotDecided {
        /// Whether it counts as approved.
        approved: bool,
    },
}

/// Most characters of a text in a stored reason, and most names of a list.
const MOST_CHARS: usize = 2_000;
const MOST_NAMES: usize = 50;

fn cut<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => serializer.collect_str(&format_args!("{}…", &text[..end])),
        None => serializer.serialize_str(text),
    }
}

fn cut_if_any<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match text {
        Some(text) => cut(text, serializer),
        None => serializer.serialize_none(),
    }
}

fn few<S: Serializer>(names: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    let rest = (names.len() > MOST_NAMES).then_some("…");
    serializer.collect_seq(names.iter().take(MOST_NAMES).map(String::as_str).chain(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_reason_fits_its_column() {
        let names = vec!["值".repeat(100); 2_000];
        let text = "\u{1}值".repeat(100_000);
        let long = [
            Reason::BadOutput { message: text.clone() },
            Reason::UpstreamFailed { tasks: names.clone() },
            Reason::FileUnreadable { path: text.clone(), message: text.clone() },
            Reason::WaitsForApproval { approvers: names, message: Some(text.clone()), until_ms: None },
            Reason::ByPerson { who: "ann".into(), why: Some(text) },
        ];
        for reason in long {
            let json = serde_json::to_string(&reason).expect("JSON");
            assert!(json.len() < 60_000, "{} bytes", json.len());
            let read: Reason = serde_json::from_str(&json).expect("a reason");
            assert!(json.contains('…') && serde_json::to_string(&read).expect("JSON").len() <= json.len() + 10);
        }
    }
}
