//! Backfills without an engine: the loop's step is called by hand, and tasks are ended by hand.

use std::collections::BTreeMap;

use domain::access::Role;
use domain::backfill::{Action, Choice, Choices, Order, VersionChoice};
use domain::error::ErrorCode;
use domain::id::{BackfillId, ProjectId, RunId, TenantId, WorkflowId};
use domain::queue::Class;
use domain::run::Mark;
use service::backfill::{self, Ask, Cancel, ItemRow, OwnChoice, Row};
use service::run::{Cause, NewRun, Operation};
use service::workflow::{self, Save};
use service::{Error, OpCtx, run};

use crate::firm::Firm;

/// A department with a workflow and everybody who is needed.
struct Lab {
    firm: Firm,
    tenant: TenantId,
    project: ProjectId,
    workflow: WorkflowId,
    operator: OpCtx,
}

impl Lab {
    async fn new() -> Self {
        let firm = Firm::new().await;
        let departments = firm.departments().await;
        let (tenant, project) = (departments.risk.id, departments.risk_nightly.id);
        let operator = firm.member("olga", Role::Operator, tenant, None).await;
        let workflow = flow(&firm, tenant, project, "nav", "").await;
        Self { firm, tenant, project, workflow, operator }
    }

    /// Four dates of the Shanghai exchange: Monday 2 to Thursday 5 March 2026.
    fn ask(&self) -> Ask {
        Ask {
            tenant: self.tenant,
            workflow: self.workflow,
            from: "2026-02-28".parse().unwrap(),
            to: "2026-03-05".parse().unwrap(),
            calendar: Some("SSE".into()),
            order: Order::Forward,
            parallelism: 2,
            version: VersionChoice::Newest,
            params: serde_json::Map::new(),
            downstream: false,
            priority: None,
            choices: Choices { ended: Choice::Skip, active: None },
            own: Vec::new(),
        }
    }

    async fn start(&self, ask: &Ask) -> (TenantId, BackfillId) {
        let row = backfill::start(&self.firm.services, &self.operator, ask, "a fix").await.unwrap();
        (self.tenant, BackfillId(row.id))
    }

    async fn tick(&self) {
        backfill::tick(&self.firm.services).await.unwrap();
    }

    async fn row(&self, key: (TenantId, BackfillId)) -> Row {
        backfill::find(&self.firm.services, &self.operator, key.0, key.1).await.unwrap()
    }

    async fn items(&self, key: (TenantId, BackfillId)) -> Vec<ItemRow> {
        backfill::items(&self.firm.services, &self.operator, key, &[], (None, 200)).await.unwrap().items
    }

    /// Day of the month and state of each item.
    async fn states(&self, key: (TenantId, BackfillId)) -> Vec<String> {
        let told = |item: &ItemRow| format!("{} {}", &item.business_date[8..], item.state);
        self.items(key).await.iter().map(told).collect()
    }

    /// Ends the run of a date, well or not.
    async fn end(&self, key: (TenantId, BackfillId), position: usize, well: bool) {
        let item = self.items(key).await.swap_remove(position);
        let run = (self.tenant, RunId(item.run_id.expect("it has a run")));
        let operation = if well { Operation::Mark(0, Mark::Succeeded) } else { Operation::Stop };
        run::operate(&self.firm.services, &self.firm.system(), run, &operation, "a test").await.unwrap();
    }

    async fn single(&self, date: &str) -> run::Row {
        let new = NewRun {
            tenant: self.tenant,
            workflow: self.workflow,
            business_date: Some(date.parse().unwrap()),
            params: serde_json::Map::new(),
            idempotency_key: None,
            reason: None,
            cause: Cause::Api,
            priority: None,
            dry_run: false,
            version: None,
        };
        run::start(&self.firm.services, &self.firm.system(), new).await.unwrap()
    }

    /// Ends a run well.
    async fn finish(&self, run: RunId) {
        let done = Operation::Mark(0, Mark::Succeeded);
        run::operate(&self.firm.services, &self.firm.system(), (self.tenant, run), &done, "a test").await.unwrap();
    }

    async fn runs(&self) -> Vec<run::Row> {
        let filter = run::Filter { tenant: Some(self.tenant), ..run::Filter::default() };
        run::list(&self.firm.services, &self.firm.system(), &filter, None, 100).await.unwrap().items
    }
}

async fn flow(firm: &Firm, tenant: TenantId, project: ProjectId, name: &str, task: &str) -> WorkflowId {
    let task = if task.is_empty() { "only: {type: noop}" } else { task };
    let source = format!(
        "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: {name}}}\nspec:\n  params: [{{name: fund, default: ALL}}]\n  tasks:\n    {task}\n"
    );
    let save = Save { source, note: None };
    let row = workflow::create(&firm.services, &firm.system(), tenant, project, save).await;
    WorkflowId(row.unwrap_or_else(|error| panic!("{error:?}")).id)
}

#[tokio::test]
async fn a_plan_tells_dates_and_writes_nothing() {
    let lab = Lab::new().await;
    let plan = backfill::plan(&lab.firm.services, &lab.operator, &lab.ask()).await.unwrap();
    let dates: Vec<String> = plan.items.iter().map(|item| item.date.to_string()).collect();
    assert_eq!(dates, ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]);
    assert_eq!((plan.without.len(), plan.count(Some(Action::Create))), (2, 4));
    let backward = Ask { order: Order::Backward, ..lab.ask() };
    let plan = backfill::plan(&lab.firm.services, &lab.operator, &backward).await.unwrap();
    assert_eq!(plan.items[0].date.to_string(), "2026-03-05");
    let filter = backfill::Filter::default();
    let all = backfill::list(&lab.firm.services, &lab.firm.system(), &filter, None, 10).await.unwrap();
    assert!(all.items.is_empty() && lab.runs().await.is_empty());
    for wrong in [
        Ask { to: "2026-01-01".parse().unwrap(), ..lab.ask() },
        Ask { parallelism: 0, ..lab.ask() },
        Ask { calendar: Some("NOWHERE".into()), ..lab.ask() },
        Ask { params: serde_json::json!({ "none": 1 }).as_object().cloned().unwrap(), ..lab.ask() },
    ] {
        let error = backfill::plan(&lab.firm.services, &lab.operator, &wrong).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
}

#[tokio::test]
async fn only_those_who_may_start_and_operate_runs() {
    let lab = Lab::new().await;
    let (services, ask) = (&lab.firm.services, &lab.ask());
    let viewer = lab.firm.member("vera", Role::Viewer, lab.tenant, None).await;
    let stranger = lab.firm.person("sam").await;
    let code = |done: Result<Row, Error>| done.unwrap_err().code();
    assert_eq!(code(backfill::start(services, &viewer, ask, "why").await), ErrorCode::Denied);
    assert_eq!(code(backfill::start(services, &stranger, ask, "why").await), ErrorCode::NotFound);
    assert_eq!(code(backfill::start(services, &lab.operator, ask, " ").await), ErrorCode::InvalidInput);
    let key = lab.start(ask).await;
    assert_eq!(lab.firm.last_audit(lab.tenant).await.action, "backfill.start");
    assert!(backfill::find(services, &viewer, key.0, key.1).await.is_ok());
    assert_eq!(code(backfill::find(services, &stranger, key.0, key.1).await), ErrorCode::NotFound);
    assert_eq!(code(backfill::pause(services, &viewer, key, "why").await), ErrorCode::Denied);
    assert_eq!(code(backfill::cancel(services, &stranger, key, Cancel::StopRuns, "why").await), ErrorCode::NotFound);
    assert_eq!(code(backfill::pause(services, &lab.operator, key, "").await), ErrorCode::InvalidInput);
    assert_eq!(code(backfill::resume(services, &lab.operator, key, "why").await), ErrorCode::InvalidInput);
    backfill::set_parallelism(services, &lab.operator, key, 3, "more room").await.unwrap();
    let event = lab.firm.last_audit(lab.tenant).await;
    assert_eq!((event.action.as_str(), event.reason.as_deref()), ("backfill.update", Some("more room")));
}

#[tokio::test]
async fn the_window_slides_and_two_nodes_start_nothing_twice() {
    let lab = Lab::new().await;
    let other = Firm::on(lab.firm.services.store().clone());
    let key = lab.start(&lab.ask()).await;
    let both = async || {
        let (one, two) = tokio::join!(backfill::tick(&lab.firm.services), backfill::tick(&other.services));
        one.unwrap();
        two.unwrap();
    };
    both().await;
    assert_eq!(lab.states(key).await, ["02 running", "03 running", "04 pending", "05 pending"]);
    // The second ends first: the third starts at once, the first is still at work.
    lab.end(key, 1, true).await;
    both().await;
    assert_eq!(lab.states(key).await, ["02 running", "03 succeeded", "04 running", "05 pending"]);
    backfill::set_parallelism(&lab.firm.services, &lab.operator, key, 3, "more room").await.unwrap();
    both().await;
    assert_eq!(lab.states(key).await, ["02 running", "03 succeeded", "04 running", "05 running"]);
    for position in [0, 2, 3] {
        lab.end(key, position, true).await;
    }
    both().await;
    let row = lab.row(key).await;
    assert_eq!((row.state.as_str(), row.item_ok, backfill::pending(&row)), ("succeeded", 4, 0));
    let runs = lab.runs().await;
    assert_eq!(runs.len(), 4);
    assert!(runs.iter().all(|run| run.backfill_id == Some(row.id) && run.cause == "backfill"));
    assert!(runs.iter().all(|run| backfill::class_of(run) == Class::Background));
}

#[tokio::test]
async fn an_item_without_its_run_finds_the_one_that_was_made() {
    let lab = Lab::new().await;
    let key = lab.start(&lab.ask()).await;
    lab.tick().await;
    let before = lab.items(key).await;
    // As if the node had died between making the run and writing it down.
    let forgotten = &ItemRow { run_id: None, generation: None, ..before[0].clone() };
    let written: Result<(), store::Error> =
        lab.firm.services.store().write(|tx| Box::pin(store::backfill::save_item(tx, forgotten))).await;
    written.unwrap();
    lab.tick().await;
    let after = lab.items(key).await;
    assert_eq!((after[0].run_id, after[0].generation), (before[0].run_id, Some(1)));
    assert_eq!(lab.runs().await.len(), 2);
}

#[tokio::test]
async fn dates_with_a_run_are_skipped_or_repeated_and_work_blocks() {
    let lab = Lab::new().await;
    let services = &lab.firm.services;
    let (ended, active) = (lab.single("2026-03-02").await, lab.single("2026-03-03").await);
    let done = Operation::Mark(0, Mark::Succeeded);
    run::operate(services, &lab.firm.system(), (lab.tenant, RunId(ended.id)), &done, "a test").await.unwrap();
    let plan = backfill::plan(services, &lab.operator, &lab.ask()).await.unwrap();
    let actions: Vec<_> = plan.items.iter().map(|item| item.action).collect();
    assert_eq!(actions, [Some(Action::Skip), None, Some(Action::Create), Some(Action::Create)]);
    assert_eq!(plan.items[1].run.as_ref().map(|run| run.id), Some(active.id));
    let blocked = backfill::start(services, &lab.operator, &lab.ask(), "why").await.unwrap_err();
    assert!(matches!(blocked, Error::Refused { .. }), "{blocked:?}");

    let own = OwnChoice { workflow: None, date: "2026-03-02".parse().unwrap(), choice: Choice::Rerun };
    let choices = Choices { ended: Choice::Skip, active: Some(Choice::Rerun) };
    let key = lab.start(&Ask { own: vec![own], choices, ..lab.ask() }).await;
    lab.tick().await;
    let items = lab.items(key).await;
    let repeated = run::find(services, &lab.operator, lab.tenant, RunId(ended.id)).await.unwrap();
    assert_eq!((items[0].run_id, repeated.generation, repeated.state.as_str()), (Some(ended.id), 2, "running"));
    assert_eq!(repeated.backfill_id, Some(key.1.0));
    // What is at work is repeated when it has ended; until then it holds its place.
    assert_eq!(lab.states(key).await, ["02 running", "03 running", "04 pending", "05 pending"]);
    assert!(items[1].reason_json.as_ref().unwrap().contains("waits_for_end"));
    run::operate(services, &lab.firm.system(), (lab.tenant, RunId(active.id)), &done, "a test").await.unwrap();
    lab.tick().await;
    let again = run::find(services, &lab.operator, lab.tenant, RunId(active.id)).await.unwrap();
    assert_eq!((again.generation, again.state.as_str()), (2, "running"));
    // A run that somebody made since the plan is not doubled.
    let since = lab.single("2026-03-04").await;
    lab.end(key, 0, true).await;
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 succeeded", "03 running", "04 skipped", "05 running"]);
    assert_eq!(lab.items(key).await[2].run_id, Some(since.id));

    // The open dates of this backfill block another one.
    let plan = backfill::plan(services, &lab.operator, &lab.ask()).await.unwrap();
    assert_eq!((plan.items[3].action, plan.items[3].other), (None, Some(key.1)));
}

#[tokio::test]
async fn a_backfill_halts_goes_on_and_ends() {
    let lab = Lab::new().await;
    let services = &lab.firm.services;
    let key = lab.start(&lab.ask()).await;
    lab.tick().await;
    let row = backfill::pause(services, &lab.operator, key, "tonight's chains").await.unwrap();
    assert_eq!((row.state.as_str(), row.state_by.as_deref()), ("paused", Some("olga")));
    lab.end(key, 0, true).await;
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 succeeded", "03 running", "04 pending", "05 pending"]);
    backfill::resume(services, &lab.operator, key, "done").await.unwrap();
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 succeeded", "03 running", "04 running", "05 pending"]);
    let row = backfill::cancel(services, &lab.operator, key, Cancel::StopRuns, "wrong data").await.unwrap();
    assert_eq!((row.state.as_str(), row.item_cancelled), ("cancelling", 1));
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 succeeded", "03 cancelled", "04 cancelled", "05 cancelled"]);
    let row = lab.row(key).await;
    assert_eq!((row.state.as_str(), row.item_ok, row.item_cancelled), ("cancelled", 1, 3));
    assert!(row.finished_ms.is_some());
    let states: BTreeMap<String, usize> = lab.runs().await.iter().fold(BTreeMap::new(), |mut all, run| {
        *all.entry(run.state.clone()).or_default() += 1;
        all
    });
    assert_eq!(states, BTreeMap::from([("stopped".to_owned(), 2), ("succeeded".to_owned(), 1)]));
    let ended = backfill::cancel(services, &lab.operator, key, Cancel::KeepRuns, "again").await.unwrap_err();
    assert!(matches!(ended, Error::Refused { .. }));
}

#[tokio::test]
async fn what_failed_is_done_again_with_what_comes_after_it() {
    let lab = Lab::new().await;
    let services = &lab.firm.services;
    let wait = "up: {type: wait_for, run: {workflow: nav}}";
    flow(&lab.firm, lab.tenant, lab.project, "report", wait).await;
    let ask = Ask { downstream: true, to: "2026-03-03".parse().unwrap(), parallelism: 4, ..lab.ask() };
    let plan = backfill::plan(services, &lab.operator, &ask).await.unwrap();
    let names: Vec<&str> = plan.members.iter().map(|it| it.workflow.name.as_str()).collect();
    assert_eq!((names, plan.hidden), (vec!["nav", "report"], 0));
    let key = lab.start(&ask).await;
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 running", "02 pending", "03 running", "03 pending"]);
    lab.end(key, 0, false).await;
    lab.end(key, 2, true).await;
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 failed", "02 skipped", "03 succeeded", "03 running"]);
    lab.end(key, 3, true).await;
    lab.tick().await;
    assert_eq!(lab.row(key).await.state, "failed");
    let first = lab.items(key).await[0].run_id;

    let row = backfill::rerun_failed(services, &lab.operator, key, "the disk is back").await.unwrap();
    assert_eq!((row.state.as_str(), row.item_failed, row.item_skipped, backfill::pending(&row)), ("running", 0, 0, 2));
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 running", "02 pending", "03 succeeded", "03 succeeded"]);
    let item = lab.items(key).await.swap_remove(0);
    let run = run::find(services, &lab.operator, lab.tenant, RunId(item.run_id.unwrap())).await.unwrap();
    assert_eq!((item.run_id, item.attempt, run.generation), (first, 2, 2));
    lab.end(key, 0, true).await;
    lab.tick().await;
    lab.end(key, 1, true).await;
    lab.tick().await;
    let row = lab.row(key).await;
    assert_eq!((row.state.as_str(), row.item_ok), ("succeeded", 4));
    let nothing = backfill::rerun_failed(services, &lab.operator, key, "again").await.unwrap_err();
    assert!(matches!(nothing, Error::Refused { .. }));
}

#[tokio::test]
async fn nothing_begins_while_a_backfill_is_halted_or_ended() {
    let lab = Lab::new().await;
    let services = &lab.firm.services;
    let active = lab.single("2026-03-02").await;
    let choices = Choices { ended: Choice::Skip, active: Some(Choice::Rerun) };
    let key = lab.start(&Ask { choices, ..lab.ask() }).await;
    lab.tick().await;
    // As if the node had died after the second item's turn had come, before its run was made.
    let second = lab.items(key).await.swap_remove(1);
    let unmade = &ItemRow { run_id: None, generation: None, attempt: second.attempt + 1, ..second };
    let written: Result<(), store::Error> =
        services.store().write(|tx| Box::pin(store::backfill::save_item(tx, unmade))).await;
    written.unwrap();
    let runs = lab.runs().await.len();
    backfill::pause(services, &lab.operator, key, "tonight's chains").await.unwrap();
    lab.finish(RunId(active.id)).await;
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 running", "03 running", "04 pending", "05 pending"]);
    backfill::cancel(services, &lab.operator, key, Cancel::KeepRuns, "wrong data").await.unwrap();
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 cancelled", "03 cancelled", "04 cancelled", "05 cancelled"]);
    assert_eq!(lab.row(key).await.state, "cancelled");
    let first = run::find(services, &lab.operator, lab.tenant, RunId(active.id)).await.unwrap();
    assert_eq!((lab.runs().await.len(), first.generation, first.state.as_str()), (runs, 1, "succeeded"));
}

#[tokio::test]
async fn nothing_of_a_deleted_workflow_is_repeated() {
    let lab = Lab::new().await;
    let services = &lab.firm.services;
    let ended = lab.single("2026-03-02").await;
    lab.finish(RunId(ended.id)).await;
    let choices = Choices { ended: Choice::Rerun, active: None };
    let key = lab.start(&Ask { choices, to: "2026-03-02".parse().unwrap(), ..lab.ask() }).await;
    let removal = workflow::Removal { stop_runs: false, reason: "no longer needed".into() };
    workflow::archive(services, &lab.firm.system(), lab.tenant, lab.workflow, removal).await.unwrap();
    lab.tick().await;
    assert_eq!(lab.states(key).await, ["02 failed"]);
    let operated = async |operation| {
        let run = (lab.tenant, RunId(ended.id));
        run::operate(services, &lab.operator, run, &operation, "a test").await.unwrap_err().code()
    };
    assert_eq!(operated(Operation::Mark(0, Mark::Skipped)).await, ErrorCode::WorkflowDeleted);
    assert_eq!(operated(Operation::SetPriority(domain::workflow::Priority::High)).await, ErrorCode::RunFinished);
}
