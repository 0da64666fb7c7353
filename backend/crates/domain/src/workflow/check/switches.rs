//! The branches of switches: tasks that need the switch, each chosen by one switch alone.

use std::collections::BTreeMap;

use super::{
    super::{
        MAX_PROBLEMS,
        problem::{Flow, Kind, Problem},
        yaml::{Node, join},
    },
    graph::Graph,
};

/// Reports branches whose tasks the switch can't choose.
pub(super) fn check(graph: &Graph<'_>, problems: &mut Vec<Problem>) {
    // For each task that stands in a branch, the switch that chooses it.
    let mut chosen_by: BTreeMap<usize, usize> = BTreeMap::new();
    for (switch, (name, task)) in graph.nodes.iter().enumerate() {
        if task.get("type").and_then(Node::text) != Some("switch") {
            continue;
        }
        for (path, branch) in branches(name, task) {
            if problems.len() >= MAX_PROBLEMS {
                return;
            }
            let Some(kind) = branch.text().and_then(|text| fault(graph, switch, text, &mut chosen_by)) else {
                continue;
            };
            problems.push(Problem::new(&path, branch.place, kind));
        }
    }
    for (branch, switch) in chosen_by {
        problems.extend(early(graph, branch, graph.nodes[switch].0));
    }
}

/// The tasks that a switch names, with their paths.
fn branches<'a>(name: &str, task: &'a Node) -> Vec<(String, &'a Node)> {
    let path = join("spec.tasks", name);
    let cases = task.get("cases").map(Node::items).unwrap_or_default();
    let lists = cases.iter().enumerate().map(|(case, node)| (format!("{path}.cases[{case}].then"), node.get("then")));
    lists
        .chain([(format!("{path}.else"), task.get("else"))])
        .flat_map(|(path, list)| {
            let items = list.map(Node::items).unwrap_or_default().iter().enumerate();
            items.map(move |(position, item)| (format!("{path}[{position}]"), item))
        })
        .collect()
}

/// What is wrong with a task that a switch names.
fn fault(graph: &Graph<'_>, switch: usize, text: &str, chosen_by: &mut BTreeMap<usize, usize>) -> Option<Kind> {
    let task = text.to_owned();
    let Some(branch) = graph.find(text) else {
        return Some(Kind::UnknownNeed { need: task, meant: graph.meant(text) });
    };
    let switch_name = graph.nodes[switch].0;
    if !graph.needs[branch].iter().any(|need| need.text() == Some(switch_name)) {
        return Some(Flow::BranchWithoutNeed { task, switch: switch_name.to_owned() }.into());
    }
    let other = *chosen_by.entry(branch).or_insert(switch);
    (other != switch).then(|| Flow::BranchOfTwo { task, other: graph.nodes[other].0.to_owned() }.into())
}

/// A task that could start on the end of another need would not wait for the choice.
fn early(graph: &Graph<'_>, branch: usize, switch: &str) -> Option<Problem> {
    let (name, task) = graph.nodes[branch];
    let rule = task.get("needs_rule")?;
    let text = rule.text().filter(|text| matches!(*text, "any_success" | "any_failed"))?;
    let kind = Flow::BranchRule { rule: text.to_owned(), switch: switch.to_owned() };
    (graph.needs[branch].len() > 1).then(|| Problem::new(&format!("spec.tasks.{name}.needs_rule"), rule.place, kind))
}
