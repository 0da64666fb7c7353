//! What the templates of a task can see.
//!
//! Of several values for one name the stronger holds: given when the run was started > the task's own > the workflow's
//! default > the project's. Outputs of tasks that came before have names of their own (`outputs.task.key`), so they compete with none.

use std::{collections::BTreeSet, sync::Arc};

use chrono_tz::Tz;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::template::{TemplateError, render, template_names};
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
    /// What is known of the run: `run.id`, `run.failed_tasks`.
    pub run: RunFacts,
    /// The item that is at hand, in a task over a list: `item`, `index`.
    pub item: Option<Item>,
}

/// What templates can see of the run itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunFacts {
    /// Its id.
    pub id: String,
    /// The names of the tasks that ended badly so far, in the document's order.
    pub failed_tasks: Vec<String>,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place in the list, from 0.
    pub index: u32,
    /// The item.
    pub value: Value,
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
            run: RunFacts::default(),
            item: None,
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

    /// Lays a task's own parameters over the run's. Their templates see the run's values, not each other. Those that
    /// name an item are left out while there is none: what a task over a list is asked as a whole can't see them.
    ///
    /// # Errors
    /// The first fault, with the name of its parameter.
    pub fn lay_over(&mut self, own: &IndexMap<String, String>) -> Result<(), (String, TemplateError)> {
        let mut values = Vec::new();
        let has_what_it_names = |template: &str| self.item.is_some() || !names_item(template);
        let own = own.iter().filter(|(name, template)| !self.given.contains(*name) && has_what_it_names(template));
        for (name, template) in own {
            let value = render(template, self).map_err(|error| (name.clone(), error))?;
            values.push((name.clone(), Value::String(value)));
        }
        self.params.extend(values);
        Ok(())
    }
}

/// Whether a template names the item of a list.
fn names_item(template: &str) -> bool {
    let roots = template_names(template).unwrap_or_default();
    roots.iter().any(|name| name.path.first().is_some_and(|root| root == "item" || root == "index"))
}
