//! Limits that documents name, beside those of the department.

use std::collections::BTreeMap;

use super::*;
use crate::workflow::check_limits;

#[test]
fn limits_must_exist_and_be_large_enough() {
    let text = "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  tasks:\n    load:\n      type: shell\n      \
                script: ./load\n      limits: {mart-bd: 1, license: 3, closed: 9}\n    other: {type: noop, limits: {license: 2}}\n";
    let document = parse(text, Calendars::builtin()).expect("a good document");
    assert_eq!(document.spec.limit_names().into_iter().collect::<Vec<_>>(), ["closed", "license", "mart-bd"]);
    let limits = BTreeMap::from([("mart-db", 4), ("license", 2), ("closed", 0)]);
    let limits: BTreeMap<String, u32> = limits.into_iter().map(|(name, slots)| (name.to_owned(), slots)).collect();
    let told = |lang| -> Vec<String> {
        let problems = check_limits(text, &limits);
        let line = |it: &Problem| {
            format!("{}:{} {} {}: {}", it.place.line, it.place.column, it.code(), it.path, it.text(lang))
        };
        problems.iter().map(line).collect()
    };
    assert_eq!(
        told(Lang::En),
        [
            "9:16 SPEC_VALUE spec.tasks.load.limits.mart-bd: the department has no limit `mart-bd`; did you mean `mart-db`?",
            "9:37 SPEC_VALUE spec.tasks.load.limits.license: the limit `license` has only 2 slots",
        ]
    );
    assert!(told(Lang::Zh)[0].contains("没有并发限额 `mart-bd`"), "{:?}", told(Lang::Zh));
    let enough = [("mart-bd", 1), ("license", 3), ("closed", 0)];
    let enough = enough.into_iter().map(|(name, slots)| (name.to_owned(), slots)).collect();
    assert!(check_limits(text, &enough).is_empty());
}
