//! Signing in and out, and the person who is signed in.

use super::scalar::Instant;
use super::schema;
use super::tenant::TenantRef;

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    SystemAdmin,
    CalendarAdmin,
    TenantAdmin,
    Developer,
    Operator,
    Viewer,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    TenantRead,
    TenantManage,
    MemberManage,
    ProjectRead,
    ProjectManage,
    WorkflowRead,
    WorkflowEdit,
    RunRead,
    RunStart,
    RunOperate,
    LogRead,
    CalendarEdit,
    CalendarActivate,
    AuditRead,
    PlatformRead,
    PlatformManage,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct Account {
    pub id: cynic::Id,
    pub username: String,
    pub display_name: String,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct Membership {
    pub tenant: TenantRef,
    pub roles: Vec<Role>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct Viewer {
    pub account: Account,
    pub must_change_password: bool,
    pub memberships: Vec<Membership>,
    pub platform_can: Vec<Permission>,
}

/// An expected failure of a mutation.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    pub field: Option<Vec<String>>,
    pub message: String,
    pub code: String,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct SignInInput {
    pub username: String,
    pub password: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct SignInVariables {
    pub input: SignInInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "SignInVariables")]
pub struct SignIn {
    #[arguments(input: $input)]
    pub sign_in: SignInPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct SignInPayload {
    pub access_token: Option<String>,
    pub access_expires_at: Option<Instant>,
    pub viewer: Option<Viewer>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation")]
pub struct RefreshSession {
    pub refresh_session: RefreshSessionPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct RefreshSessionPayload {
    pub access_token: Option<String>,
    pub access_expires_at: Option<Instant>,
    pub viewer: Option<Viewer>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation")]
pub struct SignOut {
    pub sign_out: SignOutPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct SignOutPayload {
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct ChangePasswordInput {
    pub current_password: String,
    pub new_password: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct ChangePasswordVariables {
    pub input: ChangePasswordInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ChangePasswordVariables")]
pub struct ChangePassword {
    #[arguments(input: $input)]
    pub change_password: ChangePasswordPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct ChangePasswordPayload {
    pub viewer: Option<Viewer>,
    pub user_errors: Vec<UserError>,
}
