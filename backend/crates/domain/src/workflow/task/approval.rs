//! A person's decision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nature, TaskType};
use crate::workflow::{DurationMs, spec::is_default};

/// Waits until somebody approves or rejects. Approved it has succeeded, rejected it has failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// Who may decide: user names, and roles of the department such as OPERATOR.
    #[schemars(with = "Vec<ApproverSchema>", length(min = 1, max = 50), extend("uniqueItems" = true))]
    pub approvers: Vec<String>,
    /// What they are asked; a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4000), extend("format" = "almanac-template"))]
    pub message: Option<String>,
    /// Whether the person who started the run may not decide.
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_starter: bool,
    /// How long they have; without end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DurationMs>,
    /// What holds when nobody decided by then.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_deadline: OnDeadline,
}

/// What holds when nobody decided in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDeadline {
    /// It is rejected.
    #[default]
    Reject,
    /// It is approved.
    Approve,
}

/// The schema of a user name or role.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "only its schema is used")]
struct ApproverSchema(#[schemars(length(max = 64), extend("format" = "almanac-approver"))] String);

impl TaskType for Approval {
    const NATURE: Nature = Nature { worker: false, retries: false, timeout: false, items: false };
}
