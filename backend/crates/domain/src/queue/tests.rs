//! The arithmetic of turns, ranks and limits over random queues, and its rules one by one.

use proptest::prelude::*;

use super::*;

const HOUR_MS: i64 = 3_600_000;

fn place(class: Class, rank_ms: i64) -> Place {
    Place { class, rank_ms, run: 1, ordinal: 0 }
}

fn job(rank_ms: i64) -> Job {
    Job { place: place(Class::Production, rank_ms), needs: Vec::new() }
}

fn jobs(count: i64) -> Vec<Job> {
    (0..count).map(job).collect()
}

fn queue(held: u64, jobs: Vec<Job>) -> Queue {
    Queue { weight: 1, held, room: None, jobs }
}

/// The queues that the picked jobs are of.
fn turns(picked: &Picked) -> Vec<usize> {
    picked.taken.iter().map(|(queue, _)| *queue).collect()
}

#[test]
fn what_waits_long_enough_goes_before_what_is_more_important() {
    let rank = |priority, waited_ms: i64| rank_ms(priority, -waited_ms);
    let new = 0;
    assert!(rank(Priority::Urgent, new) < rank(Priority::High, new));
    assert!(rank(Priority::High, new) < rank(Priority::Normal, new));
    assert!(rank(Priority::Normal, new) < rank(Priority::Low, new));
    for (lower, higher, hours) in [
        (Priority::Low, Priority::Normal, 1),
        (Priority::Normal, Priority::High, 1),
        (Priority::Low, Priority::High, 2),
        (Priority::Normal, Priority::Urgent, 24),
        (Priority::Low, Priority::Urgent, 25),
    ] {
        assert!(rank(lower, hours * HOUR_MS) <= rank(higher, new), "{lower:?} {higher:?}");
        assert!(rank(lower, hours * HOUR_MS - 1) > rank(higher, new), "{lower:?} {higher:?}");
    }
    assert_eq!(rank_ms(Priority::Urgent, i64::MIN), i64::MIN);
}

#[test]
fn levels_and_classes_read_back() {
    for priority in [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent] {
        assert_eq!(Priority::of_level(priority.level()), Some(priority));
    }
    assert!(Class::ALL.into_iter().all(|class| Class::of_number(class.number()) == class));
}

#[test]
fn tenants_take_turns_by_what_they_hold() {
    let queues = [queue(0, jobs(9)), queue(2, jobs(9))];
    assert_eq!(turns(&pick(6, &queues, &mut [])), [0, 0, 1, 0, 1, 0]);
    let double = [Queue { weight: 2, ..queue(0, jobs(9)) }, queue(0, jobs(9))];
    assert_eq!(turns(&pick(6, &double, &mut [])).iter().filter(|it| **it == 0).count(), 4);
}

#[test]
fn of_equals_the_one_that_waits_longest_is_next() {
    let queues = [queue(1, vec![job(7)]), queue(1, vec![job(5)]), queue(1, vec![job(6)])];
    assert_eq!(turns(&pick(3, &queues, &mut [])), [1, 2, 0]);
}

#[test]
fn background_waits_for_all_production() {
    let background = |rank_ms| Job { place: place(Class::Background, rank_ms), needs: Vec::new() };
    let queues = [queue(0, vec![job(5), background(0)]), queue(9, vec![job(1), job(2), background(0)])];
    let picked = pick(9, &queues, &mut []);
    assert_eq!(picked.taken, [(0, 0), (1, 0), (1, 1), (0, 1), (1, 2)]);
    assert!(!picked.left);
}

#[test]
fn a_quota_ends_a_turn() {
    let queues = [Queue { room: Some(2), ..queue(0, jobs(9)) }, queue(5, jobs(2))];
    let picked = pick(9, &queues, &mut []);
    assert_eq!(turns(&picked), [0, 0, 1, 1]);
    assert!(!picked.left, "what the quota holds back does not lack a worker");
}

fn needing(rank_ms: i64, needs: &[(usize, u32)]) -> Job {
    let needs = needs.iter().map(|(limit, weight)| Need { limit: *limit, weight: *weight }).collect();
    Job { needs, ..job(rank_ms) }
}

fn limit(slots: u32, used: u64) -> Limit {
    Limit { slots, used, parked: None }
}

#[test]
fn what_gets_no_slots_goes_to_the_side() {
    let mut limits = [limit(3, 1), limit(1, 1)];
    let jobs = vec![
        needing(1, &[(0, 1)]),
        needing(2, &[(0, 1), (1, 1)]),
        needing(3, &[]),
        needing(4, &[(0, 2)]),
        needing(5, &[(0, 1)]),
    ];
    let picked = pick(9, &[queue(0, jobs)], &mut limits);
    assert_eq!(picked.taken, [(0, 0), (0, 2)]);
    let parked: Vec<_> = picked.parked.iter().map(|it| (it.job, it.limit, it.hold)).collect();
    // The last one would fit, but the one before it waits for the same slots.
    assert_eq!(parked, [(1, 1, Hold::Full), (3, 0, Hold::Full), (4, 0, Hold::Full)]);
    assert_eq!((limits[0].used, limits[0].parked), (2, Some(place(Class::Production, 4))));
}

#[test]
fn nobody_overtakes_what_was_parked_before_but_the_more_important() {
    let parked = Limit { parked: Some(place(Class::Production, 5)), ..limit(4, 2) };
    let later = pick(9, &[queue(0, vec![needing(6, &[(0, 1)])])], &mut [parked]);
    assert_eq!((later.taken.len(), later.parked.len()), (0, 1));
    let before = pick(9, &[queue(0, vec![needing(4, &[(0, 1)])])], &mut [parked]);
    assert_eq!((before.taken.len(), before.parked.len()), (1, 0));
}

#[test]
fn what_can_never_fit_holds_nobody_up() {
    let mut limits = [limit(2, 0), limit(0, 0)];
    let jobs = vec![needing(1, &[(0, 3)]), needing(2, &[(0, 2), (1, 1)]), needing(3, &[(0, 2)])];
    let picked = pick(9, &[queue(0, jobs)], &mut limits);
    assert_eq!(picked.taken, [(0, 2)]);
    let parked: Vec<_> = picked.parked.iter().map(|it| (it.job, it.limit, it.hold)).collect();
    assert_eq!(parked, [(0, 0, Hold::TooSmall), (1, 1, Hold::TooSmall)]);
}

#[test]
fn as_many_go_on_as_fit_the_best_first() {
    assert_eq!(fitting(0, [1]), 0);
    assert_eq!(fitting(3, [1, 1, 2, 1]), 2);
    assert_eq!(fitting(3, [4, 1]), 0);
    assert_eq!(fitting(u64::MAX, [u32::MAX; 3]), 3);
}

/// Eight workers, which the large department holds; the job that runs longest ends next.
#[test]
fn ten_thousand_jobs_don_t_starve_five() {
    let mut queues = [queue(8, jobs(10_000)), queue(0, (20_000..20_005).map(job).collect())];
    let mut running = std::collections::VecDeque::from([0; 8]);
    for ends in 1.. {
        let over = running.pop_front().expect("eight run");
        queues[over].held -= 1;
        for (turn, at) in pick(1, &queues, &mut []).taken {
            queues[turn].held += 1;
            queues[turn].jobs.remove(at);
            running.push_back(turn);
        }
        if queues[1].jobs.is_empty() {
            break;
        }
        assert!(ends < 12, "the small department waits");
    }
}

fn a_queue() -> impl Strategy<Value = Queue> {
    let jobs = proptest::collection::vec((any::<bool>(), 0_i64..50), 0..12);
    (0_u32..4, 0_u64..6, proptest::option::of(0_u64..6), jobs).prop_map(|(weight, held, room, jobs)| {
        let class = |background| if background { Class::Background } else { Class::Production };
        let mut places: Vec<Place> =
            jobs.into_iter().map(|(background, rank_ms)| place(class(background), rank_ms)).collect();
        places.sort_unstable();
        let jobs = places.into_iter().map(|place| Job { place, needs: Vec::new() }).collect();
        Queue { weight, held, room, jobs }
    })
}

proptest! {
    #[test]
    fn no_slot_stays_free_and_no_bound_is_passed(want in 0_usize..20, queues in proptest::collection::vec(a_queue(), 0..6)) {
        let picked = pick(want, &queues, &mut []);
        let most = |queue: &Queue| queue.room.unwrap_or(u64::MAX).min(queue.jobs.len() as u64);
        let ready: u64 = queues.iter().map(most).sum();
        prop_assert_eq!(picked.taken.len() as u64, ready.min(want as u64));
        prop_assert_eq!(picked.left, ready > want as u64);
        for (at, queue) in queues.iter().enumerate() {
            let taken: Vec<usize> = picked.taken.iter().filter(|(turn, _)| *turn == at).map(|(_, job)| *job).collect();
            prop_assert!(taken.len() as u64 <= most(queue));
            prop_assert_eq!(&taken, &(0..taken.len()).collect::<Vec<_>>(), "in their order, each once");
        }
    }

    #[test]
    fn nobody_gets_more_while_another_one_waits_with_less(want in 0_usize..20, queues in proptest::collection::vec(a_queue(), 0..6)) {
        let picked = pick(want, &queues, &mut []);
        let class = |(turn, job): &(usize, usize)| queues[*turn].jobs[*job].place.class;
        prop_assert!(picked.taken.is_sorted_by_key(class), "production first");
        let taken = |at: usize| picked.taken.iter().filter(|(turn, _)| *turn == at).count() as u64;
        for (poor, queue) in queues.iter().enumerate() {
            let left = queue.jobs.get(taken(poor) as usize).filter(|_| queue.room.is_none_or(|room| taken(poor) < room));
            let Some(left) = left else { continue };
            for (rich, other) in queues.iter().enumerate().filter(|(rich, _)| *rich != poor && taken(*rich) > 0) {
                let last = other.jobs[taken(rich) as usize - 1].place.class;
                prop_assert!(last <= left.place.class);
                if last == left.place.class {
                    // When the other one got its last job, it held no more for its weight than this one has now.
                    let (rich, poor) = (other.held + taken(rich) - 1, queue.held + taken(poor));
                    prop_assert!(rich * u64::from(queue.weight.max(1)) <= poor * u64::from(other.weight.max(1)));
                }
            }
        }
    }

    #[test]
    fn limits_hold_and_nothing_is_forgotten(
        want in 0_usize..20,
        sizes in proptest::collection::vec((0_u32..5, 0_u64..5), 3),
        needs in proptest::collection::vec(proptest::collection::btree_map(0_usize..3, 1_u32..4, 0..3), 0..15),
    ) {
        let before: Vec<Limit> = sizes.iter().map(|(slots, used)| limit(*slots, *used)).collect();
        let jobs: Vec<Job> = needs.iter().enumerate().map(|(at, needs)| {
            needing(at as i64, &needs.iter().map(|(limit, weight)| (*limit, *weight)).collect::<Vec<_>>())
        }).collect();
        let mut limits = before.clone();
        let picked = pick(want, &[queue(0, jobs.clone())], &mut limits);
        prop_assert!(picked.taken.len() <= want);
        for (at, limit) in limits.iter().enumerate() {
            let needed: u64 = picked.taken.iter().flat_map(|(_, job)| &jobs[*job].needs).filter(|need| need.limit == at).map(|need| u64::from(need.weight)).sum();
            prop_assert_eq!(limit.used, before[at].used + needed);
            prop_assert!(needed == 0 || limit.used <= u64::from(limit.slots));
        }
        let seen = picked.taken.len() + picked.parked.len();
        prop_assert!(seen == jobs.len() || (picked.left && picked.taken.len() == want));
    }
}
