//! Which workflows come after one, because they wait for its runs, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::WorkflowId;

/// A workflow of a backfill, and those of them whose runs of the same date must have ended well before its own starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The workflow.
    pub workflow: WorkflowId,
    /// What it comes after; all of it stands before it in the list.
    pub needs: Vec<WorkflowId>,
}

/// The workflow and all that wait for it, directly or through others, each after what it waits for. Where workflows wait
/// for each other in a circle (of different dates, say), one of the circle goes first.
#[must_use]
pub fn downstream(root: WorkflowId, awaits: &BTreeMap<WorkflowId, BTreeSet<WorkflowId>>) -> Vec<Member> {
    let mut after: BTreeMap<WorkflowId, Vec<WorkflowId>> = BTreeMap::new();
    for (workflow, awaited) in awaits {
        for upstream in awaited {
            after.entry(*upstream).or_default().push(*workflow);
        }
    }
    let order = in_order(root, &after);
    let place: BTreeMap<WorkflowId, usize> = order.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let needs = |id: &WorkflowId| {
        let awaited = awaits.get(id).into_iter().flatten().copied();
        awaited.filter(|upstream| place.get(upstream).is_some_and(|at| *at < place[id])).collect()
    };
    order.iter().map(|id| Member { workflow: *id, needs: if *id == root { Vec::new() } else { needs(id) } }).collect()
}

/// Everything that can be reached, in reverse of the order in which a walk in depth leaves it.
fn in_order(root: WorkflowId, after: &BTreeMap<WorkflowId, Vec<WorkflowId>>) -> Vec<WorkflowId> {
    const NONE: &[WorkflowId] = &[];
    let next = |id: &WorkflowId| after.get(id).map_or(NONE, Vec::as_slice);
    let mut seen = BTreeSet::from([root]);
    let mut left = Vec::new();
    let mut path = vec![(root, 0)];
    while let Some((id, at)) = path.pop() {
        match next(&id).get(at) {
            None => left.push(id),
            Some(below) => {
                path.push((id, at + 1));
                if seen.insert(*below) {
                    path.push((*below, 0));
                }
            }
        }
    }
    left.reverse();
    left
}
