//! Runs from their start to their end.

mod acknowledged;
mod compose;
mod backfill;
mod crash;
mod end;
mod stop;
