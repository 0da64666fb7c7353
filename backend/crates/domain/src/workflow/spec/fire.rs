//! When runs start by themselves, for which business date, and how many at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_default;
use crate::{
    bizdate::Expr,
    calendar::CalendarExpr,
    cron::Cron,
    schedule::{self, ScheduleSpec, When},
};

/// The date that a run's data is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessDate {
    /// The calendar in which days are counted.
    #[schemars(extend("format" = "almanac-calendar"))]
    pub calendar: String,
    /// The date seen from the day of the fire, e.g. T or T-1; T when absent.
    #[serde(default = "day_itself", skip_serializing_if = "is_day_itself")]
    #[schemars(extend("format" = "almanac-date-rule"))]
    pub rule: String,
}

fn day_itself() -> String {
    "T".to_owned()
}

fn is_day_itself(rule: &String) -> bool {
    rule == "T"
}

/// When runs start by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its name, unique in the workflow.
    #[schemars(length(max = 63), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub name: String,
    /// The instants: seconds (may be left out), minutes, hours, day of month, month, day of week.
    #[schemars(extend("format" = "almanac-cron"))]
    pub cron: String,
    /// The zone of its wall clock, e.g. Asia/Shanghai.
    #[schemars(extend("format" = "almanac-timezone"))]
    pub timezone: String,
    /// The days on which it fires; every day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-calendar"))]
    pub calendar: Option<String>,
    /// What becomes of a fire on a day on which the calendar is closed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_closed: OnClosed,
    /// Whether it fires at all.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enabled: bool,
}

impl Schedule {
    /// The schedule as the rules of firing know it; nothing when a text does not hold, which [`crate::workflow::parse`]
    /// has made sure of.
    #[must_use]
    pub fn to_rule(&self) -> Option<ScheduleSpec> {
        let mut spec = ScheduleSpec::new(When::Cron(Cron::parse(&self.cron).ok()?), self.timezone.parse().ok()?);
        spec.calendar = match &self.calendar {
            Some(calendar) => Some(CalendarExpr::parse(calendar).ok()?),
            None => None,
        };
        spec.on_closed = match self.on_closed {
            OnClosed::Skip => schedule::OnClosed::Skip,
            OnClosed::Previous => schedule::OnClosed::Preceding,
            OnClosed::Next => schedule::OnClosed::Following,
            OnClosed::Run => schedule::OnClosed::Run,
        };
        Some(spec)
    }
}

impl BusinessDate {
    /// The rule as an expression; nothing when the text does not hold.
    #[must_use]
    pub fn to_expr(&self) -> Option<Expr> {
        Expr::parse(&self.rule).ok()
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

/// What becomes of a fire on a closed day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnClosed {
    /// It is left out.
    #[default]
    Skip,
    /// It moves to the open day before.
    Previous,
    /// It moves to the next open day.
    Next,
    /// It happens all the same.
    Run,
}

/// How many runs of the workflow are active at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concurrency {
    /// At most so many; any number when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub max_active_runs: Option<u32>,
    /// What a fire does when that many are active.
    #[serde(default, skip_serializing_if = "is_default")]
    pub overlap: Overlap,
}

/// What a fire does when enough runs are active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Its run waits for its turn.
    #[default]
    Queue,
    /// It makes no run, and the reason is recorded.
    Skip,
    /// Its run starts all the same.
    Allow,
}

/// What becomes of missed fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// Each is made up.
    All,
    /// Only the newest is made up.
    #[default]
    Latest,
    /// None is made up.
    None,
}
