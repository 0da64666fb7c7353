//! Attempts with real processes, with and without control groups.

mod ending;
mod environment;
mod guard;
mod lab;
mod orphan;
mod outcome;
mod output;
