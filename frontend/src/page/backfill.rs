//! Backfills: the list, planning a new one, and one with its dates.

pub(crate) mod act;
pub(crate) mod detail;
pub(crate) mod grid;
pub(crate) mod items;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod plan;
