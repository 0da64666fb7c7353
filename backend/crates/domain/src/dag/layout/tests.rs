//! Boxes don't overlap, edges run downwards and never through a box.

use proptest::prelude::*;

use super::*;
use crate::testing::any_graph;

fn sizes(count: usize) -> Vec<Size> {
    (0..count)
        .map(|node| Size { width: 80.0 + (node % 5) as f64 * 30.0, height: 30.0 + (node % 3) as f64 * 8.0 })
        .collect()
}

fn draw(nodes: &[(String, Vec<String>)], direction: Direction) -> Layout {
    let dag = Dag::new(nodes).expect("made without a cycle");
    layout(&dag, &sizes(nodes.len()), direction, Spacing::default())
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    let eps = 1e-6;
    a.x + a.width > b.x + eps && b.x + b.width > a.x + eps && a.y + a.height > b.y + eps && b.y + b.height > a.y + eps
}

/// Whether a segment runs through the inside of a box, by clipping it to the box.
fn crosses(from: Point, to: Point, rect: &Rect) -> bool {
    let eps = 1e-6;
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (start, delta, low, high) in
        [(from.x, to.x - from.x, rect.x, rect.x + rect.width), (from.y, to.y - from.y, rect.y, rect.y + rect.height)]
    {
        if delta.abs() < 1e-12 {
            if start <= low + eps || start >= high - eps {
                return false;
            }
            continue;
        }
        let (a, b) = ((low + eps - start) / delta, (high - eps - start) / delta);
        enter = enter.max(a.min(b));
        leave = leave.min(a.max(b));
    }
    enter < leave
}

proptest! {
    #[test]
    fn nothing_overlaps(nodes in any_graph(40), right in any::<bool>()) {
        let direction = if right { Direction::Right } else { Direction::Down };
        let drawing = draw(&nodes, direction);
        for (at, a) in drawing.nodes.iter().enumerate() {
            prop_assert!(a.x >= -1e-6 && a.y >= -1e-6);
            prop_assert!(a.x + a.width <= drawing.size.width + 1e-6 && a.y + a.height <= drawing.size.height + 1e-6);
            for b in &drawing.nodes[at + 1..] {
                prop_assert!(!overlap(a, b), "{:?} {:?}", a, b);
            }
        }
        for edge in &drawing.edges {
            for pair in edge.points.windows(2) {
                let forward = if right { pair[1].x - pair[0].x } else { pair[1].y - pair[0].y };
                prop_assert!(forward >= -1e-6, "an edge runs from need to dependent");
                for rect in &drawing.nodes {
                    prop_assert!(!crosses(pair[0], pair[1], rect), "{:?} through {:?}", edge, rect);
                }
            }
        }
    }

    #[test]
    fn the_same_graph_is_drawn_the_same(nodes in any_graph(25)) {
        prop_assert_eq!(draw(&nodes, Direction::Down), draw(&nodes, Direction::Down));
    }
}

fn node(name: &str, needs: &[&str]) -> (String, Vec<String>) {
    (name.to_owned(), needs.iter().map(ToString::to_string).collect())
}

#[test]
fn every_edge_is_drawn_from_border_to_border() {
    let nodes = [node("a", &[]), node("b", &["a"]), node("c", &["b", "a"])];
    let drawing = draw(&nodes, Direction::Down);
    assert_eq!(drawing.edges.len(), 3);
    for edge in &drawing.edges {
        let (from, to) = (drawing.nodes[edge.from], drawing.nodes[edge.to]);
        let (first, last) = (edge.points[0], edge.points[edge.points.len() - 1]);
        assert_eq!((first.x, first.y), (from.x + from.width / 2.0, from.y + from.height));
        assert_eq!((last.x, last.y), (to.x + to.width / 2.0, to.y));
    }
}

#[test]
fn crossed_chains_are_uncrossed() {
    // Four chains given so that the order of names crosses every pair.
    let nodes = [
        node("a0", &[]),
        node("b0", &[]),
        node("c0", &[]),
        node("d0", &[]),
        node("d1", &["d0"]),
        node("c1", &["c0"]),
        node("b1", &["b0"]),
        node("a1", &["a0"]),
    ];
    let dag = Dag::new(&nodes).expect("sound");
    let layers = Layers::new(&dag, &sizes(8), Spacing::default());
    let mut place = vec![0; layers.vertices.len()];
    for layer in &layers.order {
        for (at, vertex) in layer.iter().enumerate() {
            place[*vertex] = at;
        }
    }
    assert_eq!(layers.crossings(&place), 0);
}

#[test]
fn a_chain_is_straight_and_loners_make_a_grid() {
    let chain: Vec<_> = (0..5)
        .map(|at| match at {
            0 => node("t0", &[]),
            _ => node(&format!("t{at}"), &[&format!("t{}", at - 1)]),
        })
        .collect();
    let drawing = draw(&chain, Direction::Down);
    let middles: Vec<f64> = drawing.nodes.iter().map(|it| it.x + it.width / 2.0).collect();
    assert!(middles.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 1e-6), "{middles:?}");

    let loners: Vec<_> = (0..100).map(|at| node(&format!("t{at}"), &[])).collect();
    let drawing = draw(&loners, Direction::Down);
    assert!(drawing.size.width < 2500.0 && drawing.size.height < 1000.0, "{:?}", drawing.size);
    assert_eq!(draw(&[], Direction::Down), Layout::default());
}

/// A wide and deep graph of the size that the pages must carry; the time is measured by the bench, here only work
/// that would explode is caught.
#[test]
fn a_thousand_nodes_are_laid_out() {
    let nodes: Vec<_> = (0..1000usize)
        .map(|at| {
            let needs: Vec<String> = [at.wrapping_sub(7), at.wrapping_sub(20), at.wrapping_sub(41)]
                .into_iter()
                .filter(|need| *need < at && (at + need) % 3 != 0)
                .map(|need| format!("t{need}"))
                .collect();
            (format!("t{at}"), needs)
        })
        .collect();
    let drawing = draw(&nodes, Direction::Down);
    assert_eq!(drawing.nodes.len(), 1000);
    for (at, a) in drawing.nodes.iter().enumerate() {
        assert!(drawing.nodes[at + 1..].iter().all(|b| !overlap(a, b)));
    }
}
