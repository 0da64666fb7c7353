//! What the server says about itself.

use super::scalar::Instant;
use super::schema;

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct SystemInfo {
    pub version: Option<String>,
    pub environment: String,
    pub now: Instant,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct System {
    pub system: SystemInfo,
}

/// What those who may see the platform are told of it.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "SystemInfo")]
pub struct PlatformInfo {
    pub database: Option<String>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "Query")]
pub struct Platform {
    pub system: PlatformInfo,
}
