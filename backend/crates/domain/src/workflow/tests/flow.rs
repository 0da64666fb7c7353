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

#[test]
fn fields_that_say_nothing_alone() {
    check_tasks(
        "    a: {type: shell, script: x, max_parallel: 3, on_item_failure: ignore, on_timeout: warn}\n    \
             b: {type: approval, approvers: [li.wei], on_deadline: approve}\n    \
             c: {type: noop, for_each: [1], max_parallel: 3, timeout: 1h, on_timeout: fail}\n",
        &[
            "6:47 SPEC_MISSING spec.tasks.a.max_parallel: `max_parallel` means nothing without `for_each`; give both, or \
             leave it out",
            "6:67 SPEC_MISSING spec.tasks.a.on_item_failure: `on_item_failure` means nothing without `for_each`; give both, \
             or leave it out",
            "6:87 SPEC_MISSING spec.tasks.a.on_timeout: `on_timeout` means nothing without `timeout`; give both, or leave it \
             out",
            "7:59 SPEC_MISSING spec.tasks.b.on_deadline: `on_deadline` means nothing without `deadline`; give both, or leave \
             it out",
        ],
    );
    let spec = "  on_timeout: warn\n  concurrency: {overlap: cancel_running}\n";
    check(
        &format!("{}{spec}", with_tasks("    a: {type: noop}\n")),
        &[
            "7:15 SPEC_MISSING spec.on_timeout: `on_timeout` means nothing without `timeout`; give both, or leave it out",
            "8:26 SPEC_MISSING spec.concurrency.overlap: `overlap: cancel_running` means nothing without `max_active_runs`; \
             give both, or leave it out",
        ],
    );
}

#[test]
fn a_limit_of_no_time_is_none() {
    check(
        &format!(
            "{}  timeout: 0s\n",
            with_tasks(
                "    a: {type: noop, timeout: 0ms}\n    b: {type: approval, approvers: [li.wei], deadline: 0s}\n"
            )
        ),
        &[
            "6:30 SPEC_VALUE spec.tasks.a.timeout: expected at least 1ms",
            "7:56 SPEC_VALUE spec.tasks.b.deadline: expected at least 1ms",
            "8:12 SPEC_VALUE spec.timeout: expected at least 1ms",
        ],
    );
}

#[test]
fn branches_need_their_switch() {
    let tasks = |more: &str| {
        format!(
            "    load: {{type: noop}}\n    pick: {{type: switch, needs: [load], cases: [{{when: T.day == 1, then: [a, lod]}}], \
             else: [load, b]}}\n    a: {{type: noop, needs: [pick]}}\n    b: {{type: noop, needs: [a]}}\n{more}"
        )
    };
    check_tasks(
        &tasks(""),
        &[
            "7:78 SPEC_UNKNOWN_NEED spec.tasks.pick.cases[0].then[1]: there is no task `lod`; did you mean `load`?",
            "7:93 SPEC_VALUE spec.tasks.pick.else[0]: `load` does not need this switch; add `pick` to its `needs`",
            "7:99 SPEC_VALUE spec.tasks.pick.else[1]: `b` does not need this switch; add `pick` to its `needs`",
        ],
    );
    check_tasks(
        "    one: {type: switch, cases: [{when: T.day == 1, then: [a]}, {when: T.day == 2, then: [a, b]}], else: [a]}\n    \
             two: {type: switch, cases: [{when: T.day == 1, then: [b]}]}\n    \
             a: {type: noop, needs: [one, two], needs_rule: any_success}\n    \
             b: {type: noop, needs: [one, two]}\n    \
             c: {type: switch, needs: [one], cases: []}\n",
        &[
            "7:59 SPEC_VALUE spec.tasks.two.cases[0].then[0]: `b` is chosen by the switch `one` already; a task can be in \
             the branches of one switch",
            "8:52 SPEC_VALUE spec.tasks.a.needs_rule: with `any_success` the task could start before the switch `one` has \
             chosen; use another rule, or let it need the switch alone",
            "10:44 SPEC_VALUE spec.tasks.c.cases: expected 1 to 100 entries",
        ],
    );
    check_tasks(
        "    one: {type: switch, cases: [{when: T.day = 1, then: [a, a]}, {then: a}], els: [a]}\n    \
             a: {type: noop, needs: [one], needs_rule: any_success}\n",
        &[
            "6:46 SPEC_VALUE spec.tasks.one.cases[0].when: expected an expression: unexpected input after \
             expression",
            "6:61 SPEC_DUPLICATE spec.tasks.one.cases[0].then[1]: the name `a` is used twice",
            "6:66 SPEC_MISSING spec.tasks.one.cases[1].when: `when` is missing",
            "6:73 SPEC_TYPE spec.tasks.one.cases[1].then: expected a list, found text \"a\"",
            "6:78 SPEC_UNKNOWN_FIELD spec.tasks.one.els: there is no field `els` here; did you mean `else`?; known are title, \
             needs, needs_rule, when, handler, for_each, max_parallel, on_item_failure, retries, timeout, on_timeout, \
             on_lost, params, env, worker_pool, limits, priority, type, cases, else",
        ],
    );
}

#[test]
fn handlers_and_ordinary_tasks_do_not_need_each_other() {
    check_tasks(
        "    load: {type: noop}\n    \
             tell: {type: noop, handler: on_failure, needs: [load]}\n    \
             next: {type: shell, needs: [tell, load], script: 'x {{ outputs.tell.x }}'}\n    \
             last: {type: shell, handler: always, needs: [tell], script: '{{ outputs.tell.x }} {{ outputs.next.x }}'}\n    \
             side: {type: shell, handler: always, script: '{{ outputs.tell.x }}'}\n",
        &[
            "7:53 SPEC_VALUE spec.tasks.tell.needs[0]: a handler runs after all ordinary tasks and can need only handlers; \
             remove `load`, or make it a handler too",
            "8:33 SPEC_UNREACHABLE spec.tasks.next.needs[0]: `tell` is a handler and runs after all ordinary tasks; only \
             handlers can need it",
            "8:60 SPEC_VALUE spec.tasks.next.script: outputs of `tell` are not there yet: it is a handler and runs after all \
             ordinary tasks",
            "10:54 SPEC_VALUE spec.tasks.side.script: outputs of `tell` are not there yet: it must be among this task's \
             needs, directly or not",
        ],
    );
    check_tasks(
        "    tell: {type: noop, handler: always}\n    also: {type: noop, handler: sometimes}\n",
        &[
            "6:33 SPEC_VALUE spec.tasks.tell.handler: all tasks are handlers; one must be an ordinary task",
            "7:33 SPEC_VALUE spec.tasks.also.handler: `sometimes` is not one of on_failure, always",
        ],
    );
}

#[test]
fn a_wait_is_for_one_thing() {
    check_tasks(
        "    a: {type: wait_for}\n    \
             b: {type: wait_for, run: {workflow: x}, file: {path: /x}, poll: 0s}\n    \
             c: {type: wait_for, run: {workflow: X/y/z, business_date: yesterday, task: A}}\n    \
             d: {type: wait_for, run: {workflow: x, business_date: T-1, window: last_3_days}}\n    \
             e: {type: wait_for, run: {workflow: x, window: last_400_days}}\n    \
             f: {type: wait_for, run: {workflow: x, window: lastMondays, calendar: SEE}}\n    \
             g: {type: wait_for, run: {workflow: x, window: last_2_hours, calendar: SSE}}\n    \
             h: {type: wait_for, run: {workflow: x, calendar: SSE, until: done}, when: x, query: y}\n    \
             i: {type: wait_for, file: {path: in/x.csv, min_size: -1}}\n    \
             j: {type: wait_for, file: {path: '{{ param.x }}/y', stable_for: 10}}\n    \
             k: {type: wait_for, file: {path: '$[yyyy]/y'}, poll: 999ms}\n",
        &[
            "6:8 SPEC_MISSING spec.tasks.a: none of `run` and `file` is given; give one of them",
            "7:51 SPEC_DUPLICATE spec.tasks.b.file: only one of `run` and `file` can be given",
            "7:69 SPEC_VALUE spec.tasks.b.poll: expected at least 1s",
            "8:41 SPEC_VALUE spec.tasks.c.run.workflow: expected a workflow's name, or project/name",
            "8:63 SPEC_VALUE spec.tasks.c.run.business_date: expected a business date such as T or T-1: at character 1: \
             expected `T`, `D` or a date such as 2026-11-20, found `yesterday`",
            "8:80 SPEC_VALUE spec.tasks.c.run.task: expected a name of small letters, digits, - and _ that begins with a \
             letter",
            "9:59 SPEC_DUPLICATE spec.tasks.d.run.business_date: only one of `business_date` and `window` can be given",
            "10:52 SPEC_VALUE spec.tasks.e.run.window: there is no window `last_400_days`; known are current_hour, \
             last_1_hour to last_23_hours, last_24_hours, today, last_1_day to last_366_days, this_week, last_week, \
             last_monday to last_sunday, this_month, this_month_begin, this_month_end, last_month, last_month_begin, \
             last_month_end",
            "11:52 SPEC_VALUE spec.tasks.f.run.window: there is no window `lastMondays`; did you mean `last_monday`?; known \
             are current_hour, last_1_hour to last_23_hours, last_24_hours, today, last_1_day to last_366_days, this_week, \
             last_week, last_monday to last_sunday, this_month, this_month_begin, this_month_end, last_month, \
             last_month_begin, last_month_end",
            "11:75 CALENDAR_UNKNOWN spec.tasks.f.run.calendar: there is no calendar `SEE`",
            "12:76 SPEC_VALUE spec.tasks.g.run.calendar: a calendar leaves out days; it means nothing beside a window of \
             hours",
            "13:54 SPEC_MISSING spec.tasks.h.run.calendar: `calendar` means nothing without `window`; give both, or leave it \
             out",
            "13:66 SPEC_VALUE spec.tasks.h.run.until: `done` is not one of succeeded, ended",
            "13:79 SPEC_VALUE spec.tasks.h.when: there is no `x`",
            "13:82 SPEC_UNKNOWN_FIELD spec.tasks.h.query: there is no field `query` here; known are title, needs, \
             needs_rule, when, handler, for_each, max_parallel, on_item_failure, retries, timeout, on_timeout, on_lost, \
             params, env, worker_pool, limits, priority, type, run, file, poll",
            "14:38 SPEC_VALUE spec.tasks.i.file.path: expected a path that begins with /",
            "14:58 SPEC_VALUE spec.tasks.i.file.min_size: expected 0 to 9007199254740992",
            "15:42 SPEC_VALUE spec.tasks.j.file.path: there is no `param`; did you mean `params`?",
            "15:69 SPEC_TYPE spec.tasks.j.file.stable_for: expected text, found a whole number 10; put it in quotes",
            "16:58 SPEC_VALUE spec.tasks.k.poll: expected at least 1s",
        ],
    );
}

#[test]
fn a_workflow_neither_starts_itself_nor_waits_for_its_own_run() {
    let itself = "SPEC_UNREACHABLE spec.tasks.a.run.workflow: the task waits for the run that it is part of, which can't end before \
                  it; name an earlier business date, such as T-1";
    let waits = |run: &str, expect: &[&str]| {
        let source = with_tasks(&format!("    a: {{type: wait_for, run: {{{run}}}}}\n"));
        check(&source.replace("{name: w}", "{project: p, name: w}"), expect);
    };
    let at = |column: usize| format!("6:{column} {itself}");
    waits("workflow: w", &[&at(41)]);
    waits("workflow: p/w, business_date: T", &[&at(41)]);
    waits("business_date: D, workflow: w", &[&at(59)]);
    for window in ["today", "this_week", "this_month", "current_hour"] {
        waits(&format!("workflow: w, window: {window}"), &[&at(41)]);
    }
    waits("workflow: w, business_date: T-1", &[]);
    waits("workflow: w, window: last_3_days", &[]);
    waits("workflow: q/w", &[]);
    waits("workflow: v", &[]);
    check_tasks(
        "    a: {type: sub_workflow, workflow: w, business_date: T-1}\n    b: {type: sub_workflow, workflow: p/w}\n    \
             c: {type: sub_workflow, workflow: W, arguments: {A: 1, b: [x], c: '{{ item }}'}, business_date: T-1@SEE}\n",
        &[
            "6:39 SPEC_CYCLE spec.tasks.a.workflow: the workflow would start itself again and again",
            "8:39 SPEC_VALUE spec.tasks.c.workflow: expected a workflow's name, or project/name",
            "8:54 SPEC_VALUE spec.tasks.c.arguments.A: expected a name of small letters, digits and _ that begins with a \
             letter",
            "8:63 SPEC_TYPE spec.tasks.c.arguments.b: expected text or a number or true or false, found a list",
            "8:75 SPEC_VALUE spec.tasks.c.arguments.c: there is no `item` here: items are known in the texts of a task with \
             `for_each`, but for `when` and `for_each` itself",
            "8:105 CALENDAR_UNKNOWN spec.tasks.c.business_date: there is no calendar `SEE`",
        ],
    );
}

#[test]
fn approvers_are_people_or_roles() {
    check_tasks(
        "    a: {type: approval, approvers: []}\n    \
             b: {type: approval, approvers: [OPERATER, SYSTEM_ADMIN, Li Wei, x, li.wei, li.wei], message: '{{ x }}'}\n    \
             c: {type: approval, on_deadline: wait, deadline: soon}\n",
        &[
            "6:36 SPEC_VALUE spec.tasks.a.approvers: expected 1 to 50 entries",
            "7:37 SPEC_VALUE spec.tasks.b.approvers[0]: `OPERATER` is not one of TENANT_ADMIN, DEVELOPER, OPERATOR, VIEWER; \
             did you mean `OPERATOR`?",
            "7:47 SPEC_VALUE spec.tasks.b.approvers[1]: `SYSTEM_ADMIN` is not one of TENANT_ADMIN, DEVELOPER, OPERATOR, \
             VIEWER",
            "7:61 SPEC_VALUE spec.tasks.b.approvers[2]: expected a user name such as li.wei, or a role such as OPERATOR",
            "7:69 SPEC_VALUE spec.tasks.b.approvers[3]: expected a user name such as li.wei, or a role such as OPERATOR",
            "7:80 SPEC_DUPLICATE spec.tasks.b.approvers[5]: the name `li.wei` is used twice",
            "7:102 SPEC_VALUE spec.tasks.b.message: there is no `x`",
            "8:8 SPEC_MISSING spec.tasks.c.approvers: `approvers` is missing",
            "8:38 SPEC_VALUE spec.tasks.c.on_deadline: `wait` is not one of reject, approve",
            "8:54 SPEC_VALUE spec.tasks.c.deadline: expected a duration such as 30s, 10m, 2h, 1d or 1h30m, at most 366d",
        ],
    );
}

#[test]
fn items_are_known_where_there_are_some() {
    let outside = |name: &str| {
        format!(
            "there is no `{name}` here: items are known in the texts of a task with `for_each`, but for `when` and `for_each` itself"
        )
    };
    check_tasks(
        "    a: {type: shell, script: 'x {{ item }} {{ index }}'}\n    \
             b: {type: shell, for_each: '{{ [item] }}', when: index > 1, script: '{{ item }}', env: {A: '{{ index }}'}}\n    \
             c: {type: shell, for_each: [1], params: {p: '{{ item }}', q: x}, when: params.p == params.q, script: '{{ params.p }}'}\n    \
             d: {type: shell, for_each: [1], script: '{% for item in [1] %}{{ item }}{% endfor %} {{ itme }}'}\n    \
             e: {type: shell, script: '{% for item in [1] %}{{ item }}{% endfor %}'}\n",
        &[
            &format!("6:36 SPEC_VALUE spec.tasks.a.script: {}", outside("item")),
            &format!("6:47 SPEC_VALUE spec.tasks.a.script: {}", outside("index")),
            &format!("7:37 SPEC_VALUE spec.tasks.b.for_each: {}", outside("item")),
            &format!("7:54 SPEC_VALUE spec.tasks.b.when: {}", outside("index")),
            &format!("8:76 SPEC_VALUE spec.tasks.c.when: {}", outside("params.p")),
            "9:93 SPEC_VALUE spec.tasks.d.script: there is no `itme`; did you mean `item`?",
        ],
    );
}

#[test]
fn lists_are_expressions_or_values() {
    check_tasks(
        "    a: {type: noop, for_each: 3}\n    b: {type: noop, for_each: ''}\n    c: {type: noop, for_each: '{{ range(3) }}-{{ 1 }}'}\n    \
             d: {type: noop, for_each: 'range(3', max_parallel: 0}\n    e: {type: noop, for_each: ['{{ x }}', {f: ['{{ y }}']}]}\n    \
             f: {type: noop, for_each: '{{ outputs.a.z }}'}\n    g: {type: noop, for_each: '  {{ parms.z }}'}\n",
        &[
            "6:31 SPEC_TYPE spec.tasks.a.for_each: expected text or a list, found a whole number 3",
            "7:32 SPEC_VALUE spec.tasks.b.for_each: expected a list, or an expression that gives one: unexpected end of input, \
             expected expression",
            "8:44 SPEC_VALUE spec.tasks.c.for_each: expected a list, or an expression that gives one: an expression is \
             written without {{ }}",
            "9:38 SPEC_VALUE spec.tasks.d.for_each: expected a list, or an expression that gives one: unexpected end of \
             input, expected `,`",
            "9:56 SPEC_VALUE spec.tasks.d.max_parallel: expected 1 to 1000",
            "10:36 SPEC_VALUE spec.tasks.e.for_each[0]: there is no `x`",
            "10:52 SPEC_VALUE spec.tasks.e.for_each[1].f[0]: there is no `y`",
            "11:35 SPEC_VALUE spec.tasks.f.for_each: outputs of `a` are not there yet: it must be among this task's needs, \
             directly or not",
            "12:37 SPEC_VALUE spec.tasks.g.for_each: there is no `parms`; did you mean `params`?",
        ],
    );
}

#[test]
fn limits_outputs_and_what_is_known_of_a_run() {
    check(
        &format!(
            "{}  outputs: {{a: '{{{{ outputs.b.x }}}}', B: x, c: '{{{{ outputs.load.x }}}} {{{{ run.ids }}}} {{{{ run.state }}}}', d: 1, e: '{{{{ \
             outputs.tell.x }}}}'}}\n",
            with_tasks(
                "    load: {type: noop, limits: {warehouse: 0, Spark: 1, db: 1001, x: y}}\n    tell: {type: noop, handler: always}\n"
            )
        ),
        &[
            "6:44 SPEC_VALUE spec.tasks.load.limits.warehouse: expected 1 to 1000",
            "6:47 SPEC_VALUE spec.tasks.load.limits.Spark: expected a name of small letters, digits, - and _ that begins with \
             a letter",
            "6:61 SPEC_VALUE spec.tasks.load.limits.db: expected 1 to 1000",
            "6:70 SPEC_TYPE spec.tasks.load.limits.x: expected a whole number, found text \"y\"",
            "8:20 SPEC_VALUE spec.outputs.a: there is no `outputs.b`",
            "8:37 SPEC_VALUE spec.outputs.B: expected a name of small letters, digits and _ that begins with a letter",
            "8:71 SPEC_VALUE spec.outputs.c: there is no `run.ids`; did you mean `run.id`?",
            "8:85 SPEC_VALUE spec.outputs.c: there is no `run.state`",
            "8:103 SPEC_TYPE spec.outputs.d: expected text, found a whole number 1; put it in quotes",
            "8:113 SPEC_VALUE spec.outputs.e: outputs of `tell` are not there yet: it is a handler and runs after all ordinary \
             tasks",
        ],
    );
}

#[test]
fn problems_of_the_flow_speak_chinese() {
    let told = |tasks: &str| problems(&with_tasks(tasks), Lang::Zh).join("\n");
    let table = [
        (
            "{type: switch, cases: [{when: T.day == 1, then: [b]}]}",
            "`b` 没有依赖这个分支任务，请把 `a` 加入它的 `needs`",
        ),
        ("{type: noop, needs: [c]}", "`c` 是收尾任务，在所有普通任务结束后才运行，只有收尾任务可以依赖它"),
        ("{type: wait_for}", "`run` 和 `file` 都未给出，请给出其中之一"),
        ("{type: wait_for, run: {workflow: w}}", "请指定更早的业务日期，例如 T-1"),
        (
            "{type: wait_for, run: {workflow: x, window: todya}}",
            "没有窗口 `todya`，是否想写 `today`？；可用窗口：current_hour",
        ),
        ("{type: approval, approvers: [x y]}", "应为用户名（例如 li.wei）或角色（例如 OPERATOR）"),
        ("{type: approval, approvers: [li.wei], timeout: 1h}", "`approval` 类型的任务没有 `timeout`，请用 `deadline`"),
        ("{type: noop, max_parallel: 2}", "没有 `for_each` 时 `max_parallel` 没有意义"),
        ("{type: noop, when: item == 1}", "此处没有 `item`"),
        ("{type: noop, for_each: 'range('}", "应为列表，或得到列表的表达式"),
    ];
    for (task, expected) in table {
        let tasks = format!("    a: {task}\n    b: {{type: noop}}\n    c: {{type: noop, handler: always}}\n");
        assert!(told(&tasks).contains(expected), "{task}: {}", told(&tasks));
    }
}

/// Texts that are made to cost much.
#[test]
fn hostile_flows_are_cheap() {
    let names: String = (0..1_900).map(|at| format!("t{at},")).collect();
    let switches: String = (0..60)
        .map(|at| format!("    s{at}: {{type: switch, cases: [{{when: T.day == 1, then: [{names}]}}]}}\n"))
        .collect();
    let tasks: String = (0..1_900).map(|at| format!("    t{at}: {{type: noop, needs: [s0]}}\n")).collect();
    assert_eq!(problems(&with_tasks(&format!("{switches}{tasks}")), Lang::En).len(), MAX_PROBLEMS);
    let nested = format!("{}1{}", "[".repeat(25), "]".repeat(25));
    assert_eq!(problems(&with_tasks(&format!("    a: {{type: noop, for_each: [{nested}]}}\n")), Lang::En), [""; 0]);
    let many = "1,".repeat(10_001);
    let found = problems(&with_tasks(&format!("    a: {{type: noop, for_each: [{many}]}}\n")), Lang::En);
    assert_eq!(found, ["6:31 SPEC_VALUE spec.tasks.a.for_each: expected at most 10000 entries"]);
    let handlers: String =
        (0..1_000).map(|at| format!("    h{at}: {{type: noop, handler: always, needs: [a]}}\n")).collect();
    assert_eq!(problems(&with_tasks(&format!("    a: {{type: noop}}\n{handlers}")), Lang::En).len(), MAX_PROBLEMS);
}
