//! The graph of the tasks: needs that exist, without a circle, and rules that they can meet.

use std::collections::{BTreeSet, HashMap};

use super::{
    super::{
        MAX_PROBLEMS,
        problem::{Kind, Problem},
        spec::{MAX_NEEDS, MAX_TASKS},
        suggest::nearest,
        yaml::Node,
    },
    says,
};
use crate::dag::{Dag, Fault};

/// The tasks and their needs, as far as they can be read.
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<(&'a str, &'a Node)>,
    /// For each task, what it needs with the place where it says so.
    pub(super) needs: Vec<Vec<&'a Node>>,
    index: HashMap<&'a str, usize>,
    /// All that comes before a task, directly or not; found when asked for.
    upstream: HashMap<usize, BTreeSet<&'a str>>,
}

impl<'a> Graph<'a> {
    /// The graph, unless it is too large to be looked at.
    pub(super) fn new(spec: &'a Node, problems: &mut Vec<Problem>) -> Option<Self> {
        let tasks = spec.get("tasks")?;
        let nodes: Vec<_> = tasks.entries().iter().map(|task| (task.key.as_str(), &task.value)).collect();
        let needs: Vec<Vec<&Node>> = nodes
            .iter()
            .map(|(_, task)| {
                let items = task.get("needs").map(Node::items).unwrap_or_default();
                items.iter().filter(|item| item.text().is_some()).collect()
            })
            .collect();
        let count = needs.iter().map(Vec::len).sum();
        if count > MAX_NEEDS {
            problems.push(Problem::new("spec.tasks", tasks.place, Kind::TooManyNeeds { count, limit: MAX_NEEDS }));
        }
        let index = nodes.iter().enumerate().map(|(node, (name, _))| (*name, node)).collect();
        let fits = count <= MAX_NEEDS && nodes.len() <= MAX_TASKS;
        fits.then(|| Self { nodes, needs, index, upstream: HashMap::new() })
    }

    /// The number of the task of a name.
    pub(super) fn find(&self, task: &str) -> Option<usize> {
        self.index.get(task).copied()
    }

    /// The task that may be meant by a name that none has.
    pub(super) fn meant(&self, task: &str) -> Option<String> {
        nearest(task, self.nodes.iter().map(|(name, _)| *name))
    }

    /// Whether a task is a handler.
    pub(super) fn is_handler(&self, node: usize) -> bool {
        says(self.nodes[node].1, "handler").is_some()
    }

    /// Whether a task comes before another; nothing for a task that does not exist. Works on graphs with faults too,
    /// so that these don't bring false ones with them.
    pub(super) fn comes_before(&mut self, other: &str, task: &str) -> Option<bool> {
        let node = *self.index.get(task)?;
        let Self { needs, index, upstream, .. } = self;
        let upstream = upstream.entry(node).or_insert_with(|| {
            let mut reached = BTreeSet::new();
            let mut open = vec![node];
            while let Some(node) = open.pop() {
                for need in needs[node].iter().filter_map(|need| need.text()) {
                    if reached.insert(need) {
                        open.extend(index.get(need));
                    }
                }
            }
            reached
        });
        Some(upstream.contains(other))
    }

    pub(super) fn faults(&self, problems: &mut Vec<Problem>) {
        let named: Vec<(&str, Vec<&str>)> = self
            .nodes
            .iter()
            .zip(&self.needs)
            .map(|((name, _), needs)| (*name, needs.iter().filter_map(|need| need.text()).collect()))
            .collect();
        let Err(faults) = Dag::new(&named) else { return };
        for fault in faults.into_iter().take(MAX_PROBLEMS) {
            problems.push(match fault {
                // Keys are unique: the reader saw to that.
                Fault::Duplicate { .. } => continue,
                Fault::UnknownNeed { node, position, need } => {
                    let meant = self.meant(&need);
                    let place = self.needs[node][position].place;
                    let path = format!("spec.tasks.{}.needs[{position}]", self.nodes[node].0);
                    Problem::new(&path, place, Kind::UnknownNeed { need, meant })
                }
                Fault::Cycle { node, path } => self.at_needs(node, Kind::Cycle { path }),
                Fault::Unreachable { node, name } => self.at_needs(node, Kind::BehindCycle { task: name }),
            });
        }
    }

    fn at_needs(&self, node: usize, kind: Kind) -> Problem {
        let (name, task) = self.nodes[node];
        let place = task.get("needs").map_or(task.place, |needs| needs.place);
        Problem::new(&format!("spec.tasks.{name}.needs"), place, kind)
    }

    /// A rule that waits for one of the needs can't be met without any.
    pub(super) fn rules(&self, problems: &mut Vec<Problem>) {
        for (name, task) in &self.nodes {
            let Some(node) = task.get("needs_rule") else { continue };
            let waits = matches!(node.text(), Some("any_success" | "any_failed"));
            if waits && task.get("needs").map(Node::items).unwrap_or_default().is_empty() {
                let rule = node.text().unwrap_or_default().to_owned();
                let path = format!("spec.tasks.{name}.needs_rule");
                problems.push(Problem::new(&path, node.place, Kind::RuleWithoutNeeds { rule }));
            }
        }
    }
}
