//! Runs: the list, and one run.

pub(crate) mod act;
pub(crate) mod attempts;
pub(crate) mod detail;
pub(crate) mod facts;
pub(crate) mod feed;
pub(crate) mod filter;
pub(crate) mod list;
pub(crate) mod log_tools;
pub(crate) mod panel;
pub(crate) mod start;
pub(crate) mod task_log;
pub(crate) mod tasks;
pub(crate) mod timeline;
