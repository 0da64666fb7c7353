//! What templates and expressions name must exist where they stand.

use std::collections::{BTreeSet, HashMap};

use super::{
    super::{
        MAX_PROBLEMS,
        form::{Site, within},
        problem::{Flow, Kind, Problem},
        suggest::nearest,
        yaml::{Node, join},
    },
    graph::Graph,
    says,
};
use crate::param::template::Name;

/// The names that every template knows.
const ROOTS: [&str; 5] = ["T", "bd", "params", "outputs", "run"];

/// The names that texts of a task over a list know besides.
const OF_ITEM: [&str; 2] = ["item", "index"];

/// What is known of the run itself.
const OF_RUN: [&str; 2] = ["id", "failed_tasks"];

/// Reports names that mean nothing where they stand.
pub(super) fn check(spec: &Node, sites: &[Site<'_>], graph: Option<&mut Graph<'_>>, problems: &mut Vec<Problem>) {
    let params = spec.get("params").map(Node::items).unwrap_or_default();
    let params: BTreeSet<&str> = params.iter().filter_map(|param| param.get("name")?.text()).collect();
    let of_items = sites.iter().filter(|site| site.names.iter().any(names_item)).map(|site| &*site.path);
    let tasks = spec.get("tasks").map(Node::entries).unwrap_or_default();
    let tasks = tasks.iter().map(|task| (task.key.as_str(), &task.value)).collect();
    let mut names = Names { tasks, params, of_items: of_items.collect(), graph };
    for site in sites {
        for name in &site.names {
            if problems.len() >= MAX_PROBLEMS {
                return;
            }
            if let Some(kind) = names.fault(site, name) {
                let (line, column) = name.line_column(&site.text.value);
                problems.push(Problem::new(&site.path, within(site.text, site.place, line, column), kind));
            }
        }
    }
}

fn names_item(name: &Name) -> bool {
    name.path.first().is_some_and(|root| OF_ITEM.contains(&root.as_str()))
}

/// The task and the field that a text stands in.
fn task_of<'a>(site: &'a Site<'_>) -> Option<(&'a str, &'a str)> {
    site.path.strip_prefix("spec.tasks.").and_then(|rest| rest.split_once('.'))
}

/// What can be named.
struct Names<'s, 'g, 'a> {
    tasks: HashMap<&'s str, &'s Node>,
    /// The parameters of the workflow.
    params: BTreeSet<&'s str>,
    /// The paths of the texts that name the item.
    of_items: BTreeSet<&'s str>,
    graph: Option<&'g mut Graph<'a>>,
}

impl Names<'_, '_, '_> {
    /// What is wrong with a name where it stands.
    fn fault(&mut self, site: &Site<'_>, name: &Name) -> Option<Kind> {
        let mut parts = name.path.iter().map(String::as_str);
        let (root, field) = (parts.next().unwrap_or_default(), parts.next());
        match (root, field) {
            ("params", Some(param)) => self.param(site, param),
            ("outputs", Some(of)) => self.output(site, of),
            ("run", Some(field)) if !OF_RUN.contains(&field) => {
                let meant = nearest(field, OF_RUN).map(|it| join("run", &it));
                Some(Kind::UnknownVariable { name: join("run", field), meant })
            }
            _ if ROOTS.contains(&root) => None,
            _ if OF_ITEM.contains(&root) => {
                (!self.has_item(site)).then(|| Flow::ItemOutside { name: root.to_owned() }.into())
            }
            _ => {
                let own = self.params.contains(root).then(|| join("params", root));
                let of_item = OF_ITEM.into_iter().filter(|_| self.has_item(site));
                let meant = own.or_else(|| nearest(root, ROOTS.into_iter().chain(of_item)));
                Some(Kind::UnknownVariable { name: root.to_owned(), meant })
            }
        }
    }

    fn param(&self, site: &Site<'_>, param: &str) -> Option<Kind> {
        if let Some(own) = self.own_param(site, param) {
            let of_item = self.of_items.contains(own.as_str()) && !self.has_item(site);
            return of_item.then(|| Flow::ItemOutside { name: join("params", param) }.into());
        }
        let meant = || nearest(param, self.params.iter().copied()).map(|it| join("params", &it));
        let known = self.params.contains(param);
        (!known).then(|| Kind::UnknownVariable { name: join("params", param), meant: meant() })
    }

    /// The path of a task's own parameter of this name, which its texts see, but not those of the parameters.
    fn own_param(&self, site: &Site<'_>, param: &str) -> Option<String> {
        let (task, field) = task_of(site)?;
        let own = self.tasks.get(task)?.get("params")?.get(param);
        (!field.starts_with("params.") && own.is_some()).then(|| format!("spec.tasks.{task}.params.{param}"))
    }

    /// Whether a text is rendered for each item: those of a task over a list, but for what is asked before there are
    /// items.
    fn has_item(&self, site: &Site<'_>) -> bool {
        let over_list = |(task, field): (&str, &str)| {
            let task = self.tasks.get(task)?;
            Some(says(task, "for_each").is_some() && field != "when" && !field.starts_with("for_each"))
        };
        task_of(site).and_then(over_list).unwrap_or(false)
    }

    /// Outputs are there of tasks that come before: for a handler of all ordinary tasks, for a run of those too.
    fn output(&mut self, site: &Site<'_>, of: &str) -> Option<Kind> {
        let graph = self.graph.as_mut()?;
        let Some(node) = graph.find(of) else {
            let meant = graph.meant(of).map(|it| join("outputs", &it));
            return Some(Kind::UnknownVariable { name: join("outputs", of), meant });
        };
        let of_handler = graph.is_handler(node);
        let Some((task, _)) = task_of(site) else {
            return of_handler.then(|| Flow::OutputOfHandler { task: of.to_owned() }.into());
        };
        let in_handler = graph.find(task).is_some_and(|task| graph.is_handler(task));
        match (in_handler, of_handler) {
            (true, false) => None,
            (false, true) => Some(Flow::OutputOfHandler { task: of.to_owned() }.into()),
            _ => (graph.comes_before(of, task) == Some(false)).then(|| Kind::OutputNotUpstream { task: of.to_owned() }),
        }
    }
}
