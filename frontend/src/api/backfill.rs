//! Backfills: the plan, the list, one with its dates, and what an operator does to it.

pub mod plan;

use chrono::NaiveDate;

use super::run::{PageInfo, RunState};
use super::scalar::Instant;
use super::schema;
use super::session::{Permission, UserError};
use super::tenant::TenantRef;
use super::workflow::WorkflowRef;

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillState {
    Running,
    Paused,
    Cancelling,
    Succeeded,
    Failed,
    Cancelled,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillItemState {
    Pending,
    Running,
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillAction {
    Create,
    Rerun,
    Skip,
    Blocked,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BackfillOrder {
    Forward,
    Backward,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillVersion {
    Newest,
    Original,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillChoice {
    Skip,
    Rerun,
}

/// A backfill as a row of the list, and what changes of it while it goes on.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Backfill")]
pub struct BackfillRow {
    pub id: cynic::Id,
    pub state: BackfillState,
    pub tenant: TenantRef,
    pub workflow: WorkflowRef,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub calendar: String,
    pub order: BackfillOrder,
    pub parallelism: i32,
    pub reason: String,
    pub started_by: Option<String>,
    pub created_at: Instant,
    pub finished_at: Option<Instant>,
    pub total: i32,
    pub pending: i32,
    pub running: i32,
    pub succeeded: i32,
    pub failed: i32,
    pub skipped: i32,
    pub cancelled: i32,
}

#[derive(cynic::InputObject, Clone, Debug, Default)]
pub struct BackfillFilter {
    pub tenant: Option<cynic::Id>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct BackfillsVariables {
    pub filter: Option<BackfillFilter>,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "BackfillsVariables")]
pub struct Backfills {
    #[arguments(filter: $filter, first: 50, after: $after)]
    pub backfills: BackfillConnection,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct BackfillConnection {
    pub nodes: Vec<BackfillRow>,
    pub page_info: PageInfo,
}

/// The run of a date.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct DateRun {
    pub id: cynic::Id,
    pub state: RunState,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct BackfillItem {
    pub position: i32,
    pub workflow: WorkflowRef,
    pub business_date: NaiveDate,
    pub action: BackfillAction,
    pub state: BackfillItemState,
    pub attempt: i32,
    pub reason: Option<String>,
    pub run: Option<DateRun>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct BackfillItemConnection {
    pub nodes: Vec<BackfillItem>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct BackfillVariables {
    pub id: cynic::Id,
    pub after: Option<String>,
}

/// One backfill with a page of its dates.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Backfill", variables = "BackfillVariables")]
pub struct BackfillDetail {
    #[cynic(spread)]
    pub row: BackfillRow,
    pub version: BackfillVersion,
    pub state_by: Option<String>,
    pub state_reason: Option<String>,
    pub downstream: Vec<WorkflowRef>,
    pub viewer_can: Vec<Permission>,
    #[arguments(first: 100, after: $after)]
    pub items: BackfillItemConnection,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "BackfillVariables")]
pub struct BackfillById {
    #[arguments(id: $id)]
    pub backfill: Option<BackfillDetail>,
}

/// A backfill where only its id is needed.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Backfill")]
pub struct BackfillRef {
    pub id: cynic::Id,
}

/// A backfill where it is only named.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Backfill")]
pub struct BackfillSpan {
    pub id: cynic::Id,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct BackfillPayload {
    pub backfill: Option<BackfillRef>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct PauseBackfillInput {
    pub id: cynic::Id,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct PauseVariables {
    pub input: PauseBackfillInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "PauseVariables")]
pub struct PauseBackfill {
    #[arguments(input: $input)]
    pub pause_backfill: BackfillPayload,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct ResumeBackfillInput {
    pub id: cynic::Id,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct ResumeVariables {
    pub input: ResumeBackfillInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ResumeVariables")]
pub struct ResumeBackfill {
    #[arguments(input: $input)]
    pub resume_backfill: BackfillPayload,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct CancelBackfillInput {
    pub id: cynic::Id,
    pub stop_runs: Option<bool>,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct CancelVariables {
    pub input: CancelBackfillInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CancelVariables")]
pub struct CancelBackfill {
    #[arguments(input: $input)]
    pub cancel_backfill: BackfillPayload,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct RerunFailedOfBackfillInput {
    pub id: cynic::Id,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct RerunFailedVariables {
    pub input: RerunFailedOfBackfillInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "RerunFailedVariables")]
pub struct RerunFailedOfBackfill {
    #[arguments(input: $input)]
    pub rerun_failed_of_backfill: BackfillPayload,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct UpdateBackfillInput {
    pub id: cynic::Id,
    pub parallelism: i32,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct UpdateVariables {
    pub input: UpdateBackfillInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "UpdateVariables")]
pub struct UpdateBackfill {
    #[arguments(input: $input)]
    pub update_backfill: BackfillPayload,
}
