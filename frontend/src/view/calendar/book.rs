//! The calendars that the viewer may see, by name: those of the server laid over the ones that come with the program.
//! Two tenants may give one name to different calendars, so each tenant has a view of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::calendar::base::WeekMask;
use domain::calendar::{Base, Calendar, CalendarExpr, Calendars, Definition, Session};
use serde_json::Value;

use super::Wording;
use crate::api::calendar::{CalendarKind, CalendarRow};
use crate::api::short_id;

/// A calendar of the server, ready to be asked.
#[derive(Clone, Debug)]
pub struct Entry {
    pub row: CalendarRow,
    /// What it is derived by.
    pub expression: Option<String>,
    /// Its days as they are in force; none before the first activation, or why they can't be had.
    pub active: Result<Option<Calendar>, String>,
}

impl Entry {
    pub fn calendar(&self) -> Option<&Calendar> {
        self.active.as_ref().ok().and_then(Option::as_ref)
    }

    /// Its days, or days of which nothing is known.
    pub fn days(&self) -> Calendar {
        self.calendar().cloned().unwrap_or_else(unknown)
    }

    pub fn is_derived(&self) -> bool {
        self.row.kind == CalendarKind::Derived
    }

    pub fn wording(&self) -> Wording {
        self.calendar().map_or(Wording::Member, |calendar| Wording::of(calendar, self.is_derived()))
    }

    /// How its address names it.
    pub fn address(&self) -> &str {
        short_id(&self.row.id)
    }

    fn tenant(&self) -> Option<&str> {
        self.row.tenant.as_ref().map(|tenant| tenant.id.inner())
    }
}

/// A calendar that has published nothing.
fn unknown() -> Calendar {
    let nothing = Definition {
        name: "NONE".to_owned(),
        revision: 0,
        zone: Default::default(),
        week: WeekMask::DAILY,
        session: Session::default(),
        years: Some(BTreeSet::new()),
        days: Vec::new(),
        overrides: Vec::new(),
    };
    Calendar::of_base(Arc::new(Base::compile(nothing).expect("a definition without days can't contradict itself")))
}

/// The days of a revision: listed, or an expression.
#[derive(Clone, Debug)]
pub enum Days {
    Base(Arc<Base>),
    Derived(CalendarExpr),
}

impl Days {
    /// Reads a revision's definition. The calendar's own name holds, whatever the definition calls itself.
    ///
    /// # Errors
    /// When the definition can't be understood, in the words of what was wrong.
    pub fn read(name: &str, definition: &Value) -> Result<Self, String> {
        if let Some(expression) = expression(definition) {
            return CalendarExpr::parse(&expression).map(Self::Derived).map_err(|error| error.to_string());
        }
        let listed: Definition = serde_json::from_value(definition.clone()).map_err(|error| error.to_string())?;
        let listed = Definition { name: name.to_owned(), ..listed };
        Base::compile(listed).map(|base| Self::Base(Arc::new(base))).map_err(|error| error.to_string())
    }

    /// The calendar of these days, whose expression means the calendars given.
    ///
    /// # Errors
    /// When the expression names what does not exist.
    pub fn calendar(&self, calendars: &Calendars) -> Result<Calendar, String> {
        match self {
            Self::Base(base) => Ok(Calendar::of_base(Arc::clone(base))),
            Self::Derived(expr) => calendars.resolve(expr).map_err(|error| error.to_string()),
        }
    }
}

/// The expression of a derived calendar's definition.
pub fn expression(definition: &Value) -> Option<String> {
    definition.get("expression").and_then(Value::as_str).map(str::to_owned)
}

/// All calendars, and what a name means to whom.
#[derive(Clone, Debug)]
pub struct Book {
    entries: Vec<Arc<Entry>>,
    everybody: Arc<Calendars>,
    firm: Arc<Calendars>,
    tenants: BTreeMap<String, Arc<Calendars>>,
}

impl Default for Book {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl Book {
    pub fn of(rows: Vec<CalendarRow>) -> Self {
        let read = |row: CalendarRow| {
            let days = row.active.as_ref().map(|active| Days::read(&row.name, &active.definition)).transpose();
            (row, days)
        };
        let rows: Vec<(CalendarRow, Result<Option<Days>, String>)> = rows.into_iter().map(read).collect();
        let of = |wanted: &dyn Fn(Option<&str>) -> bool, over: &Calendars| {
            let matching = rows.iter().filter(|(row, _)| wanted(tenant_of(row)));
            lay(over, matching.filter_map(|(row, days)| Some((row, days.as_ref().ok()?.as_ref()?))))
        };
        let firm = Arc::new(of(&|tenant| tenant.is_none(), Calendars::builtin()));
        let mut tenants = BTreeMap::new();
        for tenant in rows.iter().filter_map(|(row, _)| tenant_of(row)) {
            if !tenants.contains_key(tenant) {
                tenants.insert(tenant.to_owned(), Arc::new(of(&|other| other == Some(tenant), &firm)));
            }
        }
        let everybody = Arc::new(of(&|tenant| tenant.is_some(), &firm));
        let entries = rows.into_iter().map(|(row, days)| {
            let calendars = tenant_of(&row).and_then(|tenant| tenants.get(tenant)).unwrap_or(&firm);
            let expression = row.active.as_ref().and_then(|active| expression(&active.definition));
            let active = days.and_then(|days| match days {
                // By its name, so that reasons and errors name it.
                Some(_) => calendars.get(&row.name).map(Some).map_err(|error| error.to_string()),
                None => Ok(None),
            });
            Arc::new(Entry { row, expression, active })
        });
        Self { entries: entries.collect(), everybody, firm, tenants }
    }

    /// The calendars of the server, the firm's first.
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// Those that a tenant sees, or all.
    pub fn seen_by<'a, 't>(&'a self, tenant: Option<&'t str>) -> impl Iterator<Item = &'a Arc<Entry>> + use<'a, 't> {
        self.entries.iter().filter(move |entry| match (tenant, entry.tenant()) {
            (Some(tenant), Some(own)) => tenant == own,
            _ => true,
        })
    }

    /// What names mean to a tenant. Without one all names are known; the firm's calendars win over a tenant's.
    pub fn calendars(&self, tenant: Option<&str>) -> Arc<Calendars> {
        Arc::clone(match tenant {
            None => &self.everybody,
            Some(tenant) => self.tenants.get(tenant).unwrap_or(&self.firm),
        })
    }

    /// What names mean in the expression of a calendar.
    pub fn calendars_of(&self, entry: &Entry) -> Arc<Calendars> {
        Arc::clone(entry.tenant().and_then(|tenant| self.tenants.get(tenant)).unwrap_or(&self.firm))
    }

    /// The calendar of an address: its id, or its name as a tenant knows it.
    pub fn find(&self, address: &str, tenant: Option<&str>) -> Option<&Arc<Entry>> {
        let by_id = self.entries.iter().find(|entry| entry.address() == address);
        by_id.or_else(|| self.seen_by(tenant).find(|entry| entry.row.name.eq_ignore_ascii_case(address)))
    }
}

fn tenant_of(row: &CalendarRow) -> Option<&str> {
    row.tenant.as_ref().map(|tenant| tenant.id.inner())
}

/// Lays calendars over others. Derived ones may name each other in any order, so they are tried until none is added; one
/// that stays out names what does not exist.
fn lay<'a>(over: &Calendars, rows: impl Iterator<Item = (&'a CalendarRow, &'a Days)>) -> Calendars {
    let mut calendars = over.clone();
    let mut waiting = Vec::new();
    for (row, days) in rows {
        match days {
            Days::Base(base) => calendars.insert(Arc::clone(base)),
            Days::Derived(expr) => waiting.push((row.name.as_str(), expr)),
        }
    }
    loop {
        let before = waiting.len();
        waiting.retain(|(name, expr)| calendars.define(name, (*expr).clone()).is_err());
        if waiting.is_empty() || waiting.len() == before {
            return calendars;
        }
    }
}

#[cfg(test)]
mod tests;
