//! What a schema can't say: rules between the parts of a document.
//!
//! Works on the untyped tree and passes over what the schema has already refused, so that all problems of a document
//! are told together.

mod schedules;

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    MAX_PROBLEMS, ParamType,
    form::{Site, within},
    problem::{Kind, Problem},
    spec::{MAX_NEEDS, MAX_TASKS},
    suggest::nearest,
    yaml::{Data, Node, join},
};
use crate::{
    bizdate::BizDate,
    dag::{Dag, Fault},
};

/// The problems between the parts of a document.
pub(super) fn check(root: &Node, sites: &[Site<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(spec) = root.get("spec") else { return problems };
    for list in ["params", "schedules"] {
        unique_names(spec, list, &mut problems);
    }
    defaults(spec, &mut problems);
    schedules::check(spec, &mut problems);
    let mut graph = Graph::new(spec, &mut problems);
    if let Some(graph) = &graph {
        graph.faults(&mut problems);
        graph.rules(&mut problems);
    }
    let params = spec.get("params").map(Node::items).unwrap_or_default();
    let params: BTreeSet<&str> = params.iter().filter_map(|param| param.get("name")?.text()).collect();
    for site in sites {
        names(site, spec, &params, graph.as_mut(), &mut problems);
    }
    problems
}

/// Items of a list have names of their own.
fn unique_names(spec: &Node, list: &str, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for (index, item) in spec.get(list).map(Node::items).unwrap_or_default().iter().enumerate() {
        if let Some(node) = item.get("name")
            && let Some(name) = node.text()
            && !seen.insert(name)
        {
            let path = format!("spec.{list}[{index}].name");
            problems.push(Problem::new(&path, node.place, Kind::DuplicateName { name: name.to_owned() }));
        }
    }
}

/// A default is of its parameter's type, and only where the parameter may be left out.
fn defaults(spec: &Node, problems: &mut Vec<Problem>) {
    for (index, param) in spec.get("params").map(Node::items).unwrap_or_default().iter().enumerate() {
        let Some(default) = param.get("default").filter(|it| it.data != Data::Null) else { continue };
        let path = format!("spec.params[{index}].default");
        let expected = match param.get("type").map(Node::text) {
            None | Some(Some("string")) => ParamType::String,
            Some(Some("number")) => ParamType::Number,
            Some(Some("boolean")) => ParamType::Boolean,
            Some(Some("date")) => ParamType::Date,
            Some(_) => continue,
        };
        let fits = match (expected, &default.data) {
            (ParamType::String, Data::Text(_))
            | (ParamType::Number, Data::Int(_) | Data::Float(_))
            | (ParamType::Boolean, Data::Bool(_)) => true,
            (ParamType::Date, Data::Text(text)) => text.value.parse::<BizDate>().is_ok(),
            _ => false,
        };
        if !fits {
            problems.push(Problem::new(&path, default.place, Kind::DefaultType { expected }));
        }
        if param.get("required").is_some_and(|it| it.data == Data::Bool(true)) {
            problems.push(Problem::new(&path, default.place, Kind::RequiredWithDefault));
        }
    }
}

/// The tasks and their needs, as far as they can be read.
struct Graph<'a> {
    nodes: Vec<(&'a str, &'a Node)>,
    /// For each task, what it needs with the place where it says so.
    needs: Vec<Vec<&'a Node>>,
    index: HashMap<&'a str, usize>,
    /// All that comes before a task, directly or not; found when asked for.
    upstream: HashMap<usize, BTreeSet<&'a str>>,
}

impl<'a> Graph<'a> {
    /// The graph, unless it is too large to be looked at.
    fn new(spec: &'a Node, problems: &mut Vec<Problem>) -> Option<Self> {
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

    /// Whether a task comes before another; nothing for a task that does not exist. Works on graphs with faults too,
    /// so that these don't bring false ones with them.
    fn comes_before(&mut self, other: &str, task: &str) -> Option<bool> {
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

    fn faults(&self, problems: &mut Vec<Problem>) {
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
                    let meant = nearest(&need, self.nodes.iter().map(|(name, _)| *name));
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
    fn rules(&self, problems: &mut Vec<Problem>) {
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

/// The names that every template knows.
const ROOTS: [&str; 4] = ["T", "bd", "params", "outputs"];

/// Whether a task has a parameter of its own by this name, which its templates see, but not those of the parameters.
fn is_own(site: &Site<'_>, spec: &Node, param: &str) -> bool {
    let Some((task, field)) = site.path.strip_prefix("spec.tasks.").and_then(|rest| rest.split_once('.')) else {
        return false;
    };
    let own = || spec.get("tasks")?.get(task)?.get("params")?.get(param);
    !field.starts_with("params.") && own().is_some()
}

/// What a template names must exist: a known variable, a declared parameter, an output of a task that comes before.
fn names(
    site: &Site<'_>,
    spec: &Node,
    params: &BTreeSet<&str>,
    mut graph: Option<&mut Graph<'_>>,
    problems: &mut Vec<Problem>,
) {
    let task = site.path.strip_prefix("spec.tasks.").and_then(|rest| rest.split('.').next());
    for name in &site.names {
        if problems.len() >= MAX_PROBLEMS {
            return;
        }
        let mut parts = name.path.iter().map(String::as_str);
        let (root, field) = (parts.next().unwrap_or_default(), parts.next());
        let kind = match (root, field) {
            ("params", Some(param)) if !params.contains(param) && !is_own(site, spec, param) => {
                let meant = nearest(param, params.iter().copied()).map(|it| join("params", &it));
                Kind::UnknownVariable { name: join("params", param), meant }
            }
            ("outputs", Some(of)) => {
                let before = graph.as_mut().zip(task).and_then(|(graph, task)| graph.comes_before(of, task));
                if before != Some(false) {
                    continue;
                }
                Kind::OutputNotUpstream { task: of.to_owned() }
            }
            _ if ROOTS.contains(&root) => continue,
            _ => {
                let meant = if params.contains(root) { Some(join("params", root)) } else { nearest(root, ROOTS) };
                Kind::UnknownVariable { name: root.to_owned(), meant }
            }
        };
        let (line, column) = name.line_column(&site.text.value);
        let place = within(site.text, site.place, line, column);
        problems.push(Problem::new(&site.path, place, kind));
    }
}
