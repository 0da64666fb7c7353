//! Moves the vertices of ordered layers towards their neighbours, so that edges run straight.
//!
//! In a sweep each layer in turn takes the places that lie nearest (by least squares) to the mean of the neighbours'
//! places, under the constraint that order and distances are kept. That problem has an exact answer in linear time:
//! after subtracting the room that stands before each vertex, the places must only be in rising order, and pooling
//! neighbours that violate it gives the optimum (isotonic regression).

use super::layers::{Layers, Vertex};

const SWEEPS: usize = 8;

/// How much more an edge that passes insists on its place than a node does: bends are worse than slanted ends.
const SLOT_WEIGHT: f64 = 8.0;

/// The centre of every vertex across the layers; the leftmost border is at 0.
pub(super) fn centers(layers: &Layers) -> Vec<f64> {
    let vertices = &layers.vertices;
    let mut centers = vec![0.0; vertices.len()];
    for layer in &layers.order {
        let wanted: Vec<f64> = vec![0.0; layer.len()];
        place(vertices, layer, &wanted, &mut centers);
    }
    let count = layers.order.len();
    for sweep in 0..SWEEPS {
        for step in 0..count {
            let downwards = sweep % 2 == 0;
            let layer = &layers.order[if downwards { step } else { count - 1 - step }];
            // The last sweeps look both ways, so that a node stands between its needs and its dependents.
            let both = sweep + 2 >= SWEEPS;
            let wanted: Vec<f64> = layer
                .iter()
                .map(|vertex| {
                    let item = &vertices[*vertex];
                    let above = item.above.iter().filter(|_| both || downwards);
                    let below = item.below.iter().filter(|_| both || !downwards);
                    mean(above.chain(below).map(|it| centers[*it])).unwrap_or(centers[*vertex])
                })
                .collect();
            place(vertices, layer, &wanted, &mut centers);
        }
    }
    let left = vertices.iter().zip(&centers).map(|(item, center)| center - item.inner).fold(f64::INFINITY, f64::min);
    centers.iter().map(|center| center - left).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// Some neighbours that move as one.
struct Pool {
    weight: f64,
    center: f64,
    members: usize,
}

/// Gives the vertices of a layer the places nearest to those wanted.
fn place(vertices: &[Vertex], layer: &[usize], wanted: &[f64], centers: &mut [f64]) {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(layer.len());
    let mut pools: Vec<Pool> = Vec::with_capacity(layer.len());
    for (at, vertex) in layer.iter().enumerate() {
        if at > 0 {
            offset += vertices[layer[at - 1]].half + vertices[*vertex].half;
        }
        offsets.push(offset);
        let weight = if vertices[*vertex].node.is_some() { 1.0 } else { SLOT_WEIGHT };
        pools.push(Pool { weight, center: wanted[at] - offset, members: 1 });
        while let [.., before, last] = pools.as_mut_slice() {
            if before.center <= last.center {
                break;
            }
            let weight = before.weight + last.weight;
            before.center = (before.center * before.weight + last.center * last.weight) / weight;
            before.weight = weight;
            before.members += last.members;
            pools.pop();
        }
    }
    let mut at = 0;
    for pool in pools {
        for _ in 0..pool.members {
            centers[layer[at]] = pool.center + offsets[at];
            at += 1;
        }
    }
}
