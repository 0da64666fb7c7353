//! The frame around every page but sign-in: side bar, top bar, keyboard, notes.

pub(crate) mod account;
pub(crate) mod help;
pub(crate) mod keyboard;
pub(crate) mod password;
pub(crate) mod shell;
pub(crate) mod side;
pub(crate) mod tenant;
pub(crate) mod top;
