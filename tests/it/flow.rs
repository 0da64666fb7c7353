//! Runs from their start to their end.

mod crash;
mod end;
mod stop;
