//! The run state machine: `(plan, run, event, now) → (new state, effects)`.
//!
//! [`Run::step`] is the one place that decides what a run and its tasks do next; everything else only feeds it
//! events and stores what it decided. It reads no clock, draws no random number and does no I/O.
//!
//! Invariants, each with a property test in `run/tests.rs`:
//!  - a final task never changes within its generation; a final run changes only under a new generation;
//!  - no task becomes ready before its needs are decided;
//!  - every task that may start has been asked for ([`Effect::Enqueue`]) unless a person halted it or its run, and
//!    every task under way is held by a worker, waits for something, or is `lost` and waits for a person;
//!  - a report with an epoch that is not the newest is refused;
//!  - the same outcomes in any allowed order give the same end.

mod act;
mod compile;
mod decide;
mod effect;
mod items;
mod plan;
mod reason;
mod rerun;
mod state;
#[cfg(test)]
mod tests;
mod transition;

pub use effect::{Act, Effect, Ended, Mark, Refused, RunEvent, Waited};
pub use plan::{ItemsRule, NeedsRule, OnLost, Plan, PlannedTask, Role};
pub use reason::Reason;
pub use rerun::{RerunRefused, RerunScope};
pub use state::{AttemptState, Counts, Item, ItemCounts, LostDecision, Outputs, Run, RunState, TaskRun, TaskState};
pub use transition::Conditions;
