//! Which layer a node stands in, the slots of long edges, and an order within the layers with few crossings.
//!
//! The order is found by sweeps: down and up again, each layer is sorted by the mean place of its neighbours in the
//! layer before; the best order seen is kept. Ties keep the order they had, so that the document's order shows.

use std::collections::HashMap;

use super::{Size, Spacing};
use crate::dag::Dag;

/// More sweeps hardly ever remove another crossing.
const SWEEPS: usize = 12;

/// Something that takes room in a layer: a node, or the slot of an edge that passes.
#[derive(Debug, Clone)]
pub(super) struct Vertex {
    pub(super) layer: usize,
    /// The room it needs on either side of its centre, its half of the gap included.
    pub(super) half: f64,
    /// Half of its own width.
    pub(super) inner: f64,
    pub(super) node: Option<usize>,
    /// Neighbours in the layer before.
    pub(super) above: Vec<usize>,
    /// Neighbours in the layer after.
    pub(super) below: Vec<usize>,
}

/// The vertices and their order in each layer.
pub(super) struct Layers {
    pub(super) vertices: Vec<Vertex>,
    pub(super) order: Vec<Vec<usize>>,
    vertex_of: Vec<Option<usize>>,
    slots: HashMap<(usize, usize), usize>,
}

/// Whether a node has no edge at all.
pub(super) fn is_loner(dag: &Dag, node: usize) -> bool {
    dag.needs(node).is_empty() && dag.dependents(node).is_empty()
}

impl Layers {
    pub(super) fn new(dag: &Dag, sizes: &[Size], spacing: Spacing) -> Self {
        let mut layers = Self {
            vertices: Vec::with_capacity(dag.len()),
            order: Vec::new(),
            vertex_of: vec![None; dag.len()],
            slots: HashMap::new(),
        };
        let layer_of = pulled_down(dag);
        for node in dag.order().iter().copied().filter(|node| !is_loner(dag, *node)) {
            let half = (sizes[node].width + spacing.node) / 2.0;
            layers.vertex_of[node] = Some(layers.add(layer_of[node], half, sizes[node].width / 2.0, Some(node)));
        }
        for from in 0..dag.len() {
            for to in dag.dependents(from) {
                layers.connect(from, *to, layer_of[from], layer_of[*to], spacing.edge);
            }
        }
        layers.reduce_crossings();
        layers
    }

    /// The layer of a node that has an edge.
    pub(super) fn layer_of(&self, node: usize) -> usize {
        self.vertices[self.vertex(node)].layer
    }

    /// The slot by which the long edges of a node pass a layer.
    pub(super) fn slot(&self, from: usize, layer: usize) -> usize {
        self.slots[&(from, layer)]
    }

    fn vertex(&self, node: usize) -> usize {
        self.vertex_of[node].expect("a node with an edge has a vertex")
    }

    fn add(&mut self, layer: usize, half: f64, inner: f64, node: Option<usize>) -> usize {
        let vertex = self.vertices.len();
        self.vertices.push(Vertex { layer, half, inner, node, above: Vec::new(), below: Vec::new() });
        if self.order.len() <= layer {
            self.order.resize(layer + 1, Vec::new());
        }
        self.order[layer].push(vertex);
        vertex
    }

    /// Joins two nodes through slots in the layers between, made where `from` has none yet.
    fn connect(&mut self, from: usize, to: usize, first: usize, last: usize, room: f64) {
        let mut before = self.vertex(from);
        for layer in first + 1..last {
            let slot = match self.slots.get(&(from, layer)) {
                Some(slot) => *slot,
                None => {
                    let slot = self.add(layer, room, 0.0, None);
                    self.slots.insert((from, layer), slot);
                    self.join(before, slot);
                    slot
                }
            };
            before = slot;
        }
        self.join(before, self.vertex(to));
    }

    fn join(&mut self, upper: usize, lower: usize) {
        self.vertices[upper].below.push(lower);
        self.vertices[lower].above.push(upper);
    }

    fn reduce_crossings(&mut self) {
        let mut place = vec![0; self.vertices.len()];
        for layer in &self.order {
            number(layer, &mut place);
        }
        let mut best = (self.crossings(&place), self.order.clone());
        for sweep in 0..SWEEPS {
            if best.0 == 0 {
                break;
            }
            let count = self.order.len();
            for step in 1..count {
                let downwards = sweep % 2 == 0;
                let layer = if downwards { step } else { count - 1 - step };
                let mut order = std::mem::take(&mut self.order[layer]);
                order.sort_by_cached_key(|vertex| {
                    let item = &self.vertices[*vertex];
                    let neighbours = if downwards { &item.above } else { &item.below };
                    mean_place(neighbours, &place).unwrap_or(place[*vertex] as u64 * SCALE)
                });
                number(&order, &mut place);
                self.order[layer] = order;
            }
            let crossings = self.crossings(&place);
            if crossings < best.0 {
                best = (crossings, self.order.clone());
            }
        }
        self.order = best.1;
    }

    /// How many pairs of edges cross.
    pub(super) fn crossings(&self, place: &[usize]) -> u64 {
        let mut crossings = 0;
        for pair in self.order.windows(2) {
            let mut seen = Counts::new(pair[1].len());
            for upper in &pair[0] {
                let mut ends: Vec<usize> = self.vertices[*upper].below.iter().map(|lower| place[*lower]).collect();
                ends.sort_unstable();
                crossings += ends.iter().map(|end| seen.beyond(*end)).sum::<u64>();
                ends.iter().for_each(|end| seen.add(*end));
            }
        }
        crossings
    }
}

/// Means are compared as integers, to be the same on every machine.
const SCALE: u64 = 1 << 20;

fn mean_place(neighbours: &[usize], place: &[usize]) -> Option<u64> {
    let sum: u64 = neighbours.iter().map(|neighbour| place[*neighbour] as u64 * SCALE).sum();
    sum.checked_div(neighbours.len() as u64)
}

fn number(order: &[usize], place: &mut [usize]) {
    for (at, vertex) in order.iter().enumerate() {
        place[*vertex] = at;
    }
}

/// The layer of each node: below all that it needs. A node that needs nothing is pulled down to the first that needs
/// it, which spares a long edge.
fn pulled_down(dag: &Dag) -> Vec<usize> {
    (0..dag.len())
        .map(|node| {
            let first_dependent = dag.dependents(node).iter().map(|it| dag.level(*it)).min();
            match first_dependent {
                Some(level) if dag.needs(node).is_empty() => level - 1,
                _ => dag.level(node),
            }
        })
        .collect()
}

/// Counts of edge ends by place, with sums in logarithmic time (a Fenwick tree).
struct Counts {
    tree: Vec<u64>,
    total: u64,
}

impl Counts {
    fn new(places: usize) -> Self {
        Self { tree: vec![0; places + 1], total: 0 }
    }

    fn add(&mut self, place: usize) {
        self.total += 1;
        let mut at = place + 1;
        while at < self.tree.len() {
            self.tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    /// How many stand after a place.
    fn beyond(&self, place: usize) -> u64 {
        let mut at = place + 1;
        let mut until = 0;
        while at > 0 {
            until += self.tree[at];
            at -= at & at.wrapping_neg();
        }
        self.total - until
    }
}
