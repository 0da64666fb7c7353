//! The engine as a whole, on SQLite, with work that takes no time: runs go from start to end, restarts lose nothing.

mod drain;
mod queue;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::error::Lang;
use domain::id::{ProjectId, RunId, TenantId, WorkflowId};
use domain::run::{Reason, RunState};
use serde_json::Value;
use service::ctx::OpCtx;
use service::run::{Cause, NewRun};
use service::{ServiceConfig, Services};

use crate::crew::Crew;
use crate::executor::log::{LogLimits, LogStore, LogStoreError};
use crate::executor::{Executors, Noop, Work};
use crate::testing::Scripted;
use crate::{Config, EngineHandle, Member};

mod backfill;
mod flow;

/// Keeps no logs.
struct NoLogs;

#[async_trait::async_trait]
impl LogStore for NoLogs {
    async fn append(&self, _: domain::id::AttemptKey, _: &[store::log::Chunk]) -> Result<(), LogStoreError> {
        Ok(())
    }
}

struct Lab {
    services: Services,
    tenant: TenantId,
    project: ProjectId,
}

impl Lab {
    async fn new() -> Self {
        let store = store::testing::sqlite().await;
        let services = Services::new(store, ServiceConfig::default()).expect("services");
        let ctx = OpCtx::system("test", services.store().db_now_ms());
        let new = service::tenant::NewTenant { slug: "valuation".into(), title: "Valuation".into() };
        let tenant = service::tenant::create(&services, &ctx, new).await.expect("a tenant").id;
        Self::of_tenant(services, tenant).await
    }

    async fn of_tenant(services: Services, tenant: TenantId) -> Self {
        let ctx = OpCtx::system("test", services.store().db_now_ms());
        let new = service::project::NewProject { tenant, slug: "nav".into(), title: "NAV".into() };
        let project = service::project::create(&services, &ctx, new).await.expect("a project").id;
        Self { services, tenant, project }
    }

    /// Another department on the same engine.
    async fn another(&self) -> Self {
        let new = service::tenant::NewTenant { slug: "risk".into(), title: "Risk".into() };
        let tenant = service::tenant::create(&self.services, &self.ctx(), new).await.expect("a tenant").id;
        Self::of_tenant(self.services.clone(), tenant).await
    }

    fn ctx(&self) -> OpCtx {
        OpCtx::system("test", self.services.store().db_now_ms())
    }

    async fn workflow(&self, source: &str) -> WorkflowId {
        let save = service::workflow::Save { source: source.to_owned(), note: None };
        let row = service::workflow::create(&self.services, &self.ctx(), self.tenant, self.project, save).await;
        match row {
            Ok(row) => WorkflowId(row.id),
            Err(service::Error::Spec(problems)) => panic!("{problems:#?}"),
            Err(error) => panic!("{error}"),
        }
    }

    async fn start(&self, workflow: WorkflowId) -> RunId {
        self.start_for(workflow, "2026-11-20", serde_json::Map::new()).await
    }

    async fn start_for(&self, workflow: WorkflowId, date: &str, params: serde_json::Map<String, Value>) -> RunId {
        let new = NewRun {
            tenant: self.tenant,
            workflow,
            business_date: Some(date.parse().expect("a date")),
            params,
            idempotency_key: None,
            reason: None,
            cause: Cause::Api,
            priority: None,
            dry_run: false,
            version: None,
        };
        RunId(service::run::start(&self.services, &self.ctx(), new).await.expect("starts").id)
    }

    async fn engine(&self, slots: usize) -> EngineHandle {
        self.engine_with(slots, Executors::default().with("noop", Arc::new(Noop))).await
    }

    async fn engine_with(&self, slots: usize, executors: Executors) -> EngineHandle {
        self.node("n1", slots, executors).await
    }

    async fn node(&self, name: &str, slots: usize, executors: Executors) -> EngineHandle {
        let config = Config {
            node_name: name.into(),
            app_version: "test".into(),
            address: None,
            host: None,
            pools: BTreeMap::from([("default".to_owned(), slots)]),
            lease_ms: 15_000,
            alone: true,
            poll: Duration::from_millis(500),
            log_limits: LogLimits::default(),
            crew: Crew::default(),
        };
        let member = Member::join(config, self.services.clone()).await.expect("joins");
        member.start(executors, Arc::new(NoLogs)).await.expect("starts")
    }

    /// Waits, woken by changes, until a run is final.
    async fn ended(&self, run: RunId) -> service::run::Row {
        let mut changes = self.services.hints().runs();
        let ended = async {
            loop {
                let row = service::run::find(&self.services, &self.ctx(), self.tenant, run).await.expect("reads");
                if RunState::parse(&row.state).is_some_and(RunState::is_final) {
                    return row;
                }
                // A lagging receiver is a reason to look again, too.
                let _ = changes.recv().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ended).await.expect("the run ends")
    }
}

fn document(name: &str, extra: &str, tasks: &str) -> String {
    format!("apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: {name}}}\nspec:\n{extra}  tasks:\n{tasks}")
}

fn chain(length: usize) -> String {
    (0..length)
        .map(|n| match n {
            0 => "    t0: {type: noop}\n".to_owned(),
            n => format!("    t{n}: {{type: noop, needs: [t{}]}}\n", n - 1),
        })
        .collect()
}

fn burst(length: usize) -> String {
    (0..length).map(|n| format!("    t{n}: {{type: noop}}\n")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chains_and_bursts_run_to_their_end() {
    let lab = Lab::new().await;
    let engine = lab.engine(8).await;
    let chain = lab.workflow(&document("chain", "", &chain(50))).await;
    let burst = lab.workflow(&document("burst", "", &burst(300))).await;
    for workflow in [chain, burst] {
        let run = lab.start(workflow).await;
        let row = lab.ended(run).await;
        assert_eq!(row.state, "succeeded");
        assert_eq!(row.task_ok, row.task_total);
        let page = service::run::tasks(&lab.services, &lab.ctx(), lab.tenant, run, None, 500).await.expect("reads");
        assert!(page.items.iter().all(|task| task.attempt == 1 && task.state == "succeeded"));
    }
    engine.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_of_a_limited_workflow_take_turns() {
    let lab = Lab::new().await;
    let limit = "  concurrency: {max_active_runs: 1}\n";
    let workflow = lab.workflow(&document("one", limit, &chain(3))).await;
    let runs = [lab.start(workflow).await, lab.start(workflow).await, lab.start(workflow).await];
    let waiting = service::run::find(&lab.services, &lab.ctx(), lab.tenant, runs[1]).await.expect("reads");
    assert_eq!((waiting.state.as_str(), waiting.active_slot), ("queued", None));
    assert!(waiting.reason_json.is_some_and(|reason| reason.contains("waits_for_slot")));
    let engine = lab.engine(4).await;
    let mut last_ms = 0;
    for run in runs {
        let row = lab.ended(run).await;
        assert_eq!((row.state.as_str(), row.active_slot), ("succeeded", None));
        assert!(row.started_ms >= Some(last_ms), "after the one before");
        last_ms = row.finished_ms.expect("ended");
    }
    engine.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_waits_says_for_what() {
    let lab = Lab::new().await;
    let workflow = lab.workflow(&document("one", "  concurrency: {max_active_runs: 1}\n", &chain(3))).await;
    let (first, second) = (lab.start(workflow).await, lab.start(workflow).await);
    let told = async |run: RunId| {
        let page = service::run::tasks(&lab.services, &lab.ctx(), lab.tenant, run, None, 10).await.expect("reads");
        let mut told = Vec::new();
        for task in &page.items {
            let reason = service::run::task_reason(&lab.services, &lab.ctx(), task).await.expect("reads");
            told.push(reason.expect("what waits has a reason"));
        }
        told
    };
    let tasks = |name: &str| Reason::WaitsForTasks { tasks: vec![name.to_owned()] };
    let worker = Reason::NoWorker { pool: "default".into() };
    assert_eq!(told(first).await, [worker, tasks("t0"), tasks("t1")]);
    let slot = Reason::WaitsForSlot { max_active_runs: 1 };
    assert_eq!(told(second).await, [slot.clone(), slot.clone(), slot]);
    for reason in told(first).await {
        assert!(reason.text(Lang::En).len() > 10 && reason.text(Lang::Zh).len() > 10);
    }
}

/// What a migrated script says of dates, and the parameters by their rank, as they reach the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_get_dates_flags_and_the_strongest_parameters() {
    let lab = Lab::new().await;
    let spec = "  params: [{name: day, default: '$[yyyy-MM-dd]'}, {name: fund, default: ALL}, {name: mart, required: true}]\n  \
                business_date: {calendar: SSE}\n  env: {FILE: '/in/$[yyyyMMdd-1].csv'}\n";
    let tasks = "    own:\n      type: shell\n      params: {day: '{{ T | fmt(\"MMdd\") }}', fund: own}\n      \
                 script: 'load $[add_months(yyyyMM,-1)] ${system.biz.date} ${HOME} {{ params.fund }}'\n";
    let workflow = lab.workflow(&document("migrated", spec, tasks)).await;
    let params = serde_json::json!({"mart": "prod", "fund": "weakest"}).as_object().cloned();
    let change = service::project::Change { params, ..Default::default() };
    service::project::update(&lab.services, &lab.ctx(), lab.tenant, lab.project, change).await.expect("saved");
    let (scripted, mut started) = Scripted::new();
    let engine = lab.engine_with(1, Executors::default().with("shell", scripted)).await;
    let given = serde_json::json!({"fund": "BOND"}).as_object().cloned().expect("an object");
    lab.start_for(workflow, "2026-09-30", given).await;
    let attempt = tokio::time::timeout(Duration::from_secs(30), started.recv()).await.expect("starts").expect("runs");
    let Work::Shell(shell) = attempt.work else { panic!("a shell task") };
    // A run for a business date counts from the midnight that ends it: 2026-10-01.
    assert_eq!(shell.script, "load 202609 20260930 ${HOME} BOND");
    let variable = |name: &str| attempt.env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!((variable("day"), variable("fund"), variable("mart")), (Some("0930"), Some("BOND"), Some("prod")));
    assert_eq!((variable("FILE"), variable("ALMANAC_BIZDATE")), (Some("/in/20260930.csv"), Some("20260930")));
    assert_eq!((variable("ALMANAC_QUARTER_END"), variable("ALMANAC_YEAR_END")), (Some("true"), Some("false")));
    engine.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_fires_each_instant_once() {
    let lab = Lab::new().await;
    let schedules = "  schedules: [{name: often, cron: \"* * * * * ?\", timezone: Asia/Shanghai}]\n";
    let workflow = lab.workflow(&document("often", schedules, "    t: {type: noop}\n")).await;
    let engine = lab.engine(4).await;
    let mut changes = lab.services.hints().runs();
    let schedule =
        &service::schedule::of_workflow(&lab.services, &lab.ctx(), lab.tenant, workflow).await.expect("reads")[0];
    let fires = loop {
        let id = schedule.id.into();
        let page = service::schedule::fires(&lab.services, &lab.ctx(), lab.tenant, id, None, 10).await.expect("reads");
        if page.items.len() >= 3 {
            break page.items;
        }
        tokio::time::timeout(Duration::from_secs(30), changes.recv()).await.expect("it fires").expect("changes");
    };
    assert!(fires.iter().all(|fire| fire.outcome == "started" && fire.run_id.is_some()), "{fires:?}");
    assert!(fires.windows(2).all(|two| two[0].instant_ms - two[1].instant_ms == 1000), "{fires:?}");
    engine.stop(Duration::from_secs(5)).await;
}
