//! Runs from their start to their end.

mod acknowledged;
mod backfill;
mod compose;
mod crash;
mod end;
mod stop;
