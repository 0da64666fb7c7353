//! A run sees the days that were in force when it was made, however long it is there.

use domain::calendar::base::RuleStatus;
use domain::id::{RunId, TenantId, WorkflowId};
use service::calendar::{self, RunNote};
use service::run::{self, Operation};
use service::workflow::{self, Save};
use service::{Error, Services};

use crate::calendar::{named, seeded};
use crate::firm::Firm;

async fn made(firm: &Firm, tenant: TenantId, project: domain::id::ProjectId, when: &str) -> WorkflowId {
    let source = format!(
        "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: open-days}}\nspec:\n  concurrency: {{max_active_runs: 1}}\n  \
         tasks: {{only: {{type: noop, when: \"{when}\"}}}}\n"
    );
    let save = Save { source, note: None };
    let row = workflow::create(&firm.services, &firm.system(), tenant, project, save).await.unwrap();
    WorkflowId(row.id)
}

async fn start(firm: &Firm, tenant: TenantId, workflow: WorkflowId) -> RunId {
    let new = run::NewRun {
        tenant,
        workflow,
        business_date: Some("2026-01-05".parse().unwrap()),
        params: serde_json::Map::new(),
        idempotency_key: None,
        reason: None,
        cause: run::Cause::Manual,
        priority: None,
        dry_run: false,
        version: None,
    };
    RunId(run::start(&firm.services, &firm.system(), new).await.unwrap().id)
}

async fn state(services: &Services, tenant: TenantId, id: RunId) -> (String, String) {
    let row = store::run::find(services.store().read(), tenant, id).await.unwrap().unwrap();
    let task = store::task_run::find(services.store().read(), tenant, id, 0).await.unwrap().unwrap();
    (row.state, task.state)
}

#[tokio::test]
async fn a_run_that_begins_after_a_change_sees_the_days_it_was_made_with() {
    let firm = seeded().await;
    let departments = firm.departments().await;
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    let workflow = made(&firm, risk, project, "T.is_open('SSE')").await;
    let (first, second) = (start(&firm, risk, workflow).await, start(&firm, risk, workflow).await);
    assert_eq!(state(&firm.services, risk, second).await.0, "queued");

    let sse = named(&firm, "SSE").await.id();
    let closed = ("2026-01-05".parse().unwrap(), RuleStatus::Closed);
    let keeper = &firm.system();
    calendar::override_day(&firm.services, keeper, TenantId::PLATFORM, sse, closed, ("a storm".into(), &[]))
        .await
        .unwrap();
    // A run that is made now sees the day closed, and has nothing to do.
    let third = start(&firm, risk, workflow).await;

    // Another node takes it up, which has nothing in memory.
    let other = Firm::on(firm.services.store().clone());
    run::operate(&other.services, &other.system(), (risk, first), &Operation::Stop, "a test").await.unwrap();
    assert_eq!(state(&firm.services, risk, second).await, ("running".into(), "ready".into()));
    let row = store::run::find(firm.services.store().read(), risk, second).await.unwrap().unwrap();
    let note = RunNote::read(&row).unwrap();
    assert_eq!(note.revisions.get("SSE"), Some(&1), "a template's calendar is remembered");
    let calendars = firm.services.calendars_now(risk).await.unwrap();
    assert_eq!(note.changed_since(&calendars), [("SSE".to_owned(), 2)]);

    run::operate(&other.services, &other.system(), (risk, second), &Operation::Stop, "a test").await.unwrap();
    assert_eq!(state(&firm.services, risk, third).await, ("succeeded".into(), "skipped".into()));
}

#[tokio::test]
async fn derived_calendars_are_kept_as_they_stood() {
    let firm = seeded().await;
    let departments = firm.departments().await;
    let (risk, project) = (departments.risk.id, departments.risk_nightly.id);
    let services = &firm.services;
    let derived =
        |text: &str| calendar::Draft { content: serde_json::json!({ "expression": text }), source: None, note: None };
    let new = calendar::NewCalendar { tenant: risk, name: "own".into(), title: None, draft: derived("SSE") };
    let made_one = calendar::create(services, &firm.system(), new).await.unwrap();
    let why = || ("a test".to_owned(), &[][..]);
    calendar::activate(services, &firm.system(), risk, made_one.id(), 1, why()).await.unwrap();
    let workflow = made(&firm, risk, project, "T.is_open('own')").await;
    let (first, second) = (start(&firm, risk, workflow).await, start(&firm, risk, workflow).await);
    let draft = derived("SSE - SSE");
    calendar::save_draft(services, &firm.system(), risk, made_one.id(), Some(1), draft).await.unwrap();
    calendar::activate(services, &firm.system(), risk, made_one.id(), 2, why()).await.unwrap();
    run::operate(services, &firm.system(), (risk, first), &Operation::Stop, "a test").await.unwrap();
    assert_eq!(state(services, risk, second).await, ("running".into(), "ready".into()));
    let wrong = run::operate(services, &firm.system(), (risk, second), &Operation::Stop, " ").await;
    assert!(matches!(wrong, Err(Error::Invalid(_))));
}
