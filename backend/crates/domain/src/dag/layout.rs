//! Where the boxes of a DAG stand and how its edges run, for drawing.
//!
//! A layered layout: every node stands in the layer of its longest chain of needs; an edge over several layers passes
//! each of them through a slot of its own, so it never crosses a box; slots and boxes are ordered so that few edges
//! cross ([`layers`]) and then moved towards their neighbours ([`straighten`]). Long edges of one node share their
//! slots, as a bundle that splits where it arrives. Nodes without any edge stand in a grid after the rest.
//!
//! The result depends on nothing but the input, so a graph does not jump between two drawings of it. Work is bounded
//! by the number of sweeps, a thousand nodes take milliseconds.

mod layers;
mod straighten;

use layers::Layers;

use super::Dag;

/// The way from a task to those that need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Top to bottom.
    #[default]
    Down,
    /// Left to right.
    Right,
}

/// The extent of a node.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Size {
    /// Left to right.
    pub width: f64,
    /// Top to bottom.
    pub height: f64,
}

/// Distances that are kept free.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spacing {
    /// Between neighbours of a layer.
    pub node: f64,
    /// Between layers.
    pub layer: f64,
    /// Around an edge that passes a layer.
    pub edge: f64,
}

impl Default for Spacing {
    fn default() -> Self {
        Self { node: 16.0, layer: 40.0, edge: 10.0 }
    }
}

/// A point, from the top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Left side.
    pub x: f64,
    /// Upper side.
    pub y: f64,
    /// Left to right.
    pub width: f64,
    /// Top to bottom.
    pub height: f64,
}

/// How an edge runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The needed node.
    pub from: usize,
    /// The node that needs it.
    pub to: usize,
    /// The line from the border of one to the border of the other, with its bends.
    pub points: Vec<Point>,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// A place per node of the graph.
    pub nodes: Vec<Rect>,
    /// A route per edge, by needed node.
    pub edges: Vec<Route>,
    /// The extent of it all.
    pub size: Size,
}

/// Lays a graph out. `sizes` has an entry per node.
///
/// # Panics
/// When `sizes` is shorter than the graph.
#[must_use]
pub fn layout(dag: &Dag, sizes: &[Size], direction: Direction, spacing: Spacing) -> Layout {
    assert!(sizes.len() >= dag.len(), "a size per node");
    // Inside, layers always follow each other downwards; the other direction swaps the axes before and after.
    let turned: Vec<Size> = sizes.iter().map(|size| turn_size(*size, direction)).collect();
    let layers = Layers::new(dag, &turned, spacing);
    let centers = straighten::centers(&layers);
    let bands = Bands::new(&layers, &turned, spacing.layer);
    let mut nodes: Vec<Rect> = vec![Rect::default(); dag.len()];
    for (vertex, item) in layers.vertices.iter().enumerate() {
        if let Some(node) = item.node {
            let size = turned[node];
            let y = bands.middle(item.layer) - size.height / 2.0;
            nodes[node] = Rect { x: centers[vertex] - size.width / 2.0, y, width: size.width, height: size.height };
        }
    }
    let mut edges = routes(dag, &layers, &centers, &bands, &nodes);
    let mut size = extent(&nodes, &edges);
    place_loners(dag, &turned, spacing, &mut nodes, &mut size);
    if direction == Direction::Right {
        nodes.iter_mut().for_each(|it| *it = Rect { x: it.y, y: it.x, width: it.height, height: it.width });
        let points = edges.iter_mut().flat_map(|edge| &mut edge.points);
        points.for_each(|it| *it = Point { x: it.y, y: it.x });
        size = turn_size(size, direction);
    }
    Layout { nodes, edges, size }
}

fn turn_size(size: Size, direction: Direction) -> Size {
    match direction {
        Direction::Down => size,
        Direction::Right => Size { width: size.height, height: size.width },
    }
}

/// The stripes in which the layers lie.
struct Bands(Vec<(f64, f64)>);

impl Bands {
    fn new(layers: &Layers, sizes: &[Size], gap: f64) -> Self {
        let mut top = 0.0;
        let bands = layers.order.iter().map(|layer| {
            let nodes = layer.iter().filter_map(|vertex| layers.vertices[*vertex].node);
            let height = nodes.map(|node| sizes[node].height).fold(0.0, f64::max);
            let band = (top, top + height);
            top += height + gap;
            band
        });
        Self(bands.collect())
    }

    fn middle(&self, layer: usize) -> f64 {
        let (top, bottom) = self.0[layer];
        f64::midpoint(top, bottom)
    }
}

/// The edges as lines. Between two bands a line runs freely; within a band it runs straight down, beside the boxes.
fn routes(dag: &Dag, layers: &Layers, centers: &[f64], bands: &Bands, nodes: &[Rect]) -> Vec<Route> {
    let mut routes = Vec::new();
    for from in 0..dag.len() {
        for to in dag.dependents(from) {
            let (start, end) = (nodes[from], nodes[*to]);
            let (start_x, end_x) = (start.x + start.width / 2.0, end.x + end.width / 2.0);
            let (first, last) = (layers.layer_of(from), layers.layer_of(*to));
            let mut points = vec![Point { x: start_x, y: start.y + start.height }];
            points.push(Point { x: start_x, y: bands.0[first].1 });
            for layer in first + 1..last {
                let x = centers[layers.slot(from, layer)];
                let (top, bottom) = bands.0[layer];
                points.extend([Point { x, y: top }, Point { x, y: bottom }]);
            }
            points.push(Point { x: end_x, y: bands.0[last].0 });
            points.push(Point { x: end_x, y: end.y });
            points.dedup();
            routes.push(Route { from, to: *to, points });
        }
    }
    routes
}

fn extent(nodes: &[Rect], edges: &[Route]) -> Size {
    let points = edges.iter().flat_map(|edge| &edge.points).map(|point| (point.x, point.y));
    let corners = nodes.iter().map(|it| (it.x + it.width, it.y + it.height));
    points
        .chain(corners)
        .fold(Size::default(), |size, (x, y)| Size { width: size.width.max(x), height: size.height.max(y) })
}

/// Puts the nodes without edges into rows about as wide as the rest, or as a square when there is no rest.
fn place_loners(dag: &Dag, sizes: &[Size], spacing: Spacing, nodes: &mut [Rect], size: &mut Size) {
    let loners: Vec<usize> = (0..dag.len()).filter(|node| layers::is_loner(dag, *node)).collect();
    let Some(widest) = loners.iter().map(|node| sizes[*node].width).reduce(f64::max) else { return };
    let columns_of_square = (loners.len() as f64).sqrt().ceil();
    let limit = size.width.max(columns_of_square * (widest + spacing.node) - spacing.node);
    let mut row = Rect { y: if size.height > 0.0 { size.height + spacing.layer } else { 0.0 }, ..Rect::default() };
    for node in loners {
        let own = sizes[node];
        if row.x > 0.0 && row.x + own.width > limit {
            row = Rect { y: row.y + row.height + spacing.node, ..Rect::default() };
        }
        nodes[node] = Rect { x: row.x, y: row.y, width: own.width, height: own.height };
        row.height = row.height.max(own.height);
        *size = Size { width: size.width.max(row.x + own.width), height: size.height.max(row.y + own.height) };
        row.x += own.width + spacing.node;
    }
}

#[cfg(test)]
mod tests;
