//! The limits that a claim must heed: locked as long as its transaction lasts.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::TenantId;
use domain::queue::{Limit, Need, Parked};

use crate::job::{self, Row, parked};
use crate::limit::{self, Key, SlotRow};
use crate::{Result, Tx};

/// The limits that the offered jobs need slots of.
pub(super) struct Limits {
    keys: Vec<Key>,
    /// How they stand, in the order of the keys.
    pub(super) states: Vec<Limit>,
}

impl Limits {
    /// Locks and reads the limits that some jobs need.
    pub(super) async fn lock<'a>(tx: &Tx<'_>, jobs: impl Iterator<Item = &'a Row>) -> Result<Self> {
        let mut keys = BTreeSet::new();
        for job in jobs.filter(|job| job.limits_json.is_some()) {
            let tenant = TenantId(job.tenant_id);
            keys.extend(job::limits_of(job)?.into_keys().map(|name| (tenant, name)));
        }
        let rows = limit::lock(tx, &keys).await?;
        let mut found = BTreeMap::new();
        for (tenant, names) in by_tenant(&keys) {
            let used = limit::count_used(tx, tenant, &names).await?;
            for row in rows.iter().filter(|row| row.tenant_id == tenant.0) {
                let slots = u32::try_from(limit::slots(row)).unwrap_or(u32::MAX);
                let used = used.get(&row.name).copied().unwrap_or_default();
                let parked = parked::find_first(tx, tenant, &row.name).await?;
                found.insert((tenant, row.name.clone()), Limit { slots, used, parked });
            }
        }
        let states = keys.iter().map(|key| found.get(key).copied().unwrap_or_default()).collect();
        Ok(Self { keys: keys.into_iter().collect(), states })
    }

    /// What a job needs of them.
    pub(super) fn needs(&self, job: &Row) -> Result<Vec<Need>> {
        let tenant = TenantId(job.tenant_id);
        let of_name = |(name, weight): (String, u32)| {
            let limit = self.keys.binary_search(&(tenant, name)).ok()?;
            Some(Need { limit, weight })
        };
        Ok(job::limits_of(job)?.into_iter().filter_map(of_name).collect())
    }

    /// Notes the slots of the jobs that were won.
    pub(super) async fn take(&self, tx: &Tx<'_>, won: &[Row], now_ms: i64) -> Result<()> {
        let mut slots = Vec::new();
        for job in won {
            for (name, weight) in job::limits_of(job)? {
                slots.push(SlotRow {
                    tenant_id: job.tenant_id,
                    name,
                    run_id: job.run_id,
                    ordinal: job.ordinal,
                    fence: job.fence,
                    weight: i32::try_from(weight).unwrap_or(i32::MAX),
                    taken_ms: now_ms,
                });
            }
        }
        limit::take(tx, slots).await
    }

    /// Puts aside what must wait for slots, and lets those go on that others left room for: a job that waited for one
    /// limit may wait for another one now.
    pub(super) async fn park<'a>(
        &self,
        tx: &Tx<'_>,
        jobs: &[Parked],
        row_of: impl Fn(&Parked) -> &'a Row,
    ) -> Result<usize> {
        let mut groups: BTreeMap<(usize, bool), Vec<&Parked>> = BTreeMap::new();
        for job in jobs {
            groups.entry((job.limit, job.hold == domain::queue::Hold::Full)).or_default().push(job);
        }
        for ((limit, _), jobs) in groups {
            let rows: Vec<&Row> = jobs.iter().map(|job| row_of(job)).collect();
            parked::park(tx, &rows, &self.keys[limit].1, jobs[0].hold).await?;
        }
        let mut gone_on = 0;
        for ((tenant, name), state) in self.keys.iter().zip(&self.states) {
            if state.parked.is_some() {
                gone_on += parked::release_into(tx, *tenant, name, state.free()).await?;
            }
        }
        Ok(gone_on)
    }
}

fn by_tenant(keys: &BTreeSet<Key>) -> BTreeMap<TenantId, Vec<&str>> {
    let mut names: BTreeMap<TenantId, Vec<&str>> = BTreeMap::new();
    for (tenant, name) in keys {
        names.entry(*tenant).or_default().push(name);
    }
    names
}
