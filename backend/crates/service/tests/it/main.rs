//! The use cases on a real database (SQLite), with a clock turned by hand.

#![expect(clippy::unwrap_used, reason = "a case that can't go on has failed")]

mod audit;
mod backfill;
mod calendar;
mod firm;
mod limit;
mod log;
mod matrix;
mod node;
mod pinned;
mod refresh;
mod removal;
mod retention;
mod roles;
mod schedule;
mod sign_in;
mod wait;
mod walls;
