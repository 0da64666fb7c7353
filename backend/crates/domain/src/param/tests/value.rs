//! Values that are more than texts, and what is seen of items and of the run.

use serde_json::json;

use super::*;
use crate::workflow::ForEach;

#[test]
fn a_single_expression_keeps_the_type_of_its_value() {
    let check = |source: &str, expect: Result<Value, &str>| {
        let found = value(source, &scope()).map_err(|error| error.to_string());
        assert_eq!(found, expect.map_err(str::to_owned), "{source}");
    };
    check("{{ params.n + 1 }}", Ok(json!(4)));
    check(" {{ params.list }}\n", Ok(json!([1, 2])));
    check("{{ params.on }}", Ok(json!(true)));
    check("{{ T }}", Ok(json!("2026-10-09")));
    check("{{ {'day': T, 'n': params.n} }}", Ok(json!({"day": "2026-10-09", "n": 3})));
    check("{{ range(3) }}", Ok(json!([0, 1, 2])));
    check("{{ none }}", Ok(Value::Null));
    check("{{ params.n }}{{ params.n }}", Ok(json!("33")));
    check("n={{ params.n }}", Ok(json!("n=3")));
    check("{{- params.n -}}", Ok(json!(3)));
    check("plain", Ok(json!("plain")));
    check("$[yyyyMMdd]", Ok(json!("20261010")));
    check("{{ '}}' }}{{ 1 }}", Ok(json!("}}1")));
    check("\n {{ params.missing }}", Err("line 2, column 4: `params.missing` has no value"));
    check("{{ params.missing.more }}", Err("line 1, column 4: `params.missing.more` has no value"));
    check("{{ params.n + }}", Err("line 1, column 15: unexpected end of variable block"));
    check("{{ item }}", Err("line 1, column 3: `item` has no value"));
    let filled = fill(&json!({"a": ["{{ params.n }}", 1, null], "{{ b }}": "x {{ T }}"}), &scope());
    assert_eq!(filled, Ok(json!({"a": [3, 1, null], "{{ b }}": "x 2026-10-09"})));
}

#[test]
fn lists_become_items() {
    let check = |list: ForEach, expect: Result<Value, &str>| {
        let mut scope = scope();
        scope.outputs.insert("price".to_owned(), json!({"shards": ["a", {"b": 1}], "text": "[1, \"x\"]", "n": 3}));
        let found = items(&list, &scope).map(Value::Array).map_err(|error| error.to_string());
        assert_eq!(found, expect.map_err(str::to_owned), "{list:?}");
    };
    let expression = |text: &str| ForEach::Expression(text.to_owned());
    check(expression("outputs.price.shards"), Ok(json!(["a", {"b": 1}])));
    check(expression(" {{ outputs.price.shards }} "), Ok(json!(["a", {"b": 1}])));
    check(expression("outputs.price.text"), Ok(json!([1, "x"])));
    check(expression("range(outputs.price.n)"), Ok(json!([0, 1, 2])));
    check(expression("[T, T.add_days(1)]"), Ok(json!(["2026-10-09", "2026-10-10"])));
    check(expression("[]"), Ok(json!([])));
    check(expression("outputs.price.n"), Err("line 1, column 1: expected a list, found 3"));
    check(expression("{{ params.fund }}"), Err("line 1, column 1: expected a list, found \"ALL\""));
    check(expression("{{ outputs.price.none }}"), Err("line 1, column 3: `outputs.price.none` has no value"));
    check(expression("{{ outputs.load.none.more }}"), Err("line 1, column 4: `outputs.load.none.more` has no value"));
    check(expression("range(10001)"), Err("line 1, column 1: the list has 10001 items; at most 10000 are accepted"));
    let literal = |items: Value| ForEach::Items(items.as_array().cloned().expect("a list"));
    check(
        literal(json!([1, "{{ params.n }}", "f-{{ params.n }}", ["{{ T }}"]])),
        Ok(json!([1, 3, "f-3", ["2026-10-09"]])),
    );
    check(literal(json!(["{{ nothing }}"])), Err("line 1, column 3: `nothing` has no value"));
}

#[test]
fn items_and_the_run_are_seen() {
    let mut scope = scope();
    scope.run = RunFacts { id: "018f".to_owned(), failed_tasks: vec!["load".to_owned(), "price".to_owned()] };
    let rendered = |source: &str, scope: &Scope| render(source, scope).unwrap_or_else(|error| error.to_string());
    assert_eq!(rendered("{{ run.id }}: {{ run.failed_tasks | join(', ') }}", &scope), "018f: load, price");
    assert_eq!(rendered("{{ index }}", &scope), "line 1, column 4: `index` has no value");
    let own =
        [("code", "{{ item.code }}"), ("day", "{{ T }}"), ("twice", "{% for item in [1] %}{{ item }}{% endfor %}")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into();
    scope.lay_over(&own).expect("what names an item is left out");
    assert!(!scope.params.contains_key("code") && scope.params["day"] == "2026-10-09" && scope.params["twice"] == "1");
    scope.item = Some(Item { index: 7, value: json!({"code": "F1", "n": 2}) });
    scope.lay_over(&own).expect("sound");
    assert_eq!(
        rendered("{{ index }} {{ item.code }} {{ item.n + 1 }} {{ item }} {{ params.code }}", &scope),
        "7 F1 3 {\"code\":\"F1\",\"n\":2} F1"
    );
    assert_eq!(evaluate("item.n == 2 and index == 7", &scope), Ok(true));
}
