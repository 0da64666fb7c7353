//! What one revision of a calendar holds, as it is stored and exchanged, and laying stored calendars over others.
//!
//! In JSON a base calendar is its [`Definition`], a derived one `{"expression": "SSE & HKEX"}`.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    base::{Base, Definition, DefinitionError},
    expr::CalendarExpr,
    registry::{Calendars, ResolveError},
};
use crate::error::Lang;

/// What one revision of a calendar holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// Days of its own.
    Base(Box<Definition>),
    /// An expression over other calendars.
    Derived(Derived),
}

/// A calendar that is an expression over others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// The expression.
    pub expression: CalendarExpr,
}

/// Why a JSON value is no content of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// It has another form.
    #[error("this is no calendar: {0}")]
    Form(String),
    /// Its layers contradict each other.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
}

impl ContentError {
    /// The error as a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::Form(detail), Lang::Zh) => format!("不是有效的日历：{detail}"),
            (Self::Definition(error), Lang::Zh) => error.text(lang),
        }
    }
}

impl Content {
    /// Reads the content of the calendar `name` in its revision `revision`: whatever the value says of both is replaced.
    ///
    /// # Errors
    /// When it has another form, or its layers contradict each other.
    pub fn read(name: &str, revision: u32, value: &Value) -> Result<Self, ContentError> {
        let form = |error: serde_json::Error| ContentError::Form(error.to_string());
        if value.get("expression").is_some() {
            return Derived::deserialize(value).map(Self::Derived).map_err(form);
        }
        let mut value = value.clone();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("name".into(), name.into());
            fields.insert("revision".into(), revision.into());
        }
        let definition: Definition = serde_json::from_value(value).map_err(form)?;
        Base::compile(definition.clone())?;
        Ok(Self::Base(Box::new(definition)))
    }

    /// The content as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a calendar's content is plain data")
    }

    /// Whether the days are computed for all time: nothing is ever published for it.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        matches!(self, Self::Base(definition) if definition.years.is_none())
    }
}

impl Calendars {
    /// These calendars with others laid over them; what has a name that is there already takes its place. Derived ones
    /// may name each other in any order. Those that can't be resolved are left out and told, with the reason.
    #[must_use]
    pub fn overlaid(
        &self,
        contents: impl IntoIterator<Item = (String, Content)>,
    ) -> (Self, Vec<(String, ResolveError)>) {
        let mut calendars = self.clone();
        let mut open = Vec::new();
        for (name, content) in contents {
            match content {
                // What is stored was compiled when it was saved; a fault shows as an unknown calendar.
                Content::Base(definition) => match Base::compile(*definition) {
                    Ok(base) => calendars.insert(Arc::new(base)),
                    Err(_) => open.push((name.clone(), CalendarExpr::Name(name))),
                },
                Content::Derived(Derived { expression }) => open.push((name, expression)),
            }
        }
        loop {
            let before = open.len();
            let mut refused = Vec::new();
            open.retain(|(name, expression)| match calendars.define(name, expression.clone()) {
                Ok(()) => false,
                Err(error) => {
                    refused.push((name.clone(), error));
                    true
                }
            });
            if open.is_empty() || open.len() == before {
                return (calendars, refused);
            }
        }
    }

    /// The names of all calendars on which one rests, itself included, in capitals; empty when it does not exist.
    #[must_use]
    pub fn rests_on(&self, expression: &CalendarExpr) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = expression.names().map(str::to_uppercase).collect();
        while let Some(name) = open.pop() {
            if let Some(inner) = self.meaning(&name) {
                open.extend(inner.names().map(str::to_uppercase).filter(|it| !found.contains(it)));
            }
            found.insert(name);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn derived(expression: &str) -> Content {
        Content::read("x", 1, &json!({ "expression": expression })).expect("an expression")
    }

    #[test]
    fn content_reads_back_with_the_name_and_revision_it_is_stored_under() {
        let sse = Calendars::builtin().get("SSE").expect("built in");
        let definition = sse.bases().next().expect("a base").definition().clone();
        let content = Content::Base(Box::new(definition.clone()));
        let read = Content::read("FUND", 7, &content.to_json()).expect("a calendar");
        let Content::Base(read) = read else { panic!("a base calendar") };
        assert_eq!((read.name.as_str(), read.revision), ("FUND", 7));
        assert_eq!(*read, Definition { name: "FUND".into(), revision: 7, ..definition });
        assert_eq!(derived("SSE&HKEX").to_json(), json!({ "expression": "SSE & HKEX" }));
        for wrong in [json!({}), json!([]), json!({ "expression": "SSE &" }), json!({ "expression": "A", "x": 1 })] {
            assert!(Content::read("x", 1, &wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn derived_calendars_come_in_any_order_and_the_broken_ones_are_told() {
        let contents = [
            ("C".to_owned(), derived("B - HKEX")),
            ("B".to_owned(), derived("SSE | NYSE")),
            ("L".to_owned(), derived("L & SSE")),
            ("U".to_owned(), derived("NOWHERE")),
        ];
        let (calendars, refused) = Calendars::builtin().overlaid(contents);
        assert!(calendars.get("c").is_ok());
        let names: Vec<&str> = refused.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["L", "U"]);
        let rests: Vec<String> =
            calendars.rests_on(&CalendarExpr::parse("c & CN_WORK").expect("good")).into_iter().collect();
        assert_eq!(rests, ["B", "C", "CN_WORK", "CN_WORKDAY", "HKEX", "NYSE", "SSE"]);
    }

    #[test]
    fn a_newer_revision_is_seen_through_every_name_of_its_calendar() {
        let definition = |name: &str| {
            let calendar = Calendars::builtin().get(name).expect("built in");
            calendar.bases().next().expect("a base").definition().clone()
        };
        let mut newer = definition("CN_WORKDAY");
        newer.revision = 4;
        let (calendars, _) = Calendars::builtin().overlaid([("CN_WORKDAY".into(), Content::Base(Box::new(newer)))]);
        let seen = calendars.get("CN_WORK").expect("an alias");
        assert_eq!(seen.bases().next().expect("a base").definition().revision, 4);
    }
}
