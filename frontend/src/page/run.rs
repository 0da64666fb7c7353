//! Runs: the list, and one run.

pub(crate) mod act;
pub(crate) mod attempts;
pub(crate) mod bulk;
pub(crate) mod buttons;
pub(crate) mod command;
pub(crate) mod compare;
pub(crate) mod detail;
pub(crate) mod events;
pub(crate) mod facts;
pub(crate) mod feed;
pub(crate) mod filter;
pub(crate) mod graph;
pub(crate) mod items;
pub(crate) mod list;
pub(crate) mod log_tools;
pub(crate) mod panel;
pub(crate) mod related;
pub(crate) mod saved;
pub(crate) mod start;
pub(crate) mod task_log;
pub(crate) mod tasks;
pub(crate) mod timeline;
pub(crate) mod trouble;
pub(crate) mod values;
pub(crate) mod waits;
