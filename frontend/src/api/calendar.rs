//! Calendars: the list with their days, one calendar with its revisions and uses, and what is done to them.

use chrono::NaiveDate;

use super::run::{PageInfo, RunState};
use super::scalar::Instant;
use super::schema;
use super::session::{Permission, UserError};
use super::tenant::TenantRef;
use super::workflow::{ProjectRef, Schedule, WorkflowRef};

pub mod change;

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarKind {
    Base,
    Derived,
    Computed,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarRevisionState {
    Draft,
    Active,
    Superseded,
    Discarded,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum FireChangeKind {
    Added,
    Removed,
    Moved,
    Redated,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AffectedRunAction {
    Cancel,
    Keep,
}

/// A revision with its days, but without what activating it would change.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "CalendarRevision")]
pub struct Revision {
    pub id: cynic::Id,
    pub number: i32,
    pub state: CalendarRevisionState,
    pub definition: serde_json::Value,
    pub based_on: Option<i32>,
    pub source: Option<String>,
    pub note: Option<String>,
    pub created_at: Instant,
    pub created_by: Option<String>,
    pub activated_at: Option<Instant>,
    pub activated_by: Option<String>,
    pub reason: Option<String>,
}

/// A calendar as the list and every computation need it.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Calendar")]
pub struct CalendarRow {
    pub id: cynic::Id,
    pub tenant: Option<TenantRef>,
    pub name: String,
    pub title: String,
    pub kind: CalendarKind,
    pub second_person: bool,
    pub active: Option<Revision>,
    pub known_until: Option<NaiveDate>,
    pub days_left: Option<i32>,
    pub alarm_days: Option<i32>,
    pub viewer_can: Vec<Permission>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Calendars {
    pub calendars: Vec<CalendarRow>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct CalendarVariables {
    pub id: cynic::Id,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct RevisionsVariables {
    pub id: cynic::Id,
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "RevisionsVariables")]
pub struct Revisions {
    #[arguments(id: $id)]
    pub calendar: Option<CalendarRevisions>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Calendar", variables = "RevisionsVariables")]
pub struct CalendarRevisions {
    #[arguments(first: 20, after: $after)]
    pub revisions: CalendarRevisionConnection,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct CalendarRevisionConnection {
    pub nodes: Vec<Revision>,
    pub page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "CalendarVariables")]
pub struct Uses {
    #[arguments(id: $id)]
    pub calendar: Option<CalendarUses>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Calendar")]
pub struct CalendarUses {
    pub used_by: CalendarUse,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct CalendarUse {
    pub workflows: Vec<UsingWorkflow>,
    pub elsewhere: i32,
    pub calendars: Vec<String>,
}

/// A workflow whose schedules or business date rest on a calendar.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Workflow")]
pub struct UsingWorkflow {
    pub id: cynic::Id,
    pub name: String,
    pub title: Option<String>,
    pub tenant: TenantRef,
    pub project: ProjectRef,
    pub enabled: bool,
    pub schedules: Vec<Schedule>,
}

/// What activating each draft of a calendar would change.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "CalendarVariables")]
pub struct Impacts {
    #[arguments(id: $id)]
    pub calendar: Option<CalendarDrafts>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Calendar")]
pub struct CalendarDrafts {
    pub drafts: Vec<DraftImpact>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "CalendarRevision")]
pub struct DraftImpact {
    pub id: cynic::Id,
    pub impact: CalendarImpact,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct CalendarImpact {
    pub schedules: i32,
    pub changes: Vec<FireChange>,
    pub more: bool,
    pub elsewhere: i32,
    pub runs: Vec<AffectedRun>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct FireChange {
    pub workflow: WorkflowRef,
    pub schedule: String,
    pub kind: FireChangeKind,
    pub day: NaiveDate,
    pub before: Option<Instant>,
    pub after: Option<Instant>,
    pub date_before: Option<NaiveDate>,
    pub date_after: Option<NaiveDate>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct AffectedRun {
    pub run: WaitingRun,
    pub reason: String,
    pub proposed: AffectedRunAction,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Run")]
pub struct WaitingRun {
    pub id: cynic::Id,
    pub state: RunState,
    pub business_date: NaiveDate,
    pub workflow: WorkflowRef,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct PreviewCalendarImportInput {
    pub calendar: cynic::Id,
    pub file_name: String,
    /// Base64.
    pub content: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct PreviewImportVariables {
    pub input: PreviewCalendarImportInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "PreviewImportVariables")]
pub struct PreviewImport {
    #[arguments(input: $input)]
    pub preview_calendar_import: CalendarImportPreview,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
pub struct CalendarImportPreview {
    pub definition: Option<serde_json::Value>,
    pub digest: String,
    pub years: Vec<ImportedYear>,
    pub problems: Vec<ImportProblem>,
    pub warnings: Vec<ImportProblem>,
}

#[derive(cynic::QueryFragment, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportedYear {
    pub year: i32,
    pub open: i32,
    pub half: i32,
    pub closed_weekdays: i32,
    pub makeup: i32,
    pub unset: i32,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
pub struct ImportProblem {
    pub line: Option<i32>,
    pub column: Option<i32>,
    pub message: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct CreateCalendarVariables {
    pub input: CreateCalendarInput,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct CreateCalendarInput {
    /// None: the calendar is the firm's.
    pub tenant: Option<cynic::Id>,
    pub name: String,
    pub title: Option<String>,
    pub definition: serde_json::Value,
    pub note: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CreateCalendarVariables")]
pub struct CreateCalendar {
    #[arguments(input: $input)]
    pub create_calendar: CreateCalendarPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct CreateCalendarPayload {
    pub calendar: Option<CalendarRef>,
    pub user_errors: Vec<UserError>,
}

/// A calendar after something was done to it; the list is loaded again for its days.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "Calendar")]
pub struct CalendarRef {
    pub id: cynic::Id,
    pub name: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct UpdateCalendarVariables {
    pub input: UpdateCalendarInput,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct UpdateCalendarInput {
    pub id: cynic::Id,
    pub title: Option<String>,
    pub second_person: Option<bool>,
    pub reason: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "UpdateCalendarVariables")]
pub struct UpdateCalendar {
    #[arguments(input: $input)]
    pub update_calendar: UpdateCalendarPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct UpdateCalendarPayload {
    pub calendar: Option<CalendarRef>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct ArchiveCalendarVariables {
    pub input: ArchiveCalendarInput,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct ArchiveCalendarInput {
    pub id: cynic::Id,
    pub reason: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ArchiveCalendarVariables")]
pub struct ArchiveCalendar {
    #[arguments(input: $input)]
    pub archive_calendar: ArchiveCalendarPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct ArchiveCalendarPayload {
    pub calendar: Option<CalendarRef>,
    pub user_errors: Vec<UserError>,
}
