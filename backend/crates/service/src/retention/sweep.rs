//! Deleting what is older than it must be kept.
//!
//! Each tenant has a mark: where the deletion is, when it goes on, and what it deleted today. A step reads what is old
//! from the old end of an index, deletes at most [`ROWS`] rows' worth of each kind, each kind in a transaction of its
//! own that also moves the mark under its revision. So any node may take any step, a crash loses nothing, and two that
//! take the same step at once are one that does and one that leaves it at that. Tenants take turns: the mark that has
//! been due longest is next.
//!
//! What is not deleted, however old: a run that has not ended; a run whose parent or backfill has not; a run whose
//! workflow is waited for by a run of a near business date; fires that are not behind what their schedule has decided; the last
//! event of an audit chain. Such rows are passed over and looked at again when the walk begins anew.

use std::collections::{BTreeMap, BTreeSet};

use domain::bizdate::BizDate;
use domain::id::{RunId, TenantId, WorkflowId};
use domain::run::RunState;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::audit::Head;
use store::retention::old::{self, After, Finished, FireKey};
use store::retention::{self, MarkRow};
use store::{Tx, run};

use super::{DAY_MS, Kind, Rule};
use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::OpCtx;
use crate::error::{Error, Result};
use crate::run::loaded::{parse_json, to_json};

/// How many rows' worth a transaction deletes.
const ROWS: u64 = 500;

/// Finished runs that are looked at in one step.
const LOOKED_AT: u64 = 200;

/// The pause of a tenant between two steps while there is more.
const PAUSE_MS: i64 = 500;

/// The pause of a tenant of which nothing is left to be deleted.
const REST_MS: i64 = 10 * 60_000;

/// How long a tick may take.
const TICK_MS: i64 = 2_000;

/// Marks that are taken in one tick.
const MARKS: u64 = 20;

/// How far before the date of who waits the date of a run may be that he waits for: the longest dependent window reaches
/// a year back.
const WAITED_FOR_DAYS: i64 = 400;

/// Most waits that are looked at for the runs of one step.
const MOST_WAITERS: u64 = 5_000;

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// There is more to delete: after a short pause.
    Soon,
    /// In a while.
    Later,
}

/// What was deleted on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Deleted {
    runs: u64,
    /// Attempts whose logs were deleted before their runs.
    logs: u64,
    fires: u64,
    audit: u64,
}

/// Where the deletion of a tenant is: what its mark keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    runs: After,
    logs: After,
    fires: After,
    /// Days since 1970 of the counts.
    day: i64,
    deleted: Deleted,
}

/// A bounded part of the work: every tenant that is due, as far as the time goes.
///
/// # Errors
/// The database's.
pub async fn tick(services: &Services) -> Result<Due> {
    let now_ms = services.store().db_now_ms();
    let marks = retention::list_due(services.store().read(), now_ms, MARKS).await?;
    if marks.is_empty() {
        mark_new_tenants(services, now_ms).await?;
        return Ok(Due::Later);
    }
    let mut due = if marks.len() as u64 == MARKS { Due::Soon } else { Due::Later };
    let mut failed = None;
    for mark in marks {
        let mut turn = Turn { services, tenant: TenantId(mark.tenant_id), now_ms, mark };
        match turn.take().await {
            Ok(true) => due = Due::Soon,
            // Another node does it.
            Ok(false) | Err(Error::Store(store::Error::Stale)) => {}
            Err(error) if error.is_of_database() => failed = Some(error),
            // One department's trouble is not the others': it has its next turn when they have had theirs.
            Err(error) => {
                tracing::error!(%error, tenant = %turn.tenant, "what is old of a department can't be deleted");
                turn.rest().await?;
            }
        }
        if services.store().db_now_ms() - now_ms > TICK_MS {
            due = Due::Soon;
            break;
        }
    }
    failed.map_or(Ok(due), Err)
}

/// Gives tenants that have no mark one.
async fn mark_new_tenants(services: &Services, now_ms: i64) -> Result<()> {
    let marked: BTreeSet<TenantId> = retention::list_marked(services.store().read()).await?.into_iter().collect();
    let tenants = store::tenant::list_ids(services.store().read()).await?;
    let tenants: BTreeSet<TenantId> = tenants.into_iter().chain([TenantId::PLATFORM]).collect();
    for tenant in tenants.difference(&marked) {
        let mark = &MarkRow { tenant_id: tenant.0, due_ms: now_ms, state_json: None, revision: 1 };
        let made = services.store().write(|tx| Box::pin(retention::insert_mark(tx, mark.clone()))).await;
        match made {
            // Another node made it.
            Ok(()) | Err(store::Error::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Up to which end of runs the logs of a tenant have been deleted.
pub(super) async fn logs_deleted_until(services: &Services, tenant: TenantId) -> Result<i64> {
    let mark = retention::find_mark(services.store().read(), tenant).await?;
    Ok(mark.as_ref().map(progress_of).transpose()?.map_or(0, |progress| progress.logs.0))
}

fn progress_of(mark: &MarkRow) -> Result<Progress> {
    Ok(parse_json(mark.state_json.as_deref(), "retention_mark", mark.tenant_id)?.unwrap_or_default())
}

/// What a transaction deletes, read before it.
enum Part {
    /// Logs of these runs.
    Logs { runs: Vec<RunId> },
    /// These runs, that ended before the instant; first what is left of their logs.
    Runs { runs: Vec<RunId>, before_ms: i64 },
    /// These fires.
    Fires { keys: Vec<FireKey> },
    /// The audit events up to one.
    Audit { from: Option<Head>, through: Head },
}

/// A part, where the walk is once it is deleted, and whether there may be more.
struct Planned {
    part: Part,
    after: After,
    more: bool,
}

/// A tenant's turn.
struct Turn<'a> {
    services: &'a Services,
    tenant: TenantId,
    now_ms: i64,
    mark: MarkRow,
}

impl Turn<'_> {
    /// Deletes a part of each kind; gives whether there is more.
    async fn take(&mut self) -> Result<bool> {
        let rules = super::effective(self.services, self.tenant).await?;
        self.tell_of_yesterday().await?;
        let mut more = false;
        for kind in [Kind::Logs, Kind::Runs, Kind::Fires, Kind::Audit] {
            more |= self.delete(kind, before_ms(&rules, kind, self.now_ms)).await?;
        }
        let mut mark = self.mark.clone();
        mark.due_ms = self.now_ms + if more { PAUSE_MS } else { REST_MS };
        let (revision, mark) = (self.mark.revision, &mark);
        let written = self.services.store().write(|tx| Box::pin(retention::save_mark(tx, revision, mark))).await;
        Ok(written.map(|()| more)?)
    }

    /// Does nothing for a while.
    async fn rest(&self) -> Result<()> {
        let mark = &MarkRow { due_ms: self.now_ms + REST_MS, ..self.mark.clone() };
        let revision = self.mark.revision;
        match self.services.store().write(|tx| Box::pin(retention::save_mark(tx, revision, mark))).await {
            // Another node moved it.
            Ok(()) | Err(store::Error::Stale) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn delete(&mut self, kind: Kind, before_ms: i64) -> Result<bool> {
        let progress = progress_of(&self.mark)?;
        let planned = match kind {
            Kind::Logs => self.plan_logs(progress.logs, before_ms).await?,
            Kind::Runs => self.plan_runs(progress.runs, before_ms).await?,
            Kind::Fires => self.plan_fires(progress.fires, before_ms).await?,
            Kind::Audit => self.plan_audit(before_ms).await?,
        };
        let Some(planned) = planned else {
            // At its end: what was passed over is looked at again next time. Logs are never passed over.
            let mut progress = progress;
            match kind {
                Kind::Runs => progress.runs = After::default(),
                Kind::Fires => progress.fires = After::default(),
                Kind::Logs | Kind::Audit => {}
            }
            self.mark.state_json = Some(to_json(&progress));
            return Ok(false);
        };
        let (tenant, now_ms, before) = (self.tenant, self.now_ms, self.mark.clone());
        let (planned, progress, before) = (&planned, &progress, &before);
        let written: Result<(MarkRow, bool)> = self
            .services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    let mut progress = progress.clone();
                    let more = apply(tx, (tenant, now_ms), planned, &mut progress).await?;
                    let mark = MarkRow { state_json: Some(to_json(&progress)), ..before.clone() };
                    retention::save_mark(tx, before.revision, &mark).await?;
                    Ok((MarkRow { revision: before.revision + 1, ..mark }, more))
                })
            })
            .await;
        let (mark, more) = written?;
        self.mark = mark;
        Ok(more)
    }

    async fn plan_logs(&self, after: After, before_ms: i64) -> Result<Option<Planned>> {
        let db = self.services.store().read();
        let runs = old::list_finished(db, self.tenant, after, before_ms, LOOKED_AT).await?;
        let Some(last) = runs.last().map(place) else { return Ok(None) };
        let more = runs.len() as u64 == LOOKED_AT;
        let runs = runs.iter().map(|run| run.id).collect();
        Ok(Some(Planned { part: Part::Logs { runs }, after: last, more }))
    }

    async fn plan_runs(&self, after: After, before_ms: i64) -> Result<Option<Planned>> {
        let db = self.services.store().read();
        let found = old::list_finished(db, self.tenant, after, before_ms, LOOKED_AT).await?;
        let Some(mut last) = found.last().map(place) else { return Ok(None) };
        let mut more = found.len() as u64 == LOOKED_AT;
        let needed = self.needed(&found).await?;
        let (mut runs, mut rows) = (Vec::new(), 0);
        for run in &found {
            if rows >= ROWS {
                more = true;
                break;
            }
            last = place(run);
            if !needed.contains(&run.id) {
                runs.push(run.id);
                // Its row, its tasks and at least an attempt of each.
                rows += 1 + 2 * u64::from(run.tasks.unsigned_abs());
            }
        }
        Ok(Some(Planned { part: Part::Runs { runs, before_ms }, after: last, more }))
    }

    /// Which of some finished runs are needed by what has not ended.
    async fn needed(&self, found: &[Finished]) -> Result<BTreeSet<RunId>> {
        let db = self.services.store().read();
        let parents: BTreeSet<RunId> = found.iter().filter_map(|run| run.parent).collect();
        let parents: Vec<RunId> = parents.into_iter().collect();
        let open = |row: &run::Row| !RunState::parse(&row.state).is_some_and(RunState::is_final);
        let parents = run::get_many(db, self.tenant, &parents).await?;
        let open: BTreeSet<i64> = parents.iter().filter(|row| open(row)).map(|row| row.id).collect();
        let waited = self.waited_for(found).await?;
        let (backfills, items) = self.backfilled(found).await?;
        let is_needed = |run: &&Finished| {
            !RunState::parse(&run.state).is_some_and(RunState::is_final)
                || run.backfill.is_some_and(|backfill| backfills.contains(&backfill))
                || items.contains(&run.id)
                || run.parent.is_some_and(|parent| open.contains(&parent.0))
                || waited.get(&run.workflow).is_some_and(|from| run.business_date >= *from)
        };
        Ok(found.iter().filter(is_needed).map(|run| run.id).collect())
    }

    /// The backfills that have not ended, and which of some runs they count on.
    async fn backfilled(&self, found: &[Finished]) -> Result<(Vec<i64>, BTreeSet<RunId>)> {
        let db = self.services.store().read();
        let backfills = old::list_backfills(db, self.tenant).await?;
        if backfills.is_empty() {
            return Ok((backfills, BTreeSet::new()));
        }
        let runs: Vec<RunId> = found.iter().map(|run| run.id).collect();
        let items = old::list_items(db, self.tenant, &backfills, &runs).await?;
        Ok((backfills, items.into_iter().collect()))
    }

    /// From which business date on the runs of a workflow may be waited for.
    async fn waited_for(&self, found: &[Finished]) -> Result<BTreeMap<WorkflowId, String>> {
        let db = self.services.store().read();
        let workflows: BTreeSet<WorkflowId> = found.iter().map(|run| run.workflow).collect();
        let workflows: Vec<WorkflowId> = workflows.into_iter().collect();
        let waiters = old::list_waiters(db, self.tenant, &workflows, MOST_WAITERS).await?;
        if waiters.len() as u64 == MOST_WAITERS {
            // Who else waits was not looked at: any of the runs may be meant.
            return Ok(workflows.into_iter().map(|workflow| (workflow, String::new())).collect());
        }
        let ids: BTreeSet<RunId> = waiters.iter().map(|(_, run)| *run).collect();
        let ids: Vec<RunId> = ids.into_iter().collect();
        let mut dates = BTreeMap::new();
        for ids in ids.chunks(store::BATCH) {
            let rows = run::get_many(db, self.tenant, ids).await?;
            dates.extend(rows.into_iter().map(|row| (RunId(row.id), row.business_date)));
        }
        let mut from: BTreeMap<WorkflowId, String> = BTreeMap::new();
        for (workflow, run) in waiters {
            let Some(date) = dates.get(&run).and_then(|date| date.parse::<BizDate>().ok()) else { continue };
            let earliest = date.add_days(-WAITED_FOR_DAYS).map_or_else(String::new, |date| date.to_string());
            let known = from.entry(workflow).or_insert_with(|| earliest.clone());
            if earliest < *known {
                *known = earliest;
            }
        }
        Ok(from)
    }

    async fn plan_fires(&self, after: After, before_ms: i64) -> Result<Option<Planned>> {
        let found = old::list_fires(self.services.store().read(), self.tenant, after, before_ms, ROWS).await?;
        let Some(((instant_ms, schedule), _)) = found.last() else { return Ok(None) };
        let (last, more) = ((*instant_ms, *schedule), found.len() as u64 == ROWS);
        // A schedule that is gone decides nothing any more.
        let behind = found.into_iter().filter(|((at_ms, _), decided)| decided.is_none_or(|decided| *at_ms < decided));
        let keys = behind.map(|(key, _)| key).collect();
        Ok(Some(Planned { part: Part::Fires { keys }, after: last, more }))
    }

    async fn plan_audit(&self, before_ms: i64) -> Result<Option<Planned>> {
        let db = self.services.store().read();
        let (from, head) = (store::audit::anchor(db, self.tenant).await?, store::audit::head(db, self.tenant).await?);
        let after = from.as_ref().map_or(0, |head| head.seq);
        let events = store::audit::list_instants(db, self.tenant, after, ROWS).await?;
        let all = events.len() as u64 == ROWS;
        let last = head.map_or(0, |head| head.seq);
        let is_old = |(event, at_ms): &(Head, i64)| *at_ms < before_ms && event.seq < last;
        let old: Vec<Head> = events.into_iter().take_while(is_old).map(|(event, _)| event).collect();
        let more = all && old.len() as u64 == ROWS;
        let Some(through) = old.into_iter().next_back() else { return Ok(None) };
        Ok(Some(Planned { part: Part::Audit { from, through }, after: After::default(), more }))
    }

    /// Records once what was deleted on an earlier day.
    async fn tell_of_yesterday(&mut self) -> Result<()> {
        let mut progress = progress_of(&self.mark)?;
        let today = self.now_ms.div_euclid(DAY_MS);
        if progress.day == today {
            return Ok(());
        }
        let (day, deleted) = (progress.day, std::mem::take(&mut progress.deleted));
        progress.day = today;
        let mark = MarkRow { state_json: Some(to_json(&progress)), ..self.mark.clone() };
        if deleted == Deleted::default() {
            self.mark = mark;
            return Ok(());
        }
        let anchor = store::audit::anchor(self.services.store().read(), self.tenant).await?;
        let entry = AuditEntry::new(self.tenant, "retention.delete", "retention").after(json!({
            "date": date_of(day), "runs": deleted.runs, "logs_of_attempts": deleted.logs, "schedule_fires": deleted.fires,
            "audit_events": deleted.audit,
            "audit_deleted_through": anchor.map(|it| json!({ "seq": it.seq, "hash": it.hash })),
        }));
        let ctx = OpCtx::system("retention", self.now_ms);
        let (revision, mark_ref, ctx, entry) = (self.mark.revision, &mark, &ctx, &entry);
        let written: Result<()> = self
            .services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    retention::save_mark(tx, revision, mark_ref).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written?;
        self.mark = MarkRow { revision: revision + 1, ..mark };
        Ok(())
    }
}

/// Deletes a part, and moves what the mark keeps; gives whether there may be more.
async fn apply(
    tx: &Tx<'_>,
    (tenant, now_ms): (TenantId, i64),
    planned: &Planned,
    progress: &mut Progress,
) -> Result<bool> {
    match &planned.part {
        Part::Logs { runs } => {
            let (pieces, attempts) = old::delete_logs(tx, tenant, runs, ROWS, now_ms).await?;
            progress.deleted.logs += attempts;
            if pieces >= ROWS {
                return Ok(true);
            }
            progress.logs = planned.after;
        }
        Part::Runs { runs, .. } if runs.is_empty() => progress.runs = planned.after,
        Part::Runs { runs, before_ms } => {
            let (pieces, _) = old::delete_logs(tx, tenant, runs, ROWS, now_ms).await?;
            if pieces >= ROWS {
                return Ok(true);
            }
            let states: Vec<&str> =
                RunState::ALL.iter().filter(|state| state.is_final()).map(|state| state.as_str()).collect();
            old::delete_runs(tx, tenant, runs, *before_ms, &states).await?;
            progress.deleted.runs += runs.len() as u64;
            progress.runs = planned.after;
        }
        Part::Fires { keys } => {
            if !keys.is_empty() {
                progress.deleted.fires += old::delete_fires(tx, tenant, keys).await?;
            }
            progress.fires = planned.after;
        }
        Part::Audit { from, through } => {
            progress.deleted.audit += store::audit::delete_through(tx, tenant, from.as_ref(), through).await?;
        }
    }
    Ok(planned.more)
}

/// Before which instant a kind is deleted; logs go with their runs at the latest.
fn before_ms(rules: &[Rule], kind: Kind, now_ms: i64) -> i64 {
    let days = |kind: Kind| rules.iter().find(|rule| rule.kind == kind).map_or(super::MOST_DAYS, |rule| rule.days);
    now_ms - i64::from(days(kind)) * DAY_MS
}

fn place(run: &Finished) -> After {
    (run.finished_ms, run.id.0)
}

/// `2026-10-01` of a number of days since 1970.
fn date_of(day: i64) -> String {
    let date = BizDate::new(1970, 1, 1).and_then(|first| first.add_days(day));
    date.map_or_else(|| day.to_string(), |date| date.to_string())
}
