//! Batches of look-ups: what the items of a list point to is read once for the whole list.
//!
//! A loader belongs to one operation and asks as its actor, so nothing it finds can reach somebody else.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    sync::Arc,
};

use async_graphql::{
    Context, Result,
    dataloader::{DataLoader, Loader},
};
use domain::id::{BackfillId, ProjectId, RunId, ScheduleId, TenantId, WorkflowId};

use super::context::{Ask as _, Operation};

/// Looks up by batches for one operation.
pub(crate) struct Batch {
    operation: Operation,
}

/// The loader of an operation; without a cache, because a live operation must see what is there now.
pub(crate) type Loaders = DataLoader<Batch>;

/// A loader for an operation.
pub(crate) fn loaders(operation: &Operation) -> Loaders {
    DataLoader::new(Batch { operation: operation.clone() }, spawn)
}

/// The library runs each batch as a task of its own, which ends with its look-up.
#[expect(clippy::disallowed_methods, reason = "the operation waits for the task's answer")]
fn spawn<F: Future + Send + 'static>(work: F) -> tokio::task::JoinHandle<F::Output>
where
    F::Output: Send + 'static,
{
    tokio::spawn(work)
}

/// A tenant by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TenantKey(pub(crate) TenantId);
/// A project by its tenant and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ProjectKey(pub(crate) TenantId, pub(crate) ProjectId);
/// A workflow by its tenant and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct WorkflowKey(pub(crate) TenantId, pub(crate) WorkflowId);
/// A version by its tenant, workflow and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct VersionKey(pub(crate) TenantId, pub(crate) WorkflowId, pub(crate) i32);
/// A schedule by its tenant and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ScheduleKey(pub(crate) TenantId, pub(crate) ScheduleId);
/// A run by its tenant and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RunKey(pub(crate) TenantId, pub(crate) RunId);

/// A backfill by its tenant and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BackfillKey(pub(crate) TenantId, pub(crate) BackfillId);

/// How the items of a run's tasks stand, by its tenant and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ItemsKey(pub(crate) TenantId, pub(crate) RunId);

/// What one object points to; as data it can't be missing, so a missing one is told as "not found".
///
/// # Errors
/// When it is not there, or not for the viewer; when the look-up failed.
pub(crate) async fn need<K>(ctx: &Context<'_>, key: K, kind: &'static str) -> Result<<Batch as Loader<K>>::Value>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Batch: Loader<K, Error = Arc<service::Error>>,
{
    let found = ctx.data_unchecked::<Loaders>().load_one(key).await.map_err(|error| ctx.fail_shared(&error))?;
    found.ok_or_else(|| ctx.fail(service::Error::NotFound { kind }))
}

/// The same for what may be absent.
///
/// # Errors
/// When the look-up failed.
pub(crate) async fn look<K>(ctx: &Context<'_>, key: K) -> Result<Option<<Batch as Loader<K>>::Value>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Batch: Loader<K, Error = Arc<service::Error>>,
{
    ctx.data_unchecked::<Loaders>().load_one(key).await.map_err(|error| ctx.fail_shared(&error))
}

impl Loader<TenantKey> for Batch {
    type Value = service::tenant::Tenant;
    type Error = Arc<service::Error>;

    async fn load(&self, keys: &[TenantKey]) -> Result<HashMap<TenantKey, Self::Value>, Self::Error> {
        let ids: Vec<TenantId> = keys.iter().map(|key| key.0).collect();
        let rows = service::tenant::get_many(&self.operation.services, &self.operation.op(), &ids).await?;
        Ok(rows.into_iter().map(|row| (TenantKey(row.id), row)).collect())
    }
}

impl Loader<ProjectKey> for Batch {
    type Value = service::project::Project;
    type Error = Arc<service::Error>;

    async fn load(&self, keys: &[ProjectKey]) -> Result<HashMap<ProjectKey, Self::Value>, Self::Error> {
        let op = self.operation.op();
        let mut found = HashMap::new();
        for (tenant, ids) in by_tenant(keys.iter().map(|key| (key.0, key.1))) {
            let rows = service::project::get_many(&self.operation.services, &op, tenant, &ids).await?;
            found.extend(rows.into_iter().map(|row| (ProjectKey(row.tenant, row.id), row)));
        }
        Ok(found)
    }
}

impl Loader<WorkflowKey> for Batch {
    type Value = service::workflow::Row;
    type Error = Arc<service::Error>;

    async fn load(&self, keys: &[WorkflowKey]) -> Result<HashMap<WorkflowKey, Self::Value>, Self::Error> {
        let op = self.operation.op();
        let mut found = HashMap::new();
        for (tenant, ids) in by_tenant(keys.iter().map(|key| (key.0, key.1))) {
            let rows = service::workflow::get_many(&self.operation.services, &op, tenant, &ids).await?;
            found.extend(rows.into_iter().map(|row| (WorkflowKey(tenant, WorkflowId(row.id)), row)));
        }
        Ok(found)
    }
}

impl Loader<RunKey> for Batch {
    type Value = service::run::Row;
    type Error = Arc<service::Error>;

    async fn load(&self, keys: &[RunKey]) -> Result<HashMap<RunKey, Self::Value>, Self::Error> {
        let op = self.operation.op();
        let mut found = HashMap::new();
        for (tenant, ids) in by_tenant(keys.iter().map(|key| (key.0, key.1))) {
            let rows = service::run::get_many(&self.operation.services, &op, tenant, &ids).await?;
            found.extend(rows.into_iter().map(|row| (RunKey(tenant, RunId(row.id)), row)));
        }
        Ok(found)
    }
}

/// Once for all tasks of a run.
impl Loader<ItemsKey> for Batch {
    type Value = Arc<BTreeMap<i32, service::run::ItemCounts>>;
    type Error = Arc<service::Error>;

    async fn load(&self, keys: &[ItemsKey]) -> Result<HashMap<ItemsKey, Self::Value>, Self::Error> {
        let op = self.operation.op();
        let mut found = HashMap::new();
        for key in keys {
            let counts = service::run::item_counts(&self.operation.services, &op, key.0, key.1).await;
            found.extend(present(counts)?.map(|counts| (*key, Arc::new(counts))));
        }
        Ok(found)
    }
}

/// One by one, but each only once, however many runs of a list point to it.
impl Loader<VersionKey> for Batch {
    type Value = service::workflow::VersionRow;
    type Error = Arc<service::Error>;

    async fn load(&self, keys: &[VersionKey]) -> Result<HashMap<VersionKey, Self::Value>, Self::Error> {
        let op = self.operation.op();
        let mut found = HashMap::new();
        for key in keys {
            let row = service::workflow::find_version(&self.operation.services, &op, key.0, key.1, key.2).await;
            found.extend(present(row)?.map(|row| (*key, row)));
        }
        Ok(found)
    }
}

/// As versions.
impl Loader<ScheduleKey> for Batch {
    type Value = service::schedule::Row;
    type Error = Arc<service::Error>;

    async fn load(&self, keys: &[ScheduleKey]) -> Result<HashMap<ScheduleKey, Self::Value>, Self::Error> {
        let op = self.operation.op();
        let mut found = HashMap::new();
        for key in keys {
            let row = service::schedule::find(&self.operation.services, &op, key.0, key.1).await;
            found.extend(present(row)?.map(|row| (*key, row)));
        }
        Ok(found)
    }
}

/// As versions.
impl Loader<BackfillKey> for Batch {
    type Value = service::backfill::Row;
    type Error = Arc<service::Error>;

    async fn load(&self, keys: &[BackfillKey]) -> Result<HashMap<BackfillKey, Self::Value>, Self::Error> {
        let op = self.operation.op();
        let mut found = HashMap::new();
        for key in keys {
            let row = service::backfill::find(&self.operation.services, &op, key.0, key.1).await;
            found.extend(present(row)?.map(|row| (*key, row)));
        }
        Ok(found)
    }
}

fn present<T>(found: Result<T, service::Error>) -> Result<Option<T>, service::Error> {
    match found {
        Ok(row) => Ok(Some(row)),
        Err(service::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The ids of each tenant: a look-up never spans two.
fn by_tenant<T: Ord>(keys: impl Iterator<Item = (TenantId, T)>) -> BTreeMap<TenantId, Vec<T>> {
    let mut groups: BTreeMap<TenantId, Vec<T>> = BTreeMap::new();
    for (tenant, id) in keys {
        groups.entry(tenant).or_default().push(id);
    }
    groups
}
