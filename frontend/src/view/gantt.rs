//! The time line of a run: bars of its tasks between a start and an end, and the ticks of the axis.

use crate::api::scalar::Instant;
use crate::api::task::{TaskRun, TaskState};
use crate::format;

/// The stretch of time that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    pub from_ms: i64,
    pub to_ms: i64,
}

/// A bar; places are per cent of the span.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub class: &'static str,
    pub x: f64,
    pub w: f64,
}

impl Span {
    /// From the run's start to its end, or a little past now while it goes on.
    pub fn of(started_ms: i64, finished_ms: Option<i64>, now_ms: i64) -> Self {
        let end = finished_ms.unwrap_or(now_ms).max(started_ms);
        let room = ((end - started_ms) / 25).max(500);
        Self { from_ms: started_ms - room / 2, to_ms: end + room }
    }

    /// Where an instant lies, in per cent, kept within the span.
    pub fn place(self, ms: i64) -> f64 {
        let length = (self.to_ms - self.from_ms).max(1) as f64;
        ((ms - self.from_ms) as f64 / length * 100.0).clamp(0.0, 100.0)
    }

    fn bar(self, class: &'static str, from: i64, to: i64) -> Bar {
        let x = self.place(from);
        Bar { class, x, w: (self.place(to) - x).max(0.4) }
    }

    /// Four to eight round instants, each with its label.
    pub fn ticks(self, offset_min: i32) -> Vec<(f64, String)> {
        const STEPS: [i64; 17] =
            [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 86_400];
        let length = (self.to_ms - self.from_ms) / 1000;
        let fitting = STEPS.into_iter().find(|step| length / step <= 7);
        let step = fitting.unwrap_or((length / 7 / 86_400 + 1) * 86_400) * 1000;
        let shift = i64::from(offset_min) * 60_000;
        let first = (self.from_ms + shift).div_euclid(step) * step + step - shift;
        let label = if step < 60_000 { format::clock_secs } else { format::clock };
        (0..10)
            .map(|n| first + n * step)
            .take_while(|at| *at < self.to_ms)
            .map(|at| (self.place(at), label(at, offset_min)))
            // At the very edges a label would stand on its neighbours.
            .filter(|(place, _)| (3.0..97.0).contains(place))
            .collect()
    }
}

/// The bars of a task: its wait for a slot, then its newest attempt.
pub fn bars(task: &TaskRun, span: Span, now_ms: i64) -> Vec<Bar> {
    let ms = |at: Option<Instant>| at.map(|at| at.0);
    let mut bars = Vec::new();
    let until = ms(task.finished_at).unwrap_or(now_ms);
    if let Some(ready) = ms(task.ready_at) {
        let end = ms(task.started_at).unwrap_or(until);
        if end > ready {
            bars.push(span.bar("b b--queue", ready, end));
        }
    }
    if let Some(start) = ms(task.started_at) {
        let class = if task.marked { "b b--forced" } else { class(task.state) };
        bars.push(span.bar(class, start, until.max(start)));
    }
    bars
}

fn class(state: TaskState) -> &'static str {
    match state {
        TaskState::Succeeded => "b b--ok",
        TaskState::Failed | TaskState::Lost => "b b--fail",
        TaskState::TimedOut => "b b--lateb",
        TaskState::Running | TaskState::Claimed => "b b--run",
        TaskState::Waiting => "b b--wait",
        _ => "b b--plan",
    }
}

/// How long a task has run, or ran.
pub fn took(task: &TaskRun, now_ms: i64) -> Option<i64> {
    let start = task.started_at?.0;
    let going = task.state.is_active() || task.state == TaskState::Waiting;
    match task.finished_at {
        Some(end) => Some(end.0 - start),
        None if going => Some(now_ms - start),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(state: TaskState, ready: i64, start: Option<i64>, end: Option<i64>) -> TaskRun {
        TaskRun {
            id: cynic::Id::new("taskRun:1.1.0"),
            ordinal: 0,
            name: "load".to_owned(),
            kind: "shell".to_owned(),
            state,
            attempt: 1,
            generation: 1,
            ready_at: Some(Instant(ready)),
            started_at: start.map(Instant),
            finished_at: end.map(Instant),
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

    #[test]
    fn a_bar_lies_where_its_time_lies() {
        let span = Span { from_ms: 0, to_ms: 100_000 };
        let bars = bars(&task(TaskState::Succeeded, 10_000, Some(20_000), Some(70_000)), span, 0);
        assert_eq!(
            bars.iter().map(|bar| (bar.class, bar.x, bar.w)).collect::<Vec<_>>(),
            [("b b--queue", 10.0, 10.0), ("b b--ok", 20.0, 50.0)]
        );
    }

    #[test]
    fn what_goes_on_ends_now() {
        let going = task(TaskState::Running, 0, Some(0), None);
        assert_eq!(took(&going, 30_000), Some(30_000));
        assert_eq!(took(&task(TaskState::Ready, 0, None, None), 30_000), None);
        let span = Span::of(0, None, 50_000);
        assert!(span.place(50_000) < 100.0 && span.place(0) > 0.0);
    }

    #[test]
    fn ticks_are_round_in_the_shown_zone() {
        let span = Span { from_ms: 1_795_214_538_377, to_ms: 1_795_214_538_377 + 4 * 3_600_000 };
        let ticks = span.ticks(480);
        assert_eq!(ticks.first().map(|(_, label)| label.as_str()), Some("07:00"));
        assert!((4..=8).contains(&ticks.len()), "{ticks:?}");
        let short = Span { from_ms: 0, to_ms: 4_000 }.ticks(0);
        assert_eq!(short[0].1, "00:00:01");
    }
}
