//! Roles and permissions as the API shows them.

use async_graphql::{Context, Enum, Result};
use service::authz::Scope;

use super::context::Ask as _;

/// A bundle of permissions that is granted as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::access::Role")]
pub(crate) enum Role {
    /// Runs the platform; sees no department's data by it.
    SystemAdmin,
    /// Keeps the firm's calendars; sees no department's data by it.
    CalendarAdmin,
    /// Everything within a tenant.
    TenantAdmin,
    /// Builds workflows and tries them.
    Developer,
    /// Keeps the nightly work going, without changing what it does.
    Operator,
    /// Looks.
    Viewer,
}

/// One thing that a person may do in a tenant, in a project of it, or on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::access::Permission")]
pub(crate) enum Permission {
    /// See that the tenant exists, and its title.
    TenantRead,
    /// Change the tenant's settings.
    TenantManage,
    /// Grant and revoke roles in the tenant.
    MemberManage,
    /// See projects.
    ProjectRead,
    /// Make and change projects.
    ProjectManage,
    /// See workflows, their versions and schedules.
    WorkflowRead,
    /// Make and change workflows.
    WorkflowEdit,
    /// See runs and task runs.
    RunRead,
    /// Start a run by hand.
    RunStart,
    /// Stop, rerun and decide about lost tasks; switch schedules on and off.
    RunOperate,
    /// Read what tasks printed, which may show business data.
    LogRead,
    /// Read the audit trail.
    AuditRead,
    /// Draft calendars and their revisions.
    CalendarEdit,
    /// Put a calendar's revision in force, and change single days at once.
    CalendarActivate,
    /// See nodes, database and settings of the platform.
    PlatformRead,
    /// Make tenants and accounts.
    PlatformManage,
}

/// What the viewer may do in a scope, for the `viewerCan` fields.
pub(crate) async fn viewer_can(ctx: &Context<'_>, scope: Scope) -> Result<Vec<Permission>> {
    let permissions = ctx.op().permissions(ctx.services(), scope).await.map_err(|error| ctx.fail(error))?;
    Ok(permissions.iter().map(Permission::from).collect())
}
