//! What the templates of a task can see.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{bizdate::BizDate, calendar::Calendars};

/// What the templates of a task can see.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The run's business date: `T` and `bd`.
    pub date: BizDate,
    /// The calendar in which `T`'s days are counted where a template names none.
    pub calendar: Option<String>,
    /// The calendars that can be named.
    pub calendars: Arc<Calendars>,
    /// The run's values: `params.name`.
    pub params: Map<String, Value>,
    /// What finished tasks wrote, by task: `outputs.task.key`.
    pub outputs: Map<String, Value>,
}

impl Scope {
    /// A scope of nothing but a date.
    #[must_use]
    pub fn new(date: BizDate, calendars: Arc<Calendars>) -> Self {
        Self { date, calendar: None, calendars, params: Map::new(), outputs: Map::new() }
    }
}
