//! Date expressions of the form `T`, `T-1`, `T+2@SSE`.

use crate::{
    bizdate::{BizDate, SyntaxError},
    calendar::{CalendarError, Calendars},
    error::Lang,
};

/// A number of open days from `T`.
pub(crate) struct Expr {
    days: i64,
    calendar: Option<String>,
}

/// Why a date has no value.
#[derive(Debug)]
pub(crate) enum EvalError {
    NoCalendar(String),
    Calendar(CalendarError),
}

impl EvalError {
    pub(crate) fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::NoCalendar(cause), _) => cause.clone(),
            (Self::Calendar(cause), lang) => cause.text(lang),
        }
    }
}

impl Expr {
    pub(crate) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let fault =
            || SyntaxError { at: 0, expected: "T, T-1 or T-1@SSE".into(), found: text.chars().take(40).collect() };
        let (steps, calendar) =
            text.split_once('@').map_or((text, None), |(steps, name)| (steps, Some(name.to_owned())));
        let days = match steps.strip_prefix('T').ok_or_else(fault)? {
            "" => 0,
            steps if steps.starts_with(['+', '-']) => steps.parse().map_err(|_| fault())?,
            _ => return Err(fault()),
        };
        Ok(Self { days, calendar })
    }

    pub(crate) fn eval(&self, t: BizDate, calendars: &Calendars, default: Option<&str>) -> Result<BizDate, EvalError> {
        let name = self.calendar.as_deref().or(default).unwrap_or("DAILY");
        let calendar = calendars.resolve_text(name).map_err(|cause| EvalError::NoCalendar(cause.to_string()))?;
        if self.days == 0 { Ok(t) } else { calendar.offset(t, self.days).map_err(EvalError::Calendar) }
    }
}
