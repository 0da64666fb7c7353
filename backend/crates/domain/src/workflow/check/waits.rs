//! Tasks that wait for something else: for one thing at a time, and not for themselves.

use super::{
    super::{
        MAX_PROBLEMS,
        problem::{Flow, Problem},
        task::WaitFor,
        yaml::{Node, join},
    },
    at_least, only_with, says,
};
use crate::bizdate::{Expr, Window};

/// Reports waits that are none, or that never end, and workflows that start themselves.
pub(super) fn check(root: &Node, spec: &Node, problems: &mut Vec<Problem>) {
    let own = Own::of(root);
    for entry in spec.get("tasks").map(Node::entries).unwrap_or_default() {
        if problems.len() >= MAX_PROBLEMS {
            return;
        }
        let (task, path) = (&entry.value, join("spec.tasks", &entry.key));
        match task.get("type").and_then(Node::text) {
            Some("wait_for") => {
                one_of(task, &path, &["run", "file"], problems);
                at_least(task, &path, ("poll", WaitFor::LEAST_POLL), problems);
                if let Some(run) = says(task, "run") {
                    awaited_run(run, &join(&path, "run"), &own, problems);
                }
            }
            Some("sub_workflow") => {
                if let Some(workflow) = task.get("workflow").filter(|it| it.text().is_some_and(|it| own.is(it))) {
                    problems.push(Problem::new(&join(&path, "workflow"), workflow.place, Flow::StartsItself));
                }
            }
            _ => {}
        }
    }
}

/// What the workflow is called.
struct Own<'a> {
    project: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Own<'a> {
    fn of(root: &'a Node) -> Self {
        let field = |field| root.get("metadata")?.get(field)?.text();
        Self { project: field("project"), name: field("name") }
    }

    /// Whether a reference means this workflow; with a project only when the document tells its own.
    fn is(&self, reference: &str) -> bool {
        match reference.split_once('/') {
            None => self.name == Some(reference),
            Some((project, name)) => self.project == Some(project) && self.name == Some(name),
        }
    }
}

/// Exactly one of some fields.
fn one_of(node: &Node, path: &str, fields: &'static [&'static str], problems: &mut Vec<Problem>) {
    let given: Vec<_> = fields.iter().filter_map(|field| Some((field, says(node, field)?))).collect();
    match given[..] {
        [] => problems.push(Problem::new(path, node.place, Flow::NoneOf { fields })),
        [_] => {}
        [_, (field, value), ..] => {
            problems.push(Problem::new(&join(path, field), value.place, Flow::SeveralOf { fields }));
        }
    }
}

fn awaited_run(run: &Node, path: &str, own: &Own<'_>, problems: &mut Vec<Problem>) {
    let window_node = says(run, "window");
    let window = window_node.and_then(Node::text).and_then(|text| text.parse::<Window>().ok());
    if let Some(date) = says(run, "business_date").filter(|_| window_node.is_some()) {
        let kind = Flow::SeveralOf { fields: &["business_date", "window"] };
        problems.push(Problem::new(&join(path, "business_date"), date.place, kind));
    }
    only_with(run, path, &[("calendar", "window")], problems);
    if let Some(calendar) = says(run, "calendar").filter(|_| window.is_some_and(Window::is_of_hours)) {
        problems.push(Problem::new(&join(path, "calendar"), calendar.place, Flow::CalendarOfHours));
    }
    let date = says(run, "business_date").map(|it| it.text().and_then(|text| Expr::parse(text).ok()));
    let now = match (window_node, window) {
        (Some(_), window) => window.is_some_and(Window::holds_now),
        (None, _) => date.is_none_or(|date| date.is_some_and(|date| date.is_own_date())),
    };
    if let Some(workflow) = run.get("workflow").filter(|it| now && it.text().is_some_and(|it| own.is(it))) {
        problems.push(Problem::new(&join(path, "workflow"), workflow.place, Flow::WaitsForItself));
    }
}
