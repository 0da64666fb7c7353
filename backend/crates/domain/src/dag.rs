//! The graph of a workflow's tasks: who needs whom, in which order they can run, and why some graphs can't.
//!
//! A [`Dag`] exists only for a sound graph. [`Dag::new`] reports every fault at once, cycles named node by node, so
//! that a document's author corrects them in one go. Nodes are indices in the order given; that order is kept in every
//! answer, so the same document always yields the same numbers.

pub mod layout;

use std::collections::{BTreeSet, HashMap, VecDeque};

/// What is wrong with a graph. Indices are places in the list of nodes given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A name is given to two nodes.
    #[error("`{name}` is given twice")]
    Duplicate {
        /// The second node of that name.
        node: usize,
        /// The name.
        name: String,
    },
    /// A node needs one that does not exist.
    #[error("`{need}` does not exist")]
    UnknownNeed {
        /// The node that needs.
        node: usize,
        /// The place in its list of needs.
        position: usize,
        /// The name that is not a node.
        need: String,
    },
    /// Nodes need each other in a circle.
    #[error("cycle: {}", path.join(" → "))]
    Cycle {
        /// The first node of the circle in the order given.
        node: usize,
        /// The names along the needs, the first again at the end.
        path: Vec<String>,
    },
    /// A node outside of any circle that needs one within, directly or not, and so never gets its turn.
    #[error("`{name}` needs a task of a cycle")]
    Unreachable {
        /// The node.
        node: usize,
        /// Its name.
        name: String,
    },
}

/// A sound graph of named nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dag {
    names: Vec<String>,
    needs: Vec<Vec<usize>>,
    dependents: Vec<Vec<usize>>,
    order: Vec<usize>,
    level: Vec<usize>,
}

impl Dag {
    /// A graph from names and what each needs.
    ///
    /// # Errors
    /// All faults, in the order of the nodes: first names, then needs, then cycles and what hangs behind them. A need
    /// given twice counts once.
    pub fn new<N: AsRef<str>>(nodes: &[(N, Vec<N>)]) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut index = HashMap::with_capacity(nodes.len());
        for (node, (name, _)) in nodes.iter().enumerate() {
            if index.contains_key(name.as_ref()) {
                faults.push(Fault::Duplicate { node, name: name.as_ref().to_owned() });
            } else {
                index.insert(name.as_ref(), node);
            }
        }
        let mut needs = vec![Vec::new(); nodes.len()];
        for (node, (_, wanted)) in nodes.iter().enumerate() {
            for (position, need) in wanted.iter().enumerate() {
                match index.get(need.as_ref()) {
                    Some(other) if needs[node].contains(other) => {}
                    Some(other) => needs[node].push(*other),
                    None => faults.push(Fault::UnknownNeed { node, position, need: need.as_ref().to_owned() }),
                }
            }
        }
        let names: Vec<String> = nodes.iter().map(|(name, _)| name.as_ref().to_owned()).collect();
        let dependents = turned(&needs);
        let (order, level) = sorted(&needs, &dependents);
        if order.len() < names.len() {
            faults.extend(circles(&names, &needs, &dependents, &order));
        }
        if faults.is_empty() { Ok(Self { names, needs, dependents, order, level }) } else { Err(faults) }
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of a node.
    #[must_use]
    pub fn name(&self, node: usize) -> &str {
        &self.names[node]
    }

    /// The node of a name.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|it| it == name)
    }

    /// What a node needs directly.
    #[must_use]
    pub fn needs(&self, node: usize) -> &[usize] {
        &self.needs[node]
    }

    /// What needs a node directly.
    #[must_use]
    pub fn dependents(&self, node: usize) -> &[usize] {
        &self.dependents[node]
    }

    /// Every node after all that it needs; level by level, within a level in the order given.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The length of the longest chain of needs above a node; 0 for a node that needs nothing.
    #[must_use]
    pub fn level(&self, node: usize) -> usize {
        self.level[node]
    }

    /// The nodes by level: those of one level never need each other.
    #[must_use]
    pub fn levels(&self) -> Vec<Vec<usize>> {
        let depth = self.level.iter().map(|level| level + 1).max().unwrap_or(0);
        let mut levels = vec![Vec::new(); depth];
        for (node, level) in self.level.iter().enumerate() {
            levels[*level].push(node);
        }
        levels
    }

    /// All that a node needs, directly or not, without itself.
    #[must_use]
    pub fn upstream(&self, node: usize) -> BTreeSet<usize> {
        closure(&self.needs, node)
    }

    /// All that need a node, directly or not, without itself.
    #[must_use]
    pub fn downstream(&self, node: usize) -> BTreeSet<usize> {
        closure(&self.dependents, node)
    }
}

/// The same edges seen from the other end.
fn turned(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut turned = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        for to in targets {
            turned[*to].push(from);
        }
    }
    turned
}

/// The nodes that can be put after their needs, in that order, and the level of each.
fn sorted(needs: &[Vec<usize>], dependents: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut level = vec![0; needs.len()];
    let mut order: Vec<usize> = (0..needs.len()).filter(|node| missing[*node] == 0).collect();
    let mut next = 0;
    while let Some(node) = order.get(next).copied() {
        next += 1;
        for dependent in &dependents[node] {
            level[*dependent] = level[*dependent].max(level[node] + 1);
            missing[*dependent] -= 1;
            if missing[*dependent] == 0 {
                order.push(*dependent);
            }
        }
    }
    order.sort_by_key(|node| (level[*node], *node));
    (order, level)
}

fn closure(edges: &[Vec<usize>], start: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = edges[start].clone();
    while let Some(node) = open.pop() {
        if reached.insert(node) {
            open.extend(&edges[node]);
        }
    }
    reached
}

/// One shortest cycle of every knot of nodes, and the nodes behind the knots. `sortable` are the nodes in neither.
fn circles(names: &[String], needs: &[Vec<usize>], dependents: &[Vec<usize>], sortable: &[usize]) -> Vec<Fault> {
    let mut settled = vec![false; names.len()];
    for node in sortable {
        settled[*node] = true;
    }
    let mut faults = Vec::new();
    for node in 0..names.len() {
        if settled[node] {
            continue;
        }
        let above = closure(needs, node);
        if !above.contains(&node) {
            faults.push(Fault::Unreachable { node, name: names[node].clone() });
            continue;
        }
        // The knot is told once, by its first node.
        for other in above.intersection(&closure(dependents, node)) {
            settled[*other] = true;
        }
        let path = shortest_cycle(needs, node).into_iter().map(|it| names[it].clone()).collect();
        faults.push(Fault::Cycle { node, path });
    }
    faults
}

/// A shortest way along the needs from `start` back to itself, which must exist.
fn shortest_cycle(needs: &[Vec<usize>], start: usize) -> Vec<usize> {
    let mut came_from = vec![None; needs.len()];
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        for next in &needs[node] {
            if *next == start {
                let mut path = vec![start, node];
                while let Some(before) = came_from[*path.last().expect("the path has a node")] {
                    path.push(before);
                }
                path.reverse();
                return path;
            }
            if came_from[*next].is_none() {
                came_from[*next] = Some(node);
                open.push_back(*next);
            }
        }
    }
    vec![start]
}

#[cfg(test)]
mod tests;
