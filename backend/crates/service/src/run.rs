//! Runs: starting, admitting, stopping and repeating them, and reading them.

pub(crate) mod batch;
pub(crate) mod cache;
pub(crate) mod change;
mod events;
pub(crate) mod loaded;
mod operate;
mod progress;
mod read;
pub(crate) mod scope;
mod start;
mod why;
mod workers;

pub use events::{Event, Happened, events};
pub use operate::approve::{Approval, decide, may_decide};
pub use operate::many::{MOST as MOST_AT_ONCE, Outcome, Outcomes, Which, operate_many};
pub use operate::preview::{Preview, preview};
pub use operate::{Done, Operated, Operation, operate};
pub(crate) use operate::{reason, refused, rerun as rerun_scope};
pub use progress::{Committer, Progress, Receipt};
pub use read::{
    Filter, ItemCounts, Part, TaskFilter, attempts, changed_since, changes, children, find, find_task, get_many,
    item_counts, list, open_counts, previous, tasks, tasks_of,
};
pub use start::{Cause, NewRun, admit, admit_all, rerun_newest, start};
pub(crate) use start::{Draft, draft, made};
pub use store::attempt::Row as AttemptRow;
pub use store::run::Row;
pub use store::task_run::Row as TaskRow;
pub use why::{run_reason, run_waiting_reasons, task_reason, waiting_reasons};
pub use workers::{LogEnd, News, NodeIdentity, Report, Usage, Workers};

pub use scope::TaskScope;
