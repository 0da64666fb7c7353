//! The states of a task run.
