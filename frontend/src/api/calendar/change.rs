//! Changes of a calendar's days: drafts, their activation, and overrides of single days.

use chrono::NaiveDate;

use super::{CalendarRef, CalendarRevisionState};
use crate::api::schema;
use crate::api::session::UserError;

/// A revision after something was done to it.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq)]
#[cynic(graphql_type = "CalendarRevision")]
pub struct RevisionRef {
    pub id: cynic::Id,
    pub number: i32,
    pub state: CalendarRevisionState,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct SaveCalendarDraftInput {
    pub calendar: cynic::Id,
    pub definition: serde_json::Value,
    pub based_on: Option<i32>,
    pub source: Option<String>,
    pub note: Option<String>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct SaveDraftVariables {
    pub input: SaveCalendarDraftInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "SaveDraftVariables")]
pub struct SaveDraft {
    #[arguments(input: $input)]
    pub save_calendar_draft: SaveCalendarDraftPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct SaveCalendarDraftPayload {
    pub revision: Option<RevisionRef>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct DiscardCalendarDraftInput {
    pub revision: cynic::Id,
    pub reason: Option<String>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct DiscardDraftVariables {
    pub input: DiscardCalendarDraftInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "DiscardDraftVariables")]
pub struct DiscardDraft {
    #[arguments(input: $input)]
    pub discard_calendar_draft: DiscardCalendarDraftPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct DiscardCalendarDraftPayload {
    pub revision: Option<RevisionRef>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct ActivateCalendarRevisionInput {
    pub revision: cynic::Id,
    pub reason: String,
    pub cancel_runs: Option<Vec<cynic::Id>>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct ActivateVariables {
    pub input: ActivateCalendarRevisionInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ActivateVariables")]
pub struct Activate {
    #[arguments(input: $input)]
    pub activate_calendar_revision: ActivateCalendarRevisionPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct ActivateCalendarRevisionPayload {
    pub revision: Option<RevisionRef>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct OverrideCalendarDayInput {
    pub calendar: cynic::Id,
    pub date: NaiveDate,
    pub open: bool,
    pub half: Option<bool>,
    pub opens_at: Option<String>,
    pub closes_at: Option<String>,
    pub reason: String,
    pub cancel_runs: Option<Vec<cynic::Id>>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct OverrideDayVariables {
    pub input: OverrideCalendarDayInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "OverrideDayVariables")]
pub struct OverrideDay {
    #[arguments(input: $input)]
    pub override_calendar_day: OverrideCalendarDayPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct OverrideCalendarDayPayload {
    pub calendar: Option<CalendarRef>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub struct ClearCalendarDayInput {
    pub calendar: cynic::Id,
    pub date: NaiveDate,
    pub reason: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub struct ClearDayVariables {
    pub input: ClearCalendarDayInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ClearDayVariables")]
pub struct ClearDay {
    #[arguments(input: $input)]
    pub clear_calendar_day: ClearCalendarDayPayload,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct ClearCalendarDayPayload {
    pub calendar: Option<CalendarRef>,
    pub user_errors: Vec<UserError>,
}
