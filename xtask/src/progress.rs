//! One line a step, with the time since the start, so that a long cold build is seen to move.

use std::sync::OnceLock;
use std::time::Instant;

/// Says what begins now.
pub(crate) fn step(what: &str) {
    static START: OnceLock<Instant> = OnceLock::new();
    let seconds = START.get_or_init(Instant::now).elapsed().as_secs();
    eprintln!("\n▸ {:>2}:{:02}  {what}", seconds / 60, seconds % 60);
}
