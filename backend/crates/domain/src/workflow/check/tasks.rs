//! Fields that all tasks have, where they mean something: not all types can be retried, limited in time or repeated.

use super::{
    super::{
        MAX_PROBLEMS,
        problem::{Flow, Problem},
        task::Nature,
        yaml::{Node, join},
    },
    LEAST_LIMIT, at_least, only_with, says,
};

/// Whether tasks of a type have a field.
type Has = fn(Nature) -> bool;

/// Fields, and which types have them.
const FIELDS: [(&str, Has); 11] = [
    ("for_each", |it| it.items),
    ("max_parallel", |it| it.items),
    ("on_item_failure", |it| it.items),
    ("retries", |it| it.retries),
    ("timeout", |it| it.timeout),
    ("on_timeout", |it| it.timeout),
    ("on_lost", |it| it.worker),
    ("env", |it| it.worker),
    ("worker_pool", |it| it.worker),
    ("limits", |it| it.worker),
    ("priority", |it| it.worker),
];

/// Fields that say nothing without another.
const PAIRS: [(&str, &str); 4] = [
    ("max_parallel", "for_each"),
    ("on_item_failure", "for_each"),
    ("on_timeout", "timeout"),
    ("on_deadline", "deadline"),
];

/// Reports fields that mean nothing where they stand.
pub(super) fn check(spec: &Node, problems: &mut Vec<Problem>) {
    for entry in spec.get("tasks").map(Node::entries).unwrap_or_default() {
        if problems.len() >= MAX_PROBLEMS {
            return;
        }
        let (task, path) = (&entry.value, join("spec.tasks", &entry.key));
        let Some(name) = task.get("type").and_then(Node::text) else { continue };
        let Some(nature) = Nature::of(name) else { continue };
        for (field, has) in FIELDS {
            if let Some(value) = says(task, field).filter(|_| !has(nature)) {
                let kind =
                    Flow::NotOfType { field: field.to_owned(), of: name.to_owned(), instead: instead(name, field) };
                problems.push(Problem::new(&join(&path, field), value.place, kind));
            }
        }
        let pairs = PAIRS.into_iter().filter(|(field, with)| {
            let foreign = |field: &str| FIELDS.iter().any(|(it, has)| *it == field && !has(nature));
            // A field that the type has not is told once.
            !foreign(field) && !foreign(with) && (*field != "on_deadline" || name == "approval")
        });
        only_with(task, &path, &pairs.collect::<Vec<_>>(), problems);
        for field in ["timeout", "deadline"] {
            at_least(task, &path, (field, LEAST_LIMIT), problems);
        }
        if let Some(value) = task.get("on_timeout").filter(|value| value.text() == Some("skip"))
            && nature.timeout
            && name != "wait_for"
        {
            let kind = Flow::NotOfType { field: "on_timeout: skip".to_owned(), of: name.to_owned(), instead: None };
            problems.push(Problem::new(&join(&path, "on_timeout"), value.place, kind));
        }
    }
}

/// The field that says for a type what another says elsewhere.
fn instead(of: &str, field: &str) -> Option<&'static str> {
    match (of, field) {
        ("approval", "timeout") => Some("deadline"),
        ("approval", "on_timeout") => Some("on_deadline"),
        ("wait_for", "retries") => Some("poll"),
        _ => None,
    }
}
