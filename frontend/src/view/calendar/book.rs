//! The calendars that the viewer may see, by name: those of the server laid over the ones that come with the program.
//! Two tenants may give one name to different calendars, so each tenant has a view of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::calendar::base::WeekMask;
use domain::calendar::{Base, Calendar, Calendars, Content, ContentError, Definition, ResolveError, Session};
use serde_json::Value;

use super::Wording;
use crate::api::calendar::{CalendarKind, CalendarRow};
use crate::api::short_id;
use crate::i18n::Lang;

/// A calendar of the server, ready to be asked.
#[derive(Clone, Debug)]
pub struct Entry {
    pub row: CalendarRow,
    /// What it is derived by.
    pub expression: Option<String>,
    /// Its days as they are in force; none before the first activation, or why they can't be had.
    pub active: Result<Option<Calendar>, Fault>,
}

impl Entry {
    pub fn calendar(&self) -> Option<&Calendar> {
        self.active.as_ref().ok().and_then(Option::as_ref)
    }

    /// Its days, or days of which nothing is known.
    pub fn days(&self) -> Calendar {
        self.calendar().cloned().unwrap_or_else(unknown)
    }

    /// Its title, where that says more than its name.
    pub fn title(&self) -> Option<&str> {
        Some(self.row.title.as_str()).filter(|title| *title != self.row.name)
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

/// Why the days of a revision can't be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It can't be understood.
    Content(ContentError),
    /// It names what does not exist.
    Resolve(ResolveError),
}

impl Fault {
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Content(error) => error.text(lang),
            Self::Resolve(error) => error.text(lang),
        }
    }
}

impl From<ContentError> for Fault {
    fn from(error: ContentError) -> Self {
        Self::Content(error)
    }
}

impl From<ResolveError> for Fault {
    fn from(error: ResolveError) -> Self {
        Self::Resolve(error)
    }
}

/// The days of a definition, whose expression means the calendars given.
///
/// # Errors
/// When it can't be understood, or names what does not exist.
pub fn days_of(name: &str, number: i32, definition: &Value, calendars: &Calendars) -> Result<Calendar, Fault> {
    match read(name, number, definition)? {
        Content::Base(definition) => {
            let base = Base::compile(*definition).map_err(ContentError::from)?;
            Ok(Calendar::of_base(Arc::new(base)))
        }
        Content::Derived(derived) => Ok(calendars.resolve(&derived.expression)?),
    }
}

fn read(name: &str, number: i32, definition: &Value) -> Result<Content, ContentError> {
    Content::read(name, u32::try_from(number).unwrap_or_default(), definition)
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
        let contents: Vec<_> = rows.iter().map(content).collect();
        let of = |wanted: &dyn Fn(&CalendarRow) -> bool, over: &Calendars| {
            let pairs = rows.iter().zip(&contents).filter(|(row, _)| wanted(row));
            let sound = pairs.filter_map(|(row, content)| Some((row.name.clone(), content.as_ref().ok()?.clone()?)));
            over.overlaid(sound).0
        };
        let firm = Arc::new(of(&|row| row.tenant.is_none(), Calendars::builtin()));
        let mut tenants = BTreeMap::new();
        for tenant in rows.iter().filter_map(tenant_of) {
            if !tenants.contains_key(tenant) {
                tenants.insert(tenant.to_owned(), Arc::new(of(&|row| tenant_of(row) == Some(tenant), &firm)));
            }
        }
        let everybody = Arc::new(of(&|row| row.tenant.is_some() && !firm.contains(&row.name), &firm));
        let entries = rows.iter().zip(contents).map(|(row, content)| {
            let calendars = tenant_of(row).and_then(|tenant| tenants.get(tenant)).unwrap_or(&firm);
            Arc::new(entry(row, content, calendars))
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

    /// Those of them whose days are in force, so that others may rest on them.
    pub fn usable_by<'a, 't>(&'a self, tenant: Option<&'t str>) -> impl Iterator<Item = &'a Arc<Entry>> + use<'a, 't> {
        self.seen_by(tenant).filter(|entry| entry.calendar().is_some())
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

/// What is in force, if anything is.
fn content(row: &CalendarRow) -> Result<Option<Content>, ContentError> {
    row.active.as_ref().map(|active| read(&row.name, active.number, &active.definition)).transpose()
}

fn entry(row: &CalendarRow, content: Result<Option<Content>, ContentError>, calendars: &Calendars) -> Entry {
    let expression = row.active.as_ref().and_then(|active| expression(&active.definition));
    let active = match content {
        // By its name, so that reasons and errors name it.
        Ok(Some(Content::Base(_))) => calendars.get(&row.name).map(Some).map_err(Fault::from),
        // One that was left out is resolved for the reason.
        Ok(Some(Content::Derived(derived))) => match calendars.get(&row.name) {
            Ok(calendar) => Ok(Some(calendar)),
            Err(_) => calendars.resolve(&derived.expression).map(Some).map_err(Fault::from),
        },
        Ok(None) => Ok(None),
        Err(error) => Err(error.into()),
    };
    Entry { row: row.clone(), expression, active }
}

#[cfg(test)]
mod tests;
