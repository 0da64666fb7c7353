//! View models: what the pages show, computed as plain values from what the API answered. Nothing here touches the
//! browser, so all of it is tested natively.

pub mod backfill;
pub mod calendar;
pub mod cluster;
pub mod diff;
pub mod gantt;
pub mod graph;
pub mod log;
pub mod path;
pub mod recent;
pub mod schedule;
pub mod state;
