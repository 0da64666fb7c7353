//! One module per area, one file per route; what a page is made of lies beside it. The address holds filters, tabs and
//! selections, so that Back undoes them and a link shows the same to another person.

pub(crate) mod backfill;
pub(crate) mod calendar;
pub(crate) mod monitoring;
pub(crate) mod not_found;
pub(crate) mod run;
pub(crate) mod signin;
pub(crate) mod workflow;
