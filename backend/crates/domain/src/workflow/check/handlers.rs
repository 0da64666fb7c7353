//! Handlers come after all ordinary tasks, so the two don't need each other.

use super::{
    super::problem::{Flow, Problem},
    graph::Graph,
};

/// Reports needs between handlers and ordinary tasks, and a document of nothing but handlers.
pub(super) fn check(graph: &Graph<'_>, problems: &mut Vec<Problem>) {
    let handlers: Vec<bool> = (0..graph.nodes.len()).map(|node| graph.is_handler(node)).collect();
    for (node, needs) in graph.needs.iter().enumerate() {
        for (position, need) in needs.iter().enumerate() {
            let Some(name) = need.text() else { continue };
            let Some(needed) = graph.find(name) else { continue };
            let kind = match (handlers[node], handlers[needed]) {
                (false, true) => Flow::NeedsHandler { need: name.to_owned() },
                (true, false) => Flow::HandlerNeedsTask { need: name.to_owned() },
                _ => continue,
            };
            let path = format!("spec.tasks.{}.needs[{position}]", graph.nodes[node].0);
            problems.push(Problem::new(&path, need.place, kind));
        }
    }
    if let Some(((name, task), true)) = graph.nodes.first().map(|first| (first, handlers.iter().all(|it| *it))) {
        let place = task.get("handler").map_or(task.place, |handler| handler.place);
        problems.push(Problem::new(&format!("spec.tasks.{name}.handler"), place, Flow::OnlyHandlers));
    }
}
