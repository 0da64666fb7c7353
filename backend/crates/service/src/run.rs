//! Runs: starting, admitting, stopping and repeating them, and reading them.

pub(crate) mod batch;
pub(crate) mod cache;
pub(crate) mod loaded;
mod operate;
mod progress;
mod read;
pub(crate) mod scope;
mod start;
mod why;
mod workers;

pub use operate::{Stopped, rerun, rerun_preview, resolve_lost, stop};
pub use progress::{Committer, Progress, Receipt};
pub use read::{Filter, attempts, changed_since, changes, find, find_task, get_many, list, open_counts, tasks};
pub use start::{Cause, NewRun, admit, admit_all, start};
pub(crate) use start::{Draft, draft, made};
pub use store::attempt::Row as AttemptRow;
pub use store::run::Row;
pub use store::task_run::Row as TaskRow;
pub use why::{run_reason, task_reason};
pub use workers::{LogEnd, News, NodeIdentity, Report, Usage, Workers};

pub use scope::TaskScope;
