//! Limits: slots that the tasks of a tenant share, and who holds them.

use async_graphql::{Context, Object, Result, SimpleObject};
use service::limit::{Holder, Usage};

use super::{context::Ask as _, page, run::Run, scalar::Instant, task::TaskRun};

mod mutation;
mod query;

pub(crate) use mutation::LimitMutation;
pub(crate) use query::LimitQuery;

/// A named number of slots that the tasks of a tenant share, whatever workflow they are of.
#[derive(Debug, Clone)]
pub(crate) struct Limit(pub(crate) Usage);

/// A named number of slots that the tasks of a tenant share, whatever workflow they are of.
#[Object]
impl Limit {
    /// Its name in documents.
    async fn name(&self) -> &str {
        &self.0.row.name
    }

    /// Its slots; with 0 all that needs it waits.
    async fn slots(&self) -> i32 {
        self.0.row.slots
    }

    /// Slots that are taken; more than there are when it was made smaller.
    async fn used(&self) -> i32 {
        count(self.0.used)
    }

    /// Tasks that wait for slots.
    async fn waiting(&self) -> i32 {
        count(self.0.waiting)
    }

    /// What it is for.
    async fn note(&self) -> Option<&str> {
        self.0.row.note.as_deref()
    }

    async fn created_at(&self) -> Instant {
        Instant(self.0.row.created_ms)
    }

    async fn changed_at(&self) -> Instant {
        Instant(self.0.row.changed_ms)
    }

    /// The tasks that hold slots, the longest first, at most 100; those that the viewer may not see are left out.
    #[graphql(complexity = "10 + child_complexity.saturating_mul(5)")]
    async fn holders(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<LimitHolder>> {
        let held = async {
            let most = page::size(first)?;
            service::limit::holders(ctx.services(), &ctx.op(), &self.0.row, most).await
        };
        let held = held.await.map_err(|error| ctx.fail(error))?;
        Ok(held.into_iter().map(LimitHolder::from).collect())
    }
}

/// A task that holds slots of a limit.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct LimitHolder {
    /// How many.
    weight: i32,
    /// Since when.
    since: Instant,
    run: Run,
    task_run: TaskRun,
}

impl From<Holder> for LimitHolder {
    fn from(holder: Holder) -> Self {
        let Holder { slot, run, task } = holder;
        Self { weight: slot.weight, since: Instant(slot.taken_ms), run: Run(run), task_run: TaskRun(task) }
    }
}

fn count(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
