//! Waiting for something outside of the run, without holding a worker.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nature, TaskType};
use crate::{
    bizdate::{
        Expr, Window,
        expr::EvalError,
        window::{Span, Standpoint},
    },
    calendar::CalendarError,
    workflow::{DurationMs, spec::is_default},
};

/// Waits for runs of another workflow, or for a file: one of the two is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitFor {
    /// Runs of another workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<AwaitedRun>,
    /// A file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<AwaitedFile>,
    /// From one look to the next, at least 1s; 10s when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<DurationMs>,
}

impl WaitFor {
    /// From one look to the next when the task does not say.
    pub const DEFAULT_POLL: DurationMs = DurationMs::from_secs(10);
    /// Looks don't come faster.
    pub const LEAST_POLL: DurationMs = DurationMs::from_secs(1);

    /// From one look to the next.
    #[must_use]
    pub fn poll(&self) -> DurationMs {
        self.poll.unwrap_or(Self::DEFAULT_POLL)
    }
}

/// The runs of a workflow that must have come to their end: that of one business date, or all of a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwaitedRun {
    /// The workflow by its name, or as project/name when it is in another project.
    #[schemars(length(max = 164), extend("format" = "almanac-workflow"))]
    pub workflow: String,
    /// The business date seen from this run's, e.g. T or T-1@SSE; T when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-date-rule"))]
    pub business_date: Option<String>,
    /// The dates or hours before this run of which each must have its run, instead of one business date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Of the days of the window only those on which this calendar is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "almanac-calendar"))]
    pub calendar: Option<String>,
    /// The task of that workflow that must have ended; the whole run when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("format" = "almanac-name", "pattern" = "^[a-z][a-z0-9_-]*$"))]
    pub task: Option<String>,
    /// The end that is waited for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub until: Until,
    /// What happens when it ended in another way.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_failed: OnFailed,
}

impl AwaitedRun {
    /// The business date as an expression, when it is not a window that is waited for; nothing when the text does not
    /// hold.
    #[must_use]
    pub fn to_expr(&self) -> Option<Expr> {
        match (&self.window, &self.business_date) {
            (Some(_), _) => None,
            (None, None) => Some(Expr::T),
            (None, Some(text)) => Expr::parse(text).ok(),
        }
    }

    /// Of what there must be runs, seen from a run: of one date, or of all that the window holds.
    ///
    /// # Errors
    /// When a calendar isn't known so far, doesn't exist, or has no such day.
    pub fn span(&self, from: &Standpoint<'_>) -> Result<Span, EvalError> {
        let Some(window) = self.window else {
            let date = self.to_expr().unwrap_or(Expr::T).evaluate(from.date, from.bound, from.calendars)?;
            return Ok(Span::Dates(vec![date]));
        };
        let span = window.span(from.date, from.at_ms, from.zone);
        let (Some(calendar), Span::Dates(days)) = (&self.calendar, &span) else { return Ok(span) };
        let calendar = from.calendars.resolve_text(calendar)?;
        let open = days.iter().filter_map(|day| calendar.is_open(*day).map(|open| open.then_some(*day)).transpose());
        Ok(Span::Dates(open.collect::<Result<_, CalendarError>>()?))
    }
}

/// The end of a run that is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// It has succeeded.
    #[default]
    Succeeded,
    /// It has ended, no matter how.
    Ended,
}

/// What happens when the run that is waited for did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailed {
    /// The task fails.
    #[default]
    Fail,
    /// It waits on: somebody may run it again.
    Wait,
}

/// A file that must be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwaitedFile {
    /// Its path from / on; a template.
    #[schemars(length(min = 1, max = 4096), extend("format" = "almanac-path-template"))]
    pub path: String,
    /// The bytes that it must have at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_992_u64))]
    pub min_size: Option<u64>,
    /// How long neither its size nor its time of change may have changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable_for: Option<DurationMs>,
}

impl TaskType for WaitFor {
    const NATURE: Nature = Nature { worker: false, retries: false, timeout: true, items: false };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{calendar::Calendars, error::Lang, schedule::instant_of};

    /// What is waited for by a run of Friday 2026-10-09, scheduled for 18:30 in Shanghai.
    fn check(run: &str, expected: &[&str]) {
        let run: AwaitedRun = serde_json::from_str(run).expect("an awaited run");
        let zone = chrono_tz::Asia::Shanghai;
        let calendars = Calendars::builtin();
        let sse = calendars.get("SSE").expect("built in");
        let at_ms = instant_of(zone, "2026-10-09T18:30:00".parse().expect("a wall time"));
        let date = "2026-10-09".parse().expect("a date");
        let found = match run.span(&Standpoint { date, at_ms, zone, bound: Some(&sse), calendars }) {
            Ok(Span::Dates(days)) => days.iter().map(ToString::to_string).collect(),
            Ok(Span::Instants(hours)) => {
                hours.iter().map(|it| format!("{}+{}", it.start - at_ms, it.end - it.start)).collect()
            }
            Err(error) => vec![error.text(Lang::En)],
        };
        assert_eq!(found, expected, "{run:?}");
    }

    #[test]
    fn runs_are_awaited_of_a_date_or_of_a_window() {
        check(r#"{"workflow": "w"}"#, &["2026-10-09"]);
        // The exchange was closed from the 1st to the 7th.
        check(r#"{"workflow": "w", "business_date": "T-2"}"#, &["2026-09-30"]);
        check(r#"{"workflow": "w", "business_date": "T-2@DAILY"}"#, &["2026-10-07"]);
        check(r#"{"workflow": "w", "business_date": "T.add(-1m).end(month)"}"#, &["2026-09-30"]);
        check(r#"{"workflow": "w", "window": "last3Days"}"#, &["2026-10-06", "2026-10-07", "2026-10-08"]);
        check(r#"{"workflow": "w", "window": "last_3_days", "calendar": "SSE"}"#, &["2026-10-08"]);
        check(r#"{"workflow": "w", "window": "last_sunday", "calendar": "SSE"}"#, &[]);
        check(r#"{"workflow": "w", "window": "last_2_hours"}"#, &["-9000000+3600000", "-5400000+3600000"]);
        check(
            r#"{"workflow": "w", "window": "last_7_days", "calendar": "NOWHERE"}"#,
            &["there is no calendar named `NOWHERE`"],
        );
        check(
            r#"{"workflow": "w", "business_date": "T+90"}"#,
            &["SSE is not known on 2027-01-01 (known until 2026-12-31)"],
        );
    }
}
