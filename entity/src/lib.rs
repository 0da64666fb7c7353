//! SeaORM entities, one file per table. No rules live here.
//!
//! Invariant: what a column means is said in the migration; ids are made by the application, instants are
//! epoch milliseconds (UTC) in `*_ms`, JSON is text.

pub mod account;
pub mod attempt;
pub mod audit_chain;
pub mod audit_event;
pub mod backfill;
pub mod backfill_item;
pub mod calendar;
pub mod calendar_alarm;
pub mod calendar_revision;
pub mod calendar_stamp;
pub mod concurrency_limit;
pub mod id_tag;
pub mod job;
pub mod limit_slot;
pub mod log_chunk;
pub mod node;
pub mod project;
pub mod retention;
pub mod retention_mark;
pub mod role_binding;
pub mod run;
pub mod schedule;
pub mod schedule_fire;
pub mod session;
pub mod task_run;
pub mod tenant;
pub mod wait;
pub mod workflow;
pub mod workflow_calendar;
pub mod workflow_version;
