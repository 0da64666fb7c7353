//! Approving and rejecting: a person decides about a task that waits for it.

use domain::access::{Permission, Role};
use domain::error::ErrorCode;
use domain::id::{RunId, TenantId};
use domain::run::{Effect, Outputs, Reason, RunEvent, TaskState, Waited};
use domain::workflow::TaskKind;
use domain::workflow::task::Approval as Asked;
use serde_json::json;
use store::{role_binding, run};

use super::{authorised, reason, refused};
use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::{Actor, OpCtx};
use crate::error::{Error, Result, Text};
use crate::run::batch::Batch;
use crate::run::change::change;
use crate::run::loaded::LoadedRun;

/// What a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// The task has succeeded.
    Approve,
    /// The task has failed.
    Reject,
}

/// Decides about a task that waits for approval.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`]; [`Error::Invalid`] without a reason; [`Error::Refused`] when the task waits
/// for no approval, or not for this person's.
pub async fn decide(
    services: &Services,
    ctx: &OpCtx,
    (tenant, id): (TenantId, RunId),
    ordinal: i32,
    approval: Approval,
    why: &str,
) -> Result<run::Row> {
    let action = match approval {
        Approval::Approve => "task.approve",
        Approval::Reject => "task.reject",
    };
    let entry = AuditEntry::new(tenant, action, "run").id(id).reason(Some(why.to_owned()));
    audit::attempt(services, ctx, entry.clone(), async {
        let why = reason(why)?;
        authorised(services, ctx, tenant, id, Permission::RunRead).await.map_err(|error| error.or_hidden("run"))?;
        let roles = roles(services, ctx, tenant).await?;
        let decide = |run: &mut LoadedRun, batch: &mut Batch| -> Result<((), Vec<Effect>)> {
            let attempt = asked(run, ctx, &roles, ordinal)?;
            let (who, why) = (ctx.actor.name().to_owned(), Some(why.to_owned()));
            let waited = match approval {
                Approval::Approve => {
                    let outputs: Outputs = [("approved_by".to_owned(), json!(who))].into_iter().collect();
                    Waited::Met { outputs, reason: Some(Reason::Approved { who, why }) }
                }
                Approval::Reject => Waited::Failed { reason: Reason::Rejected { who, why }, retryable: false },
            };
            let event = RunEvent::Waited { task: ordinal as u32, attempt, waited, random: 0.0 };
            batch.end_wait((tenant, id, ordinal));
            Ok(((), run.step(event, ctx.now_ms).map_err(refused)?))
        };
        let audited = |run: &LoadedRun, (): &()| {
            let task = &run.machine.planned(ordinal as u32).name;
            entry.clone().name(&run.definition.name).after(json!({ "task": task, "state": run.row.state }))
        };
        let (run, ()) = change(services, ctx, (tenant, id), &decide, Some(&audited)).await?;
        Ok(run.row)
    })
    .await
}

/// Whether the actor is one of those who may decide about a task that waits for approval now.
///
/// # Errors
/// As [`crate::run::find`]; the database's.
pub async fn may_decide(
    services: &Services,
    ctx: &OpCtx,
    (tenant, id): (TenantId, RunId),
    ordinal: i32,
) -> Result<bool> {
    authorised(services, ctx, tenant, id, Permission::RunRead).await.map_err(|error| error.or_hidden("run"))?;
    let roles = roles(services, ctx, tenant).await?;
    let run = LoadedRun::load(services, services.store().read(), tenant, id).await?;
    Ok(asked(&run, ctx, &roles, ordinal).is_ok())
}

/// The attempt of a task that waits for the actor's approval.
fn asked(run: &LoadedRun, ctx: &OpCtx, roles: &[Role], ordinal: i32) -> Result<i32> {
    let not_waiting = || {
        let text = Text::new("The task does not wait for approval.", "该任务未在等待审批。");
        Error::refused(ErrorCode::InvalidInput, text)
    };
    let index = u32::try_from(ordinal).map_err(|_| Error::NotFound { kind: "task" })?;
    let task_run = run.machine.tasks().get(index as usize).ok_or(Error::NotFound { kind: "task" })?;
    let task = run.definition.task(run.machine.planned_index(index)).map(|(_, task)| &task.kind);
    let Some(TaskKind::Approval(asked)) = task else { return Err(not_waiting()) };
    if task_run.state != TaskState::Waiting {
        return Err(not_waiting());
    }
    if !is_approver(asked, ctx, roles) {
        let names = asked.approvers.join(", ");
        let text = Text::new(format!("Only {names} may decide."), format!("仅 {names} 可以审批。"));
        return Err(Error::refused(ErrorCode::Denied, text));
    }
    let started = ctx.actor.account_id().is_some_and(|account| run.row.created_by == Some(account.0));
    if asked.not_starter && started {
        let text = Text::new("Who started the run may not approve it.", "启动实例的人不能审批。");
        return Err(Error::refused(ErrorCode::Denied, text));
    }
    Ok(task_run.attempt)
}

fn is_approver(asked: &Asked, ctx: &OpCtx, roles: &[Role]) -> bool {
    let named = |approver: &String| approver == ctx.actor.name() || roles.iter().any(|role| role.as_str() == approver);
    matches!(ctx.actor, Actor::Account { .. }) && asked.approvers.iter().any(named)
}

/// The roles that the actor has in a tenant.
async fn roles(services: &Services, ctx: &OpCtx, tenant: TenantId) -> Result<Vec<Role>> {
    let Some(account) = ctx.actor.account_id() else { return Ok(Vec::new()) };
    let bindings = role_binding::list_of_account(services.store().read(), account, ctx.now_ms).await?;
    Ok(bindings.into_iter().filter(|binding| binding.tenant == tenant).map(|binding| binding.role).collect())
}
