//! Workflows, their versions and schedules.

use super::run::{PageInfo, RunState};
use super::scalar::Instant;
use super::schema;
use super::session::{Permission, UserError};
use super::tenant::TenantRef;

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleState {
    Active,
    Paused,
    Held,
    Ended,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct Schedule {
    pub id: cynic::Id,
    pub name: String,
    pub spec: serde_json::Value,
    pub timezone: String,
    pub state: ScheduleState,
    pub reason: Option<String>,
    pub next_fire_at: Option<Instant>,
    pub last_fire_at: Option<Instant>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Project")]
pub struct ProjectRef {
    pub id: cynic::Id,
    pub slug: String,
    pub title: String,
}

/// A run as one bar of the last fourteen.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct RecentRun {
    pub id: cynic::Id,
    pub state: RunState,
    pub business_date: chrono::NaiveDate,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
}

/// A workflow as a row of the list.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Workflow")]
pub struct WorkflowRow {
    pub id: cynic::Id,
    pub name: String,
    pub title: Option<String>,
    pub owner: Option<String>,
    pub tenant: TenantRef,
    pub project: ProjectRef,
    pub enabled: bool,
    pub deleted_at: Option<Instant>,
    pub schedules: Vec<Schedule>,
    pub recent_runs: Vec<RecentRun>,
    pub viewer_can: Vec<Permission>,
}

#[derive(cynic::InputObject, Clone, Debug, Default, PartialEq)]
pub struct WorkflowFilter {
    pub tenant: Option<cynic::Id>,
    pub project: Option<cynic::Id>,
    pub search: Option<String>,
    pub deleted: Option<bool>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct WorkflowsVariables {
    pub filter: Option<WorkflowFilter>,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "WorkflowsVariables")]
pub struct Workflows {
    #[arguments(filter: $filter, first: 50, after: $after)]
    pub workflows: WorkflowConnection,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct WorkflowConnection {
    pub nodes: Vec<WorkflowRow>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct GraphTask {
    pub ordinal: i32,
    pub name: String,
    pub title: Option<String>,
    pub kind: String,
    pub needs: Vec<String>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct Graph {
    pub tasks: Vec<GraphTask>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "WorkflowVersion")]
pub struct Version {
    pub id: cynic::Id,
    pub number: i32,
    pub source: String,
    pub spec: serde_json::Value,
    pub graph: Graph,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct Workflow {
    pub id: cynic::Id,
    pub name: String,
    pub title: Option<String>,
    pub owner: Option<String>,
    pub tags: Vec<String>,
    pub tenant: TenantRef,
    pub project: ProjectRef,
    pub enabled: bool,
    pub deleted_at: Option<Instant>,
    pub deleted_by: Option<String>,
    pub deletion_reason: Option<String>,
    pub current_version: Version,
    pub schedules: Vec<Schedule>,
    pub viewer_can: Vec<Permission>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct IdVariables {
    pub id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "IdVariables")]
pub struct WorkflowById {
    #[arguments(id: $id)]
    pub workflow: Option<Workflow>,
}

/// A version as a row of the list of versions.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "WorkflowVersion")]
pub struct VersionRow {
    pub number: i32,
    pub note: Option<String>,
    pub created_at: Instant,
    pub created_by: Option<String>,
    pub source: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct VersionsVariables {
    pub id: cynic::Id,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "VersionsVariables")]
pub struct Versions {
    #[arguments(id: $id)]
    pub workflow: Option<WorkflowVersions>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Workflow", variables = "VersionsVariables")]
pub struct WorkflowVersions {
    #[arguments(first: 30, after: $after)]
    pub versions: WorkflowVersionConnection,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct WorkflowVersionConnection {
    pub nodes: Vec<VersionRow>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
pub struct SpecProblem {
    pub path: String,
    pub line: Option<i32>,
    pub column: Option<i32>,
    pub code: String,
    pub message: String,
    pub severity: String,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct CreateWorkflowInput {
    pub project: cynic::Id,
    pub source: String,
    pub note: Option<String>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct CreateWorkflowVariables {
    pub input: CreateWorkflowInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CreateWorkflowVariables")]
pub struct CreateWorkflow {
    #[arguments(input: $input)]
    pub create_workflow: CreateWorkflowPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct CreateWorkflowPayload {
    pub workflow: Option<WorkflowRef>,
    pub problems: Vec<SpecProblem>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Workflow")]
pub struct WorkflowRef {
    pub id: cynic::Id,
    pub name: String,
    pub title: Option<String>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct UpdateWorkflowInput {
    pub id: cynic::Id,
    pub source: String,
    pub base_version: i32,
    pub note: Option<String>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct UpdateWorkflowVariables {
    pub input: UpdateWorkflowInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "UpdateWorkflowVariables")]
pub struct UpdateWorkflow {
    #[arguments(input: $input)]
    pub update_workflow: UpdateWorkflowPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct UpdateWorkflowPayload {
    pub workflow: Option<Workflow>,
    pub problems: Vec<SpecProblem>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct SetWorkflowEnabledInput {
    pub id: cynic::Id,
    pub enabled: bool,
    pub reason: Option<String>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct SetWorkflowEnabledVariables {
    pub input: SetWorkflowEnabledInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "SetWorkflowEnabledVariables")]
pub struct SetWorkflowEnabled {
    #[arguments(input: $input)]
    pub set_workflow_enabled: SetWorkflowEnabledPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct SetWorkflowEnabledPayload {
    pub workflow: Option<WorkflowSwitch>,
    pub user_errors: Vec<UserError>,
}

/// What changes when a workflow is switched on or off.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Workflow")]
pub struct WorkflowSwitch {
    pub id: cynic::Id,
    pub enabled: bool,
    pub schedules: Vec<Schedule>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct DeleteWorkflowInput {
    pub id: cynic::Id,
    pub stop_runs: Option<bool>,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct DeleteWorkflowVariables {
    pub input: DeleteWorkflowInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "DeleteWorkflowVariables")]
pub struct DeleteWorkflow {
    #[arguments(input: $input)]
    pub delete_workflow: DeleteWorkflowPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct DeleteWorkflowPayload {
    pub workflow: Option<Workflow>,
    pub stopped_runs: i32,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct RestoreWorkflowInput {
    pub id: cynic::Id,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct RestoreWorkflowVariables {
    pub input: RestoreWorkflowInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "RestoreWorkflowVariables")]
pub struct RestoreWorkflow {
    #[arguments(input: $input)]
    pub restore_workflow: RestoreWorkflowPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct RestoreWorkflowPayload {
    pub workflow: Option<Workflow>,
    pub user_errors: Vec<UserError>,
}
