//! Task runs, their attempts and logs.

use super::run::{PageInfo, WaitingReason};
use super::scalar::{Instant, Int64};
use super::schema;
use super::session::UserError;

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    Pending,
    Ready,
    Claimed,
    Running,
    Waiting,
    RetryWait,
    Lost,
    Succeeded,
    Failed,
    Skipped,
    UpstreamFailed,
    Stopped,
    TimedOut,
}

impl TaskState {
    pub fn is_final(self) -> bool {
        use TaskState::*;
        matches!(self, Succeeded | Failed | Skipped | UpstreamFailed | Stopped | TimedOut)
    }

    pub fn is_active(self) -> bool {
        matches!(self, Self::Claimed | Self::Running)
    }

    /// Went wrong by itself: where the trouble is.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::Lost)
    }

    /// Ended without its work done: what "Re-run failed" begins with, as the server counts it.
    pub fn is_unwell(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::UpstreamFailed | Self::Stopped)
    }
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptState {
    Claimed,
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Stopped,
    Lost,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogStream {
    Stdout,
    Stderr,
    System,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct TaskRun {
    pub id: cynic::Id,
    pub ordinal: i32,
    pub name: String,
    pub kind: String,
    pub state: TaskState,
    pub attempt: i32,
    pub generation: i32,
    pub ready_at: Option<Instant>,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
    pub retry_at: Option<Instant>,
    pub exit_code: Option<i32>,
    pub reason: Option<String>,
    pub held: bool,
    pub marked: bool,
    pub overdue_at: Option<Instant>,
    pub item_index: Option<i32>,
    pub items: Option<ItemCounts>,
}

/// How the items of a task stand.
#[derive(cynic::QueryFragment, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemCounts {
    pub total: i32,
    pub ended: i32,
    pub succeeded: i32,
    pub failed: i32,
    pub under_way: i32,
}

#[derive(cynic::InputObject, Clone, Debug, PartialEq)]
pub struct TaskRunFilter {
    pub items: Option<bool>,
    pub parent_ordinal: Option<i32>,
    pub states: Option<Vec<TaskState>>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct ItemsVariables {
    pub run: cynic::Id,
    pub filter: TaskRunFilter,
    pub after: Option<String>,
}

/// A page of the items of a task.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "ItemsVariables")]
pub struct Items {
    #[arguments(id: $run)]
    pub run: Option<ItemsOfRun>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Run", variables = "ItemsVariables")]
pub struct ItemsOfRun {
    #[arguments(filter: $filter, first: 100, after: $after)]
    pub task_runs: ItemConnection,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "TaskRunConnection")]
pub struct ItemConnection {
    pub nodes: Vec<ItemRun>,
    pub page_info: PageInfo,
}

/// An item with what it is.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "TaskRun")]
pub struct ItemRun {
    #[cynic(spread)]
    pub task: TaskRun,
    pub item: Option<serde_json::Value>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "TaskVariables")]
pub struct ItemById {
    #[arguments(id: $id)]
    pub task_run: Option<ItemRun>,
}

/// What is asked of the chosen task alone: looking it up costs more than its row.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "TaskVariables")]
pub struct TaskWaits {
    #[arguments(id: $id)]
    pub task_run: Option<TaskNow>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "TaskRun")]
pub struct TaskNow {
    pub viewer_can_decide: bool,
    pub waiting_reasons: Vec<WaitingReason>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct TaskRunConnection {
    pub nodes: Vec<TaskRun>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct Attempt {
    pub number: i32,
    pub state: AttemptState,
    pub generation: i32,
    pub node: String,
    pub pool: String,
    pub claimed_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
    pub pid: Option<i32>,
    pub exit_code: Option<i32>,
    pub signal: Option<i32>,
    pub cpu_ms: Option<Int64>,
    pub peak_rss_kb: Option<Int64>,
    pub reason: Option<String>,
    pub log_bytes: Int64,
    pub log_truncated: bool,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct TaskVariables {
    pub id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "TaskVariables")]
pub struct TaskById {
    #[arguments(id: $id)]
    pub task_run: Option<TaskDetail>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "TaskRun")]
pub struct TaskDetail {
    pub outputs: Option<serde_json::Value>,
    pub attempts: Vec<Attempt>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct LogLine {
    pub offset: Int64,
    pub at: Instant,
    pub stream: LogStream,
    pub text: String,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct LogPage {
    pub attempt: i32,
    pub lines: Vec<LogLine>,
    pub end_cursor: String,
    pub complete: bool,
    pub truncated: bool,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct LogVariables {
    pub id: cynic::Id,
    pub attempt: Option<i32>,
    pub after: Option<String>,
    pub first: Option<i32>,
    pub last: Option<i32>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "LogVariables")]
pub struct TaskLog {
    #[arguments(id: $id)]
    pub task_run: Option<TaskRunLog>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TaskRun", variables = "LogVariables")]
pub struct TaskRunLog {
    #[arguments(attempt: $attempt, after: $after, first: $first, last: $last)]
    pub log: LogPage,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct LogTailVariables {
    pub task_run: cynic::Id,
    pub attempt: Option<i32>,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Subscription", variables = "LogTailVariables")]
pub struct LogTail {
    #[arguments(taskRun: $task_run, attempt: $attempt, after: $after)]
    pub log_tail: LogPage,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostDecision {
    Retry,
    Fail,
    Succeed,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct ResolveLostTaskInput {
    pub task_run: cynic::Id,
    pub decision: LostDecision,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct ResolveLostTaskVariables {
    pub input: ResolveLostTaskInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ResolveLostTaskVariables")]
pub struct ResolveLostTask {
    #[arguments(input: $input)]
    pub resolve_lost_task: ResolveLostTaskPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct ResolveLostTaskPayload {
    pub task_run: Option<TaskRun>,
    pub user_errors: Vec<UserError>,
}
