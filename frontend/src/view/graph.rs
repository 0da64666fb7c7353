//! The drawing of a workflow's graph: places and lines from the domain's layout, and the look of edges by state.

use domain::dag::Dag;
use domain::dag::layout::{Direction, Point, Size, Spacing, layout};

use crate::api::task::TaskState;
use crate::api::workflow::GraphTask;

/// The extent of a node on the canvas, as in the style sheet.
pub const NODE: Size = Size { width: 184.0, height: 38.0 };

/// The same where many stand beside each other.
pub const COMPACT_NODE: Size = Size { width: 152.0, height: 38.0 };

/// More nodes than these in one layer make a drawing compact: a smaller node is read more easily than a smaller scale.
const WIDE_LAYER: usize = 4;

/// A graph ready to be drawn; nodes stand in the order of the version's tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub width: f64,
    pub height: f64,
    /// Drawn with [`COMPACT_NODE`] instead of [`NODE`].
    pub compact: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub task: GraphTask,
    pub x: f64,
    pub y: f64,
}

/// An edge between two nodes, as indices, with the data of its SVG path.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub path: String,
}

/// Lays a version's graph out, top to bottom. `None` when it is not a sound graph, which a saved version always is.
pub fn draw(tasks: &[GraphTask]) -> Option<Drawing> {
    let needs: Vec<(&str, Vec<&str>)> =
        tasks.iter().map(|task| (task.name.as_str(), task.needs.iter().map(String::as_str).collect())).collect();
    let dag = Dag::new(&needs).ok()?;
    let compact = dag.levels().iter().any(|level| level.len() > WIDE_LAYER);
    let (size, gap) = if compact { (COMPACT_NODE, 10.0) } else { (NODE, 16.0) };
    let spacing = Spacing { node: gap, layer: 22.0, edge: 12.0 };
    let plan = layout(&dag, &vec![size; tasks.len()], Direction::Down, spacing);
    let node =
        |(task, place): (&GraphTask, &domain::dag::layout::Rect)| Node { task: task.clone(), x: place.x, y: place.y };
    let edge = |route: &domain::dag::layout::Route| Edge { from: route.from, to: route.to, path: path(&route.points) };
    Some(Drawing {
        nodes: tasks.iter().zip(&plan.nodes).map(node).collect(),
        edges: plan.edges.iter().map(edge).collect(),
        width: plan.size.width,
        height: plan.size.height,
        compact,
    })
}

/// A soft line through the points: between two of them it leaves and arrives straight down.
fn path(points: &[Point]) -> String {
    let mut data = String::new();
    for (index, point) in points.iter().enumerate() {
        let Point { x, y } = *point;
        match index.checked_sub(1).map(|before| points[before]) {
            None => data = format!("M{x:.1} {y:.1}"),
            Some(from) if (from.x - x).abs() < 0.5 => data += &format!("L{x:.1} {y:.1}"),
            Some(from) => {
                let middle = f64::midpoint(from.y, y);
                data += &format!("C{:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {y:.1}", from.x);
            }
        }
    }
    data
}

/// The class of an edge by the states at its ends: what flows, what is broken, what is still to come.
pub fn edge_class(from: TaskState, to: TaskState) -> &'static str {
    match (from, to) {
        (from, _) if from.is_bad() || from == TaskState::UpstreamFailed => "e e--fail",
        (TaskState::Succeeded, to) if to.is_active() => "e e--run",
        (from, _) if from.is_final() => "e e--done",
        _ => "e e--todo",
    }
}

/// Where the arrow keys lead from a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
    Left,
    Right,
}

impl Drawing {
    /// The neighbour in a direction: along an edge for up and down, within the layer for left and right.
    pub fn neighbour(&self, node: usize, step: Step) -> Option<usize> {
        let here = self.nodes.get(node)?;
        let near = |index: &usize| (self.nodes[*index].x - here.x).abs();
        let by_distance = |one: &usize, other: &usize| near(one).total_cmp(&near(other));
        match step {
            Step::Up => self.edges.iter().filter(|edge| edge.to == node).map(|edge| edge.from).min_by(by_distance),
            Step::Down => self.edges.iter().filter(|edge| edge.from == node).map(|edge| edge.to).min_by(by_distance),
            Step::Left | Step::Right => {
                let side = |index: &usize| {
                    let other = &self.nodes[*index];
                    (other.y - here.y).abs() < 1.0 && ((other.x > here.x) == (step == Step::Right)) && *index != node
                };
                (0..self.nodes.len()).filter(side).min_by(by_distance)
            }
        }
    }

    /// All tasks that need this one, directly or not.
    pub fn downstream(&self, node: usize) -> Vec<usize> {
        let mut found = vec![false; self.nodes.len()];
        let mut open = vec![node];
        while let Some(from) = open.pop() {
            for edge in self.edges.iter().filter(|edge| edge.from == from) {
                if !found[edge.to] {
                    found[edge.to] = true;
                    open.push(edge.to);
                }
            }
        }
        (0..self.nodes.len()).filter(|index| found[*index]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(ordinal: i32, name: &str, needs: &[&str]) -> GraphTask {
        let needs = needs.iter().map(|need| (*need).to_owned()).collect();
        GraphTask { ordinal, name: name.to_owned(), title: None, kind: "shell".to_owned(), needs }
    }

    fn diamond() -> Drawing {
        let tasks = [task(0, "a", &[]), task(1, "b", &["a"]), task(2, "c", &["a"]), task(3, "d", &["b", "c"])];
        draw(&tasks).expect("a sound graph")
    }

    #[test]
    fn needs_stand_above_and_nothing_overlaps() {
        let drawing = diamond();
        for edge in &drawing.edges {
            assert!(drawing.nodes[edge.from].y + NODE.height < drawing.nodes[edge.to].y);
            assert!(edge.path.starts_with('M'));
        }
        let (b, c) = (&drawing.nodes[1], &drawing.nodes[2]);
        assert!((b.x - c.x).abs() >= NODE.width);
    }

    #[test]
    fn wide_layers_make_nodes_compact() {
        let wide: Vec<GraphTask> = (0..6).map(|number| task(number, &format!("t{number}"), &[])).collect();
        let mut tasks = wide.clone();
        tasks.push(task(6, "all", &["t0", "t1", "t2", "t3", "t4", "t5"]));
        assert!(draw(&tasks).expect("a sound graph").compact);
        assert!(!diamond().compact);
    }

    #[test]
    fn arrows_walk_the_graph() {
        let drawing = diamond();
        let (left, right) = if drawing.nodes[1].x < drawing.nodes[2].x { (1, 2) } else { (2, 1) };
        assert_eq!(drawing.neighbour(left, Step::Right), Some(right));
        assert_eq!(drawing.neighbour(left, Step::Left), None);
        assert_eq!(drawing.neighbour(left, Step::Down), Some(3));
        assert_eq!(drawing.neighbour(left, Step::Up), Some(0));
        assert_eq!(drawing.downstream(0), [1, 2, 3]);
    }

    #[test]
    fn a_cycle_has_no_drawing() {
        assert_eq!(draw(&[task(0, "a", &["b"]), task(1, "b", &["a"])]), None);
    }
}
