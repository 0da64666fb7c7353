//! Runs as they change.

use std::collections::{HashMap, VecDeque};

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use domain::id::{RunId, TenantId};
use futures_util::{Stream, stream};

use crate::graphql::{context::Ask as _, id, page, run::Run, task::TaskRun, watch::Watch};

/// A change of one run: the run as it is now and the task runs that changed since the cursor.
#[derive(Debug, SimpleObject)]
pub(crate) struct RunChange {
    /// To resume from after this message.
    cursor: String,
    run: Run,
    task_runs: Vec<TaskRun>,
}

/// A run of the tenant that changed since the cursor.
#[derive(Debug, SimpleObject)]
pub(crate) struct RunNotice {
    /// To resume from after this message.
    cursor: String,
    run: Run,
}

/// Fields of the subscription root.
#[derive(Debug, Default)]
pub(crate) struct RunSubscription;

#[Subscription]
impl RunSubscription {
    /// Begins with what changed since `after` (everything when absent) and goes on; resuming from a message's cursor loses nothing.
    async fn run_changed(
        &self,
        ctx: &Context<'_>,
        id: ID,
        after: Option<String>,
        #[graphql(desc = "Whether items that changed are told, too, rather than their task alone; yes when absent.")]
        items: Option<bool>,
    ) -> Result<impl Stream<Item = Result<RunChange>>> {
        let asked = async {
            let (tenant, id) = id::run(&id, "id")?;
            let revision = page::decode::<i64>(after.as_deref())?.unwrap_or(0);
            service::run::find(ctx.services(), &ctx.op(), tenant, id).await?;
            Ok((tenant, id, revision))
        };
        let (tenant, id, revision) = asked.await.map_err(|error| ctx.fail(error))?;
        let watch = Watch::new(ctx, Some((tenant, id)));
        let one = OneRun { watch, key: (tenant, id), revision, with_items: items.unwrap_or(true), started: false };
        Ok(stream::unfold(Some(one), |one| async { OneRun::next(one?).await }))
    }

    /// Runs of a tenant (or all visible ones) as they change.
    async fn runs_changed(
        &self,
        ctx: &Context<'_>,
        tenant: Option<ID>,
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<RunNotice>>> {
        let op = ctx.op();
        let asked = async {
            op.account()?;
            let tenant = tenant.map(|id| id::tenant(&id, "tenant")).transpose()?;
            if let Some(tenant) = tenant {
                service::tenant::find(ctx.services(), &op, tenant).await?;
            }
            Ok((tenant, page::decode::<i64>(after.as_deref())?.unwrap_or(op.now_ms)))
        };
        let (tenant, since_ms) = asked.await.map_err(|error| ctx.fail(error))?;
        let watch = Watch::new(ctx, None);
        let many = ManyRuns { watch, tenant, since_ms, told: HashMap::new(), waiting: VecDeque::new(), started: false };
        Ok(stream::unfold(Some(many), |many| async { ManyRuns::next(many?).await }))
    }
}

/// The state of `runChanged`.
struct OneRun {
    watch: Watch,
    key: (TenantId, RunId),
    revision: i64,
    with_items: bool,
    started: bool,
}

impl OneRun {
    async fn next(mut self) -> Option<(Result<RunChange>, Option<Self>)> {
        loop {
            if std::mem::replace(&mut self.started, true) {
                self.watch.wait().await;
            }
            let op = self.watch.operation.op();
            let (services, revision) = (self.watch.services(), self.revision);
            match service::run::changes(services, &op, self.key, revision, self.with_items).await {
                Ok(None) => {}
                Ok(Some((row, tasks))) => {
                    self.revision = row.revision;
                    let task_runs = tasks.into_iter().map(TaskRun).collect();
                    let change = RunChange { cursor: page::encode(&row.revision), run: Run(row), task_runs };
                    return Some((Ok(change), Some(self)));
                }
                Err(failure) => {
                    if let Some(error) = self.watch.outcome(&failure) {
                        return Some((Err(error), None));
                    }
                }
            }
        }
    }
}

/// How far back each look goes again: a transaction may commit this much later than the instant it wrote.
const OVERLAP_MS: i64 = 2_000;
/// Changes of one look, beside those that are looked at again.
const CHANGES: u64 = 500;

/// The state of `runsChanged`.
struct ManyRuns {
    watch: Watch,
    tenant: Option<TenantId>,
    since_ms: i64,
    /// What was told of the overlap: the run's revision, and when it changed.
    told: HashMap<(i64, i64), (i64, i64)>,
    waiting: VecDeque<service::run::Row>,
    started: bool,
}

impl ManyRuns {
    async fn next(mut self) -> Option<(Result<RunNotice>, Option<Self>)> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                let notice = RunNotice { cursor: page::encode(&row.changed_ms), run: Run(row) };
                return Some((Ok(notice), Some(self)));
            }
            if std::mem::replace(&mut self.started, true) {
                self.watch.wait().await;
            }
            if let Err(failure) = self.look().await
                && let Some(error) = self.watch.outcome(&failure)
            {
                return Some((Err(error), None));
            }
        }
    }

    async fn look(&mut self) -> Result<(), service::Error> {
        let op = self.watch.operation.op();
        let from_ms = self.since_ms.saturating_sub(OVERLAP_MS);
        let limit = CHANGES.saturating_add(self.told.len() as u64);
        let rows = service::run::changed_since(self.watch.services(), &op, self.tenant, from_ms, limit).await?;
        for row in rows {
            let news = (row.revision, row.changed_ms);
            self.since_ms = self.since_ms.max(row.changed_ms);
            if self.told.insert((row.tenant_id, row.id), news) != Some(news) {
                self.waiting.push_back(row);
            }
        }
        let kept_ms = self.since_ms.saturating_sub(OVERLAP_MS);
        self.told.retain(|_, (_, changed_ms)| *changed_ms >= kept_ms);
        Ok(())
    }
}
