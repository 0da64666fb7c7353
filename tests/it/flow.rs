//! Runs from their start to their end.

mod compose;
mod crash;
mod end;
mod stop;
