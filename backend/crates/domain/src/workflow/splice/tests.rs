//! Texts before and after: what was asked for changed, everything else as it was.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{testing::any_document, workflow::serialize};

const YAML: &str = "\
# Everything about the night.
kind: Workflow
spec:
  business_date: {calendar: SSE}   # of the data
  schedules:   # two
    # The first.
    - name: nightly
      cron: \"0 30 18 * * ?\"   # before supper
      timezone: Asia/Shanghai
    - {name: month-end, cron: \"0 21 L * *\", timezone: UTC}

  # Not at once.
  catch_up: all
  tasks:
    load:
      type: shell
      script: |
        echo one

        echo two
";

const JSON: &str =
    "{\n  \"kind\": \"Workflow\",\n  \"spec\": {\n    \"catch_up\": \"all\",\n    \"tasks\": {}\n  }\n}\n";

/// The lines that differ, `-` old and `+` new.
fn difference(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = |(one, other): &(&&str, &&str)| one == other;
    let head = old.iter().zip(&new).take_while(same).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let gone = old[head..old.len() - tail].iter().map(|line| format!("-{line}"));
    gone.chain(new[head..new.len() - tail].iter().map(|line| format!("+{line}"))).collect()
}

fn check(source: &str, path: &str, value: Option<Value>, expect: &[&str]) {
    let path: Vec<&str> = path.split('/').collect();
    let changed = set(source, &path, value.as_ref()).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    assert_eq!(difference(source, &changed), expect, "{changed}");
    assert_eq!(get(&changed, &path), Ok(value), "{changed}");
}

#[test]
fn a_value_is_exchanged_where_it_stands() {
    check(YAML, "spec/catch_up", Some(json!("none")), &["-  catch_up: all", "+  catch_up: none"]);
    check(
        YAML,
        "spec/schedules/0/cron",
        Some(json!("0 0 19 * * ?")),
        &["-      cron: \"0 30 18 * * ?\"   # before supper", "+      cron: \"0 0 19 * * ?\"   # before supper"],
    );
    check(
        YAML,
        "spec/business_date/calendar",
        Some(json!("SSE & HKEX")),
        &[
            "-  business_date: {calendar: SSE}   # of the data",
            "+  business_date: {calendar: \"SSE & HKEX\"}   # of the data",
        ],
    );
    check(
        YAML,
        "spec/tasks/load/script",
        Some(json!("echo")),
        &["-      script: |", "-        echo one", "-", "-        echo two", "+      script: echo"],
    );
    check(JSON, "spec/catch_up", Some(json!("none")), &["-    \"catch_up\": \"all\",", "+    \"catch_up\": \"none\","]);
}

#[test]
fn a_value_of_several_lines_leaves_the_comment_at_its_key() {
    check(
        YAML,
        "spec/schedules/0/cron",
        Some(json!("0 0 1 * * ?\n")),
        &[
            "-      cron: \"0 30 18 * * ?\"   # before supper",
            "+      cron: |   # before supper",
            "+        0 0 1 * * ?",
        ],
    );
    check(
        YAML,
        "spec/catch_up",
        Some(json!({"all": [{"a": 1, "b": "x: y"}]})),
        &["-  catch_up: all", "+  catch_up:", "+    all:", "+      - a: 1", "+        b: \"x: y\""],
    );
}

#[test]
fn a_missing_key_comes_behind_those_before_it() {
    check(YAML, "spec/schedules/0/calendar", Some(json!("SSE")), &["+      calendar: SSE"]);
    check(YAML, "spec/schedules/0/enabled", Some(json!(false)), &["+      enabled: false"]);
    check(YAML, "spec/priority", Some(json!("high")), &["+  priority: high"]);
    check(YAML, "spec/params", Some(json!([{"name": "a"}])), &["+  params:", "+    - name: a"]);
    check(YAML, "spec/concurrency/max_active_runs", Some(json!(1)), &["+  concurrency:", "+    max_active_runs: 1"]);
    check(
        YAML,
        "spec/schedules/1/calendar",
        Some(json!("SSE")),
        &[
            "-    - {name: month-end, cron: \"0 21 L * *\", timezone: UTC}",
            "+    - {name: month-end, cron: \"0 21 L * *\", timezone: UTC, calendar: SSE}",
        ],
    );
    check(YAML, "apiVersion", Some(json!("almanac/v1")), &["+apiVersion: almanac/v1"]);
    check(
        JSON,
        "spec/schedules",
        Some(json!([{"name": "a"}])),
        &["+    \"schedules\": [", "+      {", "+        \"name\": \"a\"", "+      }", "+    ],"],
    );
    check(
        JSON,
        "spec/tasks/load",
        Some(json!({"type": "noop"})),
        &[
            "-    \"tasks\": {}",
            "+    \"tasks\": {",
            "+      \"load\": {",
            "+        \"type\": \"noop\"",
            "+      }",
            "+    }",
        ],
    );
}

#[test]
fn items_come_and_go() {
    check(
        YAML,
        "spec/schedules/2",
        Some(json!({"name": "late", "at": ["01:00"]})),
        &["+    - name: late", "+      at: [\"01:00\"]"],
    );
    let one = set(YAML, &["spec", "schedules", "0"], None).expect("the first can go");
    assert!(!one.contains("nightly") && one.contains("# The first.") && one.contains("month-end"), "{one}");
    let none = set(&one, &["spec", "schedules", "0"], None).expect("and so can the last");
    assert!(!none.contains("schedules") && none.contains("# Not at once."), "{none}");
    check(&none, "spec/schedules/0", Some(json!({"name": "x"})), &["+  schedules:", "+    - name: x"]);
}

#[test]
fn what_is_left_empty_goes_too() {
    check(YAML, "spec/business_date/calendar", None, &["-  business_date: {calendar: SSE}   # of the data"]);
    check(YAML, "spec/schedules/0/cron", None, &["-      cron: \"0 30 18 * * ?\"   # before supper"]);
    check(
        YAML,
        "spec/schedules/0/name",
        None,
        &[
            "-    - name: nightly",
            "-      cron: \"0 30 18 * * ?\"   # before supper",
            "+    - cron: \"0 30 18 * * ?\"   # before supper",
        ],
    );
    check(YAML, "spec/schedules/7", None, &[]);
    check(YAML, "spec/env/A", None, &[]);
    check(JSON, "spec/catch_up", None, &["-    \"catch_up\": \"all\","]);
    check(
        JSON,
        "spec/tasks",
        None,
        &["-    \"catch_up\": \"all\",", "-    \"tasks\": {}", "+    \"catch_up\": \"all\""],
    );
}

#[test]
fn unusual_writing_is_understood() {
    let set = |source: &str, path: &[&str], value: Value| set(source, path, Some(&value)).expect("it can be changed");
    assert_eq!(set("a:\nb: 1\n", &["a"], json!("x")), "a: x\nb: 1\n");
    assert_eq!(set("a:   # nothing\nb: 1\n", &["a"], json!([])), "a: []   # nothing\nb: 1\n");
    assert_eq!(set("a: []\n", &["a", "0"], json!({"b": 1})), "a:\n  - b: 1\n");
    assert_eq!(set("a: {}", &["a", "b"], json!(1)), "a:\n  b: 1");
    assert_eq!(set("a:\n- 1\n- 2\nb: 1\n", &["a", "1"], json!("x")), "a:\n- 1\n- x\nb: 1\n");
    assert_eq!(set("a:\n-   # one\n  x: 1\n", &["a", "1"], json!(2)), "a:\n-   # one\n  x: 1\n- 2\n");
    assert_eq!(set("a: 'it''s'   # so\n", &["a"], json!("\"")), "a: \"\\\"\"   # so\n");
    assert_eq!(set("a: \"\\\"\"   # so\n", &["a"], json!(1)), "a: 1   # so\n");
    assert_eq!(set("a: 1", &["b"], json!(2)), "a: 1\nb: 2");
    assert_eq!(set("a: 1\r\nb: 2\r\n", &["a"], json!([{"c": 1}])), "a:\r\n  - c: 1\r\nb: 2\r\n");
    assert_eq!(set("\u{feff}净: 值\n", &["净"], json!("产")), "\u{feff}净: 产\n");
    assert_eq!(set("a: |+\n  x\n\n\nb: 1\n", &["c"], json!(1)), "a: |+\n  x\n\n\nb: 1\nc: 1\n");
    assert_eq!(set("a: {b: 1,\n    c: 2}\n", &["a", "d"], json!({"e": "f"})), "a: {b: 1,\n    c: 2, d: {e: f}}\n");
    assert_eq!(set("{\"a\":1,\"b\":[1]}", &["b", "1"], json!("\u{85}")), "{\"a\":1,\"b\":[1, \"\\u0085\"]}");
}

#[test]
fn what_can_not_be_changed_alone_is_refused() {
    let refused = |source: &str, path: &[&str]| set(source, path, Some(&json!(1))).expect_err("it is refused");
    assert_eq!(refused("a: text\n", &["a", "b"]), SpliceError::ByHand("a.b".into()));
    assert_eq!(refused("a: 1\n", &[]), SpliceError::ByHand(String::new()));
    assert!(matches!(refused("a: [", &["a"]), SpliceError::Unreadable(_)));
    assert!(refused("a: text\n", &["a", "b"]).text(Lang::Zh).contains("a.b"));
}

/// Values that stand under a key of a schedule or its neighbours.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~\n净]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z :#]{1,5}", inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// A text with comments around it and behind its keys, where they are no part of a value.
fn commented(document: &str) -> String {
    let is_key = |line: &str| ["spec:", "metadata:", "  env:", "  tasks:"].contains(&line);
    let line = |line: &str| if is_key(line) { format!("{line}   # {line}\n") } else { format!("{line}\n") };
    format!("# head\n{}# tail\n", document.lines().map(line).collect::<String>())
}

proptest! {
    /// What was asked for is there, what wasn't is as it was, and no line outside the value changed.
    #[test]
    fn only_what_was_asked_for_changes(
        document in any_document(),
        path in prop::sample::select(vec!["spec/catch_up", "spec/business_date", "spec/schedules/0", "spec/env/X", "spec/tasks/task0/title", "metadata/title", "spec/priority"]),
        value in prop::option::of(any_value()),
        as_json in any::<bool>(),
    ) {
        let json = serde_json::to_value(&document).expect("a document is JSON");
        let source = if as_json { format!("{json:#}") } else { commented(&serialize(&document)) };
        let path: Vec<&str> = path.split('/').collect();
        let mut wanted = json.clone();
        change(&mut wanted, &path, value.as_ref());
        let changed = set(&source, &path, value.as_ref());
        let changed = changed.map_err(|error| TestCaseError::fail(format!("{error}\n{source}\n{value:?}")))?;
        prop_assert_eq!(get(&changed, &[]).expect("it is a document"), Some(wanted), "{}", changed);
        let without = |text: &str| set(text, &path, None).expect("it can be removed");
        prop_assert_eq!(without(&changed), without(&source), "{}", changed);
    }
}
