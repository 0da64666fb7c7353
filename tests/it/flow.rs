//! Runs from their start to their end.

mod acknowledged;
mod compose;
mod crash;
mod end;
mod stop;
