//! Looks at waits without an engine: by nodes that know of each other only what the database says.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::id::{ProjectId, RunId, TenantId, WorkflowId};
use domain::run::Reason;
use service::run::{self, Cause, NewRun};
use service::wait;
use service::workflow::{self, Save};
use store::{Clock, task_run};

use crate::firm::{Firm, START_MS};

/// A department whose nodes share a database and a clock that is turned by hand.
struct Lab {
    firm: Firm,
    clock: Arc<AtomicI64>,
    tenant: TenantId,
    project: ProjectId,
}

impl Lab {
    async fn new() -> Self {
        let clock = Arc::new(AtomicI64::new(START_MS));
        let told = clock.clone();
        let firm = Firm::on(store::testing::sqlite_at(Clock::new(move || told.load(Ordering::Relaxed))).await);
        let departments = firm.departments().await;
        Self { tenant: departments.risk.id, project: departments.risk_nightly.id, firm, clock }
    }

    /// A workflow of one task, that may take the project's parameter `inbox`.
    async fn workflow(&self, name: &str, task: &str) -> WorkflowId {
        let source = format!(
            "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: {name}}}\nspec:\n  params: [{{name: inbox}}]\n  \
             tasks:\n    {task}\n"
        );
        let save = Save { source, note: None };
        let row = workflow::create(&self.firm.services, &self.firm.system(), self.tenant, self.project, save).await;
        WorkflowId(row.unwrap_or_else(|error| panic!("{error:?}")).id)
    }

    async fn start(&self, workflow: WorkflowId, dry_run: bool) -> RunId {
        let new = NewRun {
            tenant: self.tenant,
            workflow,
            business_date: Some("2026-01-05".parse().unwrap()),
            params: serde_json::Map::new(),
            idempotency_key: None,
            reason: None,
            cause: Cause::Api,
            priority: None,
            dry_run,
            version: None,
        };
        RunId(run::start(&self.firm.services, &self.firm.system(), new).await.unwrap().id)
    }

    async fn state(&self, run: RunId) -> String {
        store::run::find(self.firm.services.store().read(), self.tenant, run).await.unwrap().unwrap().state
    }

    /// The reason of a run's first task.
    async fn reason(&self, run: RunId) -> Option<Reason> {
        let tasks = task_run::get_all(self.firm.services.store().read(), self.tenant, run).await.unwrap();
        tasks[0].reason_json.as_deref().map(|json| serde_json::from_str(json).unwrap())
    }

    fn pass(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_wait_that_another_node_began_is_gone_on_with() {
    let lab = Lab::new().await;
    let other = Firm::on(lab.firm.services.store().clone());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    let file = format!("up: {{type: wait_for, file: {{path: '{}'}}}}", path.display());
    let workflow = lab.workflow("nav", &file).await;
    // This node has the run in memory as it was made; the other one begins its wait, and is never seen again.
    let run = lab.start(workflow, false).await;
    wait::tick(&other.services).await.unwrap();
    std::fs::write(&path, "1").unwrap();
    lab.pass(60_000);
    wait::tick(&lab.firm.services).await.unwrap();
    assert_eq!(lab.state(run).await, "succeeded");
}

#[tokio::test]
async fn a_wait_whose_path_cannot_be_told_any_more_fails_its_task() {
    let lab = Lab::new().await;
    let set = async |params: serde_json::Value| {
        let params = params.as_object().cloned().unwrap();
        let change = service::project::Change { title: None, params: Some(params), reason: None };
        let ctx = &lab.firm.system();
        service::project::update(&lab.firm.services, ctx, lab.tenant, lab.project, change).await.unwrap();
    };
    set(serde_json::json!({ "inbox": "/nowhere" })).await;
    let workflow = lab.workflow("nav", "up: {type: wait_for, file: {path: '{{ params.inbox }}/prices.csv'}}").await;
    let run = lab.start(workflow, false).await;
    wait::tick(&lab.firm.services).await.unwrap();
    set(serde_json::json!({})).await;
    lab.pass(60_000);
    wait::tick(&Firm::on(lab.firm.services.store().clone()).services).await.unwrap();
    assert_eq!(lab.state(run).await, "failed");
    assert!(matches!(lab.reason(run).await, Some(Reason::Template { .. })));
}

#[tokio::test]
async fn a_run_that_only_walked_its_dag_is_not_what_is_waited_for() {
    let lab = Lab::new().await;
    let up = lab.workflow("positions", "load: {type: noop}").await;
    let workflow = lab.workflow("nav", "up: {type: wait_for, run: {workflow: positions}}").await;
    let waits = lab.start(workflow, false).await;
    let walked = lab.start(up, true).await;
    assert_eq!(lab.state(walked).await, "succeeded");
    lab.pass(60_000);
    wait::tick(&lab.firm.services).await.unwrap();
    assert_eq!(lab.state(waits).await, "running");
}

#[tokio::test]
async fn workflows_that_start_each_other_end_where_the_circle_closes() {
    let lab = Lab::new().await;
    let first = lab.workflow("first", "go: {type: sub_workflow, workflow: second}").await;
    lab.workflow("second", "go: {type: sub_workflow, workflow: first}").await;
    let run = lab.start(first, false).await;
    for _ in 0..10 {
        wait::tick(&lab.firm.services).await.unwrap();
        lab.pass(60_000);
    }
    let filter = run::Filter { tenant: Some(lab.tenant), ..run::Filter::default() };
    let runs = run::list(&lab.firm.services, &lab.firm.system(), &filter, None, 100).await.unwrap().items;
    assert_eq!(runs.len(), 2, "{runs:?}");
    assert!(runs.iter().all(|run| run.state == "failed"), "{runs:?}");
    let child = runs.iter().find(|it| it.id != run.0).unwrap();
    assert!(matches!(lab.reason(RunId(child.id)).await, Some(Reason::StartsItself { .. })));
}
