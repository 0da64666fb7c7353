//! What the schedule page shows: the schedules of a document, what they will do, and how that differs from the version
//! that stands. The domain crate decides; this only asks it and folds the answers into rows.

pub mod change;
pub mod clock;
pub mod date_rule;
pub mod entry;
pub mod forecast;
pub mod jump;
pub mod left_out;
pub mod missed;
pub mod nearest;
pub mod phrase;
pub mod recipe;

#[cfg(test)]
mod tests;
