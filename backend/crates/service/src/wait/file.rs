//! Waiting for a file: on the machine of whichever node looks, so in a cluster on storage that all nodes share.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::run::{Outputs, Reason, Waited};
use domain::workflow::TaskKind;
use domain::workflow::task::AwaitedFile;
use serde::{Deserialize, Serialize};
use store::wait::Row;

use super::look::Seen;
use crate::run::loaded::to_json;

/// How long a file system may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Most questions to file systems without an answer yet; each holds a thread.
const MOST_OPEN: usize = 64;

/// How a file looked, and since when it looks so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    bytes: u64,
    changed_ms: i64,
    since_ms: i64,
}

/// What a wait for a file remembers from look to look.
#[derive(Serialize, Deserialize)]
struct Remembered {
    file: Look,
    reason: Reason,
}

/// Looks for the file; `row` remembers how it looked.
pub(super) async fn look(awaited: &AwaitedFile, row: &mut Row, now_ms: i64) -> Seen {
    let path = awaited.path.clone();
    let found = match metadata(path.clone()).await {
        Ok(found) if found.is_file() => found,
        Ok(_) => {
            let message = "it is no file".to_owned();
            return Seen::NotYet(Reason::FileUnreadable { path, message });
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            row.seen_json = None;
            return Seen::NotYet(Reason::WaitsForFile { path, bytes: None, unready: false });
        }
        Err(error) => return Seen::NotYet(Reason::FileUnreadable { path, message: error.to_string() }),
    };
    let bytes = found.len();
    let changed = found.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let changed_ms = changed.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    let before = row.seen_json.as_deref().and_then(|json| serde_json::from_str::<Remembered>(json).ok());
    let same = before.map(|it| it.file).filter(|it| (it.bytes, it.changed_ms) == (bytes, changed_ms));
    let look = Look { bytes, changed_ms, since_ms: same.map_or(now_ms, |it| it.since_ms) };
    let stable = awaited.stable_for.is_none_or(|stable_for| now_ms - look.since_ms >= stable_for.ms());
    if stable && awaited.min_size.is_none_or(|least| bytes >= least) {
        let outputs: Outputs =
            [("path".to_owned(), path.into()), ("bytes".to_owned(), bytes.into())].into_iter().collect();
        return Seen::Over(Waited::Met { outputs, reason: None });
    }
    let reason = Reason::WaitsForFile { path, bytes: Some(bytes), unready: true };
    row.seen_json = Some(to_json(&Remembered { file: look, reason: reason.clone() }));
    Seen::NotYet(reason)
}

/// What the file system says of a file. The server of a network drive that is down lets the question hang, and all else
/// that waits must not wait for that: the answer is given up, and nobody asks again before it came.
async fn metadata(path: String) -> io::Result<Metadata> {
    static OPEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let silent = || io::Error::new(io::ErrorKind::TimedOut, "its file system does not answer");
    {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST_OPEN || !open.insert(path.clone()) {
            return Err(silent());
        }
    }
    let asked = tokio::task::spawn_blocking(move || {
        let found = std::fs::metadata(&path);
        OPEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&path);
        found
    });
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answered) => answered.unwrap_or_else(|_| Err(silent())),
        Err(_) => Err(silent()),
    }
}

/// What is written to a wait's row after a look: of a file how it looked, else the reason alone.
pub(super) fn remembered(kind: &TaskKind, row: &Row, reason_json: Option<String>) -> Option<String> {
    let of_file = matches!(kind, TaskKind::WaitFor(wait) if wait.file.is_some());
    match &row.seen_json {
        Some(json) if of_file && serde_json::from_str::<Remembered>(json).is_ok() => Some(json.clone()),
        _ => reason_json,
    }
}

/// The reason that a row remembers.
pub(super) fn reason(json: &str) -> Option<Reason> {
    let remembered = serde_json::from_str::<Remembered>(json).map(|it| it.reason);
    remembered.or_else(|_| serde_json::from_str(json)).ok()
}

#[cfg(test)]
mod tests {
    use domain::workflow::DurationMs;

    use super::*;

    fn row() -> Row {
        Row {
            tenant_id: 1,
            run_id: 1,
            ordinal: 0,
            attempt: 1,
            kind: "wait_for".into(),
            due_ms: 0,
            since_ms: None,
            deadline_ms: None,
            workflow_id: None,
            seen_json: None,
            revision: 1,
        }
    }

    #[tokio::test]
    async fn a_file_is_there_when_it_is_large_enough_and_has_stopped_changing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("prices.csv");
        let awaited = AwaitedFile {
            path: path.display().to_string(),
            min_size: Some(4),
            stable_for: Some(DurationMs::from_secs(10)),
        };
        let mut row = row();
        let missing = look(&awaited, &mut row, 0).await;
        assert!(matches!(missing, Seen::NotYet(Reason::WaitsForFile { bytes: None, .. })), "{missing:?}");
        std::fs::write(&path, "abc").expect("written");
        let small = look(&awaited, &mut row, 1_000).await;
        assert!(matches!(small, Seen::NotYet(Reason::WaitsForFile { bytes: Some(3), .. })), "{small:?}");
        std::fs::write(&path, "abcd").expect("written");
        assert!(matches!(look(&awaited, &mut row, 2_000).await, Seen::NotYet(_)), "it has just changed");
        assert!(matches!(look(&awaited, &mut row, 11_999).await, Seen::NotYet(_)), "a moment too early");
        let Seen::Over(Waited::Met { outputs, .. }) = look(&awaited, &mut row, 12_000).await else {
            panic!("it is there")
        };
        assert_eq!(outputs["bytes"], 4);
    }
}
