//! The sliding window: which items start now. No batches: every end makes room for exactly one more.

use super::{Action, ItemState};

/// An item as the window sees it. Items stand in the order of the backfill; what an item needs stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it does.
    pub action: Action,
    /// Where it stands.
    pub state: ItemState,
    /// The places of the items that must have ended well before it starts.
    pub needs: Vec<usize>,
}

impl Item {
    /// Whether what comes after it may start: it ended well, or a person chose to leave it out.
    fn is_well(&self) -> bool {
        match self.state {
            ItemState::Succeeded => true,
            ItemState::Skipped => self.action == Action::Skip,
            _ => false,
        }
    }
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Next {
    /// Items that start, in order.
    pub start: Vec<usize>,
    /// Items that will never start, with the item whose end is the cause.
    pub skip: Vec<(usize, usize)>,
}

/// Which items start and which are given up, with at most `parallelism` at work at once.
#[must_use]
pub fn next(items: &[Item], parallelism: usize) -> Next {
    let running = items.iter().filter(|item| item.state == ItemState::Running).count();
    let mut room = parallelism.saturating_sub(running);
    let mut next = Next::default();
    let mut given_up = vec![false; items.len()];
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.state == ItemState::Pending) {
        let bad = |need: &&usize| given_up[**need] || (items[**need].state.is_final() && !items[**need].is_well());
        if let Some(cause) = item.needs.iter().find(bad) {
            given_up[at] = true;
            next.skip.push((at, *cause));
        } else if room > 0 && item.needs.iter().all(|need| items[*need].is_well()) {
            room -= 1;
            next.start.push(at);
        }
    }
    next
}
