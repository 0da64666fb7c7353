//! Tenants, their projects, and counts of their open runs.

use super::run::RunState;
use super::schema;
use super::session::Permission;

/// A tenant where it is only named.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Tenant")]
pub struct TenantRef {
    pub id: cynic::Id,
    pub slug: String,
    pub title: String,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct Tenant {
    pub id: cynic::Id,
    pub slug: String,
    pub title: String,
    pub viewer_can: Vec<Permission>,
    #[arguments(first: 100)]
    pub projects: ProjectConnection,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct ProjectConnection {
    pub nodes: Vec<Project>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct Project {
    pub id: cynic::Id,
    pub slug: String,
    pub title: String,
    pub viewer_can: Vec<Permission>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Tenants {
    #[arguments(first: 50)]
    pub tenants: TenantConnection,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct TenantConnection {
    pub nodes: Vec<Tenant>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct RunStateCount {
    pub state: RunState,
    pub count: i32,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct OpenRuns {
    #[arguments(first: 50)]
    pub tenants: OpenRunsConnection,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TenantConnection")]
pub struct OpenRunsConnection {
    pub nodes: Vec<TenantOpenRuns>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Tenant")]
pub struct TenantOpenRuns {
    pub slug: String,
    pub open_runs: Vec<RunStateCount>,
}
