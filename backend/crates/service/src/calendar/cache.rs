//! The calendars of a tenant as one set: those that come with the program, under what the firm has in force, under what
//! the department has in force.
//!
//! What is in memory counts as long as the stamps in the database are those it was read with. [`Services::calendars`]
//! looks at the stamps at most once a second, [`Services::calendars_now`] each time: whoever decides about fires asks
//! after reading the schedule's row. A decision that was made by the calendars before an activation and written after it
//! stands as one made before; what it planned next is planned anew with the others ([`super::replan`]), or its write
//! finds the row already planned anew and is made again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::calendar::{Calendars, Content};
use domain::id::TenantId;
use store::calendar;

use crate::Services;
use crate::error::Result;
use crate::run::loaded::inconsistent;

/// How old a look at the stamps may be for what need not be strict.
const POLL_MS: i64 = 1_000;

/// Most tenants whose calendars are kept; a set is some 100 kB.
const MOST: usize = 1_000;

/// The calendars in memory.
#[derive(Debug, Default)]
pub(crate) struct CalendarCache {
    known: Mutex<HashMap<TenantId, Held>>,
    pub(super) pinned: super::pinned::PinnedCache,
}

#[derive(Clone, Debug)]
struct Held {
    calendars: Arc<Calendars>,
    stamps: Vec<(TenantId, i64)>,
    checked_ms: i64,
}

impl CalendarCache {
    fn get(&self, tenant: TenantId) -> Option<Held> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    fn put(&self, tenant: TenantId, held: Held) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(tenant, held);
    }

    /// Makes the next question look at the stamps.
    pub(crate) fn invalidate(&self) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values_mut()
            .for_each(|held| held.checked_ms = i64::MIN);
    }
}

impl Services {
    /// The calendars that a tenant may name ([`TenantId::PLATFORM`]: the firm's), at most a second old.
    ///
    /// # Errors
    /// The database's.
    pub async fn calendars(&self, tenant: TenantId) -> Result<Arc<Calendars>> {
        let now_ms = self.clock().now_ms();
        match self.calendar_cache().get(tenant) {
            Some(held) if now_ms.saturating_sub(held.checked_ms).unsigned_abs() < POLL_MS.unsigned_abs() => {
                Ok(held.calendars)
            }
            _ => self.calendars_now(tenant).await,
        }
    }

    /// The calendars that a tenant may name, as the database has them now.
    ///
    /// # Errors
    /// The database's.
    pub async fn calendars_now(&self, tenant: TenantId) -> Result<Arc<Calendars>> {
        let checked_ms = self.clock().now_ms();
        let owners = owners(tenant);
        // The stamps are read first: with a change between the two reads they look old, never the calendars.
        let stamps = calendar::stamps(self.store().read(), &owners).await?;
        if let Some(held) = self.calendar_cache().get(tenant)
            && held.stamps == stamps
        {
            self.calendar_cache().put(tenant, Held { checked_ms, ..held.clone() });
            return Ok(held.calendars);
        }
        let mut calendars = Calendars::builtin().clone();
        for owner in owners {
            let (overlaid, refused) = calendars.overlaid(in_force(self, owner).await?);
            for (name, error) in refused {
                tracing::error!(tenant = %owner, calendar = name, %error, "a calendar in force can't be used");
            }
            calendars = overlaid;
        }
        let calendars = Arc::new(calendars);
        self.calendar_cache().put(tenant, Held { calendars: calendars.clone(), stamps, checked_ms });
        Ok(calendars)
    }
}

/// Whose calendars a tenant may name, the lower layer first.
pub(crate) fn owners(tenant: TenantId) -> Vec<TenantId> {
    let own = (tenant != TenantId::PLATFORM).then_some(tenant);
    std::iter::once(TenantId::PLATFORM).chain(own).collect()
}

/// What is in force of a tenant's own calendars.
async fn in_force(services: &Services, tenant: TenantId) -> Result<Vec<(String, Content)>> {
    let db = services.store().read();
    let rows = calendar::list(db, &[tenant]).await?;
    let mut contents = Vec::with_capacity(rows.len());
    for revision in calendar::list_active(db, tenant).await? {
        // A calendar that is archived keeps its last revision.
        let Some(row) = rows.iter().find(|row| row.id == revision.calendar_id) else { continue };
        match content(row, &revision) {
            Ok(content) => contents.push((row.name.clone(), content)),
            // One calendar that can't be read must not take the others with it; what rests on it says that it is missing.
            Err(error) => tracing::error!(%tenant, calendar = row.name, %error, "a calendar in force can't be read"),
        }
    }
    Ok(contents)
}

/// The content of a stored revision.
pub(crate) fn content(row: &calendar::Row, revision: &calendar::RevisionRow) -> Result<Content> {
    let broken = || inconsistent("calendar_revision", "content_json", revision.calendar_id);
    let value = serde_json::from_str(&revision.content_json).map_err(|_| broken())?;
    Content::read(&row.name, revision.number.unsigned_abs(), &value).map_err(|_| broken())
}
