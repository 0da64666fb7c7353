//! What a backfill would do, and starting it.

use chrono::NaiveDate;
use serde_json::Value;

use super::{BackfillAction, BackfillChoice, BackfillOrder, BackfillPayload, BackfillVersion, DateRun};
use crate::api::operate::RunPriority;
use crate::api::run::PageInfo;
use crate::api::schema;
use crate::api::session::UserError;
use crate::api::workflow::WorkflowRef;

#[derive(cynic::InputObject, Clone, Debug, PartialEq)]
pub struct PlanBackfillInput {
    pub workflow: cynic::Id,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub calendar: Option<String>,
    pub order: Option<BackfillOrder>,
    pub parallelism: Option<i32>,
    pub version: Option<BackfillVersion>,
    pub params: Option<Value>,
    pub downstream: Option<bool>,
    pub priority: Option<RunPriority>,
    pub existing: Option<BackfillChoice>,
    pub active: Option<BackfillChoice>,
    pub choices: Option<Vec<BackfillDateChoice>>,
}

/// What was chosen for one workflow on one date.
#[derive(cynic::InputObject, Clone, Debug, PartialEq)]
pub struct BackfillDateChoice {
    pub date: NaiveDate,
    pub workflow: Option<cynic::Id>,
    pub choice: BackfillChoice,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct PlanVariables {
    pub input: PlanBackfillInput,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct BackfillNoDate {
    pub date: NaiveDate,
    pub reason: String,
    pub unknown: bool,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct BackfillPlanItem {
    pub workflow: WorkflowRef,
    pub business_date: NaiveDate,
    pub action: BackfillAction,
    pub run: Option<DateRun>,
    pub other_backfill: bool,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct BackfillPlanItemConnection {
    pub nodes: Vec<BackfillPlanItem>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct BackfillPlan {
    pub calendar: String,
    pub hidden: i32,
    pub total: i32,
    pub creates: i32,
    pub reruns: i32,
    pub skips: i32,
    pub blocked: i32,
    pub without_date: Vec<BackfillNoDate>,
    #[arguments(first: 200)]
    pub items: BackfillPlanItemConnection,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct PlanBackfillPayload {
    pub plan: Option<BackfillPlan>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "PlanVariables")]
pub struct PlanBackfill {
    #[arguments(input: $input)]
    pub plan_backfill: PlanBackfillPayload,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct StartBackfillInput {
    pub workflow: cynic::Id,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub calendar: Option<String>,
    pub order: Option<BackfillOrder>,
    pub parallelism: Option<i32>,
    pub version: Option<BackfillVersion>,
    pub params: Option<Value>,
    pub downstream: Option<bool>,
    pub priority: Option<RunPriority>,
    pub existing: Option<BackfillChoice>,
    pub active: Option<BackfillChoice>,
    pub choices: Option<Vec<BackfillDateChoice>>,
    pub reason: String,
}

impl StartBackfillInput {
    /// What was planned, with a reason.
    pub fn of(plan: PlanBackfillInput, reason: String) -> Self {
        let PlanBackfillInput {
            workflow,
            from,
            to,
            calendar,
            order,
            parallelism,
            version,
            params,
            downstream,
            priority,
            existing,
            active,
            choices,
        } = plan;
        Self {
            workflow,
            from,
            to,
            calendar,
            order,
            parallelism,
            version,
            params,
            downstream,
            priority,
            existing,
            active,
            choices,
            reason,
        }
    }
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct StartVariables {
    pub input: StartBackfillInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "StartVariables")]
pub struct StartBackfill {
    #[arguments(input: $input)]
    pub start_backfill: BackfillPayload,
}
