//! What a run remembers of the calendars by which it was made, and whether they have changed since.

use std::collections::BTreeMap;

use domain::bizdate::BizDate;
use domain::calendar::{CalendarExpr, Calendars, Pins};
use domain::schedule::Fire;
use domain::workflow::calendar_words_of;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::run;

use crate::error::Result;
use crate::run::loaded::{parse_json, to_json};
use crate::workflow::Definition;

/// What a run remembers of the calendars by which it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNote {
    /// The revision of each base calendar that decided when it ran or for which date, or that its templates may ask; 0
    /// is what came with the program. The run sees these as long as it is there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub revisions: BTreeMap<String, u32>,
    /// What the derived calendars among them stood for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub derived: BTreeMap<String, String>,
    /// A calendar was not published so far: the week mask stood in for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// The nominal dates that met in this run, when it stands for more than its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stands_for: Vec<BizDate>,
}

impl RunNote {
    /// What counts for the runs of a definition, with the calendars that one of its schedules names, and what templates
    /// may take from the values of parameters.
    pub(crate) fn of(
        calendars: &Calendars,
        definition: &Definition,
        scheduling: &[&CalendarExpr],
        params: [&Map<String, Value>; 2],
    ) -> Self {
        let mut names = definition.calendar_words.clone();
        names.extend(scheduling.iter().flat_map(|expr| expr.names().map(str::to_uppercase)));
        for value in params.into_iter().flat_map(Map::values) {
            calendar_words_of(value, &mut names);
        }
        // A calendar that can't be found has no revision; what needs it says so by itself.
        let Pins { revisions, derived } = calendars.pins(names.iter().map(String::as_str));
        Self { revisions, derived, ..Self::default() }
    }

    /// What is needed to see the same days again.
    pub(crate) fn pins(&self) -> Pins {
        Pins { revisions: self.revisions.clone(), derived: self.derived.clone() }
    }

    /// The same with what the run's fire tells.
    pub(crate) fn of_fire(self, fire: Option<&Fire>) -> Self {
        let Some(fire) = fire else { return self };
        let stands_for = if fire.merged.len() > 1 { fire.merged.clone() } else { Vec::new() };
        Self { assumed: fire.reason.assumed, stands_for, ..self }
    }

    /// As it is stored; nothing for a run that has nothing to do with calendars.
    pub(crate) fn to_json(&self) -> Option<String> {
        (*self != Self::default()).then(|| to_json(self))
    }

    /// What a run remembers.
    ///
    /// # Errors
    /// [`crate::Error::Store`] when what is stored can't be read.
    pub fn read(row: &run::Row) -> Result<Self> {
        Ok(parse_json(row.calendar_json.as_deref(), "run", row.id)?.unwrap_or_default())
    }

    /// The calendars of which another revision is in force now, with it.
    #[must_use]
    pub fn changed_since(&self, calendars: &Calendars) -> Vec<(String, u32)> {
        let now = |name: &str| calendars.get(name).ok()?.bases().next().map(|base| base.definition().revision);
        let changed = self.revisions.iter().filter_map(|(name, used)| {
            let now = now(name)?;
            (now != *used).then(|| (name.clone(), now))
        });
        changed.collect()
    }
}
