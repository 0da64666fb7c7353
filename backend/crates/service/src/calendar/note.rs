//! What a run remembers of the calendars by which it was made, and whether they have changed since.

use std::collections::BTreeMap;

use domain::bizdate::BizDate;
use domain::calendar::{CalendarExpr, Calendars};
use domain::schedule::Fire;
use domain::workflow::Document;
use serde::{Deserialize, Serialize};
use store::run;

use crate::error::Result;
use crate::run::loaded::{parse_json, to_json};

/// What a run remembers of the calendars by which it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNote {
    /// The revision of each base calendar that decided when it ran or for which date; 0 is what came with the program.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub revisions: BTreeMap<String, u32>,
    /// A calendar was not published so far: the week mask stood in for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// The nominal dates that met in this run, when it stands for more than its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stands_for: Vec<BizDate>,
}

impl RunNote {
    /// The revisions that count for a document, and for the calendars that one of its schedules names.
    pub(crate) fn of(calendars: &Calendars, document: &Document, scheduling: &[&CalendarExpr]) -> Self {
        let data = document.data_calendars();
        let all = data.iter().chain(scheduling.iter().copied());
        // A calendar that can't be found has no revision; what needs it says so by itself.
        let revisions = all.filter_map(|expr| calendars.revisions(expr).ok()).flatten().collect();
        Self { revisions, ..Self::default() }
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
