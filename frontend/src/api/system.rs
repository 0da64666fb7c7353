//! What the server says about itself.

use super::scalar::Instant;
use super::schema;

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct SystemInfo {
    pub version: Option<String>,
    pub environment: String,
    pub now: Instant,
    pub nodes: Option<Vec<ClusterNode>>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct ClusterNode {
    pub state: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct System {
    pub system: SystemInfo,
}
