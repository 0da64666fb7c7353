//! How a node is doing, as it writes it into its row for all others to show.
//!
//! Programs of different versions read each other's: unknown fields are passed over, missing ones have a default.

use serde::{Deserialize, Serialize};

/// Longest text of an error.
const ERROR_LENGTH: usize = 300;

/// Most loops and pools that are told of.
const MOST: usize = 100;

/// How a node is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// When it wrote this, on the database's clock.
    pub at_ms: i64,
    /// How long its claims last unless they are renewed; without a heartbeat for so long it counts as silent.
    pub lease_ms: i64,
    /// Attempts that run in it.
    pub running: u32,
    /// Its loops.
    pub loops: Vec<LoopState>,
    /// Its pools.
    pub pools: Vec<PoolState>,
}

/// How a loop is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoopState {
    /// Its name.
    pub name: String,
    /// The longest time it lets pass between two ticks.
    pub period_ms: i64,
    /// When the last tick that went well ended.
    pub last_ok_ms: Option<i64>,
    /// By how much the next good tick is overdue.
    pub lag_ms: i64,
    /// How long the last tick took.
    pub duration_ms: i64,
    /// Ticks that failed since the last that went well.
    pub failures: u32,
    /// What the last failure was.
    pub last_error: Option<String>,
}

/// How full a pool is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolState {
    /// Its name.
    pub name: String,
    /// Its slots on this node.
    pub slots: u32,
    /// Those that are taken.
    pub busy: u32,
}

impl Status {
    /// As it is stored: bounded, whatever the node has to tell.
    pub(super) fn to_json(&self) -> String {
        let mut bounded = self.clone();
        bounded.loops.truncate(MOST);
        bounded.pools.truncate(MOST);
        for error in bounded.loops.iter_mut().filter_map(|it| it.last_error.as_mut()) {
            *error = error.chars().filter(|it| *it != '\0').take(ERROR_LENGTH).collect();
        }
        serde_json::to_string(&bounded).unwrap_or_default()
    }

    /// What is stored; `None` for what no program of this kind wrote.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|status: &Self| status.lease_ms > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_bounded_and_reads_back() {
        let told = LoopState { name: "rescue".into(), last_error: Some("x\0".repeat(5_000)), ..LoopState::default() };
        let pool = PoolState { name: "p".repeat(64), slots: 8, busy: 3 };
        let status =
            Status { lease_ms: 30_000, loops: vec![told; 300], pools: vec![pool.clone(); 300], ..Status::default() };
        let text = status.to_json();
        assert!(text.len() < 65_536 && !text.contains('\0'), "{}", text.len());
        let read = Status::read(&text).expect("reads back");
        assert_eq!((read.loops.len(), &read.pools[0]), (MOST, &pool));
    }

    #[test]
    fn programs_of_other_versions_are_understood() {
        let newer = Status::read(r#"{"lease_ms": 5000, "loops": [{"name": "waits", "mood": "good"}], "gpu": 4}"#);
        assert_eq!(newer.map(|it| it.loops[0].name.clone()).as_deref(), Some("waits"));
        assert_eq!(Status::read(r#"{"loops": []}"#), None);
        assert_eq!(Status::read("?"), None);
    }
}
