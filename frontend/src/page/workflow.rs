//! Workflows: the list, one workflow, and a new one.

pub(crate) mod check;
pub(crate) mod detail;
pub(crate) mod document;
pub(crate) mod draft;
pub(crate) mod graph;
mod kept;
pub(crate) mod list;
pub(crate) mod new;
mod refresh;
mod removal;
pub(crate) mod row;
pub(crate) mod schedule;
pub(crate) mod switch;
pub(crate) mod unread;
pub(crate) mod versions;
