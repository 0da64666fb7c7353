//! Deleting a workflow so that its history stays readable, and restoring it.
//!
//! A deleted workflow keeps its id, versions, runs and logs. Its schedules end, its name is free for another, and no run
//! of it can be started. Restoring gives its name back when no other workflow has it, and its schedules begin anew.

use domain::access::Permission;
use domain::error::ErrorCode;
use domain::id::{ProjectId, RunId, TenantId, WorkflowId};
use domain::run::RunState;
use serde_json::json;
use store::{run, schedule, workflow, workflow_calendar};

use super::{authorised, changeable, name_taken};
use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};
use crate::run::{self as runs, Operation, operate};

/// Most unfinished runs that are stopped with their workflow.
const MOST_RUNS: u64 = 200;

/// How a workflow is deleted.
#[derive(Clone, Debug)]
pub struct Removal {
    /// Stop its runs that have not ended; otherwise there must be none.
    pub stop_runs: bool,
    /// Why.
    pub reason: String,
}

/// A workflow that was deleted.
#[derive(Clone, Debug)]
pub struct Archived {
    /// The workflow.
    pub row: workflow::Row,
    /// The runs that were told to stop.
    pub stopped: usize,
}

/// Deletes a workflow: it can still be read, and restored.
///
/// # Errors
/// [`Error::Refused`] when it has runs that have not ended and they are not to be stopped, or too many of them;
/// [`Error::Invalid`] without a reason; [`Error::NotFound`], [`Error::Denied`], [`Error::Conflict`].
pub async fn archive(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: WorkflowId,
    removal: Removal,
) -> Result<Archived> {
    let entry = AuditEntry::new(tenant, "workflow.delete", "workflow").id(id).reason(Some(removal.reason.clone()));
    audit::attempt(services, ctx, entry.clone(), async {
        let old = changeable(services, ctx, tenant, id, Permission::WorkflowEdit).await?;
        let reason = runs::reason(&removal.reason)?.to_owned();
        // What is due was the schedules' to decide; its runs count among those that have not ended.
        let (known, _) = crate::schedule::settle(services, tenant, id).await?;
        let open = unfinished(services, tenant, id).await?;
        if !open.is_empty() {
            may_stop(services, ctx, &old, &removal, open.len()).await?;
        }
        let ended = |old: schedule::Row| {
            let row = schedule::Row { state: "ended".into(), state_reason: None, next_fire_ms: None, ..old.clone() };
            (old.revision, row)
        };
        let ended: Vec<_> = known.into_iter().filter(|row| row.state != "ended").map(ended).collect();
        let row = workflow::Row {
            enabled: false,
            changed_ms: ctx.now_ms,
            archived_ms: Some(ctx.now_ms),
            archived_by_name: Some(ctx.actor.name().to_owned()),
            archive_reason: Some(reason.clone()),
            ..old.clone()
        };
        let entry = entry.name(&old.name).before(json!({ "enabled": old.enabled, "version": old.current_version }));
        let entry = entry.after(json!({ "deleted": true, "runs_to_stop": open.len() }));
        let (old_ref, row_ref, ended, entry) = (&old, &row, &ended, &entry);
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    workflow::save_archived(tx, old_ref.revision, row_ref).await?;
                    workflow_calendar::save(tx, tenant, id, &std::collections::BTreeSet::new()).await?;
                    for (revision, row) in ended {
                        schedule::save(tx, *revision, row).await?;
                    }
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| error.or_changed("workflow"))?;
        // Nothing new begins any more; what is under way is told to stop, each with its own event. What began since the
        // first look is among it.
        let open = if removal.stop_runs { unfinished(services, tenant, id).await? } else { Vec::new() };
        let mut stopped = 0;
        for run in &open {
            match operate(services, ctx, (tenant, RunId(run.id)), &Operation::Stop, &reason).await {
                Ok(_) => stopped += 1,
                // The workflow is deleted all the same; the run can be stopped on its own page.
                Err(error) => tracing::warn!(%error, run = run.id, "a run of a deleted workflow was not stopped"),
            }
        }
        Ok(Archived { row: super::find(services, ctx, tenant, id).await?, stopped })
    })
    .await
}

/// Its runs that have not ended, at most one more than can be stopped at once.
async fn unfinished(services: &Services, tenant: TenantId, id: WorkflowId) -> Result<Vec<run::Row>> {
    let open = RunState::ALL.iter().filter(|state| !state.is_final());
    let open: Vec<&str> = open.map(|state| state.as_str()).collect();
    Ok(run::of_workflow_in(services.store().read(), tenant, id, &open, MOST_RUNS + 1).await?)
}

async fn may_stop(services: &Services, ctx: &OpCtx, row: &workflow::Row, removal: &Removal, open: usize) -> Result<()> {
    let refused = |en: String, zh: String| Err(Error::refused(ErrorCode::WorkflowBusy, Text::new(en, zh)));
    let many = open as u64 > MOST_RUNS;
    let count = if many { format!("{MOST_RUNS}+") } else { open.to_string() };
    if !removal.stop_runs {
        let en =
            format!("“{}” has {count} runs that have not ended; stop them first, or delete it with them.", row.name);
        return refused(en, format!("“{}”有 {count} 个未结束的实例；请先停止它们，或选择一并停止。", row.name));
    }
    if many {
        let en = format!("“{}” has more than {MOST_RUNS} runs that have not ended; stop them first.", row.name);
        return refused(en, format!("“{}”有超过 {MOST_RUNS} 个未结束的实例；请先停止它们。", row.name));
    }
    let scope = Scope::project(TenantId(row.tenant_id), ProjectId(row.project_id));
    ctx.require(services, Permission::RunOperate, scope).await
}

/// Takes a deleted workflow back, under its name; its schedules begin anew if it is switched on again.
///
/// # Errors
/// [`Error::NameTaken`] when another workflow of the project has its name; [`Error::Invalid`] without a reason or when it
/// is not deleted; [`Error::NotFound`], [`Error::Denied`], [`Error::Conflict`].
pub async fn restore(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: WorkflowId,
    reason: &str,
) -> Result<workflow::Row> {
    let entry = AuditEntry::new(tenant, "workflow.restore", "workflow").id(id).reason(Some(reason.to_owned()));
    audit::attempt(services, ctx, entry.clone(), async {
        let old = authorised(services, ctx, tenant, id, Permission::WorkflowEdit).await?;
        runs::reason(reason)?;
        let Some(archived_ms) = old.archived_ms else {
            return Err(Error::invalid("id", Text::new("This workflow is not deleted.", "该工作流未被删除。")));
        };
        let definition = services.definition(tenant, id, old.current_version).await?;
        let row = workflow::Row {
            changed_ms: ctx.now_ms,
            archived_ms: None,
            archived_name: None,
            archived_by_name: None,
            archive_reason: None,
            ..old.clone()
        };
        let known = schedule::of_workflow(services.store().read(), tenant, id).await?;
        let calendars = services.calendars_now(tenant).await?;
        let schedules = crate::schedule::sync(services, &calendars, &row, &definition.document, &known, ctx.now_ms);
        let entry = entry
            .name(&row.name)
            .before(json!({ "deleted_ms": archived_ms, "deleted_by": old.archived_by_name }))
            .after(json!({ "enabled": row.enabled, "version": row.current_version }));
        let (old_ref, row_ref, schedules, entry) = (&old, &row, &schedules, &entry);
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    workflow::save_archived(tx, old_ref.revision, row_ref).await?;
                    schedules.write(tx).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| match error {
            Error::Store(store::Error::Conflict { .. }) => name_taken(&row.name),
            error => error.or_changed("workflow"),
        })?;
        services.hints().schedules.notify_one();
        super::find(services, ctx, tenant, id).await
    })
    .await
}
