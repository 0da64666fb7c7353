//! The calendars of a run: those that were in force when it was made, as long as it is there.
//!
//! A run remembers the revisions of the calendars that it names ([`super::RunNote`]). While they are the ones in force,
//! its calendars are those of its tenant; afterwards they are those with the remembered ones laid over them. A name
//! that could not be seen in its document is answered by what is in force.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::calendar::{CalendarExpr, Calendars, Content, Derived, Pins};
use domain::id::{CalendarId, TenantId};
use store::calendar;

use super::cache;
use crate::Services;
use crate::error::Result;
use crate::run::loaded::to_json;

/// Most sets in memory; one shares its calendars with those in force, but for the few that differ.
const MOST: usize = 500;

/// A set of calendars, after the set in force that it was made of.
type Laid = (Arc<Calendars>, Arc<Calendars>);

/// Sets of calendars by what is pinned.
#[derive(Debug, Default)]
pub(crate) struct PinnedCache {
    known: Mutex<HashMap<(TenantId, String), Laid>>,
}

impl PinnedCache {
    fn get(&self, key: &(TenantId, String), in_force: &Arc<Calendars>) -> Option<Arc<Calendars>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|(made_of, _)| Arc::ptr_eq(made_of, in_force)).map(|(_, pinned)| pinned.clone())
    }

    fn put(&self, key: (TenantId, String), sets: Laid) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, sets);
    }
}

impl Services {
    /// The calendars that a run of a tenant sees.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn calendars_of_run(&self, tenant: TenantId, pins: &Pins) -> Result<Arc<Calendars>> {
        let in_force = self.calendars(tenant).await?;
        if in_force.hold(pins) {
            return Ok(in_force);
        }
        let key = (tenant, to_json(&(&pins.revisions, &pins.derived)));
        let cache = &self.calendar_cache().pinned;
        if let Some(pinned) = cache.get(&key, &in_force) {
            return Ok(pinned);
        }
        let pinned = Arc::new(laid_over(self, tenant, &in_force, pins).await?);
        cache.put(key, (in_force, pinned.clone()));
        Ok(pinned)
    }
}

async fn laid_over(services: &Services, tenant: TenantId, in_force: &Calendars, pins: &Pins) -> Result<Calendars> {
    let mut calendars = in_force.clone();
    let mut contents = Vec::new();
    for (name, revision) in &pins.revisions {
        let one = Pins { revisions: [(name.clone(), *revision)].into(), ..Pins::default() };
        if in_force.hold(&one) {
            continue;
        }
        let builtin = Calendars::builtin().bases().find(|base| *revision == 0 && base.definition().name == *name);
        if let Some(base) = builtin {
            calendars.insert(base.clone());
            continue;
        }
        match stored(services, tenant, name, *revision).await? {
            Some(content) => contents.push((name.clone(), content)),
            None => {
                tracing::error!(%tenant, calendar = name, revision, "a run's revision of a calendar is not there");
            }
        }
    }
    let derived = |(name, text): (&String, &String)| {
        let expression = CalendarExpr::parse(text).ok()?;
        Some((name.clone(), Content::Derived(Derived { expression })))
    };
    contents.extend(pins.derived.iter().filter_map(derived));
    let (pinned, refused) = calendars.overlaid(contents);
    for (name, error) in refused {
        tracing::error!(%tenant, calendar = name, %error, "a run's calendar can't be used");
    }
    Ok(pinned)
}

/// A revision of the firm's calendar of a name, or of the tenant's own; archived ones too.
async fn stored(services: &Services, tenant: TenantId, name: &str, revision: u32) -> Result<Option<Content>> {
    let Ok(number) = i32::try_from(revision) else { return Ok(None) };
    let db = services.store().read();
    let rows = calendar::of_name(db, name).await?;
    for owner in cache::owners(tenant) {
        for row in rows.iter().filter(|row| row.tenant_id == owner.0) {
            if let Some(found) = calendar::find_revision(db, owner, CalendarId(row.id), number).await? {
                return Ok(cache::content(row, &found).ok());
            }
        }
    }
    Ok(None)
}
