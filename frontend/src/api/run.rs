//! Runs: lists, one run with its graph and tasks, and what an operator does to it.

use chrono::NaiveDate;

use super::backfill::BackfillSpan;
use super::operate::RunPriority;
use super::scalar::Instant;
use super::schema;
use super::session::{Permission, UserError};
use super::task::{TaskRun, TaskRunConnection};
use super::tenant::TenantRef;
use super::workflow::{Version, WorkflowRef};

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunState {
    Queued,
    Running,
    Paused,
    WaitingApproval,
    Succeeded,
    Failed,
    Stopped,
    Skipped,
}

impl RunState {
    /// In the order of the filter chips: trouble first, done last.
    pub const ALL: [Self; 8] = [
        Self::Failed,
        Self::Running,
        Self::Queued,
        Self::Paused,
        Self::WaitingApproval,
        Self::Stopped,
        Self::Skipped,
        Self::Succeeded,
    ];

    /// The name on the wire, which is also the one in addresses, in lower case.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::WaitingApproval => "waiting_approval",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Skipped => "skipped",
        }
    }

    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.wire() == name)
    }

    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Stopped | Self::Skipped)
    }
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunCause {
    Schedule,
    Manual,
    Api,
    SubWorkflow,
    Rerun,
    Backfill,
}

impl RunCause {
    /// In the order of the filter.
    pub const ALL: [Self; 6] =
        [Self::Schedule, Self::Manual, Self::Api, Self::SubWorkflow, Self::Rerun, Self::Backfill];

    /// The name in addresses.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Manual => "manual",
            Self::Api => "api",
            Self::SubWorkflow => "sub_workflow",
            Self::Rerun => "rerun",
            Self::Backfill => "backfill",
        }
    }

    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.wire() == name)
    }
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RerunScope {
    Failed,
    FromTask,
    OnlyTask,
    All,
    NewestVersion,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Default)]
pub struct PageInfo {
    pub has_next_page: bool,
    pub end_cursor: Option<String>,
}

#[derive(cynic::QueryFragment, Clone, Copy, Debug, PartialEq)]
#[cynic(graphql_type = "WorkflowVersion")]
pub struct VersionNumber {
    pub number: i32,
}

/// A run as a row of a list, and what changes of it while it goes on.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct RunRow {
    pub id: cynic::Id,
    pub state: RunState,
    pub cause: RunCause,
    pub business_date: NaiveDate,
    pub generation: i32,
    pub tenant: TenantRef,
    pub workflow: WorkflowRef,
    pub version: VersionNumber,
    pub started_by: Option<String>,
    pub schedule_name: Option<String>,
    pub created_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
    pub reason: Option<String>,
    pub task_total: i32,
    pub task_succeeded: i32,
    pub task_failed: i32,
    pub task_running: i32,
    pub priority: i32,
    pub dry_run: bool,
    pub overdue_at: Option<Instant>,
}

/// A run where it is only named.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct RunRef {
    pub id: cynic::Id,
    pub state: RunState,
    pub business_date: NaiveDate,
    pub workflow: WorkflowRef,
    pub version: VersionNumber,
    pub created_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingKind {
    Tasks,
    Items,
    Slot,
    Worker,
    PoolFull,
    NoWorker,
    Limit,
    Quota,
    Retry,
    Hold,
    Lost,
    Approval,
    Child,
    Upstream,
    File,
    Calendar,
    Starting,
}

/// Why something waits, with what it waits for.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct WaitingReason {
    pub kind: WaitingKind,
    pub text: String,
    pub run: Option<RunRef>,
    pub workflow: Option<WorkflowRef>,
    pub tasks: Vec<String>,
    pub at: Option<Instant>,
    pub message: Option<String>,
}

/// What changes of a run beside its row.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct RunNow {
    pub params: serde_json::Value,
    pub outputs: Option<serde_json::Value>,
    pub waiting_reasons: Vec<WaitingReason>,
}

#[derive(cynic::InputObject, Clone, Debug, Default, PartialEq)]
pub struct RunFilter {
    pub tenant: Option<cynic::Id>,
    pub project: Option<cynic::Id>,
    pub workflow: Option<cynic::Id>,
    pub states: Option<Vec<RunState>>,
    pub business_date: Option<NaiveDate>,
    pub business_date_from: Option<NaiveDate>,
    pub business_date_to: Option<NaiveDate>,
    pub causes: Option<Vec<RunCause>>,
    pub started_by: Option<String>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct RunsVariables {
    pub filter: Option<RunFilter>,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "RunsVariables")]
pub struct Runs {
    #[arguments(filter: $filter, first: 50, after: $after)]
    pub runs: RunConnection,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct RunConnection {
    pub nodes: Vec<RunRow>,
    pub page_info: PageInfo,
}

/// A revision of a calendar.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
pub struct UsedRevision {
    pub calendar: String,
    pub revision: i32,
}

/// What a run began with and keeps.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct RunBasis {
    pub parent: Option<RunRef>,
    pub rerun_of: Option<RunRef>,
    pub backfill: Option<BackfillSpan>,
    pub version: Version,
    pub calendar_revisions: Vec<UsedRevision>,
    pub calendars_changed: Vec<UsedRevision>,
    pub calendar_assumed: bool,
    pub stands_for: Vec<NaiveDate>,
    pub viewer_can: Vec<Permission>,
    pub cursor: String,
}

/// One run as its page first needs it.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct RunDetail {
    #[cynic(spread)]
    pub row: RunRow,
    #[cynic(spread)]
    pub now: RunNow,
    #[cynic(spread)]
    pub basis: RunBasis,
    #[arguments(first: 200, filter: { items: false })]
    pub task_runs: TaskRunConnection,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct RunVariables {
    pub id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "RunVariables")]
pub struct RunById {
    #[arguments(id: $id)]
    pub run: Option<RunDetail>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct MoreTasksVariables {
    pub id: cynic::Id,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "MoreTasksVariables")]
pub struct MoreTasks {
    #[arguments(id: $id)]
    pub run: Option<MoreTasksRun>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Run", variables = "MoreTasksVariables")]
pub struct MoreTasksRun {
    #[arguments(first: 200, after: $after, filter: { items: false })]
    pub task_runs: TaskRunConnection,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct RunChangedVariables {
    pub id: cynic::Id,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Subscription", variables = "RunChangedVariables")]
pub struct RunChanged {
    #[arguments(id: $id, after: $after, items: false)]
    pub run_changed: RunChange,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct RunChange {
    pub cursor: String,
    pub run: RunLive,
    pub task_runs: Vec<TaskRun>,
}

/// A run as it is told when it changes.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct RunLive {
    #[cynic(spread)]
    pub row: RunRow,
    #[cynic(spread)]
    pub now: RunNow,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct RunsChangedVariables {
    pub tenant: Option<cynic::Id>,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Subscription", variables = "RunsChangedVariables")]
pub struct RunsChanged {
    #[arguments(tenant: $tenant, after: $after)]
    pub runs_changed: RunNotice,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct RunNotice {
    pub cursor: String,
    pub run: RunRow,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct StartRunInput {
    pub workflow: cynic::Id,
    pub business_date: Option<NaiveDate>,
    pub params: Option<serde_json::Value>,
    pub idempotency_key: Option<String>,
    pub reason: Option<String>,
    pub priority: Option<RunPriority>,
    pub dry_run: Option<bool>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct StartRunVariables {
    pub input: StartRunInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "StartRunVariables")]
pub struct StartRun {
    #[arguments(input: $input)]
    pub start_run: StartRunPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct StartRunPayload {
    pub run: Option<RunRow>,
    pub user_errors: Vec<UserError>,
}
