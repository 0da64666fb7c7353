//! The limits that tasks name must exist, and be large enough.

use std::collections::BTreeMap;

use super::super::{
    MAX_PROBLEMS,
    problem::{Kind, Problem},
    suggest::nearest,
    yaml::{Data, Node, join},
};

/// Reports limits that are not among those given with their slots. One without slots is closed for a while: what needs
/// it waits.
pub(in super::super) fn check(root: &Node, limits: &BTreeMap<String, u32>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let tasks = root.get("spec").and_then(|spec| spec.get("tasks")).map(Node::entries).unwrap_or_default();
    for task in tasks {
        let path = join(&join("spec.tasks", &task.key), "limits");
        for need in task.value.get("limits").map(Node::entries).unwrap_or_default() {
            if problems.len() >= MAX_PROBLEMS {
                return problems;
            }
            let name = &need.key;
            let (place, kind) = match limits.get(name) {
                None => {
                    let meant = nearest(name, limits.keys().map(String::as_str));
                    (need.place, Kind::UnknownLimit { name: name.clone(), meant })
                }
                Some(slots) if *slots > 0 && over(&need.value, *slots) => {
                    (need.value.place, Kind::OverLimit { name: name.clone(), slots: *slots })
                }
                Some(_) => continue,
            };
            problems.push(Problem::new(&join(&path, name), place, kind));
        }
    }
    problems
}

fn over(weight: &Node, slots: u32) -> bool {
    matches!(weight.data, Data::Int(weight) if weight > i64::from(slots))
}
