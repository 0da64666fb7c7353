//! The cluster: its nodes, how they are doing, what each holds, and taking them out of work.

use super::schema;

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
