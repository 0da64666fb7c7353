//! Dates, choices and the window of backfills.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::downstream::{Member, downstream};
use super::window::{Item, next};
use super::*;
use crate::calendar::Calendars;
use crate::id::WorkflowId;

fn day(text: &str) -> BizDate {
    text.parse().expect("a date")
}

#[test]
fn the_days_of_a_range_are_dates_or_have_a_reason() {
    let calendar = Calendars::builtin().get("SSE").expect("built in");
    let found = dates(&calendar, day("2026-02-12"), day("2026-02-25"), Order::Forward);
    let names: Vec<String> = found.dates.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["2026-02-12", "2026-02-13", "2026-02-24", "2026-02-25"]);
    assert_eq!(found.without.len(), 10);
    let told: BTreeSet<String> = found.without.iter().map(|it| it.text(Lang::En)).collect();
    assert!(told.contains("Spring Festival") || told.contains("weekend"), "{told:?}");
    let back = dates(&calendar, day("2026-02-12"), day("2026-02-25"), Order::Backward);
    assert_eq!(back.dates, found.dates.iter().rev().copied().collect::<Vec<_>>());
    let beyond = dates(&calendar, day("2299-01-01"), day("2299-01-03"), Order::Forward);
    assert_eq!((beyond.dates.len(), beyond.without.len()), (0, 3));
    assert!(beyond.without.iter().all(|it| it.closed.is_none()));
}

#[test]
fn what_is_in_place_is_skipped_or_repeated_and_work_blocks() {
    let check = |found, ended, active, own, expect| {
        assert_eq!(planned(found, Choices { ended, active }, own), expect, "{found:?} {ended:?} {active:?} {own:?}");
    };
    let (ended, active) = (Some(InPlace::Run(RunState::Failed)), Some(InPlace::Run(RunState::Running)));
    check(None, Choice::Skip, None, None, Some(Action::Create));
    check(ended, Choice::Skip, None, None, Some(Action::Skip));
    check(ended, Choice::Rerun, None, None, Some(Action::Rerun));
    check(ended, Choice::Skip, None, Some(Choice::Rerun), Some(Action::Rerun));
    check(active, Choice::Rerun, None, None, None);
    check(active, Choice::Rerun, Some(Choice::Skip), None, Some(Action::Skip));
    check(active, Choice::Skip, None, Some(Choice::Rerun), Some(Action::Rerun));
    check(Some(InPlace::OtherBackfill), Choice::Rerun, None, None, None);
    check(Some(InPlace::OtherBackfill), Choice::Skip, Some(Choice::Rerun), None, Some(Action::Rerun));
}

#[test]
fn downstream_workflows_come_after_what_they_wait_for() {
    let id = WorkflowId;
    let awaits = |pairs: &[(i64, &[i64])]| -> BTreeMap<WorkflowId, BTreeSet<WorkflowId>> {
        pairs.iter().map(|(of, on)| (id(*of), on.iter().copied().map(id).collect())).collect()
    };
    let members = downstream(id(1), &awaits(&[(2, &[1]), (3, &[1, 2, 9]), (4, &[3]), (5, &[9])]));
    let expect = [(1, vec![]), (2, vec![1]), (3, vec![1, 2]), (4, vec![3])];
    let expect = expect.map(|(of, on)| Member { workflow: id(of), needs: on.into_iter().map(id).collect() });
    assert_eq!(members, expect);
    // In a circle, and waiting for itself.
    let members = downstream(id(1), &awaits(&[(1, &[1, 2]), (2, &[1])]));
    assert_eq!(members.iter().map(|it| (it.workflow.0, it.needs.len())).collect::<Vec<_>>(), [(1, 0), (2, 1)]);
}

/// Items of some dates with the same needs among the workflows of each date.
fn items(dates: usize, needs: &[Vec<usize>], skipped: &[usize]) -> Vec<Item> {
    let width = needs.len();
    let item = |at: usize| {
        let needs = needs[at % width].iter().map(|need| at - at % width + need).collect();
        if skipped.contains(&at) {
            Item { action: Action::Skip, state: ItemState::Skipped, needs }
        } else {
            Item { action: Action::Create, state: ItemState::Pending, needs }
        }
    };
    (0..dates * width).map(item).collect()
}

/// Workflows that need some of those before them.
fn any_needs() -> impl Strategy<Value = Vec<Vec<usize>>> {
    proptest::collection::vec(any::<u8>(), 1..5).prop_map(|masks| {
        let of = |(at, mask): (usize, &u8)| (0..at).filter(|need| mask & (1 << need) != 0).collect();
        masks.iter().enumerate().map(of).collect()
    })
}

proptest! {
    #[test]
    fn the_window_slides_over_everything(
        dates in 1_usize..12,
        needs in any_needs(),
        skipped in proptest::collection::vec(0_usize..40, 0..4),
        parallelism in 1_usize..6,
        ends in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..4), 64),
    ) {
        let mut items = items(dates, &needs, &skipped);
        for (which, luck) in ends {
            let now = next(&items, parallelism);
            for (at, _) in &now.skip {
                items[*at].state = ItemState::Skipped;
            }
            // In order: nothing that could have started stands before what starts.
            prop_assert!(now.start.windows(2).all(|two| two[0] < two[1]));
            for at in &now.start {
                prop_assert!(items[*at].needs.iter().all(|need| items[*need].is_final_and_fine()));
                items[*at].state = ItemState::Running;
            }
            let running: Vec<usize> = (0..items.len()).filter(|at| items[*at].state == ItemState::Running).collect();
            prop_assert!(running.len() <= parallelism);
            // Never batch by batch: while there is room, whatever may start has started.
            let again = next(&items, parallelism);
            prop_assert!(again.start.is_empty() && again.skip.is_empty());
            if running.is_empty() {
                // No work and nothing to start: everything is decided.
                prop_assert!(items.iter().all(|item| item.state.is_final()));
                return Ok(());
            }
            let ended = running[which.index(running.len())];
            items[ended].state = if luck == 0 { ItemState::Failed } else { ItemState::Succeeded };
        }
    }
}

impl Item {
    fn is_final_and_fine(&self) -> bool {
        self.state == ItemState::Succeeded || (self.state == ItemState::Skipped && self.action == Action::Skip)
    }
}
