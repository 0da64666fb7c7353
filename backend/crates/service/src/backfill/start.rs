//! Starting a backfill: its plan becomes rows. Runs are made by the loop.

use domain::backfill::{Action, ItemReason, ItemState, State};
use domain::error::ErrorCode;
use domain::workflow::Priority;
use store::backfill;

use super::plan::{Ask, Plan, plan};
use super::{ItemRow, KIND, Member, Row};
use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};
use crate::run::loaded::to_json;
use crate::run::reason;

/// Starts a backfill as its plan is now.
///
/// # Errors
/// As [`plan`]; [`Error::Invalid`] without a reason; [`Error::Refused`] when a date is blocked or nothing is to be done.
pub async fn start(services: &Services, ctx: &OpCtx, ask: &Ask, why: &str) -> Result<Row> {
    let entry = AuditEntry::new(ask.tenant, "backfill.start", KIND).reason(Some(why.to_owned()));
    audit::attempt(services, ctx, entry.clone(), async {
        let plan = plan(services, ctx, ask).await?;
        let why = reason(why)?;
        startable(&plan)?;
        let row = row(services, ctx, ask, &plan, why);
        let items = items(&row, &plan, ctx.now_ms);
        let entry = entry.id(row.id).name(&plan.members[0].workflow.name).after(serde_json::json!({
            "workflow": row.workflow_id, "from": row.from_date, "to": row.to_date, "calendar": row.calendar,
            "order": row.direction, "parallelism": row.parallelism, "version": row.version_choice,
            "params": ask.params, "priority": row.priority, "workflows": plan.members.len(),
            "create": plan.count(Some(Action::Create)), "rerun": plan.count(Some(Action::Rerun)),
            "skip": plan.count(Some(Action::Skip)),
        }));
        let (row_ref, items_ref, entry_ref) = (&row, &items, &entry);
        let written: Result<(), Error> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    backfill::insert(tx, row_ref.clone(), items_ref.clone()).await?;
                    audit::record(tx, ctx, entry_ref).await
                })
            })
            .await;
        written?;
        services.hints().backfills_changed();
        Ok(row)
    })
    .await
}

fn startable(plan: &Plan) -> Result<()> {
    let blocked = plan.count(None);
    if blocked > 0 {
        let text = Text::new(
            format!("{blocked} date(s) have work in progress; choose whether to skip or to rerun them."),
            format!("{blocked} 个日期已有进行中的工作，请先选择跳过或重跑。"),
        );
        return Err(Error::refused(ErrorCode::InvalidInput, text));
    }
    if plan.items.iter().all(|item| item.action == Some(Action::Skip)) {
        let text = Text::new("There is nothing to do: no date is left.", "没有需要执行的日期。");
        return Err(Error::refused(ErrorCode::InvalidInput, text));
    }
    Ok(())
}

fn row(services: &Services, ctx: &OpCtx, ask: &Ask, plan: &Plan, why: &str) -> Row {
    let members: Vec<Member> = plan
        .members
        .iter()
        .map(|member| Member {
            workflow: member.workflow.id,
            project: member.workflow.project_id,
            name: member.workflow.name.clone(),
            needs: member.needs.iter().map(|id| id.0).collect(),
        })
        .collect();
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    Row {
        tenant_id: ask.tenant.0,
        id: services.store().ids().next(),
        project_id: plan.members[0].workflow.project_id,
        workflow_id: ask.workflow.0,
        from_date: ask.from.to_string(),
        to_date: ask.to.to_string(),
        calendar: plan.calendar.clone(),
        direction: ask.order.as_str().to_owned(),
        parallelism: ask.parallelism,
        version_choice: ask.version.as_str().to_owned(),
        params_json: (!ask.params.is_empty()).then(|| to_json(&ask.params)),
        priority: ask.priority.unwrap_or(Priority::Low).level(),
        members_json: to_json(&members),
        state: State::Running.as_str().to_owned(),
        stop_runs: false,
        item_total: count(plan.items.len()),
        item_running: 0,
        item_ok: 0,
        item_failed: 0,
        item_skipped: count(plan.count(Some(Action::Skip))),
        item_cancelled: 0,
        reason: why.to_owned(),
        state_by: None,
        state_reason: None,
        created_by: ctx.actor.account_id().map(|id| id.0),
        created_by_name: Some(ctx.actor.name().to_owned()),
        created_ms: ctx.now_ms,
        finished_ms: None,
        changed_ms: ctx.now_ms,
        revision: 1,
    }
}

fn items(row: &Row, plan: &Plan, now_ms: i64) -> Vec<ItemRow> {
    let of = |(position, item): (usize, &super::PlannedItem)| {
        let action = item.action.unwrap_or(Action::Skip);
        let run_id = item.run.as_ref().map(|run| run.id).filter(|_| action != Action::Create);
        let skips = action == Action::Skip;
        let state = if skips { ItemState::Skipped } else { ItemState::Pending };
        let workflow = &plan.members[item.member].workflow;
        ItemRow {
            tenant_id: row.tenant_id,
            backfill_id: row.id,
            position: i32::try_from(position).unwrap_or(i32::MAX),
            project_id: workflow.project_id,
            workflow_id: workflow.id,
            business_date: item.date.to_string(),
            version: item.version,
            action: action.as_str().to_owned(),
            state: state.as_str().to_owned(),
            attempt: 0,
            run_id,
            generation: None,
            reason_json: skips.then(|| to_json(&ItemReason::LeftOut { run: run_id })),
            changed_ms: now_ms,
        }
    };
    plan.items.iter().enumerate().map(of).collect()
}
