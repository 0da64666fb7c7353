//! How states look: a code for CSS and tests, a glyph, a label. Never colour alone.

use crate::api::run::{RunCause, RunState};
use crate::api::session::Role;
use crate::api::task::{AttemptState, TaskRun, TaskState};
use crate::i18n::{Lang, Word, text};
use crate::icon::Icon;

/// The look of a state; `code` is the suffix of the classes `st--`, `si-`, `node--` and `b--`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub code: &'static str,
    pub icon: Icon,
    en: &'static str,
    zh: &'static str,
}

impl Look {
    pub fn label(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }

    /// The class of a state text.
    pub fn st(self) -> String {
        format!("st st--{}", self.code)
    }

    /// The class of a glyph.
    pub fn si(self) -> String {
        format!("si si-{}", self.code)
    }
}

pub(super) fn look(code: &'static str, icon: Icon, label: Word) -> Look {
    Look { code, icon, en: label(Lang::En), zh: label(Lang::Zh) }
}

pub fn run(state: RunState) -> Look {
    match state {
        RunState::Queued => look("queue", Icon::StateQueue, text::state_queued),
        RunState::Running => look("run", Icon::StateRun, text::state_running),
        RunState::Paused => look("hold", Icon::StateHold, text::state_paused),
        RunState::WaitingApproval => look("appr", Icon::StateAppr, text::state_waiting_approval),
        RunState::Succeeded => look("ok", Icon::StateOk, text::state_succeeded),
        RunState::Failed => look("fail", Icon::StateFail, text::state_failed),
        RunState::Stopped => look("stop", Icon::StateStop, text::state_stopped),
        RunState::Skipped => look("skip", Icon::StateSkip, text::state_skipped),
    }
}

pub fn task(state: TaskState) -> Look {
    match state {
        TaskState::Pending => look("plan", Icon::StatePlan, text::state_pending),
        TaskState::Ready => look("queue", Icon::StateQueue, text::state_ready),
        TaskState::Claimed => look("run", Icon::StateRun, text::state_claimed),
        TaskState::Running => look("run", Icon::StateRun, text::state_running),
        TaskState::Waiting => look("wait", Icon::StateWait, text::state_waiting),
        TaskState::RetryWait => look("retry", Icon::StateRetry, text::state_retry_wait),
        TaskState::Lost => look("lost", Icon::StateLost, text::state_lost),
        TaskState::Succeeded => look("ok", Icon::StateOk, text::state_succeeded),
        TaskState::Failed => look("fail", Icon::StateFail, text::state_failed),
        TaskState::Skipped => look("skip", Icon::StateSkip, text::state_skipped),
        TaskState::UpstreamFailed => look("block", Icon::StateBlock, text::state_upstream_failed),
        TaskState::Stopped => look("stop", Icon::StateStop, text::state_stopped),
        TaskState::TimedOut => look("timeout", Icon::StateTimeout, text::state_timed_out),
    }
}

/// The look of a task run: what a person vouched for differs from what ended well by itself, and what a person holds
/// from what only waits.
pub fn task_run(task: &TaskRun) -> Look {
    match task.state {
        TaskState::Succeeded if task.marked => look("forced", Icon::StateForced, text::state_forced),
        TaskState::Pending | TaskState::Ready if task.held => look("hold", Icon::StateHold, text::state_held),
        TaskState::Waiting if task.kind == "approval" => look("appr", Icon::StateAppr, text::state_waiting_approval),
        state => self::task(state),
    }
}

pub fn attempt(state: AttemptState) -> Look {
    task(match state {
        AttemptState::Claimed => TaskState::Claimed,
        AttemptState::Running => TaskState::Running,
        AttemptState::Succeeded => TaskState::Succeeded,
        AttemptState::Failed => TaskState::Failed,
        AttemptState::TimedOut => TaskState::TimedOut,
        AttemptState::Stopped => TaskState::Stopped,
        AttemptState::Lost => TaskState::Lost,
    })
}

/// What began a run: icon and word.
pub fn cause(cause: RunCause, lang: Lang) -> (Icon, &'static str) {
    match cause {
        RunCause::Schedule => (Icon::Clock, text::run_cause_schedule(lang)),
        RunCause::Manual => (Icon::Play, text::run_cause_manual(lang)),
        RunCause::Api => (Icon::Term, text::run_cause_api(lang)),
        RunCause::SubWorkflow => (Icon::Sub, text::run_cause_sub_workflow(lang)),
        RunCause::Rerun => (Icon::Rerun, text::run_cause_rerun(lang)),
        RunCause::Backfill => (Icon::Sync, text::run_cause_backfill(lang)),
    }
}

pub fn role(role: Role, lang: Lang) -> &'static str {
    match role {
        Role::SystemAdmin => text::access_system_admin(lang),
        Role::CalendarAdmin => text::access_calendar_admin(lang),
        Role::TenantAdmin => text::access_tenant_admin(lang),
        Role::Developer => text::access_developer(lang),
        Role::Operator => text::access_operator(lang),
        Role::Viewer => text::access_viewer(lang),
    }
}

/// The icon of a task's kind.
pub fn kind(kind: &str) -> Icon {
    match kind {
        "shell" => Icon::Shell,
        "noop" => Icon::Half,
        "switch" => Icon::Branch,
        "wait_for" => Icon::Clock,
        "sub_workflow" => Icon::Sub,
        "approval" => Icon::Approve,
        _ => Icon::Cog,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_differ_by_glyph_not_by_colour_alone() {
        let looks: Vec<_> = RunState::ALL.into_iter().map(run).collect();
        for (index, one) in looks.iter().enumerate() {
            for other in &looks[index + 1..] {
                assert_ne!(one.icon, other.icon);
                assert_ne!(one.label(Lang::En), other.label(Lang::En));
                assert_ne!(one.label(Lang::Zh), other.label(Lang::Zh));
            }
        }
    }

    #[test]
    fn wire_names_are_read_back() {
        for state in RunState::ALL {
            assert_eq!(RunState::from_wire(state.wire()), Some(state));
        }
        assert_eq!(RunState::from_wire("done"), None);
    }
}
