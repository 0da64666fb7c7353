//! The graph of a workflow's tasks.
