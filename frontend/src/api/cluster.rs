//! The cluster: its nodes, how they are doing, what each holds, and taking them out of work.

use chrono::NaiveDate;

use super::scalar::Instant;
use super::schema;
use super::session::UserError;
use super::task::TaskState;
use super::tenant::TenantRef;
use super::workflow::WorkflowRef;

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClusterNodeState {
    Active,
    Draining,
    Silent,
    Gone,
}

/// As much of a node as the foot of the side bar tells.
#[derive(cynic::QueryFragment, Clone, Copy, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "ClusterNode")]
pub struct NodeState {
    pub state: ClusterNodeState,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "Cluster")]
pub struct NodeStates {
    pub nodes: Vec<NodeState>,
}

/// How many nodes there are; nothing for those who may not know.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct ClusterStates {
    pub cluster: Option<NodeStates>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
pub struct ClusterNodeDrain {
    pub since: Instant,
    pub by: String,
    pub reason: String,
    pub heeded: bool,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
pub struct ClusterNodePool {
    pub name: String,
    pub slots: i32,
    pub busy: i32,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
pub struct ClusterNodeLoop {
    pub name: String,
    pub period_ms: i32,
    pub last_ok_at: Option<Instant>,
    pub lag_ms: i32,
    pub duration_ms: i32,
    pub failures: i32,
    pub last_error: Option<String>,
}

/// A node as the page of the cluster shows it. What is `None` is not told to the viewer, or by an older program.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "ClusterNode")]
pub struct ClusterNode {
    pub id: cynic::Id,
    pub name: String,
    pub state: ClusterNodeState,
    pub app_version: String,
    pub started_at: Instant,
    pub heartbeat_at: Instant,
    pub drain: Option<ClusterNodeDrain>,
    pub pools: Vec<ClusterNodePool>,
    pub held_count: Option<i32>,
    pub address: Option<String>,
    pub host: Option<String>,
    pub pid: Option<i32>,
    pub clock_offset_ms: Option<i32>,
    pub lease_ms: Option<i32>,
    pub loops: Option<Vec<ClusterNodeLoop>>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "Cluster")]
pub struct Nodes {
    pub nodes: Vec<ClusterNode>,
}

/// Every node with how it is doing.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct ClusterNodes {
    pub cluster: Option<Nodes>,
}

/// The run of a task that a node holds.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct HeldRun {
    pub id: cynic::Id,
    pub business_date: NaiveDate,
    pub tenant: TenantRef,
    pub workflow: WorkflowRef,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "TaskRun")]
pub struct HeldTaskRun {
    pub id: cynic::Id,
    pub name: String,
    pub state: TaskState,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct ClusterHeldTask {
    pub run: HeldRun,
    pub task: HeldTaskRun,
    pub attempt: i32,
    pub pool: String,
    pub since: Option<Instant>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct HeldVariables {
    pub name: Option<String>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "ClusterNode")]
pub struct Holding {
    pub held_count: Option<i32>,
    #[arguments(first: 50)]
    pub held: Vec<ClusterHeldTask>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Cluster", variables = "HeldVariables")]
pub struct HoldingNodes {
    #[arguments(name: $name)]
    pub nodes: Vec<Holding>,
}

/// What one node holds.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "HeldVariables")]
pub struct Held {
    pub cluster: Option<HoldingNodes>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct DrainNodeInput {
    pub id: cynic::Id,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct DrainNodeVariables {
    pub input: DrainNodeInput,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrainNodeStatus {
    Draining,
    AlreadyDraining,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct DrainNodePayload {
    pub status: Option<DrainNodeStatus>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "DrainNodeVariables")]
pub struct DrainNode {
    #[arguments(input: $input)]
    pub drain_node: DrainNodePayload,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct ResumeNodeInput {
    pub id: cynic::Id,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct ResumeNodeVariables {
    pub input: ResumeNodeInput,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResumeNodeStatus {
    Resumed,
    NotDraining,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct ResumeNodePayload {
    pub status: Option<ResumeNodeStatus>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ResumeNodeVariables")]
pub struct ResumeNode {
    #[arguments(input: $input)]
    pub resume_node: ResumeNodePayload,
}
