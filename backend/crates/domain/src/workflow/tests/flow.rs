//! Branches, lists, waits, approvals and handlers: what is accepted, and what is wrong with what is not.

use serde_json::json;

use super::*;
use crate::workflow::task::{Approval, OnDeadline, OnFailed, Until};

/// Every feature once.
const WHOLE: &str = r#"
apiVersion: almanac/v1
kind: Workflow
metadata: {project: nav, name: nav-valuation}
spec:
  params: [{name: fund, default: ALL}]
  concurrency: {max_active_runs: 1, overlap: cancel_running}
  failure_policy: halt
  timeout: 6h
  on_timeout: warn
  env: {RUN: "{{ run.id }}"}
  outputs: {rows: "{{ outputs.load.rows }}", by: "run {{ run.id }}"}
  tasks:
    positions: {type: wait_for, run: {workflow: risk/positions, window: last3Days, calendar: SSE, on_failed: wait}, poll: 30s, timeout: 2h, on_timeout: skip}
    yesterday: {type: wait_for, run: {workflow: nav-valuation, business_date: T-1@SSE, task: load, until: ended}}
    prices:
      type: wait_for
      file: {path: "/in/{{ T | fmt('yyyyMMdd') }}/prices.csv", min_size: 1, stable_for: 10s}
    load:
      type: shell
      needs: [positions, yesterday, prices]
      script: ./load.sh
      limits: {warehouse: 2, license: 1}
      timeout: 30m
      on_timeout: warn
    shards:
      type: shell
      needs: [load]
      for_each: "{{ outputs.load.shards }}"
      max_parallel: 8
      on_item_failure: stop
      params: {shard: "{{ item.name }}"}
      env: {NUMBER: "{{ index }}"}
      script: ./shard.sh {{ item.name }} {{ params.shard }}
    funds:
      type: sub_workflow
      needs: [load]
      for_each: [{code: "{{ params.fund }}", big: true}, {code: B}]
      workflow: fund
      arguments: {code: "{{ item.code }}", limit: 5, dry: false}
      business_date: T
      retries: {max: 1}
    check:
      type: switch
      needs: [shards, funds]
      cases: [{when: outputs.load.rows == 0, then: [nothing]}, {when: T.is_month_end(), then: [report, audit]}]
      else: [report]
    nothing: {type: noop, needs: [check]}
    report: {type: shell, needs: [check], script: ./report.sh}
    audit: {type: noop, needs: [check, load]}
    release:
      type: approval
      needs: [report, audit]
      needs_rule: none_failed
      approvers: [OPERATOR, li.wei]
      message: "Release {{ outputs.load.rows }} rows?"
      not_starter: true
      deadline: 1h
      on_deadline: approve
    alarm: {type: shell, handler: on_failure, script: "./alarm.sh {{ run.failed_tasks | join(' ') }} {{ outputs.load.rows }}"}
    clean: {type: shell, handler: always, needs: [alarm], needs_rule: all_done, script: ./clean.sh}
"#;

fn read(source: &str) -> Document {
    parse(source, Calendars::builtin()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn every_feature_is_typed() {
    let document = read(WHOLE);
    let Spec { tasks, failure_policy, timeout, on_timeout, concurrency, outputs, .. } = &document.spec;
    assert_eq!((*failure_policy, *on_timeout), (FailurePolicy::Halt, OnRunTimeout::Warn));
    assert_eq!(timeout.map(DurationMs::ms), Some(6 * 3_600_000));
    assert_eq!(concurrency.overlap, Overlap::CancelRunning);
    assert_eq!(outputs["rows"], "{{ outputs.load.rows }}");
    let TaskKind::WaitFor(wait) = &tasks["positions"].kind else { panic!("a wait") };
    let run = wait.run.as_ref().expect("for a run");
    assert_eq!(run.window.map(|it| it.to_string()).as_deref(), Some("last_3_days"));
    assert_eq!((run.until, run.on_failed, run.to_expr()), (Until::Succeeded, OnFailed::Wait, None));
    assert_eq!((wait.poll().ms(), tasks["positions"].on_timeout), (30_000, OnTimeout::Skip));
    let TaskKind::WaitFor(wait) = &tasks["yesterday"].kind else { panic!("a wait") };
    let run = wait.run.as_ref().expect("for a run");
    assert_eq!(run.to_expr().map(|it| it.to_string()).as_deref(), Some("T-1@SSE"));
    assert_eq!((run.until, run.on_failed, wait.poll().ms()), (Until::Ended, OnFailed::Fail, 10_000));
    let TaskKind::WaitFor(wait) = &tasks["prices"].kind else { panic!("a wait") };
    assert_eq!(wait.file.as_ref().and_then(|file| file.min_size), Some(1));
    assert_eq!(tasks["load"].limits["warehouse"], 2);
    assert_eq!((tasks["shards"].max_parallel(), tasks["funds"].max_parallel()), (8, 20));
    let items = json!([{"code": "{{ params.fund }}", "big": true}, {"code": "B"}]);
    assert_eq!(tasks["funds"].for_each, items.as_array().cloned().map(ForEach::Items));
    let TaskKind::SubWorkflow(sub) = &tasks["funds"].kind else { panic!("a workflow") };
    assert_eq!(
        serde_json::Value::from_iter(sub.arguments.clone()),
        json!({"code": "{{ item.code }}", "limit": 5, "dry": false})
    );
    let TaskKind::Switch(switch) = &tasks["check"].kind else { panic!("a switch") };
    assert_eq!(switch.branches().collect::<Vec<_>>(), ["nothing", "report", "audit", "report"]);
    assert_eq!(
        (switch.chosen(Some(1)), switch.chosen(None)),
        (&["report".to_owned(), "audit".to_owned()][..], &["report".to_owned()][..])
    );
    let TaskKind::Approval(Approval { on_deadline, not_starter, .. }) = &tasks["release"].kind else {
        panic!("an approval")
    };
    assert_eq!((*on_deadline, *not_starter), (OnDeadline::Approve, true));
    assert_eq!((tasks["alarm"].handler, tasks["clean"].handler), (Some(Handler::OnFailure), Some(Handler::Always)));
    assert_eq!(serialize(&read(&serialize(&document))), serialize(&document));
}

#[test]
fn what_is_absent_stays_absent() {
    let tasks = "    a:\n      type: approval\n      approvers: [li.wei]\n    b:\n      type: wait_for\n      run:\n        workflow: x\n    c:\n      type: \
                 sub_workflow\n      workflow: x\n    d:\n      type: switch\n      cases:\n        - when: T.day == 1\n          then: []\n";
    let document = read(&with_tasks(tasks));
    assert!(serialize(&document).ends_with(tasks), "{}", serialize(&document));
    let json = serde_json::to_value(&document.spec).expect("a document");
    assert_eq!(json.as_object().map(|spec| spec.keys().collect::<Vec<_>>()), Some(vec![&"tasks".to_owned()]));
}

#[test]
fn fields_stand_where_they_mean_something() {
    check_tasks(
        "    a: {type: switch, cases: [{when: T.day == 1, then: []}], retries: {max: 1}, for_each: [1], env: {A: x}}\n    \
             b: {type: approval, approvers: [li.wei], timeout: 1h, on_timeout: warn}\n    \
             c: {type: wait_for, run: {workflow: x}, retries: {max: 2}, limits: {x: 1}, worker_pool: p, priority: high}\n    \
             d: {type: sub_workflow, workflow: x, on_lost: retry, timeout: 1h, on_timeout: skip}\n",
        &[
            "6:71 SPEC_UNKNOWN_FIELD spec.tasks.a.retries: a task of type `switch` has no `retries`",
            "6:91 SPEC_UNKNOWN_FIELD spec.tasks.a.for_each: a task of type `switch` has no `for_each`",
            "6:101 SPEC_UNKNOWN_FIELD spec.tasks.a.env: a task of type `switch` has no `env`",
            "7:55 SPEC_UNKNOWN_FIELD spec.tasks.b.timeout: a task of type `approval` has no `timeout`; use `deadline`",
            "7:71 SPEC_UNKNOWN_FIELD spec.tasks.b.on_timeout: a task of type `approval` has no `on_timeout`; use `on_deadline`",
            "8:54 SPEC_UNKNOWN_FIELD spec.tasks.c.retries: a task of type `wait_for` has no `retries`; use `poll`",
            "8:72 SPEC_UNKNOWN_FIELD spec.tasks.c.limits: a task of type `wait_for` has no `limits`",
            "8:93 SPEC_UNKNOWN_FIELD spec.tasks.c.worker_pool: a task of type `wait_for` has no `worker_pool`",
            "8:106 SPEC_UNKNOWN_FIELD spec.tasks.c.priority: a task of type `wait_for` has no `priority`",
            "9:51 SPEC_UNKNOWN_FIELD spec.tasks.d.on_lost: a task of type `sub_workflow` has no `on_lost`",
            "9:83 SPEC_UNKNOWN_FIELD spec.tasks.d.on_timeout: a task of type `sub_workflow` has no `on_timeout: skip`",
        ],
    );
}
