//! Which tasks decided how long a run took, and how tasks compare with each other and with the run before.

use std::collections::BTreeMap;

use crate::api::look::ComparedTask;
use crate::api::task::{ItemCounts, TaskRun, TaskState};
use crate::format;
use crate::view::gantt;
use crate::view::graph::Drawing;

/// The nodes of the drawing that decided when the run ended, or decide when it will: back from the task that ended
/// last, each time to the need that ended last. A task that has not ended yet ends after all that have.
pub fn critical(drawing: &Drawing, tasks: &BTreeMap<i32, TaskRun>) -> Vec<usize> {
    let task = |index: usize| drawing.nodes.get(index).and_then(|node| tasks.get(&node.task.ordinal));
    let end = |index: usize| {
        let task = task(index)?;
        match (task.finished_at, task.started_at) {
            (Some(end), Some(_)) => Some(end.0),
            (None, Some(_)) if !task.state.is_final() => Some(i64::MAX),
            _ => None,
        }
    };
    let latest = |nodes: &mut dyn Iterator<Item = usize>| {
        nodes.filter_map(|index| Some((end(index)?, index))).max_by_key(|(end, _)| *end).map(|(_, index)| index)
    };
    let mut path = Vec::new();
    let mut next = latest(&mut (0..drawing.nodes.len()));
    while let Some(index) = next {
        if path.contains(&index) {
            break;
        }
        path.push(index);
        next = latest(&mut drawing.edges.iter().filter(|edge| edge.to == index).map(|edge| edge.from));
    }
    path.reverse();
    path
}

/// How a task's time compares with the longest of its run: 0 for none, 1 to 4.
pub fn weight(took_ms: Option<i64>, longest_ms: i64) -> u8 {
    match took_ms {
        None => 0,
        Some(took) if took * 4 >= longest_ms * 3 => 4,
        Some(took) if took * 2 >= longest_ms => 3,
        Some(took) if took * 5 >= longest_ms => 2,
        Some(_) => 1,
    }
}

/// The longest time that a task of the run took, at least a millisecond.
pub fn longest(tasks: &[TaskRun], now_ms: i64) -> i64 {
    tasks.iter().filter_map(|task| gantt::took(task, now_ms)).max().unwrap_or(0).max(1)
}

/// How items stand as it fits on a node: `312/10,000`.
pub fn item_words(items: ItemCounts) -> String {
    format!("{}/{}", format::count(i64::from(items.ended)), format::count(i64::from(items.total)))
}

/// A part of items as per cent.
pub fn share(part: i32, items: ItemCounts) -> f64 {
    f64::from(part) * 100.0 / f64::from(items.total.max(1))
}

/// A task beside the same task of another run.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    pub name: String,
    pub now: Option<(TaskState, Option<i64>)>,
    pub before: Option<(TaskState, Option<i64>)>,
}

impl Pair {
    /// How much longer it took, when both took a time.
    pub fn longer_ms(&self) -> Option<i64> {
        Some(self.now.as_ref()?.1? - self.before.as_ref()?.1?)
    }
}

/// The tasks of a run beside those of another, in this one's order; what only the other has comes last.
pub fn pairs(now: &[TaskRun], before: &[ComparedTask], now_ms: i64) -> Vec<Pair> {
    let took = |task: &ComparedTask| Some(task.finished_at?.0 - task.started_at?.0);
    let find = |name: &str| before.iter().find(|task| task.name == name).map(|task| (task.state, took(task)));
    let here = now.iter().map(|task| Pair {
        name: task.name.clone(),
        now: Some((task.state, gantt::took(task, now_ms))),
        before: find(&task.name),
    });
    let gone = before.iter().filter(|task| now.iter().all(|other| other.name != task.name));
    here.chain(gone.map(|task| Pair { name: task.name.clone(), now: None, before: Some((task.state, took(task))) }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::scalar::Instant;
    use crate::api::workflow::GraphTask;
    use crate::view::graph;

    fn run(ordinal: i32, name: &str, times: Option<(i64, Option<i64>)>, state: TaskState) -> TaskRun {
        TaskRun {
            id: cynic::Id::new(format!("taskRun:1.1.{ordinal}")),
            ordinal,
            name: name.to_owned(),
            kind: "shell".to_owned(),
            state,
            attempt: 1,
            generation: 1,
            ready_at: None,
            started_at: times.map(|(start, _)| Instant(start)),
            finished_at: times.and_then(|(_, end)| end).map(Instant),
            retry_at: None,
            exit_code: None,
            reason: None,
            held: false,
            marked: false,
            overdue_at: None,
            item_index: None,
            items: None,
        }
    }

    fn diamond() -> Drawing {
        let task = |ordinal: i32, name: &str, needs: &[&str]| GraphTask {
            ordinal,
            name: name.to_owned(),
            title: None,
            kind: "shell".to_owned(),
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        };
        let tasks = [task(0, "a", &[]), task(1, "b", &["a"]), task(2, "c", &["a"]), task(3, "d", &["b", "c"])];
        graph::draw(&tasks).expect("a sound graph")
    }

    fn ended(tasks: [TaskRun; 4]) -> BTreeMap<i32, TaskRun> {
        tasks.into_iter().map(|task| (task.ordinal, task)).collect()
    }

    #[test]
    fn the_path_goes_back_through_what_ended_last() {
        use TaskState::*;
        let tasks = ended([
            run(0, "a", Some((0, Some(10))), Succeeded),
            run(1, "b", Some((10, Some(90))), Succeeded),
            run(2, "c", Some((10, Some(40))), Succeeded),
            run(3, "d", Some((90, Some(99))), Succeeded),
        ]);
        assert_eq!(critical(&diamond(), &tasks), [0, 1, 3]);
    }

    #[test]
    fn what_still_runs_decides() {
        use TaskState::*;
        let tasks = ended([
            run(0, "a", Some((0, Some(10))), Succeeded),
            run(1, "b", Some((10, Some(90))), Succeeded),
            run(2, "c", Some((10, None)), Running),
            run(3, "d", None, Pending),
        ]);
        assert_eq!(critical(&diamond(), &tasks), [0, 2]);
        assert_eq!(critical(&Drawing::default(), &BTreeMap::new()), [0; 0]);
    }

    #[test]
    fn weights_follow_the_longest() {
        let weights = [Some(100), Some(75), Some(50), Some(20), Some(1), None].map(|took| weight(took, 100));
        assert_eq!(weights, [4, 4, 3, 2, 1, 0]);
    }

    #[test]
    fn pairs_stand_side_by_side() {
        let before = |name: &str, end: i64| ComparedTask {
            name: name.to_owned(),
            state: TaskState::Succeeded,
            attempt: 1,
            started_at: Some(Instant(0)),
            finished_at: Some(Instant(end)),
        };
        let now = [run(0, "a", Some((0, Some(30))), TaskState::Failed), run(1, "new", None, TaskState::Pending)];
        let pairs = pairs(&now, &[before("a", 10), before("old", 5)], 0);
        let names: Vec<&str> = pairs.iter().map(|pair| pair.name.as_str()).collect();
        assert_eq!(names, ["a", "new", "old"]);
        assert_eq!((pairs[0].longer_ms(), pairs[1].longer_ms()), (Some(20), None));
        assert_eq!(pairs[2].now, None);
    }

    #[test]
    fn items_are_counted_with_groups() {
        let items = ItemCounts { total: 10_000, ended: 312, succeeded: 310, failed: 2, under_way: 20 };
        assert!(item_words(items).starts_with("312/10"));
        assert!((share(312, items) - 3.12).abs() < 1e-9);
    }
}
