//! The run state machine: `(plan, run, event, now) → (new state, effects)`.
//!
//! [`Run::step`] is the one place that decides what a run and its tasks do next; everything else only feeds it
//! events and stores what it decided. It reads no clock, draws no random number and does no I/O.
//!
//! Invariants, each with a property test in `run/tests.rs`:
//!  - a final task never changes within its generation; a final run changes only by a rerun, under a new generation;
//!  - no task becomes ready before its needs are decided;
//!  - every task that is neither final nor pending has a job at work for it, or is `lost` and waits for a person;
//!  - a report with an epoch that is not the newest is refused;
//!  - the same outcomes in any allowed order give the same end.

mod effect;
mod plan;
mod reason;
mod rerun;
mod state;
#[cfg(test)]
mod tests;
mod transition;

pub use effect::{Effect, Ended, Refused, RunEvent};
pub use plan::{NeedsRule, OnLost, Plan, PlannedTask};
pub use reason::Reason;
pub use rerun::{RerunRefused, RerunScope};
pub use state::{AttemptState, Counts, LostDecision, Outputs, Run, RunState, TaskRun, TaskState};
pub use transition::Conditions;
