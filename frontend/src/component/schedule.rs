//! The pickers of a schedule's sentence. Each takes a part of the schedule and tells what it is to become; none knows
//! the document.

pub(crate) mod calendar;
pub(crate) mod choice;
pub(crate) mod date_rule;
pub(crate) mod day_rule;
pub(crate) mod picker;
pub(crate) mod shift;
pub(crate) mod times;
pub(crate) mod zone;
