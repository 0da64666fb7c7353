//! The rules of Almanac as pure functions: what a workflow document means, which days are open, when a schedule
//! fires, and how a run advances.
//!
//! Nothing here is async, reads a clock, draws a random number or touches a file or socket: time, chance and stored
//! data are arguments. So the server and, compiled to WebAssembly, the browser's previews give the same answer.
//!
//! Invariants of the crate:
//!  - **Same input, same output.** Also the order of reported problems and of laid-out boxes is fixed.
//!  - **No input panics.** Text written by people (documents, templates, cron expressions) ends in a value or a typed
//!    error with its place, within bounds on size, depth and work.
//!  - **Codes and wire names are forever.** Once released, an [`error::ErrorCode`], a state or a permission keeps its
//!    spelling.
//!
//! The modules, in reading order:
#![warn(missing_docs)]

// Blank lines keep the formatter from sorting.
pub mod id;

pub mod error;

pub mod bizdate;
pub mod calendar;
pub mod cron;
pub mod schedule;

pub mod dag;
pub mod workflow;

pub mod param;
pub mod run;

pub mod backfill;
pub mod queue;

pub mod retry;

pub mod access;

pub mod ask;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
