//! What a person does to runs and their tasks: a preview of it, and doing it to one run or to many.

use super::run::{RerunScope, RunRow, RunState};
use super::schema;
use super::session::UserError;
use super::task::TaskRun;

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunOperation {
    Stop,
    Pause,
    Resume,
    Rerun,
    SetPriority,
    SetParams,
    HoldTask,
    ReleaseTask,
    MarkTaskSucceeded,
    MarkTaskSkipped,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunPriority {
    Low,
    Normal,
    High,
    Urgent,
}

/// An operation with what it needs.
#[derive(cynic::InputObject, Clone, Debug, PartialEq)]
pub struct RunOperationInput {
    pub operation: RunOperation,
    pub scope: Option<RerunScope>,
    pub task: Option<String>,
    pub priority: Option<RunPriority>,
    pub params: Option<serde_json::Value>,
    pub task_run: Option<cynic::Id>,
}

impl RunOperationInput {
    /// One that needs nothing more.
    pub fn plain(operation: RunOperation) -> Self {
        Self { operation, scope: None, task: None, priority: None, params: None, task_run: None }
    }

    pub fn rerun(scope: RerunScope, task: Option<String>) -> Self {
        Self { scope: Some(scope), task, ..Self::plain(RunOperation::Rerun) }
    }

    pub fn on_task(operation: RunOperation, task_run: cynic::Id) -> Self {
        Self { task_run: Some(task_run), ..Self::plain(operation) }
    }
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct PreviewVariables {
    pub run: cynic::Id,
    pub operation: RunOperationInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "PreviewVariables")]
pub struct PreviewOperation {
    #[arguments(run: $run, operation: $operation)]
    pub preview_operation: PreviewOperationPayload,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
pub struct PreviewOperationPayload {
    pub preview: Option<OperationPreview>,
    pub user_errors: Vec<UserError>,
}

/// What an operation would do.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
pub struct OperationPreview {
    pub runs: Vec<String>,
    pub stops: Vec<String>,
    pub drops: Vec<String>,
    pub state: RunState,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct OperateRunsInput {
    pub ids: Option<Vec<cynic::Id>>,
    pub operation: RunOperationInput,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct OperateRunsVariables {
    pub input: OperateRunsInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "OperateRunsVariables")]
pub struct OperateRuns {
    #[arguments(input: $input)]
    pub operate_runs: OperateRunsPayload,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
pub struct OperateRunsPayload {
    pub outcomes: Vec<RunOutcome>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
pub struct RunOutcome {
    pub id: cynic::Id,
    pub run: Option<RunRow>,
    pub changed: bool,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalDecision {
    Approve,
    Reject,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct DecideApprovalInput {
    pub task_run: cynic::Id,
    pub decision: ApprovalDecision,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct DecideApprovalVariables {
    pub input: DecideApprovalInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "DecideApprovalVariables")]
pub struct DecideApproval {
    #[arguments(input: $input)]
    pub decide_approval: DecideApprovalPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct DecideApprovalPayload {
    pub task_run: Option<TaskRun>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct RerunRunInput {
    pub id: cynic::Id,
    pub scope: RerunScope,
    pub task: Option<String>,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct RerunRunVariables {
    pub input: RerunRunInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "RerunRunVariables")]
pub struct RerunRun {
    #[arguments(input: $input)]
    pub rerun_run: RerunRunPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct RerunRunPayload {
    pub run: Option<RunRow>,
    pub tasks: Vec<String>,
    pub user_errors: Vec<UserError>,
}
