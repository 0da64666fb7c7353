//! Runs from their start to their end.

mod crash;
