//! How a run comes to be and gets its place among its workflow's active runs.
//!
//! A workflow may limit how many of its runs are active at once. A run of such a workflow is made `queued`; it begins
//! when it gets one of the numbered slots `1..=max_active_runs`, which a unique key on (workflow, slot) guards: two
//! nodes that admit at once can't give the same slot twice. The oldest queued run is first.

use domain::bizdate::BizDate;
use domain::id::{BackfillId, RunId, ScheduleId, TenantId, WorkflowId};
use domain::run::{Act, Reason, RunState};
use domain::workflow::Priority;
use serde_json::{Map, Value};
use store::{Tx, run};

use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::authz::Scope;
use crate::calendar::RunNote;
use crate::ctx::OpCtx;
use crate::error::{Error, FieldError, Result, Text};
use crate::run::batch::{Batch, NotWritten};
use crate::run::change::change;
use crate::run::loaded::{LoadedRun, to_json};
use crate::run::scope::Surroundings;
use crate::workflow::Definition;
use domain::access::Permission;
use domain::error::ErrorCode;

/// Longest idempotency key.
const KEY_LENGTH: usize = 100;

/// What made a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An instant of a schedule.
    Schedule {
        /// The schedule.
        schedule: ScheduleId,
        /// The instant.
        fire_ms: i64,
    },
    /// A person in the UI.
    Manual,
    /// A client of the API.
    Api,
    /// A task of another run, for one of its attempts.
    Task {
        /// The other run.
        run: RunId,
        /// The task.
        ordinal: i32,
        /// The attempt.
        attempt: i32,
    },
    /// A run that is repeated with a newer version.
    Rerun {
        /// The run.
        of: RunId,
    },
    /// A backfill.
    Backfill {
        /// The backfill.
        backfill: BackfillId,
    },
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Schedule { .. } => "schedule",
            Self::Manual => "manual",
            Self::Api => "api",
            Self::Task { .. } => "sub_workflow",
            Self::Rerun { .. } => "rerun",
            Self::Backfill { .. } => "backfill",
        }
    }
}

/// A run that somebody asks for.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// The workflow's tenant.
    pub tenant: TenantId,
    /// The workflow; its current version runs.
    pub workflow: WorkflowId,
    /// The date the data is about; the workflow's rule decides when absent.
    pub business_date: Option<BizDate>,
    /// Values for the workflow's parameters.
    pub params: Map<String, Value>,
    /// The same key for the same workflow gives the same run.
    pub idempotency_key: Option<String>,
    /// Why; audited.
    pub reason: Option<String>,
    /// Who asks, in kind.
    pub cause: Cause,
    /// Its rank among waiting work; the workflow's when absent.
    pub priority: Option<Priority>,
    /// Whether it only walks its DAG: no task's work is done.
    pub dry_run: bool,
    /// The version that runs; the current one when absent.
    pub version: Option<i32>,
}

/// What is known of a run before it is made.
pub(crate) struct Draft {
    pub(crate) business_date: BizDate,
    pub(crate) params: Map<String, Value>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) cause: Cause,
    pub(crate) priority: Option<Priority>,
    pub(crate) dry_run: bool,
    pub(crate) created_by: (Option<i64>, Option<String>),
    /// What its templates may name.
    pub(crate) around: Surroundings,
    /// What the run is to remember of them.
    pub(crate) note: RunNote,
}

/// Starts a run of a workflow's current version.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`]; [`Error::Invalid`] for parameters that don't fit and a business date that
/// can't be told.
pub async fn start(services: &Services, ctx: &OpCtx, new: NewRun) -> Result<run::Row> {
    let entry = AuditEntry::new(new.tenant, "run.start", "run").reason(new.reason.clone());
    audit::attempt(services, ctx, entry.clone(), start_audited(services, ctx, new, entry)).await
}

/// Repeats a run as a new run of its workflow's newest version, for the same business date and with the same values of
/// the parameters that are still declared.
///
/// # Errors
/// As [`start`]; [`Error::Invalid`] without a reason.
pub async fn rerun_newest(
    services: &Services,
    ctx: &OpCtx,
    (tenant, id): (TenantId, RunId),
    why: &str,
) -> Result<run::Row> {
    let entry = AuditEntry::new(tenant, "run.rerun", "run").id(id).reason(Some(why.to_owned()));
    let new = audit::attempt(services, ctx, entry, as_newest(services, ctx, (tenant, id), why)).await?;
    start(services, ctx, new).await
}

async fn as_newest(services: &Services, ctx: &OpCtx, (tenant, id): (TenantId, RunId), why: &str) -> Result<NewRun> {
    let why = super::operate::reason(why)?;
    let old = super::operate::authorised(services, ctx, tenant, id, Permission::RunOperate).await?;
    let workflow = WorkflowId(old.workflow_id);
    let current = crate::workflow::changeable(services, ctx, tenant, workflow, Permission::RunStart).await?;
    let definition = services.definition(tenant, workflow, current.current_version).await?;
    let broken = |_| crate::run::loaded::inconsistent("run", "business_date", old.id);
    let date: BizDate = old.business_date.parse().map_err(broken)?;
    let params = crate::run::loaded::parse_json::<Map<String, Value>>(old.params_json.as_deref(), "run", old.id)?;
    let declared = |name: &String| definition.document.spec.params.iter().any(|decl| decl.name == *name);
    let params = params.unwrap_or_default().into_iter().filter(|(name, _)| declared(name)).collect();
    Ok(NewRun {
        tenant,
        workflow,
        business_date: Some(date),
        params,
        idempotency_key: None,
        reason: Some(why.to_owned()),
        cause: Cause::Rerun { of: id },
        priority: Priority::of_level(old.priority),
        dry_run: old.dry_run.unwrap_or(false),
        version: None,
    })
}

async fn start_audited(services: &Services, ctx: &OpCtx, new: NewRun, entry: AuditEntry) -> Result<run::Row> {
    let workflow = crate::workflow::changeable(services, ctx, new.tenant, new.workflow, Permission::RunStart).await?;
    let version = new.version.unwrap_or(workflow.current_version);
    let definition = services.definition(new.tenant, new.workflow, version).await?;
    if let Some(key) = &new.idempotency_key {
        if key.is_empty() || key.chars().count() > KEY_LENGTH {
            let text = Text::new("An idempotency key has 1 to 100 characters.", "幂等键长度为 1 到 100 个字符。");
            return Err(Error::invalid("idempotencyKey", text));
        }
        if let Some(row) = run::find_by_key(services.store().read(), new.tenant, new.workflow, key).await? {
            return Ok(row);
        }
    }
    let calendars = services.calendars_now(new.tenant).await?;
    let business_date = match new.business_date {
        Some(date) => date,
        None => definition.business_date(&calendars, ctx.now_ms)?,
    };
    let around = Surroundings::of(services.store().read(), &definition, calendars.clone()).await?;
    let params = definition.params(&new.params, &around.project)?;
    let note = RunNote::of(&calendars, &definition, &[], [&params, &around.project]);
    let created_by = (ctx.actor.account_id().map(|id| id.0), Some(ctx.actor.name().to_owned()));
    let draft = Draft {
        business_date,
        params,
        idempotency_key: new.idempotency_key.clone(),
        cause: new.cause,
        priority: new.priority,
        dry_run: new.dry_run,
        created_by,
        around,
        note,
    };
    let mut batch = Batch::default();
    let made = self::draft(services, &mut batch, &definition, draft, ctx.now_ms);
    let entry = entry.id(made.row.id).name(&workflow.name).after(serde_json::json!({
        "workflow": workflow.id, "version": made.row.version,
        "business_date": made.row.business_date, "params": new.params, "dry_run": new.dry_run,
    }));
    let (batch_ref, entry_ref) = (&batch, &entry);
    let written: Result<(), Error> = services
        .store()
        .write(|tx| {
            Box::pin(async move {
                batch_ref.write(tx).await?;
                audit::record(tx, ctx, entry_ref).await
            })
        })
        .await;
    match (written, &new.idempotency_key) {
        (Ok(()), _) => {}
        // Somebody used the same key at the same moment.
        (Err(Error::Store(store::Error::Conflict { .. })), Some(key)) => {
            let row = run::find_by_key(services.store().read(), new.tenant, new.workflow, key).await?;
            return row.ok_or(Error::Conflict { kind: "run" });
        }
        (Err(error), _) => return Err(error),
    }
    if batch.waiting_pools().next().is_some() {
        services.hints().jobs.notify_one();
    }
    self::made(services, made).await
}

/// What follows the commit of a new run.
pub(crate) async fn made(services: &Services, made: LoadedRun) -> Result<run::Row> {
    let key = made.key();
    let mut row = made.row.clone();
    if made.machine.state() == RunState::Queued {
        // It is there whatever comes of this; the admission loop looks again by itself.
        match admit(services, key.0, WorkflowId(row.workflow_id)).await {
            Ok(()) => row = run::find(services.store().read(), key.0, key.1).await?.unwrap_or(row),
            Err(error) => tracing::debug!(%error, "a new run could not be admitted now"),
        }
    } else {
        services.runs().put(made);
    }
    services.hints().run_changed(key);
    services.hints().waits.notify_one();
    Ok(row)
}

/// Puts a new run into a batch: begun, with its first jobs, unless it must wait for a slot.
pub(crate) fn draft(
    services: &Services,
    batch: &mut Batch,
    definition: &std::sync::Arc<Definition>,
    draft: Draft,
    now_ms: i64,
) -> LoadedRun {
    let around = draft.around.clone();
    let row = new_row(services, definition, draft, now_ms);
    let mut run = LoadedRun::new(row, definition.clone(), around);
    if definition.max_active_runs().is_some() {
        run.wait_for_place();
    } else {
        let effects = run.begin(batch, now_ms).expect("a run that was just made can begin");
        batch.absorb(services, &mut run, &effects, now_ms, None);
    }
    batch.insert(&mut run, now_ms);
    run
}

fn new_row(services: &Services, definition: &Definition, draft: Draft, now_ms: i64) -> run::Row {
    let (schedule_id, fire_ms) = match draft.cause {
        Cause::Schedule { schedule, fire_ms } => (Some(schedule.0), Some(fire_ms)),
        _ => (None, None),
    };
    let parent = match draft.cause {
        Cause::Task { run, ordinal, attempt } => Some((run.0, ordinal, attempt)),
        _ => None,
    };
    run::Row {
        tenant_id: definition.tenant.0,
        id: services.store().ids().next(),
        project_id: definition.project.0,
        workflow_id: definition.workflow.0,
        version: definition.version,
        business_date: draft.business_date.to_string(),
        cause: draft.cause.as_str().to_owned(),
        schedule_id,
        fire_ms,
        state: RunState::Queued.as_str().to_owned(),
        revision: 1,
        generation: 1,
        priority: draft.priority.map_or_else(|| definition.run_level(), Priority::level),
        params_json: (!draft.params.is_empty()).then(|| to_json(&draft.params)),
        idem_key: draft.idempotency_key,
        active_slot: None,
        stop_requested: false,
        reason_json: None,
        task_total: 0,
        task_ok: 0,
        task_failed: 0,
        task_running: 0,
        created_ms: now_ms,
        started_ms: None,
        finished_ms: None,
        changed_ms: now_ms,
        created_by: draft.created_by.0,
        created_by_name: draft.created_by.1,
        calendar_json: draft.note.to_json(),
        dry_run: draft.dry_run.then_some(true),
        parent_run_id: parent.map(|(run, _, _)| run),
        parent_ordinal: parent.map(|(_, ordinal, _)| ordinal),
        parent_attempt: parent.map(|(_, _, attempt)| attempt),
        rerun_of: if let Cause::Rerun { of } = draft.cause { Some(of.0) } else { None },
        backfill_id: if let Cause::Backfill { backfill } = draft.cause { Some(backfill.0) } else { None },
        overdue_ms: None,
        outputs_json: None,
    }
}

/// Lets the oldest queued runs of a workflow begin, as many as it has free slots. Another node that does the same at
/// the same time is fine: one of the two finds the slot or the run taken and leaves it at that.
///
/// # Errors
/// The database's.
pub async fn admit(services: &Services, tenant: TenantId, workflow: WorkflowId) -> Result<()> {
    let now_ms = services.store().db_now_ms();
    let admitted: Result<Vec<(LoadedRun, bool)>, NotWritten> =
        services.store().write(|tx| Box::pin(admit_in(services, tx, tenant, workflow, now_ms))).await;
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(NotWritten::Other(Error::Store(store::Error::Conflict { .. } | store::Error::Stale))) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for (run, has_jobs) in admitted {
        let key = run.key();
        if !run.machine.state().is_final() {
            services.runs().put(run);
        }
        services.hints().run_changed(key);
        services.hints().waits.notify_one();
        if has_jobs {
            services.hints().jobs.notify_one();
        }
    }
    supersede(services, tenant, workflow).await
}

/// Makes room for the newest queued run of a workflow whose policy that is: older ones end.
async fn supersede(services: &Services, tenant: TenantId, workflow: WorkflowId) -> Result<()> {
    let db = services.store().read();
    let queued = run::queued_of(db, tenant, workflow, 100).await?;
    let Some(newest) = queued.last() else { return Ok(()) };
    let definition = services.definition(tenant, workflow, newest.version).await?;
    let Some(most) = definition.max_active_runs().filter(|_| definition.cancels_running()) else { return Ok(()) };
    let active = run::active_of(db, tenant, workflow).await?;
    let surplus = (active.len() + 1).saturating_sub(most.unsigned_abs() as usize);
    let older = queued.iter().take(queued.len() - 1).chain(active.iter().take(surplus));
    for row in older.filter(|row| !row.stop_requested) {
        let ctx = OpCtx::system("scheduler", services.store().db_now_ms());
        let decide = |run: &mut LoadedRun, _: &mut Batch| {
            if run.machine.state().is_final() {
                return Ok(((), Vec::new()));
            }
            let act = Act::Stop { reason: Reason::Superseded };
            Ok(((), run.act(act, ctx.now_ms).map_err(crate::run::refused)?))
        };
        // Its end admits the next one.
        Box::pin(change(services, &ctx, (tenant, RunId(row.id)), &decide, None)).await?;
    }
    Ok(())
}

async fn admit_in(
    services: &Services,
    tx: &Tx<'_>,
    tenant: TenantId,
    workflow: WorkflowId,
    now_ms: i64,
) -> Result<Vec<(LoadedRun, bool)>, NotWritten> {
    let mut taken = run::taken_slots(tx, tenant, workflow).await?;
    let mut admitted = Vec::new();
    for row in run::queued_of(tx, tenant, workflow, 100).await? {
        let mut run = LoadedRun::load(services, tx, tenant, RunId(row.id)).await?;
        let most = run.definition.max_active_runs();
        let slot = match most {
            None => None,
            Some(most) => match (1..=most).find(|slot| !taken.contains(slot)) {
                Some(free) => Some(free),
                None => break,
            },
        };
        run.row.active_slot = slot;
        let mut batch = Batch::default();
        let Ok(effects) = run.begin(&mut batch, now_ms) else { continue };
        batch.absorb(services, &mut run, &effects, now_ms, None);
        batch.save(&mut run, now_ms);
        batch.write(tx).await?;
        if run.row.active_slot.is_some() {
            taken.extend(slot);
        }
        admitted.push((run, batch.waiting_pools().next().is_some()));
    }
    Ok(admitted)
}

/// Admits what can be admitted over all workflows: the guarantee behind the hints.
///
/// # Errors
/// The database's.
pub async fn admit_all(services: &Services) -> Result<()> {
    const PAGE: u64 = 500;
    let mut after = None;
    let mut seen = std::collections::BTreeSet::new();
    let mut failed = None;
    loop {
        let rows = run::in_state(services.store().read(), RunState::Queued.as_str(), after, PAGE).await?;
        for row in &rows {
            if seen.insert((row.tenant_id, row.workflow_id)) {
                match admit(services, TenantId(row.tenant_id), WorkflowId(row.workflow_id)).await {
                    Ok(()) => {}
                    Err(error) if error.is_of_database() => return Err(error),
                    // One workflow's trouble is not the others'.
                    Err(error) => failed = Some(error),
                }
            }
        }
        after = rows.last().map(|row| (row.tenant_id, row.id));
        if rows.len() < PAGE as usize {
            return failed.map_or(Ok(()), Err);
        }
    }
}

/// The scope in which a workflow's runs are operated.
pub(crate) fn scope_of(row: &run::Row) -> Scope {
    Scope::project(TenantId(row.tenant_id), row.project_id.into())
}

/// A refusal of a single input field.
pub(crate) fn invalid(field: &str, code: ErrorCode, text: Text) -> Error {
    Error::Invalid(vec![FieldError::new(field, code, text)])
}
