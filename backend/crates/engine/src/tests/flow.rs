//! How runs go on: items, branches, other runs, waits, handlers, time limits, and what people do meanwhile.

use domain::run::{Mark, Outputs, RerunScope};
use domain::workflow::Priority;
use serde_json::json;
use service::run::{Filter, Operated, Operation, TaskRow};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;

use super::*;
use crate::executor::Invocation;
use crate::testing::Act;

/// A lab whose tasks of type noop follow a script.
struct Scene {
    lab: Lab,
    engine: EngineHandle,
    script: Arc<Scripted>,
    begun: UnboundedReceiver<Invocation>,
}

impl Scene {
    async fn new(slots: usize) -> Self {
        let lab = Lab::new().await;
        let (script, begun) = Scripted::new();
        let engine = lab.engine_with(slots, Executors::default().with("noop", script.clone())).await;
        Self { lab, engine, script, begun }
    }

    /// Waits until the next attempt begins.
    async fn begins(&mut self) -> Invocation {
        tokio::time::timeout(Duration::from_secs(60), self.begun.recv()).await.expect("begins").expect("runs")
    }

    async fn tasks(&self, run: RunId) -> Vec<TaskRow> {
        let (lab, ctx) = (&self.lab, self.lab.ctx());
        service::run::tasks(&lab.services, &ctx, lab.tenant, run, None, 500).await.expect("reads").items
    }

    async fn states(&self, run: RunId) -> Vec<String> {
        self.tasks(run).await.into_iter().map(|task| task.state).collect()
    }

    /// Waits until something holds of a run.
    async fn until(&self, run: RunId, holds: impl Fn(&[TaskRow]) -> bool) -> Vec<TaskRow> {
        let mut changes = self.lab.services.hints().runs();
        let seen = async {
            loop {
                let tasks = self.tasks(run).await;
                if holds(&tasks) {
                    return tasks;
                }
                let _ = tokio::time::timeout(Duration::from_millis(500), changes.recv()).await;
            }
        };
        match tokio::time::timeout(Duration::from_secs(60), seen).await {
            Ok(tasks) => tasks,
            Err(_) => panic!("it never holds of {:?}", self.states(run).await),
        }
    }

    async fn operate(&self, run: RunId, operation: Operation) -> service::Result<Operated> {
        let (lab, ctx) = (&self.lab, self.lab.ctx());
        service::run::operate(&lab.services, &ctx, (lab.tenant, run), &operation, "because of a test").await
    }

    async fn newest(&self, workflow: WorkflowId) -> Option<service::run::Row> {
        let filter = Filter { tenant: Some(self.lab.tenant), workflow: Some(workflow), ..Filter::default() };
        let page = service::run::list(&self.lab.services, &self.lab.ctx(), &filter, None, 1).await.expect("reads");
        page.items.into_iter().next()
    }

    async fn end(self) {
        self.engine.stop(Duration::from_secs(5)).await;
    }
}

fn outputs(value: Value) -> Outputs {
    value.as_object().cloned().expect("an object")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_worked_through_item_by_item() {
    let mut scene = Scene::new(4).await;
    let tasks = "    list: {type: noop}\n    \
                 each: {type: noop, needs: [list], for_each: '{{ outputs.list.shards }}', max_parallel: 3, \
                 env: {SHARD: '{{ item.name }}-{{ index }}'}}\n    \
                 sum: {type: noop, needs: [each], when: 'outputs.each.total == 12 and outputs.each.failed == 0'}\n";
    let workflow = scene.lab.workflow(&document("sharded", "", tasks)).await;
    let shards: Vec<Value> = (0..12).map(|n| json!({ "name": format!("s{n}") })).collect();
    scene.script.next("list", Act::Succeed(outputs(json!({ "shards": shards }))));
    let run = scene.lab.start(workflow).await;
    let row = scene.lab.ended(run).await;
    assert_eq!(
        (row.state.as_str(), row.task_total, row.task_ok),
        ("succeeded", 15, 15),
        "{:?}",
        scene.tasks(run).await
    );
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..14 {
        let begun = scene.begins().await;
        if begun.task == "each" {
            seen.extend(begun.env.into_iter().find(|(name, _)| name == "SHARD").map(|(_, value)| value));
        }
    }
    assert_eq!(seen.len(), 12);
    assert!(seen.contains("s11-11"), "{seen:?}");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sub_workflow_gets_parameters_gives_outputs_and_is_repeated_with_its_parent() {
    let scene = Scene::new(4).await;
    let child = "  params: [{name: fund, default: ALL}]\n  outputs: {rows: '{{ outputs.count.rows }}', of: '{{ params.fund }}'}\n";
    let child = scene.lab.workflow(&document("child", child, "    count: {type: noop}\n")).await;
    let tasks = "    before: {type: noop}\n    \
                 sub: {type: sub_workflow, needs: [before], workflow: child, arguments: {fund: 'F{{ outputs.before.n }}'}}\n    \
                 after: {type: noop, needs: [sub], when: 'outputs.sub.rows == 7 and outputs.sub.of == \"F1\"'}\n";
    let parent = scene.lab.workflow(&document("parent", "", tasks)).await;
    scene.script.next("before", Act::Succeed(outputs(json!({ "n": 1 }))));
    scene.script.next("count", Act::Fail(3));
    let run = scene.lab.start(parent).await;
    assert_eq!(scene.lab.ended(run).await.state, "failed");
    let tasks = scene.tasks(run).await;
    assert!(tasks[1].reason_json.as_deref().is_some_and(|reason| reason.contains("child_ended")), "{tasks:?}");
    let first = scene.newest(child).await.expect("the child has run");
    assert_eq!((first.parent_run_id, first.cause.as_str()), (Some(run.0), "sub_workflow"));

    scene.script.next("count", Act::Succeed(outputs(json!({ "rows": 7 }))));
    scene.operate(run, Operation::Rerun(RerunScope::Failed)).await.expect("again");
    let row = scene.lab.ended(run).await;
    assert_eq!(row.state, "succeeded", "{:?}", scene.tasks(run).await);
    let again = scene.newest(child).await.expect("the child has run");
    assert_eq!((again.id, again.generation), (first.id, 2), "the same run goes on, under its next generation");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_goes_through_to_the_run_that_was_started() {
    let mut scene = Scene::new(4).await;
    let child = scene.lab.workflow(&document("child", "", "    long: {type: noop}\n")).await;
    let parent = scene.lab.workflow(&document("parent", "", "    sub: {type: sub_workflow, workflow: child}\n")).await;
    scene.script.next("long", Act::Hang);
    let run = scene.lab.start(parent).await;
    assert_eq!(scene.begins().await.task, "long");
    let waiting = &scene.tasks(run).await[0];
    let reasons = service::run::waiting_reasons(&scene.lab.services, &scene.lab.ctx(), waiting).await.expect("reads");
    let started = scene.newest(child).await.expect("it was started");
    assert_eq!(reasons, [Reason::WaitsForChild { workflow: "child".into(), run: started.id }]);
    scene.operate(run, Operation::Stop).await.expect("stops");
    assert_eq!(scene.lab.ended(run).await.state, "stopped");
    let child = scene.lab.ended(RunId(started.id)).await;
    assert_eq!(child.state, "stopped");
    assert!(child.reason_json.is_some_and(|reason| reason.contains("parent_ended")));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_of_another_workflow_is_waited_for_by_its_business_date() {
    let scene = Scene::new(4).await;
    let upstream = scene.lab.workflow(&document("risk", "", "    var: {type: noop}\n")).await;
    let tasks = "    wait: {type: wait_for, run: {workflow: risk, business_date: T-1}, poll: 1s}\n    go: {type: noop, needs: [wait]}\n    \
                 window: {type: wait_for, run: {workflow: risk, window: last3Days}, poll: 1s}\n";
    let workflow = scene.lab.workflow(&document("nav", "", tasks)).await;
    let run = scene.lab.start_for(workflow, "2026-11-20", serde_json::Map::new()).await;
    let tasks = scene.until(run, |tasks| tasks[0].state == "waiting" && tasks[2].state == "waiting").await;
    let reason = async |task: &TaskRow| {
        service::run::waiting_reasons(&scene.lab.services, &scene.lab.ctx(), task).await.expect("reads").remove(0)
    };
    let told = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            if let Reason::WaitsForRun { missing, .. } = reason(&tasks[2]).await {
                return missing;
            }
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(told.await.expect("says for what"), ["2026-11-17", "2026-11-18", "2026-11-19"]);
    for date in ["2026-11-18", "2026-11-17"] {
        let other = scene.lab.start_for(upstream, date, serde_json::Map::new()).await;
        assert_eq!(scene.lab.ended(other).await.state, "succeeded");
    }
    assert_eq!(scene.states(run).await, ["waiting", "pending", "waiting"], "not the dates, or not all");
    let other = scene.lab.start_for(upstream, "2026-11-19", serde_json::Map::new()).await;
    assert_eq!(scene.lab.ended(other).await.state, "succeeded");
    assert_eq!(scene.lab.ended(run).await.state, "succeeded");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_does_not_come_in_time_is_told_and_one_that_comes_is_found() {
    let scene = Scene::new(2).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prices-20261120.csv");
    let file = |timeout: &str| {
        let path = folder.path().join("prices-{{ T | fmt('yyyyMMdd') }}.csv").display().to_string();
        format!("    wait: {{type: wait_for, poll: 1s, timeout: {timeout}, file: {{path: \"{path}\", min_size: 3}}}}\n")
    };
    let late = scene.lab.workflow(&document("late", "", &file("1s"))).await;
    let row = scene.lab.ended(scene.lab.start(late).await).await;
    assert_eq!(row.state, "failed");
    let soon = scene.lab.workflow(&document("soon", "", &file("10m"))).await;
    let run = scene.lab.start(soon).await;
    scene.until(run, |tasks| tasks[0].state == "waiting").await;
    std::fs::write(&path, "a,b").expect("written");
    let row = scene.lab.ended(run).await;
    assert_eq!(row.state, "succeeded");
    let outputs = scene.tasks(run).await.remove(0).outputs_json.expect("it tells what it found");
    assert!(outputs.contains("\"bytes\":3"), "{outputs}");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_that_nobody_gives_counts_as_its_task_says() {
    let scene = Scene::new(2).await;
    for (on_deadline, expect) in [("approve", "succeeded"), ("reject", "failed")] {
        let tasks =
            format!("    sign: {{type: approval, approvers: [OPERATOR], deadline: 1s, on_deadline: {on_deadline}}}\n");
        let workflow = scene.lab.workflow(&document(&format!("sign-{on_deadline}"), "", &tasks)).await;
        let run = scene.lab.start(workflow).await;
        let row = scene.lab.ended(run).await;
        assert_eq!(row.state, expect);
        assert!(scene.tasks(run).await[0].reason_json.as_deref().is_some_and(|it| it.contains("not_decided")));
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_and_handlers_choose_what_runs() {
    let scene = Scene::new(2).await;
    let tasks = "    rows: {type: noop}\n    \
                 which: {type: switch, needs: [rows], cases: [{when: 'outputs.rows.n == 0', then: [none]}], else: [some]}\n    \
                 none: {type: noop, needs: [which]}\n    some: {type: noop, needs: [which]}\n    \
                 tell: {type: noop, handler: on_failure, env: {FAILED: '{{ run.failed_tasks | join(\",\") }}'}}\n";
    let workflow = scene.lab.workflow(&document("choice", "", tasks)).await;
    scene.script.next("rows", Act::Succeed(outputs(json!({ "n": 3 }))));
    let run = scene.lab.start(workflow).await;
    assert_eq!(scene.lab.ended(run).await.state, "succeeded");
    assert_eq!(scene.states(run).await, ["succeeded", "succeeded", "skipped", "succeeded", "skipped"]);
    scene.script.next("rows", Act::Succeed(outputs(json!({ "n": 0 }))));
    scene.script.next("none", Act::Fail(1));
    let run = scene.lab.start(workflow).await;
    assert_eq!(scene.lab.ended(run).await.state, "failed");
    assert_eq!(scene.states(run).await, ["succeeded", "succeeded", "failed", "skipped", "succeeded"]);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_pause_hold_vouch_and_go_on() {
    let mut scene = Scene::new(1).await;
    let tasks = "    a: {type: noop, priority: high}\n    b: {type: noop, needs: [a]}\n    c: {type: noop, needs: [b]}\n    d: {type: noop}\n";
    let workflow = scene.lab.workflow(&document("night", "", tasks)).await;
    let go = Arc::new(Notify::new());
    scene.script.next("a", Act::Until(go.clone(), Box::new(Act::succeed())));
    let run = scene.lab.start(workflow).await;
    assert_eq!(scene.begins().await.task, "a");
    let (ctx, key) = (scene.lab.ctx(), (scene.lab.tenant, run));
    let preview = service::run::preview(&scene.lab.services, &ctx, key, &Operation::Stop).await.expect("can be told");
    assert_eq!((preview.stops, preview.drops), (vec!["a".to_owned()], vec!["b".into(), "c".into(), "d".into()]));
    // `d` waits for the one slot: a pause takes it out of the queue.
    scene.operate(run, Operation::Pause).await.expect("pauses");
    go.notify_one();
    let tasks = scene.until(run, |tasks| tasks[0].state == "succeeded").await;
    assert_eq!((tasks[1].state.as_str(), tasks[3].state.as_str()), ("ready", "ready"));
    let reasons = service::run::waiting_reasons(&scene.lab.services, &scene.lab.ctx(), &tasks[3]).await.expect("reads");
    assert_eq!(reasons, [Reason::RunPaused]);
    scene.operate(run, Operation::Hold(2)).await.expect("holds");
    scene.script.next("d", Act::Fail(1));
    scene.operate(run, Operation::Resume).await.expect("goes on");
    let tasks = scene.until(run, |tasks| tasks[2].state == "ready" && tasks[3].state == "failed").await;
    assert_eq!(tasks[2].held, Some(true));
    scene.operate(run, Operation::Mark(3, Mark::Succeeded)).await.expect("vouches");
    scene.operate(run, Operation::Release(2)).await.expect("releases");
    let row = scene.lab.ended(run).await;
    assert_eq!((row.state.as_str(), row.generation), ("succeeded", 2));
    // Nor does it change any more with what it was done.
    let params = Operation::SetParams(serde_json::Map::new());
    for late in [Operation::Pause, Operation::SetPriority(Priority::High), params] {
        let refused = scene.operate(run, late).await.expect_err("it has ended");
        assert_eq!(refused.code(), domain::error::ErrorCode::RunFinished);
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_past_its_time_is_ended_and_its_handlers_are_told() {
    let scene = Scene::new(2).await;
    let tasks =
        "    long: {type: noop}\n    next: {type: noop, needs: [long]}\n    tell: {type: noop, handler: on_failure}\n";
    let workflow = scene.lab.workflow(&document("slow", "  timeout: 1s\n", tasks)).await;
    scene.script.next("long", Act::Hang);
    let run = scene.lab.start(workflow).await;
    let row = scene.lab.ended(run).await;
    assert_eq!((row.state.as_str(), row.overdue_ms.is_some()), ("failed", true));
    assert_eq!(scene.states(run).await, ["stopped", "stopped", "succeeded"]);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_limit_that_only_warns_marks_the_task() {
    let scene = Scene::new(2).await;
    let tasks = "    long: {type: noop, timeout: 1s, on_timeout: warn}\n";
    let workflow = scene.lab.workflow(&document("slow", "", tasks)).await;
    let go = Arc::new(Notify::new());
    scene.script.next("long", Act::Until(go.clone(), Box::new(Act::succeed())));
    let run = scene.lab.start(workflow).await;
    scene.until(run, |tasks| tasks[0].overdue_ms.is_some()).await;
    go.notify_one();
    assert_eq!(scene.lab.ended(run).await.state, "succeeded");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_run_takes_the_place_of_an_older_one() {
    let mut scene = Scene::new(2).await;
    let overlap = "  concurrency: {max_active_runs: 1, overlap: cancel_running}\n";
    let workflow = scene.lab.workflow(&document("latest", overlap, "    t: {type: noop}\n")).await;
    scene.script.next("t", Act::Hang);
    let first = scene.lab.start(workflow).await;
    scene.begins().await;
    let second = scene.lab.start(workflow).await;
    let row = scene.lab.ended(first).await;
    assert!(row.reason_json.is_some_and(|reason| reason.contains("superseded")));
    assert_eq!(scene.lab.ended(second).await.state, "succeeded");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_starts_nothing() {
    let mut scene = Scene::new(2).await;
    let tasks = "    a: {type: noop}\n    b: {type: approval, needs: [a], approvers: [OPERATOR]}\n    c: {type: noop, needs: [b]}\n";
    let workflow = scene.lab.workflow(&document("walk", "", tasks)).await;
    let new = NewRun {
        tenant: scene.lab.tenant,
        workflow,
        business_date: Some("2026-11-20".parse().expect("a date")),
        params: serde_json::Map::new(),
        idempotency_key: None,
        reason: None,
        cause: Cause::Api,
        priority: None,
        dry_run: true,
        version: None,
    };
    let row = service::run::start(&scene.lab.services, &scene.lab.ctx(), new).await.expect("starts");
    assert_eq!((row.state.as_str(), row.task_ok), ("succeeded", 3));
    assert!(scene.begun.try_recv().is_err(), "nothing began");
    scene.end().await;
}
