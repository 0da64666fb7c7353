//! Faults by table, orders by property.

use proptest::prelude::*;

use super::*;
use crate::testing::any_graph;

/// A graph from lines `name: need need`.
fn graph(text: &str) -> Vec<(&str, Vec<&str>)> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (name, needs) = line.split_once(':').expect("a line has a colon");
            (name.trim(), needs.split_whitespace().collect())
        })
        .collect()
}

fn check(text: &str, expect: &[&str]) {
    let faults: Vec<String> = match Dag::new(&graph(text)) {
        Ok(_) => vec![],
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(faults, expect, "{text}");
}

#[test]
fn faults_are_named() {
    check("", &[]);
    check("a:\nb: a\nc: a b", &[]);
    check("a: b", &["`b` does not exist"]);
    check("a:\na:", &["`a` is given twice"]);
    check("a: a", &["cycle: a → a"]);
    check("a: b\nb: a", &["cycle: a → b → a"]);
    check(
        "a: b\nb: c\nc: a\nd: c\ne: d",
        &["cycle: a → b → c → a", "`d` needs a task of a cycle", "`e` needs a task of a cycle"],
    );
    check(
        "a: b\nb: a\nc: d x\nd: c\nc:",
        &["`c` is given twice", "`x` does not exist", "cycle: a → b → a", "cycle: c → d → c"],
    );
    // The shortest circle of a knot is told.
    check("a: b\nb: c\nc: a b", &["cycle: a → b → c → a"]);
    check("b: a c\na: b\nc: a", &["cycle: b → a → b"]);
}

#[test]
fn a_need_given_twice_counts_once() {
    let dag = Dag::new(&graph("a:\nb: a a")).expect("sound");
    assert_eq!(dag.needs(1), [0]);
    assert_eq!(dag.dependents(0), [1]);
}

#[test]
fn levels_and_sets() {
    let dag = Dag::new(&graph("report: price check\nload:\nprice: load\ncheck: price\nnotify: load")).expect("sound");
    let names = |nodes: &[usize]| nodes.iter().map(|node| dag.name(*node)).collect::<Vec<_>>().join(" ");
    assert_eq!(
        dag.levels().iter().map(|level| names(level)).collect::<Vec<_>>(),
        ["load", "price notify", "check", "report"]
    );
    assert_eq!(names(dag.order()), "load price notify check report");
    let load = dag.index_of("load").expect("a node");
    assert_eq!(dag.downstream(load).len(), 4);
    assert_eq!(dag.upstream(0).len(), 3);
    assert_eq!(dag.index_of("nobody"), None);
}

proptest! {
    #[test]
    fn every_node_comes_after_its_needs(nodes in any_graph(40)) {
        let dag = Dag::new(&nodes).expect("made without a cycle");
        let mut place = vec![usize::MAX; dag.len()];
        for (at, node) in dag.order().iter().enumerate() {
            place[*node] = at;
        }
        for node in 0..dag.len() {
            prop_assert!(place[node] < dag.len(), "every node has a place");
            for need in dag.needs(node) {
                prop_assert!(place[*need] < place[node]);
                prop_assert!(dag.level(*need) < dag.level(node));
                prop_assert!(dag.upstream(node).contains(need));
                prop_assert!(dag.downstream(*need).contains(&node));
            }
        }
    }

    #[test]
    fn a_back_edge_makes_a_cycle_that_really_is_one(
        mut nodes in any_graph(30), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(),
    ) {
        let (from, to) = (from.index(nodes.len()), to.index(nodes.len()));
        let name = nodes[to].0.clone();
        nodes[from].1.push(name);
        let by_name: HashMap<_, _> = nodes.iter().cloned().collect();
        match Dag::new(&nodes) {
            Ok(dag) => prop_assert_eq!(dag.order().len(), nodes.len()),
            Err(faults) => {
                let path = faults.iter().find_map(|fault| match fault {
                    Fault::Cycle { path, .. } => Some(path.clone()),
                    _ => None,
                }).expect("an edge can only add a cycle");
                prop_assert_eq!(path.first(), path.last());
                for pair in path.windows(2) {
                    prop_assert!(by_name[&pair[0]].contains(&pair[1]), "{:?}", path);
                }
            }
        }
    }
}
