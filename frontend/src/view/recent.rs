//! The last runs of a workflow as bars: height is duration against the longest, form is state.

use crate::api::run::RunState;
use crate::api::workflow::RecentRun;
use crate::format;
use crate::i18n::{Lang, text};
use crate::view::state;

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The class in `.r14`: empty for done, `f` failed, `s` skipped or stopped, `r` running, `p` planned.
    pub class: &'static str,
    /// Per cent of the strip's height.
    pub height: i64,
    pub title: String,
}

/// The bars, oldest first. `runs` come newest first.
pub fn bars(runs: &[RecentRun], now_ms: i64, lang: Lang) -> Vec<Bar> {
    let took =
        |run: &RecentRun| run.started_at.map(|start| (run.finished_at.map_or(now_ms, |end| end.0) - start.0).max(0));
    let longest = runs.iter().filter_map(took).max().unwrap_or(0).max(1);
    let bar = |run: &RecentRun| {
        let time = took(run);
        let label = state::run(run.state).label(lang);
        let title = match time {
            Some(ms) => format!("{} · {label} · {}", run.business_date, format::duration(ms)),
            None => format!("{} · {label}", run.business_date),
        };
        // The shortest bar stays visible and clickable: a fifth of the strip.
        Bar { class: class(run.state), height: 20 + time.unwrap_or(0) * 80 / longest, title }
    };
    runs.iter().rev().map(bar).collect()
}

fn class(state: RunState) -> &'static str {
    match state {
        RunState::Succeeded => "",
        RunState::Failed => "f",
        RunState::Stopped | RunState::Skipped => "s",
        RunState::Running => "r",
        RunState::Queued | RunState::Paused | RunState::WaitingApproval => "p",
    }
}

/// The strip in words, for those who do not see it.
pub fn sentence(runs: &[RecentRun], lang: Lang) -> String {
    let count = |wanted: RunState| i64::try_from(runs.iter().filter(|run| run.state == wanted).count()).unwrap_or(0);
    if runs.is_empty() {
        return text::workflow_no_runs(lang).to_owned();
    }
    let total = i64::try_from(runs.len()).unwrap_or(0);
    text::workflow_recent_sentence(lang, total, count(RunState::Succeeded), count(RunState::Failed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::scalar::Instant;

    fn run(state: RunState, secs: Option<i64>) -> RecentRun {
        RecentRun {
            id: cynic::Id::new("run:1.1"),
            state,
            business_date: chrono::NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date"),
            started_at: secs.map(|_| Instant(0)),
            finished_at: secs.map(|secs| Instant(secs * 1000)),
        }
    }

    #[test]
    fn the_longest_run_fills_the_strip_and_order_is_time() {
        let runs = [run(RunState::Failed, Some(50)), run(RunState::Succeeded, Some(100)), run(RunState::Skipped, None)];
        let bars = bars(&runs, 0, Lang::En);
        assert_eq!(
            bars.iter().map(|bar| (bar.class, bar.height)).collect::<Vec<_>>(),
            [("s", 20), ("", 100), ("f", 60)]
        );
        assert_eq!(bars[2].title, "2026-11-20 · Failed · 50s");
    }

    #[test]
    fn a_running_run_grows_with_the_clock() {
        let mut going = run(RunState::Running, Some(0));
        going.finished_at = None;
        let bars = bars(&[run(RunState::Succeeded, Some(100)), going], 50_000, Lang::En);
        assert_eq!((bars[0].class, bars[0].height), ("r", 60));
    }
}
