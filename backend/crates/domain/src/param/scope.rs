//! What the templates of a task can see.
//!
//! Of several values for one name the stronger holds: given when the run was started > the task's own > the workflow's
//! default > the project's. Outputs of tasks that came before have names of their own (`outputs.task.key`), so they compete with none.

use std::{collections::BTreeSet, sync::Arc};

use chrono_tz::Tz;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::template::{TemplateError, render};
use crate::{
    bizdate::{
        BizDate,
        dolphin::{self, Moment},
    },
    calendar::Calendars,
    workflow::ParamDecl,
};

/// What the templates of a task can see.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The run's business date: `T` and `bd`.
    pub date: BizDate,
    /// What `$[yyyyMMdd-1]` and its kin count from.
    pub moment: Moment,
    /// The calendar in which `T`'s days are counted where a template names none.
    pub calendar: Option<String>,
    /// The calendars that can be named.
    pub calendars: Arc<Calendars>,
    /// The run's values: `params.name`.
    pub params: Map<String, Value>,
    /// The parameters whose values were given when the run was started.
    pub given: BTreeSet<String>,
    /// What finished tasks wrote, by task: `outputs.task.key`.
    pub outputs: Map<String, Value>,
}

impl Scope {
    /// A scope of nothing but a date.
    #[must_use]
    pub fn new(date: BizDate, calendars: Arc<Calendars>) -> Self {
        Self {
            date,
            moment: Moment::of_business_date(date, Tz::UTC),
            calendar: None,
            calendars,
            params: Map::new(),
            given: BTreeSet::new(),
            outputs: Map::new(),
        }
    }

    /// Takes the values of a run, and the project's for declared parameters that have none, and fills in their time
    /// placeholders. A value that is its parameter's default counts as not given.
    pub fn set_params(&mut self, decls: &[ParamDecl], values: Map<String, Value>, project: &Map<String, Value>) {
        let default = |name: &str| decls.iter().find(|decl| decl.name == name)?.default.as_ref();
        self.given =
            values.iter().filter(|(name, value)| default(name) != Some(*value)).map(|(name, _)| name.clone()).collect();
        self.params = values;
        for decl in decls.iter().filter(|decl| !self.params.contains_key(&decl.name)).collect::<Vec<_>>() {
            if let Some(value) = project.get(&decl.name) {
                self.params.insert(decl.name.clone(), value.clone());
            }
        }
        for value in self.params.values_mut() {
            if let Value::String(text) = value {
                *text = dolphin::substitute(text, &self.moment);
            }
        }
    }

    /// Lays a task's own parameters over the run's. Their templates see the run's values, not each other.
    ///
    /// # Errors
    /// The first fault, with the name of its parameter.
    pub fn lay_over(&mut self, own: &IndexMap<String, String>) -> Result<(), (String, TemplateError)> {
        let mut values = Vec::new();
        for (name, template) in own.iter().filter(|(name, _)| !self.given.contains(*name)) {
            let value = render(template, self).map_err(|error| (name.clone(), error))?;
            values.push((name.clone(), Value::String(value)));
        }
        self.params.extend(values);
        Ok(())
    }
}
