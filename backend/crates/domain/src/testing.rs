//! Builders and proptest strategies for tests, here and (with feature `testing`) in other crates.

use proptest::prelude::*;

/// Graphs without a cycle, of 1 to `max` nodes, as names and needs in shuffled order.
pub fn any_graph(max: usize) -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let node = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    prop::collection::vec(node, 1..=max)
        .prop_map(|wanted| {
            let name = |node: usize| format!("task{node}");
            let needs = |node: usize, wanted: &[prop::sample::Index]| {
                let mut needs: Vec<usize> =
                    if node == 0 { vec![] } else { wanted.iter().map(|it| it.index(node)).collect() };
                needs.sort_unstable();
                needs.dedup();
                needs.into_iter().map(name).collect()
            };
            wanted.iter().enumerate().map(|(node, wanted)| (name(node), needs(node, wanted))).collect::<Vec<_>>()
        })
        .prop_shuffle()
}
