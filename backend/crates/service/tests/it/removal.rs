//! A deleted workflow can be read like any other, can't be used, and comes back.

use domain::access::Role;
use domain::error::ErrorCode;
use domain::id::{ProjectId, RunId, TenantId, WorkflowId};
use service::run::{self, Cause, NewRun, Operation};
use service::workflow::{self, Filter, Removal, Save};
use service::{Error, OpCtx, schedule};
use store::Clock;

use crate::firm::{Firm, START_MS};

/// A firm whose database has the same time.
async fn firm() -> Firm {
    Firm::on(store::testing::sqlite_at(Clock::new(|| START_MS)).await)
}

async fn made(firm: &Firm, (tenant, project): (TenantId, ProjectId)) -> service::Result<workflow::Row> {
    let source = "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {name: nav}\nspec:\n  \
                  schedules: [{name: s, cron: '0 0 18 * * ?', timezone: Asia/Shanghai}]\n  tasks: {only: {type: noop}}\n";
    let save = Save { source: source.to_owned(), note: None };
    workflow::create(&firm.services, &firm.system(), tenant, project, save).await
}

async fn start(firm: &Firm, tenant: TenantId, workflow: WorkflowId) -> service::Result<RunId> {
    let new = NewRun {
        tenant,
        workflow,
        business_date: Some("2026-01-05".parse().unwrap()),
        params: serde_json::Map::new(),
        idempotency_key: None,
        reason: None,
        cause: Cause::Manual,
        priority: None,
        dry_run: false,
        version: None,
    };
    run::start(&firm.services, &firm.system(), new).await.map(|row| RunId(row.id))
}

async fn delete(
    firm: &Firm,
    ctx: &OpCtx,
    tenant: TenantId,
    id: WorkflowId,
    stop_runs: bool,
) -> Result<usize, ErrorCode> {
    let removal = Removal { stop_runs, reason: "no longer needed".into() };
    let done = workflow::archive(&firm.services, ctx, tenant, id, removal).await;
    done.map(|archived| archived.stopped).map_err(|error| error.code())
}

async fn names(firm: &Firm, archived: bool) -> Vec<(String, i64)> {
    let filter = Filter { archived, ..Filter::default() };
    let page = workflow::list(&firm.services, &firm.system(), &filter, None, 10).await.unwrap();
    page.items.into_iter().map(|row| (row.name, row.id)).collect()
}

#[tokio::test]
async fn a_deleted_workflow_is_read_like_any_other_and_comes_back() {
    let firm = firm().await;
    let departments = firm.departments().await;
    let (tenant, project) = (departments.risk.id, departments.risk_nightly.id);
    let system = &firm.system();
    let row = made(&firm, (tenant, project)).await.unwrap();
    let id = WorkflowId(row.id);
    let run = start(&firm, tenant, id).await.unwrap();

    let operator = firm.member("olga", Role::Operator, tenant, None).await;
    assert_eq!(delete(&firm, &operator, tenant, id, true).await, Err(ErrorCode::Denied));
    assert_eq!(delete(&firm, system, tenant, id, false).await, Err(ErrorCode::WorkflowBusy));
    let head = firm.member("hana", Role::TenantAdmin, tenant, None).await;
    assert_eq!(delete(&firm, &head, tenant, id, true).await, Ok(1));
    assert_eq!(delete(&firm, &head, tenant, id, true).await, Err(ErrorCode::WorkflowDeleted));

    let found = workflow::find(&firm.services, system, tenant, id).await.unwrap();
    assert_eq!((found.name.as_str(), found.archived_by_name.as_deref()), ("nav", Some("hana")));
    assert_eq!(found.archive_reason.as_deref(), Some("no longer needed"));
    assert_eq!(run::find(&firm.services, system, tenant, run).await.unwrap().state, "stopped");
    workflow::find_version(&firm.services, system, tenant, id, 1).await.unwrap();
    let schedules = schedule::of_workflow(&firm.services, system, tenant, id).await.unwrap();
    assert_eq!((schedules[0].state.as_str(), schedules[0].next_fire_ms), ("ended", None));
    let of_name = workflow::find_by_name(&firm.services, system, tenant, project, "nav").await.unwrap();
    assert_eq!((of_name, names(&firm, false).await), (None, vec![]));
    assert_eq!(names(&firm, true).await, [("nav".to_owned(), id.0)]);

    // It can't be used.
    assert_eq!(start(&firm, tenant, id).await.unwrap_err().code(), ErrorCode::WorkflowDeleted);
    let on = workflow::set_enabled(&firm.services, system, tenant, id, true, None).await;
    assert_eq!(on.unwrap_err().code(), ErrorCode::WorkflowDeleted);
    let rerun = Operation::Rerun(domain::run::RerunScope::All);
    let rerun = run::operate(&firm.services, system, (tenant, run), &rerun, "again").await;
    assert_eq!(rerun.unwrap_err().code(), ErrorCode::WorkflowDeleted);

    // Its name is another's for a while.
    let other = made(&firm, (tenant, project)).await.unwrap();
    let back = workflow::restore(&firm.services, system, tenant, id, "needed after all").await;
    assert!(matches!(back, Err(Error::NameTaken { .. })), "{back:?}");
    assert_eq!(delete(&firm, &head, tenant, WorkflowId(other.id), false).await, Ok(0));
    assert_eq!(names(&firm, true).await.len(), 2);
    let back = workflow::restore(&firm.services, system, tenant, id, "needed after all").await.unwrap();
    assert_eq!((back.name.as_str(), back.archived_ms, back.enabled), ("nav", None, false));
    workflow::set_enabled(&firm.services, system, tenant, id, true, None).await.unwrap();
    let schedules = schedule::of_workflow(&firm.services, system, tenant, id).await.unwrap();
    assert!(schedules[0].next_fire_ms.is_some());
    start(&firm, tenant, id).await.unwrap();
    let trail = firm.trail(tenant).await;
    for line in ["workflow.delete denied DENIED", "workflow.delete succeeded", "workflow.restore succeeded"] {
        assert!(trail.iter().any(|it| it == line), "{line} in {trail:?}");
    }
}
