//! What a schema can't say: rules between the parts of a document.
//!
//! Works on the untyped tree and passes over what the schema has already refused, so that all problems of a document
//! are told together.

mod graph;
mod handlers;
pub(super) mod limits;
mod names;
mod params;
mod schedules;
mod switches;
mod tasks;
mod waits;

use super::{
    DurationMs,
    form::Site,
    problem::{Flow, Problem},
    yaml::{Data, Node, join},
};
use graph::Graph;

/// A limit of no time would be none that can be kept; who wants no limit leaves it out.
const LEAST_LIMIT: DurationMs = DurationMs::from_ms(1);

/// The problems between the parts of a document.
pub(super) fn check(root: &Node, sites: &[Site<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(spec) = root.get("spec") else { return problems };
    params::check(spec, &mut problems);
    schedules::check(spec, &mut problems);
    only_with(spec, "spec", &[("on_timeout", "timeout")], &mut problems);
    at_least(spec, "spec", ("timeout", LEAST_LIMIT), &mut problems);
    if let Some(concurrency) = spec.get("concurrency") {
        cancels(concurrency, &mut problems);
    }
    tasks::check(spec, &mut problems);
    waits::check(root, spec, &mut problems);
    let mut graph = Graph::new(spec, &mut problems);
    if let Some(graph) = &graph {
        graph.faults(&mut problems);
        graph.rules(&mut problems);
        handlers::check(graph, &mut problems);
        switches::check(graph, &mut problems);
    }
    names::check(spec, sites, graph.as_mut(), &mut problems);
    problems
}

/// Whether a field is there and says something.
fn says<'a>(node: &'a Node, field: &str) -> Option<&'a Node> {
    node.get(field).filter(|value| value.data != Data::Null)
}

/// Fields that say nothing without another.
fn only_with(node: &Node, path: &str, pairs: &[(&'static str, &'static str)], problems: &mut Vec<Problem>) {
    for (field, with) in pairs {
        if let Some(value) = says(node, field)
            && says(node, with).is_none()
        {
            let kind = Flow::OnlyWith { field: (*field).to_owned(), with };
            problems.push(Problem::new(&join(path, field), value.place, kind));
        }
    }
}

/// A length of time that must not be shorter.
fn at_least(node: &Node, path: &str, (field, least): (&str, DurationMs), problems: &mut Vec<Problem>) {
    let Some(value) = node.get(field) else { return };
    if value.text().and_then(|text| text.parse::<DurationMs>().ok()).is_some_and(|length| length < least) {
        problems.push(Problem::new(&join(path, field), value.place, Flow::TooShort { least }));
    }
}

/// Without a limit no run is ever in the way of another.
fn cancels(concurrency: &Node, problems: &mut Vec<Problem>) {
    if let Some(overlap) = concurrency.get("overlap")
        && overlap.text() == Some("cancel_running")
        && says(concurrency, "max_active_runs").is_none()
    {
        let kind = Flow::OnlyWith { field: "overlap: cancel_running".to_owned(), with: "max_active_runs" };
        problems.push(Problem::new("spec.concurrency.overlap", overlap.place, kind));
    }
}
