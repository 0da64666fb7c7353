//! Building blocks without knowledge of any page: they take values and tell what the user did.

pub(crate) mod calendar;
pub(crate) mod canvas;
pub(crate) mod dialog;
pub(crate) mod editor;
pub(crate) mod icon;
pub(crate) mod live;
pub(crate) mod log;
pub(crate) mod menu;
pub(crate) mod pane;
pub(crate) mod problem;
pub(crate) mod reason;
pub(crate) mod recent;
pub(crate) mod run_table;
pub(crate) mod schedule;
pub(crate) mod state;
pub(crate) mod switch;
pub(crate) mod tabs;
pub(crate) mod task_settings;
pub(crate) mod toast;
