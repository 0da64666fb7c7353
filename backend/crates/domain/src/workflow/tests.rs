//! Documents in, problems or canonical text out.

mod flow;
mod guide;
mod limits;
mod page;
mod schedules;

use proptest::prelude::*;

use super::{spec::*, task::Shell, *};
use crate::{
    error::Lang,
    run::{NeedsRule, OnLost},
    schedule,
    testing::any_document,
};

const GOOD: &str = r#"
apiVersion: almanac/v1
kind: Workflow
metadata: {project: nav, name: nav-valuation, title: 净值估值, tags: [nightly], owner: valuation}
spec:
  params:
    - {name: fund_type, type: string, default: ALL}
    - {name: limit, type: number}
  business_date: {calendar: SSE, rule: "T-1"}
  schedules:
    - {name: nightly, cron: "0 30 18 * * ?", timezone: Asia/Shanghai, calendar: SSE & HKEX, on_closed: previous}
  concurrency: {max_active_runs: 1, overlap: skip}
  catch_up: all
  priority: high
  worker_pool: valuation
  env: {MART: "/data/{{ T | fmt('yyyyMMdd') }}"}
  tasks:
    load:
      type: shell
      script: |
        set -eu
        echo {{ T | fmt('yyyy-MM-dd') }} "${#args[@]}" {{ params.fund_type }}
      retries: {max: 3, delay: 30s, backoff: 2, max_delay: 10m, jitter: 0.2}
    price:
      type: shell
      needs: [load]
      script: "./price.sh {{ outputs.load.rows }}"
      timeout: 30m
      on_lost: retry
      when: outputs.load.rows | int > 0
    done: {type: noop, needs: [price], needs_rule: all_done}
"#;

/// A document of tasks.
fn with_tasks(tasks: &str) -> String {
    format!("apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: w}}\nspec:\n  tasks:\n{tasks}")
}

fn problems(source: &str, lang: Lang) -> Vec<String> {
    let problems = parse(source, Calendars::builtin()).err().unwrap_or_default();
    let line =
        |it: &Problem| format!("{}:{} {} {}: {}", it.place.line, it.place.column, it.code(), it.path, it.text(lang));
    problems.iter().map(line).collect()
}

fn check(source: &str, expect: &[&str]) {
    assert_eq!(problems(source, Lang::En), expect, "{source}");
}

/// The tasks begin at line 6.
fn check_tasks(tasks: &str, expect: &[&str]) {
    check(&with_tasks(tasks), expect);
}

#[test]
fn a_good_document_is_typed() {
    let document = parse(GOOD, Calendars::builtin()).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let spec = &document.spec;
    assert_eq!(document.metadata.title.as_deref(), Some("净值估值"));
    assert_eq!(spec.tasks.keys().collect::<Vec<_>>(), ["load", "price", "done"]);
    let load = &spec.tasks["load"];
    assert_eq!((load.retries.max, load.retries.delay.ms(), load.retries.backoff), (3, 30_000, 2.0));
    assert_eq!((spec.pool_of(load), spec.priority_of(load)), ("valuation", Priority::High));
    let TaskKind::Shell(shell) = &load.kind else { panic!("a shell task") };
    assert!(shell.script.ends_with("{{ params.fund_type }}\n"));
    assert_eq!(shell.grace(), Shell::DEFAULT_GRACE);
    assert_eq!(spec.tasks["price"].on_lost, OnLost::Retry);
    assert_eq!(spec.tasks["done"].needs_rule, NeedsRule::AllDone);
    assert_eq!(spec.schedules[0].on_closed, Some(schedule::OnClosed::Preceding));
    assert!(spec.schedules[0].enabled);
    let rule = spec.schedules[0].to_rule().expect("checked");
    assert_eq!(rule.on_closed, schedule::OnClosed::Preceding);
    assert_eq!(rule.calendar.map(|it| it.to_string()).as_deref(), Some("SSE & HKEX"));
    assert!(spec.business_date.as_ref().is_some_and(|it| it.to_expr().is_some()));
}

#[test]
fn json_is_read_like_yaml() {
    let document = parse(GOOD, Calendars::builtin()).expect("good");
    for json in [serde_json::to_string(&document), serde_json::to_string_pretty(&document)] {
        let json = json.expect("serializable").replace("  ", "\t").replace("净值估值", "\\ud83d\\ude00 \\u51c0");
        let read = parse(&json, Calendars::builtin()).unwrap_or_else(|problems| panic!("{json} {problems:#?}"));
        assert_eq!(read.spec, document.spec);
        assert_eq!(read.metadata.title.as_deref(), Some("😀 净"));
    }
}

#[test]
fn text_that_is_no_document() {
    check("", &["1:1 SPEC_SYNTAX : the document is empty"]);
    check("# nothing\n", &["1:1 SPEC_SYNTAX : the document is empty"]);
    check("42", &["1:1 SPEC_TYPE : expected a map, found a whole number 42"]);
    check("a: [1, 2\nb: 3", &["2:2 SPEC_SYNTAX a[1]: this is not YAML: illegal placement of ':' indicator"]);
    check("spec:\n\ttasks: {}\n", &["2:1 SPEC_SYNTAX spec: a tab indents this line; YAML is indented with spaces"]);
    check("a: 1\n---\nb: 2", &["2:1 SPEC_SYNTAX : a second document begins here; write one workflow per document"]);
    check("a: &x [1]\nb: *x", &["1:4 SPEC_SYNTAX a: anchors and aliases are not accepted; write the value out"]);
    check("a: !!int '1'", &["1:4 SPEC_SYNTAX a: tags are not accepted; write the plain value"]);
    check(
        "a: {{ T }}",
        &["1:5 SPEC_SYNTAX a: a list or map stands where a name belongs; quote a text that begins with { or ["],
    );
    let big = " ".repeat(20_000_000);
    check(&big, &["1:1 SPEC_TOO_LARGE : the document has 20000000 bytes; at most 1048576 are accepted"]);
    check(&"[".repeat(100_000), &["1:256 SPEC_TOO_LARGE : values nest more than 32 levels deep"]);
    let path = "[0]".repeat(32);
    check(&"[".repeat(40), &[&format!("1:33 SPEC_TOO_LARGE {path}: values nest more than 32 levels deep")]);
}

#[test]
fn every_problem_is_told_at_once_in_order() {
    check(
        "apiVersion: almanac/v2\nkind: workflow\nmetadata: {nmae: x, tags: [a, a]}\nspec:\n  priority: hihg\n  worker_pool: 90\n  \
         tasks:\n    Load: {type: shell, script: 1}\n    b: {type: noop, need: [c], retries: {max: -1, delay: 5}}\n    \
         b: {type: noop}\n  extra: 1\n",
        &[
            "1:13 SPEC_VALUE apiVersion: `almanac/v2` is not one of almanac/v1; did you mean `almanac/v1`?",
            "2:7 SPEC_VALUE kind: `workflow` is not one of Workflow; did you mean `Workflow`?",
            "3:11 SPEC_MISSING metadata.name: `name` is missing",
            "3:12 SPEC_UNKNOWN_FIELD metadata.nmae: there is no field `nmae` here; did you mean `name`?; known are \
             project, name, title, description, tags, owner",
            "3:31 SPEC_DUPLICATE metadata.tags[1]: the name `a` is used twice",
            "5:13 SPEC_VALUE spec.priority: `hihg` is not one of low, normal, high, urgent; did you mean `high`?",
            "6:16 SPEC_TYPE spec.worker_pool: expected text, found a whole number 90; put it in quotes",
            "8:5 SPEC_VALUE spec.tasks.Load: expected a name of small letters, digits, - and _ that begins with a letter",
            "8:33 SPEC_TYPE spec.tasks.Load.script: expected text, found a whole number 1; put it in quotes",
            "9:21 SPEC_UNKNOWN_FIELD spec.tasks.b.need: there is no field `need` here; did you mean `needs`?; known are \
             title, needs, needs_rule, when, handler, for_each, max_parallel, on_item_failure, retries, timeout, \
             on_timeout, on_lost, params, env, worker_pool, limits, priority, type",
            "9:47 SPEC_VALUE spec.tasks.b.retries.max: expected 0 to 100",
            "9:58 SPEC_TYPE spec.tasks.b.retries.delay: expected text, found a whole number 5; put it in quotes",
            "10:5 SPEC_DUPLICATE spec.tasks.b: `b` is given twice",
            "11:3 SPEC_UNKNOWN_FIELD spec.extra: there is no field `extra` here; known are params, business_date, \
             schedules, concurrency, catch_up, failure_policy, timeout, on_timeout, priority, worker_pool, env, outputs, \
             tasks",
        ],
    );
}

#[test]
fn tasks_have_a_type() {
    check_tasks("    a: {script: x}\n", &["6:8 SPEC_MISSING spec.tasks.a.type: `type` is missing"]);
    check_tasks(
        "    a: {type: sql, sql: x}\n",
        &[
            "6:15 SPEC_VALUE spec.tasks.a.type: `sql` is not one of shell, noop, switch, wait_for, sub_workflow, approval",
        ],
    );
    check_tasks(
        "    a: {type: shel, script: 1}\n",
        &[
            "6:15 SPEC_VALUE spec.tasks.a.type: `shel` is not one of shell, noop, switch, wait_for, sub_workflow, approval; did you mean `shell`?",
        ],
    );
    check_tasks("    a: {type: shell}\n", &["6:8 SPEC_MISSING spec.tasks.a.script: `script` is missing"]);
    check_tasks("    a: shell\n", &["6:8 SPEC_TYPE spec.tasks.a: expected a map, found text \"shell\""]);
    check_tasks(
        "    a: {type: noop, script: x}\n",
        &["6:21 SPEC_UNKNOWN_FIELD spec.tasks.a.script: there is no field `script` here; known are title, needs, \
         needs_rule, when, handler, for_each, max_parallel, on_item_failure, retries, timeout, on_timeout, on_lost, \
         params, env, worker_pool, limits, priority, type"],
    );
    check_tasks("    {}\n", &["6:5 SPEC_VALUE spec.tasks: expected 1 to 2000 entries"]);
}

#[test]
fn needs_are_a_graph() {
    check_tasks(
        "    load: {type: noop}\n    a: {type: noop, needs: [laod, x]}\n",
        &[
            "7:29 SPEC_UNKNOWN_NEED spec.tasks.a.needs[0]: there is no task `laod`; did you mean `load`?",
            "7:35 SPEC_UNKNOWN_NEED spec.tasks.a.needs[1]: there is no task `x`",
        ],
    );
    check_tasks(
        "    a: {type: noop, needs: [c]}\n    b: {type: noop, needs: [a]}\n    c: {type: noop, needs: [b]}\n    d: {type: noop, needs: [c]}\n",
        &[
            "6:28 SPEC_CYCLE spec.tasks.a.needs: tasks need each other in a circle: a → c → b → a",
            "9:28 SPEC_UNREACHABLE spec.tasks.d.needs: `d` can never start, as it needs a task of a circle",
        ],
    );
    check_tasks(
        "    a: {type: noop, needs: [a]}\n",
        &["6:28 SPEC_CYCLE spec.tasks.a.needs: tasks need each other in a circle: a → a"],
    );
    check_tasks(
        "    a: {type: noop, needs_rule: any_failed}\n",
        &[
            "6:33 SPEC_UNREACHABLE spec.tasks.a.needs_rule: the task can never start: `any_failed` waits for the end of a \
         need, and it has none",
        ],
    );
    check_tasks(
        "    a: {type: noop}\n    b: {type: noop, needs: [a, a]}\n",
        &["7:32 SPEC_DUPLICATE spec.tasks.b.needs[1]: the name `a` is used twice"],
    );
}

#[test]
fn a_task_has_parameters_of_its_own() {
    let tasks = |b: &str| {
        format!(
            "    a: {{type: shell, params: {{day: '{{{{ T }}}}'}}, script: 'x {{{{ params.day }}}}'}}\n    b: {{type: shell, {b}}}\n"
        )
    };
    check_tasks(&tasks("script: x"), &[]);
    check_tasks(
        &tasks("script: '{{ params.day }}'"),
        &["7:34 SPEC_VALUE spec.tasks.b.script: there is no `params.day`"],
    );
    check_tasks(
        &tasks("params: {day: '{{ T }}', next: '{{ params.day }}', Day: x}, script: x"),
        &[
            "7:57 SPEC_VALUE spec.tasks.b.params.next: there is no `params.day`",
            "7:73 SPEC_VALUE spec.tasks.b.params.Day: expected a name of small letters, digits and _ that begins with a \
             letter",
        ],
    );
}

#[test]
fn templates_are_checked_with_their_place() {
    check_tasks(
        "    a:\n      type: shell\n      script: |\n        echo 1\n        echo {{ parms.x }} {{ params.y }}\n",
        &[
            "10:17 SPEC_VALUE spec.tasks.a.script: there is no `parms`; did you mean `params`?",
            "10:31 SPEC_VALUE spec.tasks.a.script: there is no `params.y`",
        ],
    );
    check_tasks(
        "    a: {type: shell, script: 'x {{ T | fmtt(1) }}'}\n",
        &["6:40 SPEC_VALUE spec.tasks.a.script: expected a template: there is no filter `fmtt`; did you mean `fmt`?"],
    );
    check_tasks(
        "    a:\n      type: shell\n      script: |\n        {{ 1 +\n",
        &["9:14 SPEC_VALUE spec.tasks.a.script: expected a template: unexpected end of input, expected expression"],
    );
    check_tasks(
        "    a: {type: noop, when: '{{ T }}'}\n",
        &["6:28 SPEC_VALUE spec.tasks.a.when: expected an expression: an expression is written without {{ }}"],
    );
    check_tasks(
        "    a: {type: noop}\n    b: {type: noop, when: outputs.a.x == 1}\n    c: {type: noop, needs: [a], when: \"outputs['a'].x == 1\"}\n",
        &["7:27 SPEC_VALUE spec.tasks.b.when: outputs of `a` are not there yet: it must be among this task's needs, \
         directly or not"],
    );
}

#[test]
fn values_have_their_form() {
    let spec = |spec: &str| {
        format!(
            "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: w}}\nspec:\n  tasks: {{a: {{type: noop}}}}\n  {spec}\n"
        )
    };
    let check = |text: &str, expect: &[&str]| check(&spec(text), expect);
    check(
        "business_date: {calendar: SEE}",
        &["6:29 CALENDAR_UNKNOWN spec.business_date.calendar: there is no calendar `SEE`"],
    );
    check(
        "business_date: {calendar: SSE, rule: T-1@SEE}",
        &["6:44 CALENDAR_UNKNOWN spec.business_date.rule: there is no calendar `SEE`"],
    );
    check(
        "business_date: {calendar: SSE, rule: yesterday}",
        &[
            "6:40 SPEC_VALUE spec.business_date.rule: expected a business date such as T or T-1: at character 1: expected `T`, `D` or a date such as 2026-11-20, found `yesterday`",
        ],
    );
    check(
        "env: {1A: x, ALMANAC_X: y, OK: 'z'}",
        &[
            "6:9 SPEC_VALUE spec.env.1A: expected a variable name of letters, digits and _ that does not begin with a digit \
         or ALMANAC_",
            "6:16 SPEC_VALUE spec.env.ALMANAC_X: expected a variable name of letters, digits and _ that does not begin with \
         a digit or ALMANAC_",
        ],
    );
    check(
        "env: {A: 0600, B: 600, C: yes}",
        &["6:21 SPEC_TYPE spec.env.B: expected text, found a whole number 600; put it in quotes"],
    );
    check(
        "schedules: [{name: s, cron: '61 * * * *', timezone: Asia/Shangai, enabled: yes}]",
        &[
            "6:32 SPEC_VALUE spec.schedules[0].cron: expected a cron expression such as 0 30 18 * * ?: minute, at character \
         1: expected 0–59, found `61`",
            "6:55 SPEC_VALUE spec.schedules[0].timezone: expected a time zone such as Asia/Shanghai",
            "6:78 SPEC_TYPE spec.schedules[0].enabled: expected true or false, found text \"yes\"; write true or false",
        ],
    );
    check(
        "params: [{name: a, type: number, default: x}, {name: a, required: true, default: y}, {name: A-b}]",
        &[
            "6:45 SPEC_TYPE spec.params[0].default: the default is not a number",
            "6:56 SPEC_DUPLICATE spec.params[1].name: the name `a` is used twice",
            "6:84 SPEC_VALUE spec.params[1].default: a parameter that must be given has no default; remove one of the two",
            "6:95 SPEC_VALUE spec.params[2].name: expected a name of small letters, digits and _ that begins with a letter",
        ],
    );
    check(
        "params: [{name: code, default: 000001}, {name: code2, default: 600000}]",
        &["6:66 SPEC_TYPE spec.params[1].default: the default is not text"],
    );
    check(
        "concurrency: {max_active_runs: 0}",
        &["6:34 SPEC_VALUE spec.concurrency.max_active_runs: expected 1 to 1000"],
    );
    check("worker_pool:", &[]);
}

#[test]
fn problems_speak_chinese() {
    let source = with_tasks("    a: {type: noop, needs: [a], need: []}\n");
    assert_eq!(
        problems(&source, Lang::Zh),
        [
            "6:28 SPEC_CYCLE spec.tasks.a.needs: 任务循环依赖：a → a",
            "6:33 SPEC_UNKNOWN_FIELD spec.tasks.a.need: 此处没有字段 `need`，是否想写 `needs`？；可用字段：title, needs, \
         needs_rule, when, handler, for_each, max_parallel, on_item_failure, retries, timeout, on_timeout, on_lost, \
         params, env, worker_pool, limits, priority, type",
        ]
    );
}

#[test]
fn a_flood_of_problems_is_capped() {
    let tasks: String = (0..1000).map(|at| format!("    t{at}: {{type: nop}}\n")).collect();
    assert_eq!(problems(&with_tasks(&tasks), Lang::En).len(), MAX_PROBLEMS);
}

/// Texts as large as they may be, made to cost much. They hang here when a bound is missing.
#[test]
fn hostile_documents_are_cheap() {
    let fits = |tasks: String| {
        let source = with_tasks(&tasks);
        assert!(source.len() <= MAX_BYTES, "{}", source.len());
        problems(&source, Lang::En)
    };
    let chain: String = (1..6_000).map(|at| format!("    t{at}: {{type: noop, needs: [t{}]}}\n", at - 1)).collect();
    assert!(fits(chain)[0].contains("expected 1 to 2000 entries"));
    let all: String = (0..200).map(|at| format!("t{at},")).collect();
    let dense: String = (0..200).map(|at| format!("    t{at}: {{type: noop, needs: [{all}]}}\n")).collect();
    assert!(fits(dense).iter().any(|it| it.contains("the tasks have 40000 needs; at most 20000 are accepted")));
    let one = format!("    a: {{type: noop, needs: [{}]}}\n", "x,".repeat(100_000));
    assert_eq!(fits(one).len(), MAX_PROBLEMS);
    let fields: String = (0..20_000).map(|at| format!("nedes{at}: 1, ")).collect();
    assert_eq!(fits(format!("    a: {{type: noop, {fields}}}\n")).len(), MAX_PROBLEMS);
    let unknown: String =
        (0..1000).map(|at| format!("    t{at}: {{type: noop, needs: [u{at},v{at},w{at}]}}\n")).collect();
    assert_eq!(fits(unknown).len(), MAX_PROBLEMS);
    let names = "{{ parmas.x }}".repeat(6_000);
    assert_eq!(fits(format!("    a: {{type: shell, script: '{names}'}}\n")).len(), MAX_PROBLEMS);
    let doubled = format!("    a: {{type: noop, {}}}\n", "x: 1, ".repeat(30_000));
    assert_eq!(fits(doubled).len(), MAX_PROBLEMS);
}

#[test]
fn the_canonical_text_is_readable() {
    let document = parse(GOOD, Calendars::builtin()).expect("good");
    assert_eq!(
        serialize(&document),
        r#"apiVersion: almanac/v1
kind: Workflow
metadata:
  project: nav
  name: nav-valuation
  title: 净值估值
  tags: [nightly]
  owner: valuation
spec:
  params:
    - name: fund_type
      default: ALL
    - name: limit
      type: number
  business_date:
    calendar: SSE
    rule: T-1
  schedules:
    - name: nightly
      cron: "0 30 18 * * ?"
      timezone: Asia/Shanghai
      calendar: "SSE & HKEX"
      on_closed: preceding
  concurrency:
    max_active_runs: 1
    overlap: skip
  catch_up: all
  priority: high
  worker_pool: valuation
  env:
    MART: "/data/{{ T | fmt('yyyyMMdd') }}"
  tasks:
    load:
      type: shell
      script: |
        set -eu
        echo {{ T | fmt('yyyy-MM-dd') }} "${#args[@]}" {{ params.fund_type }}
      retries:
        max: 3
        delay: 30s
        backoff: 2.0
        max_delay: 10m
        jitter: 0.2
    price:
      type: shell
      script: "./price.sh {{ outputs.load.rows }}"
      needs: [load]
      when: "outputs.load.rows | int > 0"
      timeout: 30m
      on_lost: retry
    done:
      type: noop
      needs: [price]
      needs_rule: all_done
"#
    );
}

/// Every keyword of the schema is one that the check understands; a type that brings a new one must bring its check.
#[test]
fn the_check_understands_the_whole_schema() {
    fn walk(value: &serde_json::Value, is_schema: bool) {
        const KNOWN: [&str; 28] = [
            "$schema",
            "$id",
            "$defs",
            "$ref",
            "title",
            "description",
            "default",
            "type",
            "enum",
            "const",
            "properties",
            "required",
            "additionalProperties",
            "unevaluatedProperties",
            "propertyNames",
            "items",
            "uniqueItems",
            "minItems",
            "maxItems",
            "minProperties",
            "maxProperties",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "pattern",
            "anyOf",
            "oneOf",
        ];
        match value {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    assert!(!is_schema || key == "format" || KNOWN.contains(&key.as_str()), "{key}");
                    let names = matches!(key.as_str(), "properties" | "$defs");
                    if key != "default" {
                        walk(value, !(is_schema && names));
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, true)),
            _ => {}
        }
    }
    walk(json_schema(), true);
}

proptest! {
    #[test]
    fn a_document_reads_back(document in any_document()) {
        let text = serialize(&document);
        let read = parse(&text, Calendars::builtin()).map_err(|problems| TestCaseError::fail(format!("{text}\n{problems:#?}")))?;
        prop_assert_eq!(&read, &document, "{}", text);
        prop_assert_eq!(serialize(&read), text);
        let json = serde_json::to_string(&document).expect("a document has text keys and finite numbers");
        let read = parse(&json, Calendars::builtin()).map_err(|problems| TestCaseError::fail(format!("{json}\n{problems:#?}")))?;
        prop_assert_eq!(read, document, "{}", json);
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = parse(&text, Calendars::builtin());
    }

    #[test]
    fn no_mutilation_panics(at in 0..GOOD.len(), with in "[\\-:{}\\[\\]&*!|>'\"%@`\n\t #a0]{0,3}", cut in 0..20usize) {
        let mut source: Vec<char> = GOOD.chars().collect();
        let at = at.min(source.len());
        let end = (at + cut).min(source.len());
        source.splice(at..end, with.chars());
        let _ = parse(&source.into_iter().collect::<String>(), Calendars::builtin());
    }
}
